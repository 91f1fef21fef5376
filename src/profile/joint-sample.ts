import { LeewayError } from '../leaves/errors.js';
import { Reservoir } from '../sketch/reservoir.js';
import { MAX_CORRELATED, numberOf } from './correlations.js';
import type { ColumnSet } from './profiled-columns.js';

/** A joint sample as plain data. */
export interface JointSampleState {
  readonly columns: readonly string[];
  readonly capacity: number;
  readonly count: number;
  readonly counter: number;
  readonly stirred: number;
  readonly priorities: Float64Array;
  /** Row by row, two numbers in one. */
  readonly values: Float64Array;
}

/** Numbers are kept in so many of a float32's bits: six digits are plenty for ranks. */
const DROPPED_BITS = 6;
const PACKED = 2 ** (32 - DROPPED_BITS);
const LARGEST = 3.4e38;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/**
 * The numbers of a uniform sample of rows, at most 50 columns of them: what a profile knows of how columns go together.
 * Mergeable. 2 KB a column at the default 512 rows; a number keeps about five digits.
 */
export class JointSample {
  #columns: string[] = [];
  #reservoir: Reservoir<number[]>;
  /** By column; made when asked for, until the next change. */
  #numbers: ReadonlyMap<string, Float64Array> | undefined;

  constructor(capacity: number, seed = 1) {
    this.#reservoir = new Reservoir({ capacity, seed });
  }

  get columns(): readonly string[] {
    return this.#columns;
  }

  get capacity(): number {
    return this.#reservoir.capacity;
  }

  /** How many rows are kept. */
  get rows(): number {
    return this.#reservoir.size;
  }

  /** How many rows they were drawn from. */
  get count(): number {
    return this.#reservoir.count;
  }

