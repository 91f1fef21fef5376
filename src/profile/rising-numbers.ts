import { checkedCount } from './plain.js';

/** How numbers rose from row to row, as plain data. */
export interface RisingNumbersState {
  readonly first: number;
  readonly last: number;
  readonly steps: number;
  readonly breaks: number;
}

/** Of so many steps one may go back: requests overtake each other. */
const STEPS_PER_BREAK = 20;
/** Fewer rows than this rise by chance. */
const LEAST_STEPS = 50;
/** How columns are called that number rows. */
const COUNTER_NAME =
  /(?:^|[._ -])(?:id|idx|index|row|rowid|row_?(?:number|num|no)|seq|sequence|serial|nr|no|pk|column_1|unnamed: 0)$/i;
/** The same in camel case; `paid` is no such name. */
const COUNTER_IN_CAMELS = /[a-z](?:Id|ID|Index|RowNumber)$/;

/** Whether a column is called as columns are that number rows: only of these it is stored how they rise. */
export const isCounterName = (name: string): boolean =>
  COUNTER_NAME.test(name) || COUNTER_IN_CAMELS.test(name);

/** Whether numbers rise from row to row, as running numbers do. Mergeable, in four numbers. */
export class RisingNumbers {
  #first = Number.NaN;
  #last = Number.NaN;
  #steps = 0;
  #breaks = 0;

  /** Takes in the numbers of rows, in their order. @returns whether they may still be running numbers. */
  add(values: ArrayLike<number>, from: number, to: number): boolean {
    for (let row = from; row < to; row += 1) {
      const value = values[row] as number;
      if (this.#steps === 0 && Number.isNaN(this.#first)) this.#first = value;
      else this.#step(value > this.#last);
      this.#last = value;
      if (this.#breaks > 1 && this.#breaks * STEPS_PER_BREAK > this.#steps) return false;
    }
    return true;
  }

  #step(rises: boolean): void {
    this.#steps += 1;
    if (!rises) this.#breaks += 1;
  }

  /** Takes in those of other rows; `other` is left as it is. @returns whether all may still be running numbers. */
  merge(other: RisingNumbers): boolean {
    if (Number.isNaN(other.#first)) return true;
    if (!Number.isNaN(this.#first))
      this.#step(other.#first > this.#last || this.#first > other.#last);
    else this.#first = other.#first;
    this.#last = Number.isNaN(this.#last) ? other.#last : Math.max(this.#last, other.#last);
    this.#first = Math.min(this.#first, other.#first);
    this.#steps += other.#steps;
    this.#breaks += other.#breaks;
    return this.#breaks <= 1 || this.#breaks * STEPS_PER_BREAK <= this.#steps;
  }

  /** Whether a column of this name that holds these numbers numbers its rows. */
  areCounter(name: string): boolean {
    return this.#steps >= LEAST_STEPS && isCounterName(name);
  }

  /** `undefined` where no numbers came. */
  toState(): RisingNumbersState | undefined {
    if (Number.isNaN(this.#first)) return undefined;
    return { first: this.#first, last: this.#last, steps: this.#steps, breaks: this.#breaks };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the counts are none. */
  static fromState(state: RisingNumbersState): RisingNumbers {
    const rising = new RisingNumbers();
    rising.#first = Number(state.first);
    rising.#last = Number(state.last);
    rising.#steps = checkedCount(state.steps, 'the number of its steps');
    rising.#breaks = checkedCount(state.breaks, 'the number of its breaks');
    return rising;
  }
}
