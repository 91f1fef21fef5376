import { chanceOfAll } from './hypergeometric.js';

/**
 * The chance that so many or more values of the second sample lie outside the range of the first, if nothing changed: the
 * exceedance test for extremes. Given the pooled values every split is equally likely, so P(T = t) = (t+1)·C(N−t−2, n−2)/C(N, n),
 * and P(T ≥ t) = ((t+1)·C(N−t−1, n−1) + C(N−t−1, n)) / C(N, n). O(1) for any sizes.
 *
 * @param outside how many of the second sample are below the least or above the greatest of the first. With ties the law is
 *   that of ties broken at random, which errs upwards.
 * @param n size of the first sample, and m of the second. With fewer than two values there is no range: 1.
 *
 * Source: L. Gumbel and H. von Schelling, "The distribution of the number of exceedances" (1950).
 */
export function exceedancePValue(outside: number, n: number, m: number): number {
  const least = Math.ceil(outside);
  if (least <= 0 || n < 2) return 1;
  if (least > m) return 0;
  const rest = n + m - least;
  return Math.min(1, chanceOfAll(least, n, m) * (((least + 1) * n + m - least) / rest));
}
