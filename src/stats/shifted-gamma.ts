import { gammainc, gammaincc, uniformTail } from './gamma.js';
import { normalSf } from './normal.js';

/** Below this skewness the gamma law is the normal law to within rounding of its own shape parameter. */
const NO_SKEWNESS = 1e-6;

/** From this shape on a series for the law would take thousands of terms. */
const LARGE_SHAPE = 1e5;

/**
 * P(X > x) of a gamma law shifted (and turned, for negative skewness) to a given mean, standard deviation and skewness: Pearson's
 * type III, the law that a sum of scores or of squares is referred to when its first three moments are known.
 */
export function shiftedGammaSf(
  x: number,
  mean: number,
  deviation: number,
  skewness: number,
): number {
  const z = (x - mean) / deviation;
  if (Math.abs(skewness) < NO_SKEWNESS) return normalSf(z);
  const shape = 4 / skewness ** 2;
  // With Γ of that shape, z = skewness/2 · (Γ − shape): so Γ = shape + 2 z / skewness, decreasing in z if turned.
  const scaled = shape + (2 * z) / skewness;
  if (scaled <= 0) return skewness > 0 ? 1 : 0;
  if (shape > LARGE_SHAPE) return uniformTail(shape, (2 * z) / skewness / shape, skewness > 0);
  return skewness > 0 ? gammaincc(shape, scaled) : gammainc(shape, scaled);
}
