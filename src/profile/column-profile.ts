import { LeewayError } from '../errors.js';
import { FrequentItems } from '../sketch/frequent-items.js';
import type { Moments } from '../sketch/moments.js';
import type { QuantileSketch } from '../sketch/quantile-sketch.js';
import { type ColumnParts, type ColumnState, encodeColumn } from './column-state.js';
import { NumberSummary } from './number-summary.js';
import { categoryOf, readString } from './read-string.js';
import { type ColumnFamily, type ColumnType, familyOf, inferType, looksLikeText, TEXT_MIN_VALUES } from './schema.js';
import { StringTable } from './string-table.js';
import { TextSummary } from './text-summary.js';
import { addCounts, NO_READINGS, NO_VALUES, type ReadingCounts, type Tally, type ValueCounts } from './value-counts.js';
import { MAX_DIMENSION, VectorSummary } from './vector-summary.js';

export type { ColumnFamily, ColumnType } from './schema.js';

/** Values are taken in so many at a time, which bounds what is held beside the sketches. */
const SLICE = 4096;
/** After so many numeric strings, more than the named ones among them, further ones are no longer counted as names. */
const NUMERIC_STRINGS_NAMED = 2048;

/** Finite numbers of a slice, on their way into a sketch. */
const scratch = new Float64Array(SLICE);

/**
 * The summary of one column: how many values of each sort; the numbers, and strings that are numbers, in a quantile sketch
 * and moments; dates in another; strings and booleans (and the numbers of a column declared categorical) as counted
 * categories; texts and vectors by what is derived from them. A column whose values change their sort keeps all stories,
 * and its type says which one is told.
 *
 * Memory: at most 16 KB for numbers, 1,024 names of 256 characters, and 20 KB each for what is derived.
 */
export class ColumnProfile {
  readonly name: string;
  readonly #emptyIsMissing: boolean;
  #fixed: ColumnType | undefined;
  readonly #counts: Tally<ValueCounts>;
  readonly #readings: Tally<ReadingCounts>;
  readonly #numbers: NumberSummary;
  #times: NumberSummary | undefined;
  readonly #items: FrequentItems;
  #texts: TextSummary | undefined;
  #vectors: VectorSummary | undefined;

  constructor(name: string, parts: ColumnParts = {}) {
    this.name = name;
    this.#fixed = parts.fixed;
    this.#emptyIsMissing = parts.emptyIsMissing ?? false;
    this.#counts = { ...(parts.counts ?? NO_VALUES) };
    this.#readings = { ...(parts.readings ?? NO_READINGS) };
    this.#numbers = parts.numbers ?? new NumberSummary();
    this.#times = parts.times;
    this.#items = parts.items ?? new FrequentItems();
    this.#texts = parts.texts;
    this.#vectors = parts.vectors;
  }

  get counts(): ValueCounts {
    return this.#counts;
  }

  /** What its numbers and strings were, beyond their sort. */
  get readings(): ReadingCounts {
    return this.#readings;
  }

