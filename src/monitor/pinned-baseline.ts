import type { Profile } from '../profile/profile.js';
import type { EventLog } from '../tracking/event-log.js';
import type { NewEntry, TrackingStore } from '../tracking/store.js';

/** A pinned baseline is kept in the log too, so that who has the log alone can compare with it. */
export const pinnedKey = (monitor: string): string => `${monitor}/baseline`;

/** The pinned baseline that a monitor last judged by, or `undefined` where its log has none. */
export async function loggedBaseline(
  store: TrackingStore,
  experiment: string,
  monitor: string,
): Promise<Uint8Array | undefined> {
  const filter = { events: ['system'], keys: [pinnedKey(monitor)] } as const;
  for await (const { bytes } of store.query(experiment, filter, { order: 'newest-first', limit: 1 })) return bytes;
  return undefined;
}

/** The entry that logs a baseline; none where the log has it already. */
export async function baselineEntry(
  store: TrackingStore,
  log: EventLog,
  monitor: string,
  baseline: Profile,
): Promise<NewEntry | undefined> {
  const bytes = baseline.toBytes();
  const logged = await loggedBaseline(store, log.experiment, monitor);
  if (logged !== undefined && Buffer.compare(logged, bytes) === 0) return undefined;
  return { ...log.entry('system', pinnedKey(monitor), { baseline: 'pinned', rows: baseline.rows }), bytes };
}
