import { LeewayError } from '../leaves/errors.js';
import { normalTwoSided } from './normal.js';
import { type ContingencyTable, twoByTwo } from './table.js';

export interface ProportionResult {
  /** z: above 0 where the first row has the greater share of the first column. */
  readonly statistic: number;
  /** Two-sided p-value. */
  readonly pValue: number;
}

/**
 * The z test of two proportions: do two windows have the same share of something?
 *
 * For shares with plenty of cases, such as missing values in large windows; with fewer than about five expected cases use
 * `fisherExactTest`. The difference of the shares over its standard error under the pooled share.
 *
 * @param table [[a, b], [c, d]] counts: a row per window; the first column is what is counted, the second the rest
 * @returns z and the two-sided p-value; z² is Pearson's X².
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for another shape, a count that is negative or not finite, an empty row, or a pooled
 *   share of 0 or 1, where z is 0/0.
 *
 * Realised size: the normal law fails for rare cases in windows of unequal size; it does not decide. O(1).
 *
 * Source: agrees with statsmodels 0.13.5 `proportions_ztest`.
 *
 * @example
 * proportionTest([[10, 20], [20, 10]]); // { statistic: -2.5819…, pValue: 0.0098… }
 */
export function proportionTest(table: ContingencyTable): ProportionResult {
  const [a, b, c, d] = twoByTwo(table);
  const total = a + b + c + d;
  // (p₁ − p₂)² / (p (1−p) (1/n₁ + 1/n₂)) = N (ad − bc)² / product of margins, without a difference of rounded shares.
  const variation = (a + c) * (b + d) * (a + b) * (c + d);
  if (!(variation > 0)) {
    throw new LeewayError(
      'ERR_LEEWAY_SAMPLE',
      'proportionTest needs counts in both rows and in both columns',
    );
  }
  const statistic = (a * d - b * c) * Math.sqrt(total / variation);
  return { statistic, pValue: normalTwoSided(statistic) };
}
