import { LeewayError } from '../leaves/errors.js';
import { decodeFrame, encodeFrame } from '../leaves/frame.js';
import {
  decodingSketch,
  ENCODING_VERSION,
  FRAME_KINDS,
  isCount,
  type JsonNumber,
  numberFromJson,
  numberToJson,
  openJson,
} from './encoding.js';

/** Moments as plain numbers, for an encoding to carry. */
export interface MomentsState {
  readonly count: number;
  readonly mean: number;
  readonly sumOfSquares: number;
  /** What rounding kept out of `mean` and of `sumOfSquares`. Absent: nothing known. */
  readonly meanRest?: number;
  readonly squaresRest?: number;
}

/** Moments as JSON: what a state holds, with names for the numbers that JSON lacks. */
export interface MomentsJson {
  readonly kind: 'moments';
  readonly version: number;
  readonly count: number;
  readonly mean: JsonNumber;
  readonly sumOfSquares: JsonNumber;
  readonly meanRest: JsonNumber;
  readonly squaresRest: JsonNumber;
}

const KIND = 'moments';

/**
 * Count, mean and variance of a stream, mergeable and stable for data far from zero.
 *
 * The mean is followed by the distances from it, and both sums carry their rounding error along, so that the error
 * does not grow with the number of values.
 *
 * Error: mean and variance to a few units in the last place of the largest distance (and its square), whatever n.
 * Memory: five numbers. The squares of values beyond 1e154 overflow: the
 * variance is then infinite, the mean still right.
 *
 * Invariants: (1) `sumOfSquares` ≥ 0; (2) merging adds the counts exactly, and is commutative and associative but for
 * rounding; (3) the same values in the same order give the same numbers.
 *
 * Source: Welford (1962) for one value at a time; Chan, Golub and LeVeque (1983) for the merge; Neumaier (1974) for the
 * compensation.
 */
export class Moments {
  #count = 0;
  #mean = 0;
  #meanRest = 0;
  /** Σ (x − mean)². */
  #sumOfSquares = 0;
  #squaresRest = 0;

  get count(): number {
    return this.#count;
  }

  /** NaN where nothing went in. */
  get mean(): number {
    return this.#count === 0 ? Number.NaN : this.#mean + this.#meanRest;
  }

  /** With n − 1 in the denominator; NaN below two values. */
  get variance(): number {
    return this.#count < 2
      ? Number.NaN
      : Math.max(0, this.#sumOfSquares + this.#squaresRest) / (this.#count - 1);
  }

  /** The square root of the variance. */
  get standardDeviation(): number {
    return Math.sqrt(this.variance);
  }

  /** Adds one finite number, `weight` times (a positive integer); the caller keeps NaN and infinities out. */
  update(value: number, weight = 1): void {
    this.#count += weight;
    const before = value - this.#mean - this.#meanRest;
    this.#addToMean(share(before, value, this.#mean, weight / this.#count));
    this.#addToSquares(weight * before * (value - this.#mean - this.#meanRest));
  }

  /**
   * Adds the finite ones of many numbers, to the same effect as one by one; what is not finite is passed over.
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

  /** Takes in other moments; `other` is left as it is. */
  merge(other: Moments): void {
    if (other.#count === 0) return;
    const ours = this.#count;
    const theirs = other.#count;
    const count = ours + theirs;
    const distance = other.#mean - this.#mean + (other.#meanRest - this.#meanRest);
    const squares = other.#sumOfSquares;
    const squaresRest = other.#squaresRest;
    this.#addToSquares(squares);
    this.#addToSquares(squaresRest);
    this.#addToSquares(((distance * distance * ours) / count) * theirs);
    this.#addToMean(share(distance, other.#mean, this.#mean, theirs / count));
    this.#count = count;
  }

  /** Moments of their own with the same content. */
  clone(): Moments {
    return Moments.fromState(this.toState());
  }

  toState(): MomentsState {
    return {
      count: this.#count,
      mean: this.#mean,
      sumOfSquares: this.#sumOfSquares,
      meanRest: this.#meanRest,
      squaresRest: this.#squaresRest,
    };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the numbers can't be moments. */
  static fromState(state: MomentsState): Moments {
    const { count, mean, sumOfSquares, meanRest = 0, squaresRest = 0 } = state;
    const numbers = [mean, meanRest, squaresRest].every(Number.isFinite);
    const none = mean === 0 && sumOfSquares === 0 && meanRest === 0 && squaresRest === 0;
    if (!isCount(count) || !numbers || !(sumOfSquares >= 0) || (count === 0 && !none)) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        `not moments: the count is ${count}, or the sums are impossible`,
      );
    }
    const moments = new Moments();
    moments.#count = count;
    moments.#mean = mean;
    moments.#sumOfSquares = sumOfSquares;
    moments.#meanRest = meanRest;
    moments.#squaresRest = squaresRest;
    return moments;
  }

  /** The content as bytes. */
  toBytes(): Uint8Array {
    const { count, mean, sumOfSquares, meanRest, squaresRest } =
      this.toState() as Required<MomentsState>;
    const block = Float64Array.of(mean, sumOfSquares, meanRest, squaresRest);
    return encodeFrame(FRAME_KINDS.moments, ENCODING_VERSION, { count }, [block]);
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are not what `toBytes` wrote. */
  static fromBytes(bytes: Uint8Array): Moments {
    return decodingSketch(KIND, () => {
      const frame = decodeFrame(bytes, FRAME_KINDS.moments, ENCODING_VERSION, KIND);
      const [mean, sumOfSquares, meanRest, squaresRest] = frame.takeFloat64(4) as unknown as [
        number,
        number,
        number,
        number,
      ];
      const { count } = frame.header as { count: number };
      return Moments.fromState({ count, mean, sumOfSquares, meanRest, squaresRest });
    });
  }

  /** The content as an object for JSON. */
  toJSON(): MomentsJson {
    const { count, ...rest } = this.toState() as Required<MomentsState>;
    return {
      kind: KIND,
      version: ENCODING_VERSION,
      count,
      mean: numberToJson(rest.mean),
      sumOfSquares: numberToJson(rest.sumOfSquares),
      meanRest: numberToJson(rest.meanRest),
      squaresRest: numberToJson(rest.squaresRest),
    };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the object is not what `toJSON` gave. */
  static fromJSON(json: unknown): Moments {
    return decodingSketch(KIND, () => {
      const fields = openJson(json, KIND);
      return Moments.fromState({
        count: fields.count as number,
        mean: numberFromJson(fields.mean),
        sumOfSquares: numberFromJson(fields.sumOfSquares),
        meanRest: numberFromJson(fields.meanRest),
        squaresRest: numberFromJson(fields.squaresRest),
      });
    });
  }

  #addToMean(term: number): void {
    const next = this.#mean + term;
    this.#meanRest +=
      Math.abs(this.#mean) >= Math.abs(term) ? this.#mean - next + term : term - next + this.#mean;
    this.#mean = next;
  }

  #addToSquares(term: number): void {
    const sum = this.#sumOfSquares;
    const next = sum + term;
    if (next < Number.POSITIVE_INFINITY) {
      this.#squaresRest += sum >= term ? sum - next + term : term - next + sum;
      this.#sumOfSquares = next;
    } else {
      // Also where ∞ · 0 has made it NaN: the true sum is beyond the doubles.
      this.#sumOfSquares = Number.POSITIVE_INFINITY;
      this.#squaresRest = 0;
    }
  }
}

/** A share of the way from one number to another, also where the distance itself overflows. */
function share(distance: number, to: number, from: number, part: number): number {
  return Number.isFinite(distance) ? distance * part : to * part - from * part;
}
