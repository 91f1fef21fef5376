import { gammainc, gammaincc, logGap } from './gamma.js';
import { normalSf } from './normal.js';

/** Below this skewness the gamma law is the normal law to within rounding of its own shape parameter. */
const NO_SKEWNESS = 1e-6;

/** From this shape on a series for the law would take thousands of terms. */
const LARGE_SHAPE = 1e5;
/** Near the mean the first correction is a difference of two large numbers. */
const NEAR = 0.02;

/**
 * P(X > x) of a gamma law shifted (and turned, for negative skewness) to a given mean, standard deviation and skewness: Pearson's
 * type III, the law that a sum of scores or of squares is referred to when its first three moments are known.
 */
export function shiftedGammaSf(x: number, mean: number, deviation: number, skewness: number): number {
  const z = (x - mean) / deviation;
  if (Math.abs(skewness) < NO_SKEWNESS) return normalSf(z);
  const shape = 4 / skewness ** 2;
  // With Γ of that shape, z = skewness/2 · (Γ − shape): so Γ = shape + 2 z / skewness, decreasing in z if turned.
  const scaled = shape + (2 * z) / skewness;
  if (scaled <= 0) return skewness > 0 ? 1 : 0;
  if (shape > LARGE_SHAPE) return uniformTail(shape, (2 * z) / skewness / shape, skewness > 0);
  return skewness > 0 ? gammaincc(shape, scaled) : gammainc(shape, scaled);
}

/**
 * Q(a, a(1+u)), or 1 − Q, for large a: ½ erfc(η√(a/2)) ± e^{−aη²/2}/√(2πa) · (1/u − 1/η) with η²/2 = u − ln(1+u); relative
 * error about 1/a². N. M. Temme (1979), as in NIST DLMF 8.12.3.
 */
function uniformTail(a: number, u: number, upper: boolean): number {
  const half = logGap(u);
  const eta = Math.sign(u) * Math.sqrt(2 * half);
  const first = Math.abs(eta) < NEAR ? -1 / 3 + eta / 12 - (2 * eta * eta) / 135 : 1 / u - 1 / eta;
  const correction = (Math.exp(-a * half) / Math.sqrt(2 * Math.PI * a)) * first;
  return upper ? normalSf(eta * Math.sqrt(a)) + correction : normalSf(-eta * Math.sqrt(a)) - correction;
}