  /** Offers the rows `[from, to)`, each as often as its weight says. Columns beyond fifty are left out. */
  addColumns(
    columns: ColumnSet,
    numeric: readonly string[],
    from: number,
    to: number,
    weights?: ArrayLike<number>,
  ): void {
    this.#numbers = undefined;
    this.#admit(numeric);
    const kept = this.#columns.map((name) => columns.get(name));
    const salting = kept.find((values) => values !== undefined);
    let spare: number[] = [];
    for (let row = from; row < to; row += 1) {
      const salt = saltOf(salting?.[row]);
      if (!this.#reservoir.updateMany(spare, weights?.[row] ?? 1, salt)) continue;
      for (let place = 0; place < kept.length; place += 1)
        spare.push(coarse(numberOf(kept[place]?.[row])));
      spare = [];
    }
  }

  /** Takes in the sample of other rows; `other` is left as it is. */
  merge(other: JointSample): void {
    this.#numbers = undefined;
    this.#admit(other.#columns);
    const places = this.#columns.map((name) => other.#columns.indexOf(name));
    const state = other.#reservoir.toState();
    const items = state.items.map((row) => places.map((place) => row[place] ?? Number.NaN));
    this.#reservoir.merge(Reservoir.fromState({ ...state, items }));
  }

  /** A sample of its own of the same rows, with some of the columns. */
  picked(keep: (name: string) => boolean): JointSample {
    const places = this.#columns.flatMap((name, place) => (keep(name) ? [place] : []));
    const state = this.#reservoir.toState();
    const sample = new JointSample(1);
    sample.#columns = places.map((place) => this.#columns[place] as string);
    const items = state.items.map((row) => places.map((place) => row[place] as number));
    sample.#reservoir = Reservoir.fromState({ ...state, items });
    return sample;
  }

  /** Empties the rows that are among those given, as far as their digits tell. @returns how many. */
  forget(rows: Iterable<Readonly<Record<string, unknown>>>): number {
    const keyOf = (numbers: readonly number[]): string => numbers.map(codeOf).join();
    const known = new Set<string>();
    for (const row of rows)
      known.add(keyOf(this.#columns.map((name) => coarse(numberOf(row[name])))));
    known.delete(keyOf(this.#columns.map(() => Number.NaN)));
    if (known.size === 0) return 0;
    this.#numbers = undefined;
    let forgotten = 0;
    for (const numbers of this.#reservoir.items) {
      if (!known.has(keyOf(numbers))) continue;
      numbers.fill(Number.NaN);
      forgotten += 1;
    }
    return forgotten;
  }

  /** The numbers of each column in the rows kept, all in the same order; NaN where there is none. */
  numbers(): ReadonlyMap<string, Float64Array> {
    if (this.#numbers !== undefined) return this.#numbers;
    const { items } = this.#reservoir;
    // One buffer for all: a hundred small ones would cost more than what is in them.
    const all = new Float64Array(this.#columns.length * items.length).fill(Number.NaN);
    const columns = this.#columns.map((_, place) =>
      all.subarray(place * items.length, (place + 1) * items.length),
    );
    items.forEach((numbers, row) => {
      for (let place = 0; place < numbers.length; place += 1) {
        (columns[place] as Float64Array)[row] = numbers[place] as number;
      }
    });
    this.#numbers = new Map(
      this.#columns.map((name, place) => [name, columns[place] as Float64Array]),
    );
    return this.#numbers;
  }

  toState(): JointSampleState {
    const { items, priorities, capacity, count, counter, stirred } = this.#reservoir.toState();
    const width = this.#columns.length;
    const values = new Float64Array(Math.ceil((items.length * width) / 2));
    items.forEach((row, index) => {
      for (let place = 0; place < width; place += 1) {
        const at = index * width + place;
        const code = codeOf(row[place] ?? Number.NaN);
        values[at >> 1] = at % 2 === 0 ? code * PACKED : (values[at >> 1] as number) + code;
      }
    });
    const rest = { capacity, count, counter, stirred };
    return {
      columns: [...this.#columns],
      ...rest,
      priorities: Float64Array.from(priorities),
      values,
    };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where it can't be a sample. */
  static fromState(state: JointSampleState): JointSample {
    const { columns, priorities, values, ...rest } = state;
    const width = columns.length;
    const sound =
      width <= MAX_CORRELATED &&
      columns.every((name) => typeof name === 'string') &&
      new Set(columns).size === width &&
      priorities instanceof Float64Array &&
      values instanceof Float64Array &&
      values.length === Math.ceil((priorities.length * width) / 2) &&
      values.every((pair) => Number.isInteger(pair) && pair >= 0 && pair < PACKED * PACKED);
    if (!sound)
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a joint sample: rows and columns disagree');
    const numberAt = (index: number): number => {
      const pair = values[index >> 1] as number;
      return numberOfCode(index % 2 === 0 ? Math.floor(pair / PACKED) : pair % PACKED);
    };
    const items = Array.from(priorities, (_, row) =>
      Array.from({ length: width }, (__, place) => numberAt(row * width + place)),
    );
    const sample = new JointSample(1);
    sample.#columns = [...columns];
    sample.#reservoir = Reservoir.fromState({ ...rest, priorities: [...priorities], items });
    return sample;
  }

  #admit(names: readonly string[]): void {
    for (const name of names) {
      if (this.#columns.length >= MAX_CORRELATED) return;
      if (!this.#columns.includes(name)) this.#columns.push(name);
    }
  }
}

/** The number that its code stands for, so that what is kept is what is written. */
const coarse = (value: number): number =>
  value - value === 0 ? numberOfCode(codeOf(value)) : Number.NaN;

function codeOf(value: number): number {
  float[0] = Number.isNaN(value) ? Number.NaN : Math.max(-LARGEST, Math.min(LARGEST, value));
  return (bits[0] as number) >>> DROPPED_BITS;
}

function numberOfCode(code: number): number {
  bits[0] = code << DROPPED_BITS;
  return float[0] as number;
}

/** Tells the rows of two parts apart, so that their samples don't choose the same positions. */
function saltOf(value: unknown): number {
  double[0] = numberOf(value);
  return (words[0] as number) ^ (words[1] as number);
}
