import type { Profile } from '../profile/profile.js';
import type { Transaction } from './log/monitor-log.js';
import { loggedSettings, type MonitorOptions } from './monitor-options.js';
import type { MonitorParts } from './monitor-parts.js';
import { snapshotEntry } from './window/snapshot-entry.js';
import type { SnapshotQuery } from './window/snapshot-query.js';

/** What a snapshot by hand gives: its number, its profile where it is not logged, or nothing where it has no rows. */
export type Taken = Profile | number | undefined;

/**
 * Checks an order of a snapshot.
 *
 * @returns what takes it, and commits it.
 * @throws LeewayError `ERR_LEEWAY_OPTION` where the order makes no sense.
 */
export function orderSnapshot(
  { log, taker, baselines, live }: MonitorParts,
  options: MonitorOptions,
  given: SnapshotQuery | readonly unknown[] | ArrayLike<number>,
): () => Promise<Taken> {
  const { query, take } = taker.order(given);
  return async () => {
    await options.prepare();
    return log.transact('a snapshot', async (state): Promise<Transaction<Taken>> => {
      const { head } = state;
      const noted = live.windowRows;
      const taken = await take(state);
      if (query.logged === false) return { done: () => taken.profile };
      if (query.ignoreEmpty === true && taken.profile.rows === 0) return { done: () => undefined };
      const seq = head.seq + 1;
      // A baseline is there to be compared with, not to be judged.
      const captured = seq < baselines.firstCompared(state) ? seq : head.captured;
      const cursor = taken.cuts ? taken.upTo : head.cursor;
      const pinned = options.baseline !== undefined;
      const facts = { seq, by: 'hand', pinned, settings: loggedSettings(options) } as const;
      return {
        commit: { next: { seq, cursor, captured }, entries: [snapshotEntry(log, taken, facts)] },
        done: () => {
          if (taken.cuts) live.windowRows -= noted;
          return seq;
        },
      };
    });
  };
}
