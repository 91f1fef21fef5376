import { LeewayError } from '../leaves/errors.js';
import { studentTTwoSided } from './beta.js';
import { momentsOf } from './descriptive.js';
import { copySample, type Sample, scaleTogether } from './sample.js';

export interface WelchResult {
  /** t: above 0 where x has the greater mean. */
  readonly statistic: number;
  /** Two-sided p-value. */
  readonly pValue: number;
  /** Welch–Satterthwaite degrees of freedom, at least min(n, m) − 1. */
  readonly df: number;
}

/**
 * Welch's t test: did the mean change? The two variances need not be equal.
 *
 * For reading the change of a mean. It doesn't decide drift here: skewed data in windows of unequal size break it (realised size,
 * 10,000 against 50: .08 at .05 for lognormal values, .18 for 80 % zeros). The difference of the means over the
 * root of the sum of variance / size.
 *
 * @param x baseline sample, two or more finite numbers in any order
 * @param y current sample, likewise
 * @returns t (x less y), the two-sided p-value, and the degrees of freedom.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for a sample of fewer than two values, a value that is not finite (naming argument and
 *   index), or where both samples are constant, so that there is no spread to measure with.
 *
 * Ties don't matter. O(n) time, a copy of each sample. Source: B. L. Welch (1947); agrees with SciPy 1.10
 * `ttest_ind(equal_var=False)`.
 *
 * @example
 * welchTest([1, 2, 3, 4, 5], [10, 11, 12, 13, 14]); // { statistic: -9, pValue: 0.0000185…, df: 8 }
 */
export function welchTest(x: Sample, y: Sample): WelchResult {
  const xs = copySample(x, 'x', 2);
  const ys = copySample(y, 'y', 2);
  scaleTogether(xs, ys);
  const first = momentsOf(xs);
  const second = momentsOf(ys);
  if (first.constant && second.constant) {
    throw new LeewayError(
      'ERR_LEEWAY_SAMPLE',
      'welchTest needs some spread: x and y are both constant',
    );
  }
  const ofX = first.squares / (first.count - 1) / first.count;
  const ofY = second.squares / (second.count - 1) / second.count;
  const difference = first.mean - second.mean + (first.rest - second.rest);
  const statistic = difference / Math.sqrt(ofX + ofY);
  // By shares of the variance rather than by its square, which could overflow or vanish.
  const shareX = ofX / (ofX + ofY);
  const shareY = ofY / (ofX + ofY);
  const df = 1 / (shareX ** 2 / (first.count - 1) + shareY ** 2 / (second.count - 1));
  return { statistic, pValue: studentTTwoSided(statistic, df), df };
}
