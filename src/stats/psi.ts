import { checkOptionNames } from '../leaves/option-names.js';
import type { Sample } from './sample.js';
import { type SmoothingOptions, smoothedShares } from './shares.js';
import { CompensatedSum } from './sum.js';

/**
 * The population stability index Σ (Q − P) ln(Q/P): the symmetric sum of both Kullback–Leibler divergences.
 *
 * The credit industry's drift number: below 0.1 is called stable, above 0.25 shifted. Those limits hold for large samples
 * only: under no change its expectation is about (bins − 1) · (1/n + 1/m).
 *
 * @param p baseline counts (or shares), none negative, not all 0
 * @param q current counts over the same bins
 * @param options.smoothing `{ floor: 1e-4 }` by default, what most PSI code does; `'none'` gives Infinity for an empty bin
 * @returns 0 for equal shares, no upper bound without a floor.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for counts that are empty, all 0, negative, not finite or of unlike length;
 *   ERR_LEEWAY_OPTION for a smoothing that is not one of the three forms.
 *
 * One bin gives 0; bins empty on both sides add 0. O(bins). Source: N. Siddiqi, "Credit Risk Scorecards" (2006).
 *
 * @example
 * populationStabilityIndex([5, 5], [9, 1]); // 0.8788…
 */
export function populationStabilityIndex(
  p: Sample,
  q: Sample,
  options: SmoothingOptions = {},
): number {
  checkOptionNames('populationStabilityIndex', options, ['smoothing']);
  const { first, second } = smoothedShares(p, q, options.smoothing ?? { floor: 1e-4 });
  const sum = new CompensatedSum();
  for (let bin = 0; bin < first.length; bin += 1) {
    const share = first[bin] as number;
    const other = second[bin] as number;
    if (share === other) continue;
    if (share === 0 || other === 0) return Number.POSITIVE_INFINITY;
    // Greater over lesser, so that exchanging p and q changes not even the last digit.
    const greater = Math.max(share, other);
    const lesser = Math.min(share, other);
    sum.add((greater - lesser) * logRatio(greater, lesser));
  }
  return sum.value;
}

/** ln(top / bottom), exact also where the ratio is near 1. */
function logRatio(top: number, bottom: number): number {
  const change = (top - bottom) / bottom;
  return Math.abs(change) <= 0.3 ? Math.log1p(change) : Math.log(top / bottom);
}
