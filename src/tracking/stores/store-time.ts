/** No lease is taken for longer than this beyond its own time to live. */
const LEASE_SLACK_MS = 3_600_000;

/**
 * Times that a store finds may come from a clock that was wrong when they were written. Ahead of the store's clock a time
 * tells nothing, and must not hold up anything until it is reached.
 */

/** The tick that a monitor stands at, as far as it counts for a commit. */
export function tickThatCounts(stored: number, asked: number, now: number): number {
  // Where the commit itself is ahead, the two are compared as they are: of two such commits one is enough.
  return stored > now && asked <= now ? 0 : stored;
}

/** The tick that a commit leaves behind. */
export const tickToStore = (asked: number, now: number): number => Math.min(asked, now);

/** A lease that ends later than this was taken by a clock that was wrong. */
export const latestLeaseEnd = (now: number, ttlMs: number): number => now + ttlMs + LEASE_SLACK_MS;
