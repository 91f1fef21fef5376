/**
 * How a store that is bounded in bytes divides its bound. Appends are refused before it is reached, so that folds and
 * commits, which make rows spare, always have room.
 */
const RESERVE_SHARE = 0.05;
/** Where the bound is reached, room is made down to here, so that not every write has to look for it. */
const GOAL_SHARE = 0.9;

/** So many of a model's latest snapshots keep their profiles, and comparisons, however full the store is. */
export const LATEST_KEPT = 2;

/** What appends may fill. */
export const boundOfAppends = (maxBytes: number): number =>
  Math.floor(maxBytes * (1 - RESERVE_SHARE));

/** What is left after room was made. */
export const goalOfRoom = (maxBytes: number): number => Math.floor(maxBytes * GOAL_SHARE);
