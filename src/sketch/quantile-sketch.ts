import { LeewayError } from '../leaves/errors.js';
import { decodeFrame, encodeFrame } from '../leaves/frame.js';
import type { WeightedSample } from '../stats/weighted.js';
import {
  areLevels,
  decodeKll,
  encodeKll,
  kllCapacity,
  kllRankError,
  MAX_K,
  MAX_LEVELS,
  MIN_K,
  smallestK,
  weightOf,
} from './data-sketches-kll.js';
import {
  decodingSketch,
  ENCODING_VERSION,
  FRAME_KINDS,
  isCount,
  type JsonNumber,
  numberFromJson,
  numbersFromJson,
  numbersToJson,
  numberToJson,
  openJson,
} from './encoding.js';
import { KllLevels } from './kll-levels.js';
import { insertLike } from './like-weights.js';
import { sortRun } from './sort-run.js';
import { SortedView } from './sorted-view.js';

/** A sketch as plain numbers, for an encoding to carry. */
export interface QuantileSketchState {
  readonly capacity: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly coin: number;
  /** How many values each level holds, from weight 1 upwards. */
  readonly sizes: readonly number[];
  readonly values: Float64Array;
  /** Per level 0, or 1 or 2 where the next coin is settled to be 0 or 1. Absent: none is. */
  readonly turns?: readonly number[];
  /** The smallest k merged in. Absent: none below the sketch's own. */
  readonly minK?: number;
  /** The k by which it grows, where it grows as DataSketches lets it; `capacity` then says nothing. */
  readonly k?: number;
  /** True where level 0 is known to be sorted. */
  readonly levelZeroSorted?: boolean;
  /** How many values are equal to the smallest, and to the largest. Absent: the values held tell it, or nobody knows. */
  readonly atMin?: number;
  readonly atMax?: number;
}

/** A sketch as JSON: what a state holds, with names for the numbers that JSON lacks. */
export interface QuantileSketchJson extends Omit<QuantileSketchState, 'min' | 'max' | 'values'> {
  readonly kind: 'quantile-sketch';
  readonly version: number;
  readonly min: JsonNumber;
  readonly max: JsonNumber;
  readonly values: readonly JsonNumber[];
}

/** By default a sketch keeps at most so many values: 16 KB. */
export const DEFAULT_SKETCH_CAPACITY = 2048;

const KIND = 'quantile-sketch';
const FIRST_COIN = 0x9e3779b9;
/** The standard error of a share in shares of `rankError()`, however many values there are. */
const SHARE_ERROR = 0.33;

/**
 * A mergeable summary of a stream of finite numbers from which ranks and quantiles are read: the KLL sketch.
 *
 * Up to its capacity it holds every value, so answers are exact. Above, values sit in levels; a value of level h
 * stands for 2^h originals. When the sketch is full, the lowest level over its share is sorted and every second value
 * moves up. Which half, a coin says: a deterministic one, stirred by the values themselves (so that the errors of parts
 * do not add up), and every second coin of a level is the reverse of the one before (so that errors cancel). The same
 * values in the same order always give the same sketch, whether they come singly or in arrays.
 *
 * Error: with 99 % confidence a rank is off by at most `rankError()`, whatever the distribution, also after any
 * sequence of merges and for weighted values (`bench/sketch` measures it). Memory: at most `capacity` values, 16 KB by
 * default; past the capacity a 32nd less.
 *
 * Invariants:
 * 1. The weights of the values that are held sum to `count`.
 * 2. Levels above 0 are sorted.
 * 3. At most `capacity` values are held between calls.
 * 4. `min` and `max` are exact. So is how often they came, where it is known.
 * 5. What `toDataSketches` writes has room in a sketch of the k it names.
 *
 * A sketch made with `k`, as those are that `fromDataSketches` reads, has that library's rule of growth instead of a
 * capacity: k values in the top level, a third less in each below. Sketches of unlike size merge; the error is then that
 * of the worse.
 *
 * Source: Karnin, Lang, Liberty, "Optimal quantile approximation in streams" (2016); the lazy compaction and the binary
 * format of Apache DataSketches; the paired coins of Ivkin, Liberty, Lang, Karnin, Braverman, "Streaming quantiles
 * algorithms with small space and update time" (2019).
 */
