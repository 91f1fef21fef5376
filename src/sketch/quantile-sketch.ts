import { LeewayError } from '../errors.js';
import type { WeightedSample } from '../stats/weighted.js';

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
}

/** By default a sketch keeps at most so many values: 16 KB. */
export const DEFAULT_SKETCH_CAPACITY = 2048;

const SMALLEST_LEVEL = 8;
const LEVEL_SHRINK = 2 / 3;

/**
 * A mergeable summary of a stream of finite numbers from which ranks and quantiles are read: the KLL sketch.
 *
 * Below its capacity it holds every value, so answers are exact. Above, values sit in levels; a value of level h
 * stands for 2^h originals. When the sketch is full, the lowest level over its share is sorted and every second value
 * moves up, which of the two halves being decided by a deterministic coin, so the same values in the same order
 * always give the same sketch.
 *
 * Error: with 99 % confidence a rank is off by at most `rankError()` (0.40 % of n at the default capacity), whatever the
 * distribution, also after any sequence of merges. Memory: at most `capacity` values at rest.
 *
 * Invariants: (1) the weights sum to `count`; (2) levels above 0 are sorted; (3) at most `capacity` values are held
 * between calls; (4) `min` and `max` are exact.
 *
 * Source: Karnin, Lang, Liberty, "Optimal quantile approximation in streams" (2016), with the lazy compaction of
 * Apache DataSketches.
 */
export class QuantileSketch {
  readonly #capacity: number;
  /** Level 0, unsorted; only the first `#fill` count. Grows by doubling up to the capacity. */
  #buffer: Float64Array;
  #fill = 0;
  /** Level 0 must not grow past this before room is made: the buffer's length, or what the capacity leaves. */
  #limit: number;
  /** Levels 1, 2, …: sorted. */
  #upper: Float64Array[] = [];
  #retainedAbove = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #coin = 0x9e3779b9;
  #view: WeightedSample | undefined;

