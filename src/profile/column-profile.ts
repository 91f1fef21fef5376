import { LeewayError } from '../errors.js';
import { seededRandom } from '../random.js';
import type { FrequentItems } from '../sketch/frequent-items.js';
import type { Moments } from '../sketch/moments.js';
import type { QuantileSketch } from '../sketch/quantile-sketch.js';
import { ColumnSketches } from './column-sketches.js';
import { type ColumnParts, type ColumnState, encodeColumn } from './column-state.js';
import { NumberSummary } from './number-summary.js';
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

  constructor(name: string, parts: ColumnParts = {}) {
    this.name = name;
    this.#sketches = new ColumnSketches(parts);
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
    const { number, string, boolean, date, vector } = this.counts;
    const { integer, decimal, truth, time } = this.readings;
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
    return this.#sketches.items;
  }

  /** Of texts and embeddings, what is derived from each value, by name: `length`, `norm`. Empty for other types. */
  get derived(): ReadonlyMap<string, NumberSummary> {
    const { type } = this;
    const source = type === 'text' ? this.#sketches.texts : type === 'embedding' ? this.#sketches.vectors : undefined;
    return source?.measures ?? new Map();
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
    if (conflict !== undefined) throw new LeewayError('ERR_LEEWAY_FORMAT', `profiles do not merge: ${conflict}`);
    this.#sketches.merge(other.#sketches);
  }

  /** Why the two do not merge, if so: numbers are names in one and numbers in the other, or both are fixed and differ. */
  whyNot(other: ColumnProfile): string | undefined {
    const name = `column ${JSON.stringify(this.name.slice(0, 60))}`;
    if (this.declaredCategorical !== other.declaredCategorical) {
      const undeclared = this.declaredCategorical ? other : this;
      if (undeclared.counts.number > 0) return `${name} is declared categorical in only one of them`;
    }
    const [ours, theirs] = [this.fixedType, other.fixedType];
    if (ours !== undefined && theirs !== undefined && familyOf(ours) !== familyOf(theirs)) {
      return `${name} is ${ours} in one and ${theirs} in the other`;
    }
    return undefined;
  }

  /** The content as plain data. */
  toState(): ColumnState {
    return encodeColumn(this.name, this.#sketches);
  }

  #told(): NumberSummary {
    const { times, numbers } = this.#sketches;
    return this.type === 'timestamp' ? (times ?? new NumberSummary()) : numbers;
  }
}

/** Draws `count` of weighted entries with replacement. */
function draw<T>(entries: readonly T[], weights: ArrayLike<number>, total: number, count: number, seed: number): T[] {
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
