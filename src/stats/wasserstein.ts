import { type Sample, scaleTogether, sortSample } from './sample.js';

/**
 * The Wasserstein-1 (earth mover's) distance of two samples: how far values moved on average, in the data's own unit.
 *
 * For reading the size of a change in a numeric column; unlike a test it does not grow with the sample. The area between the
 * two empirical distribution functions, ∫ |F_x − F_y|.
 *
 * @param x baseline sample, one or more finite numbers in any order
 * @param y current sample, likewise
 * @returns 0 for equal samples (as sets of shares), no upper bound; Infinity where it is larger than the largest double.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for an empty sample or a value that is not finite (naming argument and index).
 *
 * Ties and constant samples need no care: two constants give the absolute difference. O(n log n) time (radix sort: O(n) above
 * 10⁴), a sorted copy of each sample, compensated sum.
 *
 * Source: S. S. Vallender (1974); agrees with SciPy 1.10 `wasserstein_distance`.
 *
 * @example
 * wassersteinDistance([0, 1, 3], [5, 6, 8]); // 5
 */
export function wassersteinDistance(x: Sample, y: Sample): number {
  const xs = sortSample(x, 'x');
  const ys = sortSample(y, 'y');
  const factor = scaleTogether(xs, ys);
  const n = xs.length;
  const m = ys.length;
  let i = 0;
  let j = 0;
  let previous = Math.min(xs[0] as number, ys[0] as number);
  // The kernel of the bench: the compensated sum is written out, so that no call stands in the loop.
  let sum = 0;
  let lost = 0;
  while (i < n || j < m) {
    const fromX = i < n && (j >= m || (xs[i] as number) <= (ys[j] as number));
    const value = (fromX ? xs[i] : ys[j]) as number;
    // i/n − j/m in whole numbers; 0 before the first value and after the last.
    const term = Math.abs(i * m - j * n) * (value - previous);
    const next = sum + term;
    lost += sum >= term ? sum - next + term : term - next + sum;
    sum = next;
    previous = value;
    if (fromX) i += 1;
    else j += 1;
  }
  return (sum + lost) / n / m / factor;
}
