import { LeewayError } from '../errors.js';

/** Moments as plain numbers, for an encoding to carry. */
export interface MomentsState {
  readonly count: number;
  readonly mean: number;
  readonly sumOfSquares: number;
}

/**
 * Count, mean and variance of a stream, mergeable and stable for data far from zero.
 *
 * Source: Welford (1962) for one value at a time; Chan, Golub and LeVeque (1983) for the merge.
 */
export class Moments {
  #count = 0;
  #mean = 0;
  /** Σ (x − mean)². */
  #sumOfSquares = 0;

  get count(): number {
    return this.#count;
  }

  /** NaN where nothing went in. */
  get mean(): number {
    return this.#count === 0 ? Number.NaN : this.#mean;
  }

  /** With n − 1 in the denominator; NaN below two values. */
  get variance(): number {
    return this.#count < 2 ? Number.NaN : this.#sumOfSquares / (this.#count - 1);
  }

  /** The square root of the variance. */
  get standardDeviation(): number {
    return Math.sqrt(this.variance);
  }

  update(value: number): void {
    this.#count += 1;
    const distance = value - this.#mean;
    this.#mean += distance / this.#count;
    this.#sumOfSquares += distance * (value - this.#mean);
  }

  /** Takes in other moments; `other` is left as it is. */
  merge(other: Moments): void {
    if (other.#count === 0) return;
    const count = this.#count + other.#count;
    const distance = other.#mean - this.#mean;
    this.#sumOfSquares += other.#sumOfSquares + ((distance * distance * this.#count) / count) * other.#count;
    this.#mean += (distance * other.#count) / count;
    this.#count = count;
  }

  toState(): MomentsState {
    return { count: this.#count, mean: this.#mean, sumOfSquares: this.#sumOfSquares };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the count can't be one. */
  static fromState(state: MomentsState): Moments {
    if (!Number.isSafeInteger(state.count) || state.count < 0) {
      throw new LeewayError('ERR_LEEWAY_FORMAT', `not moments: the count is ${state.count}`);
    }
    const moments = new Moments();
    moments.#count = state.count;
    moments.#mean = state.mean;
    moments.#sumOfSquares = state.sumOfSquares;
    return moments;
  }
}
