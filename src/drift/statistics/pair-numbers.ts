import type { QuantileSketch } from '../../sketch/quantile-sketch.js';

/** The numbers of both sides. */
export interface PairNumbers {
  readonly baseline: QuantileSketch;
  readonly current: QuantileSketch;
}