  constructor(options: { readonly capacity?: number } = {}) {
    const capacity = options.capacity ?? DEFAULT_SKETCH_CAPACITY;
    if (!Number.isInteger(capacity) || capacity < 64 || capacity > 1 << 20) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `capacity must be an integer in 64 … 1048576, got ${capacity}`);
    }
    this.#capacity = capacity;
    this.#buffer = new Float64Array(64);
    this.#limit = 64;
  }

  /** How many values went in. */
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

  /** Whether every value is still held, so that all answers are exact. */
  get exact(): boolean {
    return this.#upper.length === 0;
  }

  /** How many values are held. */
  get retained(): number {
    return this.#fill + this.#retainedAbove;
  }

  /** The share of n by which a rank may be off, with 99 % confidence; 0 while exact. */
  rankError(): number {
    // The constants are those that Apache DataSketches publishes for KLL with k values in its largest level.
    return this.exact ? 0 : 2.296 / (this.#capacity / 3) ** 0.9723;
  }

  /** Adds one finite number. The caller keeps NaN and infinities out. Amortised O(log capacity). */
  update(value: number): void {
    if (this.#fill >= this.#limit) this.#makeRoom();
    this.#buffer[this.#fill] = value;
    this.#fill += 1;
    this.#count += 1;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#view = undefined;
  }

  /**
   * Adds the finite ones of many numbers; what is not finite is passed over.
   *
   * @param from the first index, and `to` the one after the last.
   * @returns how many went in.
   */
  updateMany(values: ArrayLike<number>, from = 0, to: number = values.length): number {
    const before = this.#count;
    for (let index = from; index < to; index += 1) {
      const value = values[index] as number;
      if (value - value === 0) this.update(value);
    }
    return this.#count - before;
  }

  /** Takes in another sketch of the same capacity; `other` is left as it is. */
  merge(other: QuantileSketch): void {
    if (other.#capacity !== this.#capacity) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `sketches of capacity ${this.#capacity} and ${other.#capacity} do not merge`,
      );
    }
    const incoming = other.#buffer.slice(0, other.#fill);
    for (let level = 0; level < other.#upper.length; level += 1) {
      const theirs = other.#upper[level] as Float64Array;
      this.#upper[level] = mergeSorted(this.#upper[level] ?? new Float64Array(0), theirs);
      this.#retainedAbove += theirs.length;
    }
    this.#count += other.#count - incoming.length;
    if (other.#min < this.#min) this.#min = other.#min;
    if (other.#max > this.#max) this.#max = other.#max;
    while (this.retained > this.#capacity) this.#compact();
    this.#limit = this.#fill;
    for (const value of incoming) this.update(value);
    this.#view = undefined;
  }

  /** A sketch of its own with the same content. */
  clone(): QuantileSketch {
    return QuantileSketch.fromState(this.toState());
  }

  /** What is held, sorted, with weights. O(capacity log capacity) once, then kept until the next change. */
  weightedValues(): WeightedSample {
    this.#view ??= this.#sorted();
    return this.#view;
  }

  /**
   * The value below which a share `q` of the values lies: linear between neighbours, as numpy's default, when exact.
   *
   * @param q in [0, 1].
   * @returns NaN where no value went in.
   */
  quantile(q: number): number {
    if (this.#count === 0) return Number.NaN;
    const { values, weights } = this.weightedValues();
    const position = Math.min(Math.max(q, 0), 1) * (this.#count - 1);
    const lower = Math.floor(position);
    let passed = 0;
    for (let index = 0; index < values.length; index += 1) {
      passed += weights[index] as number;
      if (passed > lower) {
        const below = values[index] as number;
        if (position === lower || passed > lower + 1) return this.#pinned(q, below);
        const above = values[index + 1] ?? below;
        return this.#pinned(q, below + (above - below) * (position - lower));
      }
    }
    return this.#max;
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
    const values = new Float64Array(this.retained);
    values.set(this.#buffer.subarray(0, this.#fill));
    let offset = this.#fill;
    for (const level of this.#upper) {
      values.set(level, offset);
      offset += level.length;
    }
    return {
      capacity: this.#capacity,
      count: this.#count,
      min: this.#min,
      max: this.#max,
      coin: this.#coin,
      sizes: [this.#fill, ...this.#upper.map((level) => level.length)],
      values,
    };
  }

  /**
   * A sketch from plain numbers, checked.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where the numbers can't be a sketch's.
   */
  static fromState(state: QuantileSketchState): QuantileSketch {
    const sketch = new QuantileSketch({ capacity: state.capacity });
    const weight = state.sizes.reduce((sum, size, level) => sum + size * 2 ** level, 0);
    const held = state.sizes.reduce((sum, size) => sum + size, 0);
    const sound =
      state.sizes.length >= 1 &&
      state.sizes.length <= 60 &&
      state.sizes.every((size) => Number.isInteger(size) && size >= 0) &&
      held === state.values.length &&
      held <= state.capacity &&
      weight === state.count &&
      state.values.every((value) => value >= state.min && value <= state.max);
    if (!sound) throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a quantile sketch: sizes, count and values disagree');
    const fill = state.sizes[0] as number;
    sketch.#buffer = new Float64Array(Math.max(64, fill));
    sketch.#buffer.set(state.values.subarray(0, fill));
    sketch.#fill = fill;
    sketch.#limit = fill;
    let offset = fill;
    for (const size of state.sizes.slice(1)) {
      sketch.#upper.push(state.values.slice(offset, offset + size).sort());
      offset += size;
    }
    sketch.#retainedAbove = held - fill;
    sketch.#count = state.count;
    sketch.#min = state.min;
    sketch.#max = state.max;
    sketch.#coin = state.coin >>> 0;
    return sketch;
  }

  /** The ends of the range are known exactly, whatever was thinned out. */
  #pinned(q: number, value: number): number {
    if (q <= 0) return this.#min;
    if (q >= 1) return this.#max;
    return value;
  }

  /** Thins out until a value more is within the capacity, and grows the buffer where it is what is too small. */
  #makeRoom(): void {
    while (this.retained >= this.#capacity) this.#compact();
    if (this.#fill === this.#buffer.length) {
      const larger = new Float64Array(Math.min(this.#buffer.length * 2, this.#capacity));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#limit = Math.min(this.#buffer.length, this.#capacity - this.#retainedAbove);
  }

  /** Thins out the lowest level that holds more than its share. */
  #compact(): void {
    const top = this.#upper.length;
    for (let level = 0; level <= top; level += 1) {
      const size = level === 0 ? this.#fill : (this.#upper[level - 1] as Float64Array).length;
      const share = Math.max(SMALLEST_LEVEL, Math.ceil((this.#capacity / 3) * LEVEL_SHRINK ** (top - level)));
      if (size >= Math.min(share, this.#capacity) && size >= 2) {
        this.#promoteHalf(level);
        return;
      }
    }
    // Every level is within its share, and yet the sum is over the capacity: thin out the fullest.
    let fullest = 0;
    let size = this.#fill;
    this.#upper.forEach((level, index) => {
      if (level.length > size) {
        size = level.length;
        fullest = index + 1;
      }
    });
    this.#promoteHalf(fullest);
  }

  /** Sorts a level, leaves one value there if their number is odd, and moves every second of the rest up. */
  #promoteHalf(level: number): void {
    const items = level === 0 ? this.#buffer.slice(0, this.#fill).sort() : (this.#upper[level - 1] as Float64Array);
    const odd = items.length % 2;
    const half = new Float64Array((items.length - odd) / 2);
    const start = odd + this.#flip();
    for (let index = 0; index < half.length; index += 1) half[index] = items[start + 2 * index] as number;
    const rest = items.slice(0, odd);
    if (level === 0) {
      this.#buffer.set(rest);
      this.#fill = odd;
    } else {
      this.#upper[level - 1] = rest;
      this.#retainedAbove -= items.length - odd;
    }
    this.#upper[level] = mergeSorted(this.#upper[level] ?? new Float64Array(0), half);
    this.#retainedAbove += half.length;
    this.#view = undefined;
  }

  /** 0 or 1 from a linear congruential sequence: deterministic, and the same on every machine. */
  #flip(): 0 | 1 {
    this.#coin = (Math.imul(this.#coin, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#coin >>> 31) as 0 | 1;
  }

  #sorted(): WeightedSample {
    let values: Float64Array = this.#buffer.slice(0, this.#fill).sort();
    let weights: Float64Array = new Float64Array(values.length).fill(1);
    this.#upper.forEach((level, index) => {
      const merged = new Float64Array(values.length + level.length);
      const mergedWeights = new Float64Array(merged.length);
      const weight = 2 ** (index + 1);
      let left = 0;
      let right = 0;
      for (let out = 0; out < merged.length; out += 1) {
        const fromLeft =
          right >= level.length || (left < values.length && (values[left] as number) <= (level[right] as number));
        merged[out] = (fromLeft ? values[left] : level[right]) as number;
        mergedWeights[out] = fromLeft ? (weights[left] as number) : weight;
        if (fromLeft) left += 1;
        else right += 1;
      }
      values = merged;
      weights = mergedWeights;
    });
    return { values, weights, total: this.#count };
  }
}

function mergeSorted(left: Float64Array, right: Float64Array): Float64Array {
  const merged = new Float64Array(left.length + right.length);
  let l = 0;
  let r = 0;
  for (let out = 0; out < merged.length; out += 1) {
    const fromLeft = r >= right.length || (l < left.length && (left[l] as number) <= (right[r] as number));
    merged[out] = (fromLeft ? left[l++] : right[r++]) as number;
  }
  return merged;
}
