import { LeewayError } from '../leaves/errors.js';
import { Moments, type MomentsState } from '../sketch/moments.js';
import { QuantileSketch, type QuantileSketchState } from '../sketch/quantile-sketch.js';

/** A summary of numbers as plain data. */
export interface NumberSummaryState {
  readonly quantiles: QuantileSketchState;
  readonly moments: MomentsState;
}

/** Derived numbers (of texts and vectors) are kept coarser than a column's own: a rank is off by up to 1.6 %, in 4 KB. */
export const DERIVED_CAPACITY = 512;

/** From so many numbers on, two passes over them are cheaper than an update for each. */
const TWO_PASSES_FROM = 32;

/** Finite numbers as a quantile sketch and moments: of a column, or of something derived from its values. Mergeable. */
export class NumberSummary {
  readonly quantiles: QuantileSketch;
  readonly moments: Moments;

  constructor(quantiles: QuantileSketch = new QuantileSketch(), moments: Moments = new Moments()) {
    this.quantiles = quantiles;
    this.moments = moments;
  }

  /** An empty one for derived numbers. */
  static derived(): NumberSummary {
    return new NumberSummary(new QuantileSketch({ capacity: DERIVED_CAPACITY }));
  }

  /** A summary of its own with the same content. */
  clone(): NumberSummary {
    return new NumberSummary(this.quantiles.clone(), Moments.fromState(this.moments.toState()));
  }

  /** A summary of what a function that rises makes of the numbers; moments are those of what the sketch holds. */
  mapped(rising: (value: number) => number): NumberSummary {
    const { values, weights } = this.quantiles.weightedValues();
    const mapped = new NumberSummary();
    if (values.length === 0) return mapped;
    const state = this.quantiles.toState();
    const quantiles = QuantileSketch.fromState({
      ...state,
      min: rising(state.min),
      max: rising(state.max),
      values: state.values.map(rising),
    });
    for (let index = 0; index < values.length; index += 1) {
      mapped.moments.update(rising(values[index] as number), weights[index] as number);
    }
    return new NumberSummary(quantiles, mapped.moments);
  }

  /** How many numbers went in. */
  get count(): number {
    return this.quantiles.count;
  }

  /**
   * Adds one finite number, `weight` times.
   *
   * @param sampled whether the weight says how many rows a sampled one stands for, not how many were equal: it then goes
   *   in at one stroke, at the cost of one value.
   */
  add(value: number, weight = 1, sampled = false): void {
    if (sampled) {
      this.quantiles.update(value, weight);
      this.moments.update(value, weight);
      return;
    }
    for (let time = 0; time < weight; time += 1) {
      this.quantiles.update(value);
      this.moments.update(value);
    }
  }

  /** Adds the numbers of `[from, to)`, all finite. @param weights how many rows each stands for. @default 1 each */
  addMany(values: Float64Array, from: number, to: number, weights?: Float64Array): void {
    if (to <= from) return;
    if (weights === undefined) this.quantiles.updateMany(values, from, to);
    else this.quantiles.updateWeighted(values.subarray(from, to), weights.subarray(from, to));
    const moments = to - from >= TWO_PASSES_FROM ? momentsOf(values, from, to, weights) : undefined;
    if (moments !== undefined) this.moments.merge(moments);
    else if (weights === undefined) this.moments.updateMany(values, from, to);
    else
      for (let row = from; row < to; row += 1)
        this.moments.update(values[row] as number, weights[row] as number);
  }

  /** Takes in another summary; `other` is left as it is. */
  merge(other: NumberSummary): void {
    this.quantiles.merge(other.quantiles);
    this.moments.merge(other.moments);
  }

  toState(): NumberSummaryState {
    return { quantiles: this.quantiles.toState(), moments: this.moments.toState() };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the parts are impossible, disagree, or would not merge. */
  static fromState(
    state: NumberSummaryState,
    like: NumberSummary = new NumberSummary(),
  ): NumberSummary {
    if (state.quantiles.capacity !== like.quantiles.toState().capacity) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        'not a summary of numbers: its sketch is of another size',
      );
    }
    const summary = new NumberSummary(
      QuantileSketch.fromState(state.quantiles),
      Moments.fromState(state.moments),
    );
    if (summary.quantiles.count !== summary.moments.count) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        'not a summary of numbers: its parts differ in count',
      );
    }
    return summary;
  }
}

/**
 * Moments in two passes, the second of which also corrects the mean by what rounding left of it: as exact as one by one.
 * `undefined` where a sum is beyond what a float64 holds.
 *
 * Source: Chan, Golub and LeVeque (1983), the corrected two-pass algorithm.
 */
function momentsOf(
  values: Float64Array,
  from: number,
  to: number,
  weights?: Float64Array,
): Moments | undefined {
  let count = 0;
  let sum = 0;
  for (let index = from; index < to; index += 1) {
    const weight = weights === undefined ? 1 : (weights[index] as number);
    count += weight;
    sum += weight * (values[index] as number);
  }
  const mean = sum / count;
  let rest = 0;
  let squares = 0;
  for (let index = from; index < to; index += 1) {
    const weight = weights === undefined ? 1 : (weights[index] as number);
    const distance = (values[index] as number) - mean;
    rest += weight * distance;
    squares += weight * distance * distance;
  }
  const sumOfSquares = squares - (rest * rest) / count;
  if (!Number.isFinite(sumOfSquares)) return undefined;
  return Moments.fromState({
    count,
    mean: mean + rest / count,
    sumOfSquares: Math.max(0, sumOfSquares),
  });
}