export class QuantileSketch {
  /** 0 where the sketch grows by k. */
  readonly #capacity: number;
  readonly #k: number;
  /** The smallest k that came in by merging. */
  #minK = Number.POSITIVE_INFINITY;
  #levels: KllLevels;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  /** NaN where it is not known. */
  #atMin = 0;
  #atMax = 0;
  #levelZeroSorted = false;
  #view: SortedView | undefined;

  /**
   * @param options.capacity how many values to hold at most, 64 … 1,048,576. @default 2048
   * @param options.k grow as DataSketches does, with k values in the top level, 8 … 65,535: instead of a capacity.
   * @throws LeewayError `ERR_LEEWAY_OPTION`
   */
  constructor(options: { readonly capacity?: number; readonly k?: number } = {}) {
    const { k } = options;
    if (k === undefined) {
      const capacity = options.capacity ?? DEFAULT_SKETCH_CAPACITY;
      checkInteger('capacity', capacity, 64, 1 << 20);
      this.#capacity = capacity;
      this.#k = Math.min(MAX_K, equivalentK(capacity));
    } else {
      checkInteger('k', k, MIN_K, MAX_K);
      this.#capacity = 0;
      this.#k = k;
    }
    this.#levels = new KllLevels({ capacity: this.#capacity, k: this.#k }, FIRST_COIN);
  }

  /** How many values went in; a weighted one counts as often as its weight. */
  get count(): number {
    return this.#count;
  }

  /** The smallest value, or NaN where none went in. */
  get min(): number {
    return this.#count === 0 ? Number.NaN : this.#min;
  }

  /** The largest value, or NaN where none went in. */
  get max(): number {
    return this.#count === 0 ? Number.NaN : this.#max;
  }

