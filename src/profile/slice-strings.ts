import { isMissing, type MissingWords } from '../cells/missing.js';
import { readString, type StringReading } from '../cells/read-text.js';
import { SLICE } from './slice-numbers.js';
import { StringTable } from './string-table.js';

/** The place of each row's string among the distinct ones. One of these serves all columns, one after another. */
const places = new Int32Array(SLICE);
const NONE = -1;

/** The distinct strings of one slice, each of which is read once. */
export class SliceStrings {
  readonly #missing: MissingWords;
  readonly #table = new StringTable();
  readonly #readings: (StringReading | undefined)[] = [];
  readonly #from: number;

  /** @param from the first row of the slice. */
  constructor(missing: MissingWords, from: number) {
    this.#missing = missing;
    this.#from = from;
  }

  /**
   * Counts the strings of the rows `[first, to)`, but for those that are passed over.
   *
   * @param weights how many rows each row stands for.
   */
  addRows(
    values: ArrayLike<unknown>,
    first: number,
    to: number,
    weights: ArrayLike<number> | undefined,
    passOver: ((text: string) => boolean) | undefined,
  ): void {
    for (let row = first; row < to; row += 1) {
      const value = values[row];
      const weight = weights === undefined ? 1 : (weights[row] as number);
      const counts = typeof value === 'string' && weight !== 0 && !(passOver?.(value) ?? false);
      places[row - this.#from] = counts ? this.#add(value, weight) : NONE;
    }
  }

  #add(text: string, weight: number): number {
    const place = this.#table.add(text, weight);
    if (place === this.#readings.length) {
      this.#readings.push(isMissing(text, this.#missing) ? undefined : readString(text));
    }
    return place;
  }

  /** What the string of a row says; `undefined` where it stands for a missing value, or was passed over. */
  at(row: number): StringReading | undefined {
    const place = places[row - this.#from] as number;
    return place === NONE ? undefined : this.#readings[place];
  }

  /** Whether some string says one of a number of things. */
  some(says: (reading: StringReading) => boolean): boolean {
    return this.#readings.some((reading) => reading !== undefined && says(reading));
  }

  /** Each string that is there, with its count and what it says. */
  *entries(): Generator<readonly [text: string, weight: number, reading: StringReading]> {
    let place = 0;
    for (const [text, weight] of this.#table.entries()) {
      const reading = this.#readings[place];
      place += 1;
      if (reading !== undefined) yield [text, weight, reading];
    }
  }
}
