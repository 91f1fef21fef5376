import type { Sample } from './sample.js';
import { sumOverShares } from './shares.js';

/**
 * The total variation distance ½ Σ |P − Q|: the share of rows that would have to change bin.
 *
 * @param p baseline counts (or shares), none negative, not all 0
 * @param q current counts over the same bins
 * @returns 0 for equal shares, 1 where no bin is shared.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for counts that are empty, all 0, negative, not finite or of unlike length.
 *
 * One bin gives 0. With many bins and few rows it is large without any change. O(bins).
 *
 * @example
 * totalVariationDistance([5, 5], [9, 1]); // 0.4
 */
export function totalVariationDistance(p: Sample, q: Sample): number {
  return sumOverShares(p, q, (share, other) => Math.abs(share - other)) / 2;
}