  /** How many rows have a value here, of whatever sort. */
  get present(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  /** The type it was declared or frozen as, if it was. */
  get fixedType(): ColumnType | undefined {
    return this.#fixed;
  }

  /** Whether its type is fixed as categorical or boolean, so that its numbers are names. */
  get declaredCategorical(): boolean {
    return this.#fixed !== undefined && familyOf(this.#fixed) === 'categorical';
  }

  /** Its fixed type, else what its values so far are; see `inferType`. */
  get type(): ColumnType {
    if (this.#fixed !== undefined) return this.#fixed;
    const { integer, decimal, code, truth, time, whole } = this.#readings;
    const { number, infinite, boolean, date, vector } = this.#counts;
    const strings = { integer, decimal, code, truth, time };
    return inferType({
      ...{ present: this.present, number, whole, infinite, boolean, date, vector, strings },
      ...this.#naming(),
    });
  }

  /** How it is compared. */
  get family(): ColumnFamily {
    return familyOf(this.type);
  }

  /** How many of its values can't be read as a type, its own unless told: the infinite never can. */
  misfits(type: ColumnType = this.type): number {
    const { number, string, boolean, date, vector } = this.#counts;
    const { integer, decimal, truth, time } = this.#readings;
    const fits: Readonly<Record<ColumnType, number>> = {
      numeric: number + integer + decimal,
      integer: number + integer + decimal,
      timestamp: date + time,
      boolean: boolean + truth,
      categorical: string + boolean + (this.declaredCategorical ? number : 0),
      text: string,
      embedding: vector,
    };
    return this.present - fits[type];
  }

  /** The finite numbers; of a timestamp column its times, in epoch ms. */
  get quantiles(): QuantileSketch {
    return this.#told().quantiles;
  }

  /** Mean and variance of the same numbers. */
  get moments(): Moments {
    return this.#told().moments;
  }

  /** The categories: strings, booleans, and the numbers of a column declared categorical. */
  get items(): FrequentItems {
    return this.#items;
  }

  /** Of texts and embeddings, what is derived from each value, by name: `length`, `norm`. Empty for other types. */
  get derived(): ReadonlyMap<string, NumberSummary> {
    const { type } = this;
    const source = type === 'text' ? this.#texts : type === 'embedding' ? this.#vectors : undefined;
    return source?.measures ?? new Map();
  }

  /** The vectors, where there were any. */
  get vectors(): VectorSummary | undefined {
    return this.#vectors;
  }

  /** Adds one value. `null`, `undefined` and NaN are missing: they count nowhere, and so the rows tell of them. */
  add(value: unknown): void {
    this.addMany([value], 0, 1);
  }

  /** Adds the values of `[from, to)`. Float64Arrays go fastest. */
  addMany(values: ArrayLike<unknown>, from: number, to: number): void {
    const float64 = values instanceof Float64Array && !this.declaredCategorical;
    for (let start = from; start < to; start += SLICE) {
      const end = Math.min(to, start + SLICE);
      if (float64) this.#addFloat64(values, start, end);
      else this.#addSlice(values, start, end);
    }
  }

  /**
   * Takes in the same column of other rows; `other` is left as it is. If only one of the two has a fixed type, both do.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where they do not merge; see `whyNot`.
   */
  merge(other: ColumnProfile): void {
    const conflict = this.whyNot(other);
    if (conflict !== undefined) throw new LeewayError('ERR_LEEWAY_FORMAT', `profiles do not merge: ${conflict}`);
    this.#fixed ??= other.#fixed;
    addCounts(this.#counts, other.#counts);
    addCounts(this.#readings, other.#readings);
    this.#numbers.merge(other.#numbers);
    this.#items.merge(other.#items);
    if (other.#times !== undefined) {
      this.#times ??= new NumberSummary();
      this.#times.merge(other.#times);
    }
    if (other.#texts !== undefined) {
      this.#texts ??= new TextSummary();
      this.#texts.merge(other.#texts);
    }
    if (other.#vectors !== undefined) this.#mergeVectors(other.#vectors);
  }

  /** Why the two do not merge, if so: numbers are names in one and numbers in the other, or both are fixed and differ. */
  whyNot(other: ColumnProfile): string | undefined {
    const name = `column ${JSON.stringify(this.name.slice(0, 60))}`;
    if (this.declaredCategorical !== other.declaredCategorical) {
      const undeclared = this.declaredCategorical ? other : this;
      if (undeclared.counts.number > 0) return `${name} is declared categorical in only one of them`;
    }
    const [ours, theirs] = [this.#fixed, other.#fixed];
    if (ours !== undefined && theirs !== undefined && familyOf(ours) !== familyOf(theirs)) {
      return `${name} is ${ours} in one and ${theirs} in the other`;
    }
    return undefined;
  }

  /** The content as plain data. */
  toState(): ColumnState {
    return encodeColumn(this.name, {
      ...{ fixed: this.#fixed, emptyIsMissing: this.#emptyIsMissing, counts: this.#counts, readings: this.#readings },
      ...{ numbers: this.#numbers, times: this.#times, items: this.#items },
      ...{ texts: this.#texts, vectors: this.#vectors },
    });
  }

  #told(): NumberSummary {
    return this.type === 'timestamp' ? (this.#times ?? new NumberSummary()) : this.#numbers;
  }

  #naming() {
    const { total: named, distinct, other: unnamed } = this.#items;
    const { string } = this.#counts;
    return { named, distinct, unnamed, meanLength: string === 0 ? 0 : this.#readings.characters / string };
  }

  #addFloat64(values: Float64Array, from: number, to: number): void {
    let [missing, infinite, whole] = [0, 0, 0];
    for (let row = from; row < to; row += 1) {
      const value = values[row] as number;
      if (value - value === 0) whole += Math.floor(value) === value ? 1 : 0;
      else if (Number.isNaN(value)) missing += 1;
      else infinite += 1;
    }
    this.#counts.number += to - from - missing - infinite;
    this.#counts.infinite += infinite;
    this.#readings.whole += whole;
    if (missing + infinite === 0) {
      this.#numbers.addMany(values, from, to);
      return;
    }
    let held = 0;
    for (let row = from; row < to; row += 1) {
      const value = values[row] as number;
      if (value - value === 0) scratch[held++] = value;
    }
    this.#numbers.addMany(scratch, 0, held);
  }

  /** Numbers gather in the scratch, strings in a table of distinct ones, so that each is read and counted once. */
  #addSlice(values: ArrayLike<unknown>, from: number, to: number): void {
    const namesNumbers = this.declaredCategorical;
    const strings = new StringTable();
    let [held, infinite, whole, truths, falsehoods] = [0, 0, 0, 0, 0];
    for (let row = from; row < to; row += 1) {
      const given = values[row];
      const value = typeof given === 'bigint' ? Number(given) : given;
      if (typeof value === 'number') {
        if (value - value === 0) {
          scratch[held++] = value;
          if (Math.floor(value) === value) whole += 1;
        } else if (!Number.isNaN(value)) infinite += 1;
      } else if (typeof value === 'string') {
        strings.add(value);
      } else if (typeof value === 'boolean') {
        if (value) truths += 1;
        else falsehoods += 1;
      } else if (value !== null && value !== undefined) this.#addObject(value);
    }
    this.#counts.number += held;
    this.#counts.infinite += infinite;
    this.#counts.boolean += truths + falsehoods;
    this.#readings.whole += whole;
    if (truths > 0) this.#items.update('true', truths);
    if (falsehoods > 0) this.#items.update('false', falsehoods);
    if (namesNumbers) for (let index = 0; index < held; index += 1) this.#items.update(String(scratch[index]));
    else this.#numbers.addMany(scratch, 0, held);
    if (strings.size > 0) this.#addStrings(strings);
  }

  #addStrings(strings: StringTable): void {
    const inferring = this.#fixed === undefined;
    const numeric = this.#fixed !== undefined && familyOf(this.#fixed) === 'numeric';
    const counted = this.#readings.integer + this.#readings.decimal;
    const settled = numeric || (inferring && counted >= NUMERIC_STRINGS_NAMED && this.#items.other > 0);
    for (const [text, weight] of strings.entries()) {
      if (text === '' && this.#emptyIsMissing) continue;
      const { sort, value } = readString(text);
      this.#counts.string += weight;
      this.#readings.characters += text.length * weight;
      if (sort !== 'name') this.#readings[sort] += weight;
      const isNumber = sort === 'integer' || sort === 'decimal';
      if (isNumber && !this.declaredCategorical) this.#numbers.add(value, weight);
      if (sort === 'time' && (inferring || this.#fixed === 'timestamp')) {
        this.#times ??= new NumberSummary();
        this.#times.add(value, weight);
      }
      if (!(isNumber && settled)) this.#items.update(categoryOf(text), weight);
    }
    // While a column is short it may turn out to be text; of one that isn't, nothing more is derived.
    if (this.#fixed === undefined ? this.#mayBeText() : this.#fixed === 'text') {
      this.#texts ??= new TextSummary();
      for (const [text, weight] of strings.entries()) {
        if (text !== '' || !this.#emptyIsMissing) this.#texts.add(text, weight);
      }
    }
  }

  #mayBeText(): boolean {
    return this.#items.total < TEXT_MIN_VALUES || looksLikeText(this.#naming());
  }

  #addObject(value: unknown): void {
    if (value instanceof Date && !Number.isNaN(value.getTime())) {
      this.#counts.date += 1;
      this.#times ??= new NumberSummary();
      this.#times.add(value.getTime());
    } else if (this.#addVector(value)) this.#counts.vector += 1;
    else this.#counts.other += 1;
  }

  #addVector(value: unknown): boolean {
    if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView))) return false;
    const vector = value as ArrayLike<unknown>;
    if (vector.length === 0 || vector.length > MAX_DIMENSION) return false;
    const vectors = this.#vectors ?? new VectorSummary(vector.length);
    if (vector.length !== vectors.dimension || !vectors.add(vector)) return false;
    this.#vectors = vectors;
    return true;
  }

  /** Vectors of another dimension do not mix: the side with fewer of them counts as `other` (of equals, the longer). */
  #mergeVectors(theirs: VectorSummary): void {
    const ours = this.#vectors ?? new VectorSummary(theirs.dimension);
    if (ours.dimension === theirs.dimension) {
      ours.merge(theirs);
      this.#vectors = ours;
      return;
    }
    const keepOurs = ours.count === theirs.count ? ours.dimension < theirs.dimension : ours.count > theirs.count;
    const dropped = keepOurs ? theirs : ours;
    this.#counts.vector -= dropped.count;
    this.#counts.other += dropped.count;
    if (keepOurs) return;
    this.#vectors = new VectorSummary(theirs.dimension);
    this.#vectors.merge(theirs);
  }
}
