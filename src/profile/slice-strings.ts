import { isMissing, type MissingWords } from '../cells/missing.js';
import { readString, type StringReading } from '../cells/read-text.js';
import { StringTable } from './string-table.js';

/** The distinct strings of one slice, each of which is read once. */
export class SliceStrings {
  readonly #missing: MissingWords;
  readonly #table = new StringTable();
  readonly #readings: (StringReading | undefined)[] = [];

  constructor(missing: MissingWords) {
    this.#missing = missing;
  }

  /** Counts a string. @returns what it says; `undefined` where it stands for a missing value. */
  add(text: string, weight: number): StringReading | undefined {
    const place = this.#table.add(text, weight);
    if (place === this.#readings.length) {
      this.#readings.push(isMissing(text, this.#missing) ? undefined : readString(text));
    }
    return this.#readings[place];
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
