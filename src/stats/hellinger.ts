import type { Sample } from './sample.js';
import { sumOverShares } from './shares.js';

/**
 * The Hellinger distance √(½ Σ (√P − √Q)²): a bounded metric that weighs changes of rare bins more than total variation does.
 *
 * @param p baseline counts (or shares), none negative, not all 0
 * @param q current counts over the same bins
 * @returns 0 for equal shares, 1 where no bin is shared.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for counts that are empty, all 0, negative, not finite or of unlike length.
 *
 * One bin gives 0. O(bins). Source: E. Hellinger (1909).
 *
 * @example
 * hellingerDistance([1, 0], [0, 1]); // 1
 */
export function hellingerDistance(p: Sample, q: Sample): number {
  return Math.sqrt(
    sumOverShares(p, q, (share, other) => (Math.sqrt(share) - Math.sqrt(other)) ** 2) / 2,
  );
}
