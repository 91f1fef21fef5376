import type { MissingWords } from '../cells/missing.js';
import type { DecimalMark } from '../cells/number-text.js';
import { readString } from '../cells/read-text.js';
import type { TimeUnit } from '../cells/time-text.js';
import { LeewayError } from '../leaves/errors.js';
import { seededRandom } from '../leaves/random.js';
import type { FrequentItems } from '../sketch/frequent-items.js';
import type { Moments } from '../sketch/moments.js';
import type { QuantileSketch } from '../sketch/quantile-sketch.js';
import { type ColumnDoubt, doubtsOf } from './column-doubts.js';
import { ColumnSketches } from './column-sketches.js';
import { type ColumnParts, type ColumnState, encodeColumn } from './column-state.js';
import type { NumberSummary } from './number-summary.js';
import { type ColumnFamily, type ColumnType, familyOf } from './schema.js';
import { TextSummary } from './text-summary.js';
import type { ReadingCounts, ValueCounts } from './value-counts.js';
import type { VectorSummary } from './vector-summary.js';

/** Histograms have so many bins unless told. */
const DEFAULT_BINS = 10;

/**
 * The summary of one column: how many values of each sort; the numbers, and strings that are numbers, in a quantile sketch
 * and moments; dates in another; strings and booleans (and the numbers of a column declared categorical) as counted
 * categories; texts and vectors by what is derived from them. A column whose values change their sort keeps all stories,
 * and its type says which one is told.
 *
 * Memory: at most 16 KB for numbers, 1,024 names of 256 characters, and 24 KB each for what is derived.
 */
export class ColumnProfile {
  readonly name: string;
  readonly #sketches: ColumnSketches;
  /** Asked for again and again; known until the next values come. */
  #told: NumberSummary | undefined;

  /** @internal */
  constructor(name: string, parts: ColumnParts | ColumnSketches = {}) {
    this.name = name;
    this.#sketches = parts instanceof ColumnSketches ? parts : new ColumnSketches(parts);
  }

  get counts(): ValueCounts {
    return this.#sketches.counts;
  }

  /** What its numbers and strings were, beyond their sort. */
  get readings(): ReadingCounts {
    return this.#sketches.readings;
  }

  /** How many rows have a value here, of whatever sort. */
  get present(): number {
    return this.#sketches.present;
  }

  /** The type it was declared or frozen as, if it was. */
  get fixedType(): ColumnType | undefined {
    return this.#sketches.fixed;
  }

  /** Whether its type is fixed as categorical or boolean, so that its numbers are names. */
  get declaredCategorical(): boolean {
    return this.#sketches.namesNumbers;
  }

  /** Its fixed type, else what its values so far are; see `inferType`. */
  get type(): ColumnType {
    return this.#sketches.type;
  }

  /** How it is compared. */
  get family(): ColumnFamily {
    return familyOf(this.type);
  }

  /** How many of its values can't be read as a type, its own unless told: the infinite never can. */
  misfits(type: ColumnType = this.type): number {
    const { number, string, boolean, date } = this.counts;
    const { integer, decimal, truth, time } = this.readings;
    const { dressedStrings, orderedDates, timeUnit, uneven, lists } = this.#sketches;
    const numbers = number + integer + decimal + dressedStrings;
    const fits: Readonly<Record<ColumnType, number>> = {
      numeric: numbers,
      integer: numbers,
      timestamp:
        date + time + orderedDates + (timeUnit === undefined ? 0 : number + integer + decimal),
      boolean: boolean + truth,
      categorical: string + boolean + (this.declaredCategorical ? number : 0),
      text: string,
      embedding: uneven ? (lists?.count ?? 0) : this.#sketches.evenLists,
    };
    return this.present - fits[type];
  }

  /** The finite numbers; of a timestamp column its times, in epoch ms. */
  get quantiles(): QuantileSketch {
    return this.#numbers().quantiles;
  }

  /** Mean and variance of the same numbers. */
  get moments(): Moments {
    return this.#numbers().moments;
  }

  /** The categories: strings, booleans, and the numbers of a column declared categorical. */
  get items(): FrequentItems {
    return this.#sketches.items;
  }

