import type { Sample } from './sample.js';
import { shares } from './shares.js';

/**
 * The L-infinity distance max |P − Q|: the greatest change of a single bin's share. NannyML's measure for categories.
 *
 * @param p baseline counts (or shares), none negative, not all 0
 * @param q current counts over the same bins
 * @returns 0 for equal shares, at most 1.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for counts that are empty, all 0, negative, not finite or of unlike length.
 *
 * One bin gives 0. O(bins).
 *
 * @example
 * lInfinityDistance([5, 5], [9, 1]); // 0.4
 */
export function lInfinityDistance(p: Sample, q: Sample): number {
  const { first, second } = shares(p, q);
  let greatest = 0;
  for (let bin = 0; bin < first.length; bin += 1) {
    greatest = Math.max(greatest, Math.abs((first[bin] as number) - (second[bin] as number)));
  }
  return greatest;
}
