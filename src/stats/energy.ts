import { walkPooled } from './pooled.js';
import { type Sample, scaleTogether, sortSample } from './sample.js';
import { CompensatedSum } from './sum.js';

/**
 * The energy distance of two samples: √(2 ∫ (F_x − F_y)²), a metric that squares what Wasserstein-1 adds up.
 *
 * For the size of a change in a numeric column where large local differences should count more than small wide ones. Its
 * unit is the square root of the data's.
 *
 * @param x baseline sample, one or more finite numbers in any order
 * @param y current sample, likewise
 * @returns 0 for equal samples (as sets of shares), no upper bound.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for an empty sample or a value that is not finite (naming argument and index).
 *
 * Ties and constant samples need no care. O(n log n) time (radix sort: O(n) above 10⁴), a sorted copy of each sample.
 *
 * Source: G. J. Székely and M. L. Rizzo (2013); agrees with SciPy 1.10 `energy_distance`.
 *
 * @example
 * energyDistance([0], [2]); // 2
 */
export function energyDistance(x: Sample, y: Sample): number {
  const xs = sortSample(x, 'x');
  const ys = sortSample(y, 'y');
  const factor = scaleTogether(xs, ys);
  const sum = new CompensatedSum();
  let i = 0;
  let j = 0;
  let previous = 0;
  walkPooled(xs, ys, (inX, inY, value) => {
    const difference = i / xs.length - j / ys.length;
    if (i + j > 0) sum.add(difference * difference * (value - previous));
    i += inX;
    j += inY;
    previous = value;
  });
  return Math.sqrt(2 * sum.value) / Math.sqrt(factor);
}