  /** Of texts and embeddings, what is derived from each value, by name: `length`, `norm`. Empty for other types. */
  get derived(): ReadonlyMap<string, NumberSummary> {
    const { type } = this;
    const { texts, vectors, lists, uneven } = this.#sketches;
    if (type === 'text') return texts?.measures ?? new Map();
    if (type !== 'embedding') return new Map();
    return (uneven ? lists : vectors)?.measures ?? new Map();
  }

  /** In what its numbers count times; `undefined` where it has no times, or none that are numbers. */
  get timeUnit(): TimeUnit | undefined {
    return this.type === 'timestamp' ? this.#sketches.timeUnit : undefined;
  }

  /** Whether its values go on and on by their nature: times, and whole numbers that number rows, such as `order_id`. */
  get goesOn(): boolean {
    const { type } = this;
    return (
      type === 'timestamp' ||
      (type === 'integer' && (this.#sketches.rising?.areCounter(this.name) ?? false))
    );
  }

  /** The strings that stand for a missing value. */
  get missingWords(): MissingWords {
    return this.#sketches.missing;
  }

  /**
   * The same column, read as another one is written where its own values leave that open: whether a comma separates
   * decimals, whether the day comes first, how long lists are.
   */
  readLike(other: ColumnProfile): ColumnProfile {
    const { conventions } = other.#sketches;
    if (Object.values(conventions).every((convention) => convention === undefined)) return this;
    return new ColumnProfile(this.name, this.#sketches.like(conventions));
  }

  /** What of its values can't be read with certainty; see `ColumnDoubt`. */
  get doubts(): readonly ColumnDoubt[] {
    return doubtsOf(this.name, this.type, this.#sketches);
  }

  /**
   * Declares that all rows are there. Strings that all turned out to be numbers, times or truths become these: the column
   * is then the same as one that never held strings.
   *
   * @param ofTable what separates decimals in the table's other columns, for strings that leave it open.
   */
  settle(ofTable?: DecimalMark): void {
    this.#told = undefined;
    this.#sketches.settle(ofTable);
  }

  /** What surely separates the decimals of its strings, if any has decimals. */
  get sureMark(): DecimalMark | undefined {
    return this.#sketches.sureMark;
  }

  /** Its values as numbers where they are strings in a dress; else as they are. */
  plainNumbers(values: ArrayLike<unknown>, from: number, to: number): ArrayLike<unknown> {
    const { mark } = this.#sketches;
    if (mark === undefined) return values;
    const plain = Array.from({ length: to }, () => null) as unknown[];
    for (let row = from; row < to; row += 1) plain[row] = numberBy(values[row], mark);
    return plain;
  }

  /**
   * What is derived from its values as texts, also where these are so few that they are categories; empty where not all
   * are counted by name.
   */
  derivedAsTexts(): ReadonlyMap<string, NumberSummary> {
    const { items } = this;
    if (this.type === 'text') return this.derived;
    if (!items.exact || items.total === 0) return new Map();
    const texts = new TextSummary();
    for (const [name, count] of items.entries()) texts.add(name, count);
    return texts.measures;
  }

  /** The vectors, where there were any. */
  get vectors(): VectorSummary | undefined {
    return this.#sketches.vectors;
  }

  /** Adds one value. `null`, `undefined` and NaN are missing: they count nowhere, and so the rows tell of them. */
  add(value: unknown): void {
    this.addMany([value], 0, 1);
  }

  /** Adds the values of `[from, to)`. Float64Arrays go fastest. */
  addMany(values: ArrayLike<unknown>, from: number, to: number, weights?: ArrayLike<number>): void {
    this.#told = undefined;
    this.#sketches.addMany(values, from, to, weights);
  }

  /** The value below which a share `q` of its numbers lies; NaN without numbers. */
  quantile(q: number): number {
    return this.quantiles.quantile(q);
  }

  /** The share of its numbers that are at most `value`; NaN without numbers. */
  cdf(value: number): number {
    return this.quantiles.rank(value);
  }

  /** Inner edges of bins that hold equal shares of its numbers; fewer where ties allow no more. */
  edges(bins: number = DEFAULT_BINS): number[] {
    const { quantiles } = this;
    const edges: number[] = [];
    if (quantiles.count === 0) return edges;
    for (let bin = 1; bin < bins; bin += 1) {
      const edge = quantiles.quantile(bin / bins);
      if (edge > (edges.at(-1) ?? quantiles.min)) edges.push(edge);
    }
    return edges;
  }

  /**
   * How many of its numbers lie between edges; what lies outside goes to the outer bins.
   *
   * @param edges ascending; k edges make k + 1 half-open bins. Take a baseline's `edges()` to compare. @default its own
   */
  histogram(edges: ArrayLike<number> = this.edges()): Float64Array {
    return this.quantiles.histogram(edges);
  }

  /**
   * Values drawn at random, with replacement: numbers of a numeric column, else names of categories, `(other)` for those
   * that are no longer counted by name. Nothing is told about which values occurred together.
   */
  sample(count: number, seed = 1): (number | string)[] {
    const { items, quantiles } = this;
    if (this.family === 'numeric') {
      const { values, weights } = quantiles.weightedValues();
      return draw(Array.from(values), weights, quantiles.count, count, seed);
    }
    const named = items.entries();
    if (items.other > 0) named.push(['(other)', items.other]);
    return draw(
      named.map(([name]) => name),
      named.map(([, weight]) => weight),
      items.total,
      count,
      seed,
    );
  }

  /**
   * Takes in the same column of other rows; `other` is left as it is. If only one of the two has a fixed type, both do.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where they do not merge; see `whyNot`.
   */
  merge(other: ColumnProfile): void {
    const conflict = this.whyNot(other);
    if (conflict !== undefined)
      throw new LeewayError('ERR_LEEWAY_FORMAT', `profiles do not merge: ${conflict}`);
    this.#told = undefined;
    this.#sketches.merge(other.#sketches);
  }

  /** Why the two do not merge, if so: numbers are names in one and numbers in the other, or both are fixed and differ. */
  whyNot(other: ColumnProfile): string | undefined {
    const name = `column ${JSON.stringify(this.name.slice(0, 60))}`;
    if (this.declaredCategorical !== other.declaredCategorical) {
      const undeclared = this.declaredCategorical ? other : this;
      if (undeclared.counts.number > 0)
        return `${name} is declared categorical in only one of them`;
    }
    const ours = this.fixedType;
    const theirs = other.fixedType;
    if (ours !== undefined && theirs !== undefined && familyOf(ours) !== familyOf(theirs)) {
      return `${name} is ${ours} in one and ${theirs} in the other`;
    }
    return undefined;
  }

  /** The content as plain data. */
  toState(): ColumnState {
    return encodeColumn(this.name, this.#sketches);
  }

  #numbers(): NumberSummary {
    this.#told ??=
      this.type === 'timestamp' ? this.#sketches.allTimes() : this.#sketches.allNumbers();
    return this.#told;
  }
}

/** A value as a number, by the decimal mark of its column. */
function numberBy(value: unknown, mark: DecimalMark): unknown {
  if (typeof value !== 'string') return value;
  const { sort, value: number, other = number } = readString(value);
  if (sort !== 'integer' && sort !== 'decimal' && sort !== 'dressed') return value;
  return mark === 'point' ? number : other;
}

/** Draws `count` of weighted entries with replacement. */
function draw<T>(
  entries: readonly T[],
  weights: ArrayLike<number>,
  total: number,
  count: number,
  seed: number,
): T[] {
  if (total === 0) return [];
  const random = seededRandom(seed);
  const draws = Array.from({ length: count }, (_, place) => ({ place, at: random() * total }));
  const drawn = new Array<T>(count);
  let entry = 0;
  let passed = weights[0] as number;
  for (const { place, at } of draws.sort((a, b) => a.at - b.at)) {
    while (passed <= at && entry < entries.length - 1) {
      entry += 1;
      passed += weights[entry] as number;
    }
    drawn[place] = entries[entry] as T;
  }
  return drawn;
}
