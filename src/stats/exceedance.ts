/** Terms smaller than this share of the sum end it. */
const NEGLIGIBLE = 1e-17;

/**
 * The chance that so many or more values of the second sample lie outside the range of the first, if nothing changed: the
 * exceedance test for extremes. Given the pooled values every split is equally likely, so P(T = t) = (t+1)·C(N−t−2, n−2)/C(N, n).
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
  const total = n + m;
  let term = (n / total) * ((n - 1) / (total - 1));
  let sum = 0;
  for (let count = 0; count <= m && term > 0; count += 1) {
    if (count >= least) {
      const part = (count + 1) * term;
      sum += part;
      if (part < NEGLIGIBLE * sum) break;
    }
    term *= (m - count) / (total - 2 - count);
  }
  return Math.min(1, sum);
}
