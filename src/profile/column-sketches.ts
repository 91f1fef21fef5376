import { FrequentItems } from '../sketch/frequent-items.js';
import type { ColumnParts } from './column-state.js';
import { NumberSummary } from './number-summary.js';
import { categoryOf, numberSort, readString } from './read-string.js';
import { type ColumnType, familyOf, inferType, looksLikeText, TEXT_MIN_VALUES } from './schema.js';
import { StringTable } from './string-table.js';
import { TextSummary } from './text-summary.js';
import { addCounts, NO_READINGS, NO_VALUES, type ReadingCounts, type Tally, type ValueCounts } from './value-counts.js';
import { MAX_DIMENSION, VectorSummary } from './vector-summary.js';

/** Values are taken in so many at a time, which bounds what is held beside the sketches. */
const SLICE = 4096;
/** After so many numeric strings, more than the named ones among them, further ones are no longer counted as names. */
const NUMERIC_STRINGS_NAMED = 2048;

/** Finite numbers of a slice, on their way into a sketch. */
const scratch = new Float64Array(SLICE);
/** How many rows each of them stands for, where they were sampled. */
const scratchWeights = new Float64Array(SLICE);

/**
 * What a column takes in: counts of the sorts of values, and a sketch for each sort. While its type is not fixed every
 * value goes to all sketches that it could belong to, so that the type can be decided at any time.
 */
export class ColumnSketches {
  fixed: ColumnType | undefined;
  readonly emptyIsMissing: boolean;
  readonly counts: Tally<ValueCounts>;
  readonly readings: Tally<ReadingCounts>;
  /** Finite numbers, and strings that are numbers. */
  readonly numbers: NumberSummary;
  times: NumberSummary | undefined;
  readonly items: FrequentItems;
  texts: TextSummary | undefined;
  vectors: VectorSummary | undefined;
  /** Told again and again; known until the next values come. */
  #inferred: ColumnType | undefined;

  constructor(parts: ColumnParts) {
    this.fixed = parts.fixed;
    this.emptyIsMissing = parts.emptyIsMissing ?? false;
    this.counts = { ...(parts.counts ?? NO_VALUES) };
    this.readings = { ...(parts.readings ?? NO_READINGS) };
    this.numbers = parts.numbers ?? new NumberSummary();
    this.times = parts.times;
    this.items = parts.items ?? new FrequentItems();
    this.texts = parts.texts;
    this.vectors = parts.vectors;
  }

  /** How many values there are, of whatever sort. */
  get present(): number {
    const { number, infinite, string, boolean, date, vector, other } = this.counts;
    return number + infinite + string + boolean + date + vector + other;
  }

  /** Whether its type is fixed as one whose numbers are names. */
  get namesNumbers(): boolean {
    return this.fixed !== undefined && familyOf(this.fixed) === 'categorical';
  }

  /** The fixed type, else what the values so far are. */
  get type(): ColumnType {
    if (this.fixed !== undefined) return this.fixed;
    this.#inferred ??= this.#infer();
    return this.#inferred;
  }

