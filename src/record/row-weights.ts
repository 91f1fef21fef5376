import type { Random } from '../leaves/random.js';

/** The lot of a row that takes part in no draw, because it is for the log alone. */
export const NO_LOT = -1;

/** What is known of the rows that a second kept. */
export interface SampledRows {
  /** Each row's lot, or `NO_LOT`. */
  readonly lots: readonly number[];
  /** The chance that each had to be offered at all; 0 of one that came in place of a whole call. */
  readonly chances: readonly number[];
  /** Rows whose lots were as high or higher were not kept. */
  readonly threshold: number;
  /** How many rows they stand for together. */
  readonly seen: number;
}

/**
 * How many rows each of a sample stands for, by place: whole numbers that sum to the rows seen. A row beside which none was
 * left out stands for itself. The others share the rest, each by one over its chance to be here: alike, where the rows are
 * all of one second; but calls outlive the busy second in which their rows were chosen, and such rows stand for those that
 * were left out of their calls, not for those of the quiet second that they come to.
 *
 * Source: D. G. Horvitz and D. J. Thompson, "A generalization of sampling without replacement from a finite universe" (1952).
 */
export function rowWeights(
  { lots, chances, threshold, seen }: SampledRows,
  random: Random,
): Uint32Array {
  const weights = new Uint32Array(lots.length);
  const sharing: { place: number; lot: number; share: number }[] = [];
  let left = seen;
  lots.forEach((lot, place) => {
    if (lot === NO_LOT) return;
    const chance = Math.min(chances[place] as number, threshold);
    if (chance === 1) {
      weights[place] = 1;
      left -= 1;
    } else sharing.push({ place, lot, share: chance === 0 ? 0 : 1 / chance });
  });
  // Whole numbers come of it by rounding the sums, in an order that has nothing to do with the rows'.
  sharing.sort((one, other) => one.lot - other.lot);
  const total = sharing.reduce((sum, { share }) => sum + share, 0);
  let sum = random();
  let given = 0;
  for (const { place, share } of sharing) {
    sum += left * (total === 0 ? 1 / sharing.length : share / total);
    const until = Math.min(left, Math.floor(sum));
    weights[place] = until - given;
    given = until;
  }
  // The last one gets what errors of the sum may have kept from it.
  const last = sharing.at(-1);
  if (last !== undefined) weights[last.place] = (weights[last.place] as number) + left - given;
  return weights;
}