  /** How many values are equal to the smallest, exactly; `undefined` where an older release did not count them. */
  get atMin(): number | undefined {
    return Number.isNaN(this.#atMin) ? undefined : this.#atMin;
  }

  /** How many are equal to the largest. */
  get atMax(): number | undefined {
    return Number.isNaN(this.#atMax) ? undefined : this.#atMax;
  }

  /** The size in DataSketches' terms: that of the library's sketch whose stated error is this one's. */
  get k(): number {
    return this.#k;
  }

  /** Whether every value is still held, so that all answers are exact. */
  get exact(): boolean {
    return this.#levels.count === 1;
  }

  /** How many values are held. */
  get retained(): number {
    return this.#levels.retained;
  }

  /** The share of n by which a rank may be off, with 99 % confidence; 0 while exact. */
  rankError(): number {
    return this.exact ? 0 : kllRankError(Math.min(this.#k, this.#minK));
  }

  /**
   * About the standard error of the share of values in one stretch, or at one value; 0 while exact. Measured at 2,100 to 10⁶
   * values, in one piece and merged from twenty: never larger.
   */
  shareError(): number {
    if (this.exact) return 0;
    const greatestWeight = 2 ** (this.#levels.count - 1);
    return Math.min(
      SHARE_ERROR * this.rankError(),
      Math.sqrt((greatestWeight - 1) / (1000 * this.count)),
    );
  }

  /**
   * Adds one finite number; the caller keeps NaN and infinities out. Amortised O(log capacity).
   *
   * @param weight how many originals it stands for, a positive integer. It goes to the levels that its binary digits
   *   name, which loses nothing: the error is at most that of adding it so many times. Each digit 1 takes a place in the
   *   sketch, so weights that are powers of 2 are the cheapest.
   * @throws LeewayError `ERR_LEEWAY_SAMPLE` for a weight that is no positive integer, or a total above 2^53.
   */
  update(value: number, weight = 1): void {
    if (weight === 1) {
      this.#levels.push(value);
      this.#count += 1;
    } else this.#insert(Float64Array.of(value), [weight]);
    this.#noteEnds(value, weight);
    this.#view = undefined;
    this.#levelZeroSorted = false;
  }

  /**
   * Adds many finite numbers, each with the weight beside it; much cheaper than one by one with `update`. Where all weigh
   * the same, or one more, a value takes one place: the error stays, though single values may count for more or less.
   *
   * @throws LeewayError `ERR_LEEWAY_SAMPLE` as `update` does; nothing has gone in then.
   */
  updateWeighted(values: Float64Array, weights: ArrayLike<number>): void {
    this.#insert(values, weights);
    for (let index = 0; index < values.length; index += 1)
      this.#noteEnds(values[index] as number, weights[index] as number);
    this.#view = undefined;
    this.#levelZeroSorted = false;
  }

  /**
   * Adds the finite ones of many numbers, to the same effect as one by one; what is not finite is passed over.
   *
   * @param from the first index, and `to` the one after the last.
   * @returns how many went in.
   */
  updateMany(values: ArrayLike<number>, from = 0, to: number = values.length): number {
    const levels = this.#levels;
    let min = this.#min;
    let max = this.#max;
    let atMin = this.#atMin;
    let atMax = this.#atMax;
    let taken = 0;
    for (let index = from; index < to; index += 1) {
      const value = values[index] as number;
      // Of what is not finite the difference is NaN.
      if (value - value !== 0) continue;
      levels.push(value);
      if (value <= min) {
        atMin = value < min ? 1 : atMin + 1;
        min = value;
      }
      if (value >= max) {
        atMax = value > max ? 1 : atMax + 1;
        max = value;
      }
      taken += 1;
    }
    this.#min = min;
    this.#max = max;
    this.#atMin = atMin;
    this.#atMax = atMax;
    this.#count += taken;
    this.#view = undefined;
    if (taken > 0) this.#levelZeroSorted = false;
    return taken;
  }

  /**
   * Takes in another sketch; `other` is left as it is. Of unlike sizes the error is the worse one from then on.
   *
   * @throws LeewayError `ERR_LEEWAY_SAMPLE` for a total above 2^53.
   */
  merge(other: QuantileSketch): void {
    if (other.#count === 0) return;
    checkTotal(this.#count + other.#count);
    if (!other.exact) this.#minK = Math.min(this.#minK, other.#k, other.#minK);
    this.#levels.absorb(other.#levels);
    this.#count += other.#count;
    this.#noteMin(other.#min, other.#atMin);
    this.#noteMax(other.#max, other.#atMax);
    this.#view = undefined;
    this.#levelZeroSorted = false;
  }

  /** A sketch of its own with the same content. */
  clone(): QuantileSketch {
    return QuantileSketch.fromState(this.toState());
  }

  /** What is held, sorted, with weights. O(capacity log capacity) once, then kept until the next change. */
  weightedValues(): WeightedSample {
    return this.#sorted().sample;
  }

  /**
   * The value below which a share `q` of the values lies: linear between neighbours, as numpy's default, when exact.
   *
   * @param q in [0, 1].
   * @returns NaN where no value went in.
   */
  quantile(q: number): number {
    if (this.#count === 0) return Number.NaN;
    // The ends of the range are known exactly, whatever was thinned out.
    if (q <= 0) return this.#min;
    if (q >= 1) return this.#max;
    const view = this.#sorted();
    const { values } = view.sample;
    const position = q * (this.#count - 1);
    const lower = Math.floor(position);
    // While every value is held, its place is its rank.
    const index = this.exact ? lower : view.indexAt(lower, true);
    const below = values[index] as number;
    if (position === lower || (!this.exact && view.passed(index) > lower + 1)) return below;
    const above = values[index + 1] ?? below;
    return between(below, above, position - lower);
  }

  /**
   * The smallest value held of which the rank is at least `q`: the quantile of Apache DataSketches, never interpolated.
   *
   * @param q in [0, 1].
   * @param inclusive whether a value's rank counts the value itself; if not, the smallest of rank above `q`.
   * @returns NaN where no value went in.
   */
  valueAtRank(q: number, inclusive = true): number {
    if (this.#count === 0) return Number.NaN;
    const view = this.#sorted();
    const weight = Math.min(Math.max(q, 0), 1) * this.#count;
    const index = inclusive
      ? view.indexAt(Math.ceil(weight), false)
      : view.indexAt(Math.floor(weight), true);
    return view.sample.values[index] as number;
  }

  /**
   * The share of the values that are at most `value`.
   *
   * @param inclusive whether values equal to it count; if not, those below it.
   * @returns NaN where no value went in.
   */
  rank(value: number, inclusive = true): number {
    return this.#count === 0
      ? Number.NaN
      : this.#sorted().weightBelow(value, inclusive) / this.#count;
  }

  /** `rank` of each of many values, in any order. */
  cdf(values: ArrayLike<number>): Float64Array {
    return Float64Array.from(values, (value) => this.rank(value));
  }

  /**
   * How many values lie in each half-open bin `[edge[i], edge[i+1])`; what lies below the first or at or above the last
   * edge goes to the outer bins.
   *
   * @param edges ascending inner edges; k edges make k + 1 bins.
   */
  histogram(edges: ArrayLike<number>): Float64Array {
    const { values, weights } = this.weightedValues();
    const counts = new Float64Array(edges.length + 1);
    let bin = 0;
    for (let index = 0; index < values.length; index += 1) {
      while (bin < edges.length && (values[index] as number) >= (edges[bin] as number)) bin += 1;
      counts[bin] = (counts[bin] as number) + (weights[index] as number);
    }
    return counts;
  }

  /** The content as plain numbers. */
  toState(): QuantileSketchState {
    const levels = this.#levels;
    const grows = this.#capacity === 0;
    return {
      capacity: grows ? levels.limit : this.#capacity,
      count: this.#count,
      min: this.#min,
      max: this.#max,
      coin: levels.coin,
      sizes: levels.sizes,
      values: levels.values,
      ...(levels.turns.some((turn) => turn !== 0) ? { turns: [...levels.turns] } : {}),
      ...(this.#minK < this.#k ? { minK: this.#minK } : {}),
      ...(grows ? { k: this.#k } : {}),
      ...(this.#levelZeroSorted ? { levelZeroSorted: true } : {}),
      ...(this.exact || this.atMin === undefined ? {} : { atMin: this.atMin }),
      ...(this.exact || this.atMax === undefined ? {} : { atMax: this.atMax }),
    };
  }

  /**
   * A sketch from plain numbers, checked.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where the numbers can't be a sketch's.
   */
  static fromState(state: QuantileSketchState): QuantileSketch {
    return decodingSketch(KIND, () => {
      const { capacity, count, min, max, coin, sizes, values, turns = [], minK, k } = state;
      const { atMin, atMax } = state;
      const sketch = new QuantileSketch(k === undefined ? { capacity } : { k });
      const sound =
        isCount(count) &&
        Array.isArray(sizes) &&
        sizes.length >= 1 &&
        sizes.length <= MAX_LEVELS &&
        sizes.every(isCount) &&
        sizes.reduce((sum, size) => sum + size, 0) === values.length &&
        values.length <= (k === undefined ? capacity : kllCapacity(k, sizes.length)) &&
        weightOf(sizes) === count &&
        isCount(coin) &&
        coin < 2 ** 32 &&
        Array.isArray(turns) &&
        turns.length <= sizes.length &&
        turns.every((turn) => turn === 0 || turn === 1 || turn === 2) &&
        (minK === undefined || (Number.isInteger(minK) && minK >= MIN_K && minK <= sketch.#k)) &&
        [atMin, atMax].every((at) => at === undefined || (isCount(at) && at > 0 && at <= count)) &&
        (count > 0
          ? areLevels(values, sizes, min, max, state.levelZeroSorted === true)
          : min === Number.POSITIVE_INFINITY && max === -min);
      if (!sound)
        throw new LeewayError(
          'ERR_LEEWAY_FORMAT',
          'not a quantile sketch: sizes, count and values disagree',
        );
      sketch.#levels = new KllLevels(
        { capacity: sketch.#capacity, k: sketch.#k },
        coin,
        turns,
        sizes,
        values,
      );
      sketch.#count = count;
      sketch.#min = min;
      sketch.#max = max;
      const isAll = sizes.length === 1;
      sketch.#atMin = isAll ? timesOf(values, min) : (atMin ?? Number.NaN);
      sketch.#atMax = isAll ? timesOf(values, max) : (atMax ?? Number.NaN);
      sketch.#minK = minK ?? Number.POSITIVE_INFINITY;
      sketch.#levelZeroSorted = state.levelZeroSorted === true;
      return sketch;
    });
  }

  /** The content as bytes, in leeway's own format: everything, so that the sketch goes on as if nothing had happened. */
  toBytes(): Uint8Array {
    const { min, max, values, ...header } = this.toState();
    return encodeFrame(FRAME_KINDS.quantiles, ENCODING_VERSION, header, [
      Float64Array.of(min, max),
      values,
    ]);
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are not what `toBytes` wrote. */
  static fromBytes(bytes: Uint8Array): QuantileSketch {
    return decodingSketch(KIND, () => {
      const frame = decodeFrame(bytes, FRAME_KINDS.quantiles, ENCODING_VERSION, KIND);
      const header = frame.header as Omit<QuantileSketchState, 'min' | 'max' | 'values'>;
      const [min, max] = frame.takeFloat64(2) as unknown as [number, number];
      const values = frame.takeFloat64(header.sizes.reduce((sum, size) => sum + size, 0));
      return QuantileSketch.fromState({ ...header, min, max, values });
    });
  }

  /** The content as an object for JSON. */
  toJSON(): QuantileSketchJson {
    const { min, max, values, ...rest } = this.toState();
    return {
      kind: KIND,
      version: ENCODING_VERSION,
      ...rest,
      min: numberToJson(min),
      max: numberToJson(max),
      values: numbersToJson(values),
    };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the object is not what `toJSON` gave. */
  static fromJSON(json: unknown): QuantileSketch {
    return decodingSketch(KIND, () => {
      const fields = openJson(json, KIND) as unknown as QuantileSketchState;
      const { min, max, values } = fields;
      return QuantileSketch.fromState({
        ...fields,
        min: numberFromJson(min),
        max: numberFromJson(max),
        values: numbersFromJson(values),
      });
    });
  }

  /**
   * The sketch as Apache DataSketches' compact KLL sketch of doubles, which its Java, C++ and Python libraries, Druid and
   * Postgres read and go on with. Of a sketch with a capacity, the k it is given is the smallest that has room for it.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where the values held would need a k above 65,535.
   */
  toDataSketches(): Uint8Array {
    const levels = this.#levels;
    const { sizes } = levels;
    const k =
      this.#capacity === 0
        ? this.#k
        : smallestK(Math.max(levels.limit, levels.retained), sizes.length);
    if (kllCapacity(k, sizes.length) < levels.retained) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        `${levels.retained} values need a k above ${MAX_K}, its largest`,
      );
    }
    return encodeKll({
      k,
      minK: this.exact ? Math.min(k, this.#minK) : Math.min(k, this.#k, this.#minK),
      count: this.#count,
      min: this.#min,
      max: this.#max,
      sizes,
      values: levels.values,
      levelZeroSorted: this.#levelZeroSorted,
    });
  }

  /**
   * Reads a compact KLL sketch of doubles that Apache DataSketches (or `toDataSketches`) wrote. It keeps its k.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are not that.
   */
  static fromDataSketches(bytes: Uint8Array): QuantileSketch {
    const { k, minK, ...content } = decodeKll(bytes);
    return QuantileSketch.fromState({
      ...content,
      capacity: 0,
      coin: FIRST_COIN,
      k,
      ...(minK < k ? { minK } : {}),
    });
  }

  #noteEnds(value: number, weight: number): void {
    this.#noteMin(value, weight);
    this.#noteMax(value, weight);
  }

  #noteMin(value: number, times: number): void {
    if (value > this.#min) return;
    this.#atMin = value < this.#min ? times : this.#atMin + times;
    this.#min = value;
  }

  #noteMax(value: number, times: number): void {
    if (value < this.#max) return;
    this.#atMax = value > this.#max ? times : this.#atMax + times;
    this.#max = value;
  }

  #insert(values: Float64Array, weights: ArrayLike<number>): void {
    let total = this.#count;
    let smallest = Number.POSITIVE_INFINITY;
    let largest = 0;
    for (let index = 0; index < values.length; index += 1) {
      const weight = weights[index] as number;
      if (!Number.isSafeInteger(weight) || weight < 1) {
        throw new LeewayError(
          'ERR_LEEWAY_SAMPLE',
          `weight must be a positive integer, got ${weight}`,
        );
      }
      if (weight < smallest) smallest = weight;
      if (weight > largest) largest = weight;
      total += weight;
    }
    checkTotal(total);
    this.#count = total;
    // Rows that a budget leaves over weigh floor or ceil of one number.
    if (largest - smallest <= 1) {
      for (let weight = smallest; weight <= largest; weight += 1)
        insertLike(this.#levels, values, weights, weight);
      return;
    }
    // The digit of level h says who of the values goes there, standing for 2^h.
    for (let level = 0, digit = 1; digit <= largest; level += 1, digit *= 2) {
      const run = withDigit(values, weights, digit);
      if (level === 0) for (const value of run) this.#levels.push(value);
      else {
        sortRun(run, 0, run.length);
        this.#levels.insert(run, level);
      }
    }
  }

  #sorted(): SortedView {
    this.#view ??= new SortedView(this.#levels.items, this.#levels.starts, this.#count);
    return this.#view;
  }
}

/** How often a value is among values. */
function timesOf(values: Float64Array, value: number): number {
  let times = 0;
  for (const one of values) if (one === value) times += 1;
  return times;
}

/** Where values gather that go to one level. No call leaves anything in it. */
let gathered = new Float64Array(256);

/** Those of the values whose weights have a binary digit. */
function withDigit(values: Float64Array, weights: ArrayLike<number>, digit: number): Float64Array {
  if (gathered.length < values.length) gathered = new Float64Array(values.length);
  let held = 0;
  for (let index = 0; index < values.length; index += 1) {
    // Whole numbers beyond 32 bits too: of these the lowest bits are kept.
    if ((Math.floor((weights[index] as number) / digit) & 1) === 0) continue;
    gathered[held] = values[index] as number;
    held += 1;
  }
  return gathered.subarray(0, held);
}

/** The k whose error, as DataSketches states it, a sketch of such a capacity keeps to. */
function equivalentK(capacity: number): number {
  return Math.floor(capacity / 2.2);
}

/** Linear, and without overflow where the ends are far apart. */
function between(below: number, above: number, share: number): number {
  if (below === above) return below;
  const width = above - below;
  return Number.isFinite(width) ? below + width * share : below * (1 - share) + above * share;
}

function checkInteger(option: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${option} must be an integer in ${least} … ${most}, got ${value}`,
    );
  }
}

function checkTotal(total: number): void {
  if (!Number.isSafeInteger(total))
    throw new LeewayError('ERR_LEEWAY_SAMPLE', 'more than 2^53 values in all');
}
