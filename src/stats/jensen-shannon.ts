import { checkOptionNames } from '../leaves/option-names.js';
import { chosenOf } from './options.js';
import type { Sample } from './sample.js';
import { shares } from './shares.js';
import { CompensatedSum } from './sum.js';

/**
 * The Jensen–Shannon distance: the square root of the Jensen–Shannon divergence; a bounded metric between two distributions
 * over the same bins.
 *
 * For binned numbers and for categories, where an empty bin must not blow up. JS = ½ KL(P‖M) + ½ KL(Q‖M) with M = (P+Q)/2.
 *
 * @param p baseline counts (or shares), none negative, not all 0
 * @param q current counts over the same bins
 * @param options.base of the logarithm: `Math.E` (default, as in SciPy) gives 0…0.8326, `2` gives 0…1
 * @returns 0 for equal shares, to the last digit.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for counts that are empty, all 0, negative, not finite or of unlike length;
 *   ERR_LEEWAY_OPTION for another base.
 *
 * One bin gives 0. O(bins). Source: Endres and Schindelin (2003); agrees with SciPy 1.10 `jensenshannon`.
 *
 * @example
 * jensenShannonDistance([1, 0], [0, 1], { base: 2 }); // 1
 */
export function jensenShannonDistance(
  p: Sample,
  q: Sample,
  options: { readonly base?: number } = {},
): number {
  checkOptionNames('jensenShannonDistance', options, ['base']);
  const base = chosenOf(options.base, [Math.E, 2], Math.E, 'base');
  const { first, second } = shares(p, q);
  const sum = new CompensatedSum();
  for (let bin = 0; bin < first.length; bin += 1) {
    const total = (first[bin] as number) + (second[bin] as number);
    if (total === 0) continue;
    const tilt = ((first[bin] as number) - (second[bin] as number)) / total;
    // ½ [(1+t) ln(1+t) + (1−t) ln(1−t)], a sum of positive parts: nothing cancels when P and Q are close.
    sum.add((total / 2) * binaryGap(tilt));
  }
  const divergence = base === 2 ? sum.value / Math.LN2 : sum.value;
  return Math.sqrt(Math.max(0, divergence));
}

/** ½ [(1+t) ln(1+t) + (1−t) ln(1−t)] for −1 ≤ t ≤ 1. */
function binaryGap(tilt: number): number {
  const t = Math.abs(tilt);
  if (t === 1) return Math.LN2;
  if (t > 0.1) return ((1 + t) * Math.log1p(t) + (1 - t) * Math.log1p(-t)) / 2;
  const square = t * t;
  let sum = 0;
  let power = square;
  // Σ t²ᵏ / (2k (2k−1)); ten terms leave less than 1e-21 for t ≤ 0.1.
  for (let k = 1; k <= 10; k += 1) {
    sum += power / (2 * k * (2 * k - 1));
    power *= square;
  }
  return sum;
}