  #infer(): ColumnType {
    const { integer, decimal, code, truth, time, whole } = this.readings;
    const { number, infinite, boolean, date, vector } = this.counts;
    const strings = { integer, decimal, code, truth, time };
    return inferType({
      ...{ present: this.present, number, whole, infinite, boolean, date, vector, strings },
      ...this.#naming(),
    });
  }

  /**
   * Adds the values of `[from, to)`. Float64Arrays go fastest.
   *
   * @param weights how many rows each row stands for, a whole number; rows of weight 0 are passed over. @default 1 each
   */
  addMany(values: ArrayLike<unknown>, from: number, to: number, weights?: ArrayLike<number>): void {
    this.#inferred = undefined;
    const float64 = values instanceof Float64Array && !this.namesNumbers && weights === undefined;
    for (let start = from; start < to; start += SLICE) {
      const end = Math.min(to, start + SLICE);
      if (float64) this.#addFloat64(values, start, end);
      else this.#addSlice(values, start, end, weights);
    }
  }

  /** Takes in the sketches of other rows; `other` is left as it is. */
  merge(other: ColumnSketches): void {
    this.#inferred = undefined;
    this.fixed ??= other.fixed;
    addCounts(this.counts, other.counts);
    addCounts(this.readings, other.readings);
    this.numbers.merge(other.numbers);
    this.items.merge(other.items);
    if (other.times !== undefined) {
      this.times ??= new NumberSummary();
      this.times.merge(other.times);
    }
    if (other.texts !== undefined) {
      this.texts ??= new TextSummary();
      this.texts.merge(other.texts);
    }
    if (other.vectors !== undefined) this.#mergeVectors(other.vectors);
  }

  #naming() {
    const { total: named, distinctEstimate: distinct } = this.items;
    const { string } = this.counts;
    return { named, distinct, meanLength: string === 0 ? 0 : this.readings.characters / string };
  }

  #addFloat64(values: Float64Array, from: number, to: number): void {
    let [missing, infinite, whole] = [0, 0, 0];
    for (let row = from; row < to; row += 1) {
      const value = values[row] as number;
      if (value - value === 0) whole += Math.floor(value) === value ? 1 : 0;
      else if (Number.isNaN(value)) missing += 1;
      else infinite += 1;
    }
    this.counts.number += to - from - missing - infinite;
    this.counts.infinite += infinite;
    this.readings.whole += whole;
    if (missing + infinite === 0) {
      this.numbers.addMany(values, from, to);
      return;
    }
    let held = 0;
    for (let row = from; row < to; row += 1) {
      const value = values[row] as number;
      if (value - value === 0) scratch[held++] = value;
    }
    this.numbers.addMany(scratch, 0, held);
  }

  /** Numbers gather in the scratch, strings in a table of distinct ones, so that each is read and counted once. */
  #addSlice(values: ArrayLike<unknown>, from: number, to: number, weights: ArrayLike<number> | undefined): void {
    const namesNumbers = this.namesNumbers;
    const settled = this.#settledNumeric;
    const strings = new StringTable();
    let [held, finite, infinite, whole, truths, falsehoods] = [0, 0, 0, 0, 0, 0];
    for (let row = from; row < to; row += 1) {
      const weight = weights === undefined ? 1 : (weights[row] as number);
      if (weight === 0) continue;
      const given = values[row];
      const value = typeof given === 'bigint' ? Number(given) : given;
      if (typeof value === 'number') {
        if (value - value === 0) {
          if (weights !== undefined) scratchWeights[held] = weight;
          scratch[held++] = value;
          finite += weight;
          if (Math.floor(value) === value) whole += weight;
        } else if (!Number.isNaN(value)) infinite += weight;
      } else if (typeof value === 'string') {
        if (settled && this.#takesNumeric(value, weight)) {
          if (weights !== undefined) scratchWeights[held] = weight;
          scratch[held++] = Number(value);
        } else strings.add(value, weight);
      } else if (typeof value === 'boolean') {
        if (value) truths += weight;
        else falsehoods += weight;
      } else if (value !== null && value !== undefined) this.#addObject(value, weight);
    }
    this.counts.number += finite;
    this.counts.infinite += infinite;
    this.counts.boolean += truths + falsehoods;
    this.readings.whole += whole;
    if (truths > 0) this.items.update('true', truths);
    if (falsehoods > 0) this.items.update('false', falsehoods);
    const sampled = weights !== undefined;
    if (namesNumbers) {
      for (let index = 0; index < held; index += 1) {
        this.items.update(String(scratch[index]), sampled ? (scratchWeights[index] as number) : 1);
      }
    } else this.numbers.addMany(scratch, 0, held, sampled ? scratchWeights : undefined);
    if (strings.size > 0) this.#addStrings(strings, sampled);
  }

  /** Whether a string that is a number is no longer counted as a name too. */
  get #settledNumeric(): boolean {
    if (this.fixed !== undefined) return familyOf(this.fixed) === 'numeric';
    return this.readings.integer + this.readings.decimal >= NUMERIC_STRINGS_NAMED && this.items.other > 0;
  }

  /** Counts a string that is a number as one. @returns `false` where it is none. */
  #takesNumeric(text: string, weight: number): boolean {
    const sort = numberSort(text);
    if (sort !== 'integer' && sort !== 'decimal') return false;
    this.counts.string += weight;
    this.readings.characters += text.length * weight;
    this.readings[sort] += weight;
    return true;
  }

  #addStrings(strings: StringTable, sampled: boolean): void {
    const inferring = this.fixed === undefined;
    const settled = this.#settledNumeric;
    for (const [text, weight] of strings.entries()) {
      if (text === '' && this.emptyIsMissing) continue;
      const { sort, value } = readString(text);
      this.counts.string += weight;
      this.readings.characters += text.length * weight;
      if (sort !== 'name') this.readings[sort] += weight;
      const isNumber = sort === 'integer' || sort === 'decimal';
      if (isNumber && !this.namesNumbers) this.numbers.add(value, weight, sampled);
      if (sort === 'time' && (inferring || this.fixed === 'timestamp')) {
        this.times ??= new NumberSummary();
        this.times.add(value, weight, sampled);
      }
      if (!(isNumber && settled)) this.items.update(categoryOf(text), weight);
    }
    // While a column is short it may turn out to be text; of one that isn't, nothing more is derived.
    if (this.fixed === undefined ? this.#mayBeText() : this.fixed === 'text') {
      this.texts ??= new TextSummary();
      for (const [text, weight] of strings.entries()) {
        if (text !== '' || !this.emptyIsMissing) this.texts.add(text, weight, sampled);
      }
    }
  }

  #mayBeText(): boolean {
    return this.items.total < TEXT_MIN_VALUES || looksLikeText(this.#naming());
  }

  #addObject(value: unknown, weight: number): void {
    if (value instanceof Date && !Number.isNaN(value.getTime())) {
      this.counts.date += weight;
      this.times ??= new NumberSummary();
      this.times.add(value.getTime(), weight, true);
    } else if (this.#addVector(value, weight)) this.counts.vector += weight;
    else this.counts.other += weight;
  }

  #addVector(value: unknown, weight: number): boolean {
    if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView))) return false;
    const vector = value as ArrayLike<unknown>;
    if (vector.length === 0 || vector.length > MAX_DIMENSION) return false;
    const vectors = this.vectors ?? new VectorSummary(vector.length);
    if (vector.length !== vectors.dimension || !vectors.add(vector, weight)) return false;
    this.vectors = vectors;
    return true;
  }

  /** Vectors of another dimension do not mix: the side with fewer of them counts as `other` (of equals, the longer). */
  #mergeVectors(theirs: VectorSummary): void {
    const ours = this.vectors ?? new VectorSummary(theirs.dimension);
    if (ours.dimension === theirs.dimension) {
      ours.merge(theirs);
      this.vectors = ours;
      return;
    }
    const keepOurs = ours.count === theirs.count ? ours.dimension < theirs.dimension : ours.count > theirs.count;
    const dropped = keepOurs ? theirs : ours;
    this.counts.vector -= dropped.count;
    this.counts.other += dropped.count;
    if (keepOurs) return;
    this.vectors = new VectorSummary(theirs.dimension);
    this.vectors.merge(theirs);
  }
}
