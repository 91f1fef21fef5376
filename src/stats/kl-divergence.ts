import { checkOptionNames } from '../leaves/option-names.js';
import { logGap } from './gamma.js';
import type { Sample } from './sample.js';
import { type SmoothingOptions, smoothedShares } from './shares.js';
import { CompensatedSum } from './sum.js';

/**
 * The Kullback–Leibler divergence Σ P ln(P/Q): what it costs, in nats, to take Q for P.
 *
 * Not symmetric and without upper bound; prefer `jensenShannonDistance` unless the number itself is asked for.
 *
 * @param p baseline counts (or shares), none negative, not all 0
 * @param q current counts over the same bins
 * @param options.smoothing `'none'` by default, the textbook's: Infinity where q is empty and p is not
 * @returns 0 for equal shares. With `{ floor }` the shares no longer sum to 1, so the result can be slightly negative.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for counts that are empty, all 0, negative, not finite or of unlike length;
 *   ERR_LEEWAY_OPTION for a smoothing that is not one of the three forms.
 *
 * One bin gives 0. O(bins). Source: Kullback and Leibler (1951); agrees with SciPy 1.10 `entropy(p, q)`.
 *
 * @example
 * klDivergence([5, 5], [9, 1]); // 0.5108…
 */
export function klDivergence(p: Sample, q: Sample, options: SmoothingOptions = {}): number {
  checkOptionNames('klDivergence', options, ['smoothing']);
  const { first, second, surplus } = smoothedShares(p, q, options.smoothing ?? 'none');
  const sum = new CompensatedSum();
  for (let bin = 0; bin < first.length; bin += 1) {
    const share = first[bin] as number;
    const other = second[bin] as number;
    // P ln(P/Q) + Q − P is never negative, so nothing cancels; the sum of P − Q is put back at the end.
    if (share === 0) sum.add(other);
    else if (other === 0) return Number.POSITIVE_INFINITY;
    else sum.add(share * ratioGap(other, share));
  }
  return sum.value + surplus;
}

/** r − 1 − ln r for r = top / bottom, exact also where r is near 1. */
function ratioGap(top: number, bottom: number): number {
  const change = (top - bottom) / bottom;
  return Math.abs(change) <= 0.3 ? logGap(change) : change - Math.log(top / bottom);
}
