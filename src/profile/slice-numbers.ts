import type { StringReading } from '../cells/read-text.js';
import type { DressedNumbers } from './dressed-numbers.js';
import type { NumberSummary } from './number-summary.js';

/** Values are added in slices of this many rows, which bounds the memory beside the sketches. */
export const SLICE = 4096;

/**
 * The numbers of one slice in the order of its rows, on their way into sketches: the plain ones, and where a column has
 * dressed numbers, all of them by each decimal mark. One of these serves all columns, one after another.
 */
export class SliceNumbers {
  readonly #plain = new NumberSlice();
  readonly #point = new NumberSlice();
  readonly #comma = new NumberSlice();
  #dressed: DressedNumbers | undefined;
  #sampled = false;

  begin(dressed: DressedNumbers | undefined, sampled: boolean): void {
    for (const stretch of [this.#plain, this.#point, this.#comma]) stretch.length = 0;
    this.#dressed = dressed;
    this.#sampled = sampled;
  }

  add(value: number, weight: number): void {
    this.#plain.add(value, weight);
    if (this.#dressed === undefined) return;
    this.#point.add(value, weight);
    this.#comma.add(value, weight);
  }

  /** Adds a string that is a plain number. Its point may separate thousands, if the column has decimal commas. */
  addPlain({ value, other = value }: StringReading, weight: number): void {
    this.#plain.add(value, weight);
    const dressed = this.#dressed;
    if (dressed === undefined) return;
    this.#point.add(value, weight);
    if (Number.isNaN(other)) dressed.comma = undefined;
    else this.#comma.add(other, weight);
  }

  /** From here on the slice keeps dressed numbers too; what it has so far are numbers, and no strings. */
  open(dressed: DressedNumbers): void {
    this.#dressed = dressed;
    for (let index = 0; index < this.#plain.length; index += 1) {
      const value = this.#plain.values[index] as number;
      const weight = this.#plain.weights[index] as number;
      this.#point.add(value, weight);
      this.#comma.add(value, weight);
    }
  }

  addDressed(reading: StringReading, weight: number): void {
    const { value, other = value } = reading;
    this.#dressed?.note(reading, weight);
    if (!Number.isNaN(value)) this.#point.add(value, weight);
    if (!Number.isNaN(other)) this.#comma.add(other, weight);
  }

  /** The plain numbers: their values and weights are valid until the next slice begins. */
  get plain(): NumberSlice {
    return this.#plain;
  }

  /** Adds the slice to the sketches. */
  flush(numbers: NumberSummary): void {
    this.#plain.addTo(numbers, this.#sampled);
    const { point, comma } = this.#dressed ?? {};
    if (point !== undefined) this.#point.addTo(point, this.#sampled);
    if (comma !== undefined) this.#comma.addTo(comma, this.#sampled);
  }
}

/** Numbers and their weights. */
export class NumberSlice {
  readonly values: Float64Array = new Float64Array(SLICE);
  readonly weights: Float64Array = new Float64Array(SLICE);
  length = 0;

  add(value: number, weight: number): void {
    const { length } = this;
    this.values[length] = value;
    this.weights[length] = weight;
    this.length = length + 1;
  }

  addTo(summary: NumberSummary, sampled: boolean): void {
    summary.addMany(this.values, 0, this.length, sampled ? this.weights : undefined);
  }
}
