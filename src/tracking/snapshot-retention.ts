import type { Clock } from '../leaves/clock.js';
import { DAY_MS } from '../leaves/time.js';
import type { JsonValue } from './json-value.js';
import type { LogEntry } from './log-entry.js';
import type { TrackingStore } from './store.js';

/** For so long every snapshot keeps its profile; after that, the last one of each day. */
const ALL_KEPT_MS = 30 * DAY_MS;
/** One step lets so many go: what is left waits for the next. */
const MOST_AT_ONCE = 500;

/** Which snapshots are thinned. */
export interface ThinOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** After so long no snapshot but a first one keeps its profile. */
  readonly profilesMs: number;
}

/**
 * Lets the profiles of old snapshots go, which would otherwise fill a store for ever: after thirty days all but the last of each day
 * (UTC) of a model, after `profilesMs` those too. A first snapshot (seq 0), which is the baseline, stays. The events themselves stay:
 * when it was, and how many rows.
 *
 * @returns how many profiles went.
 */
export async function thinSnapshots(
  store: TrackingStore,
  experiment: string,
  { clock, profilesMs }: ThinOptions,
): Promise<number> {
  const now = clock.now();
  const filter = { events: ['snapshot'], end: now - ALL_KEPT_MS } as const;
  const lastOfDay = new Map<string, number>();
  const candidates: LogEntry[] = [];
  for await (const entry of store.query(experiment, filter, { withBytes: false })) {
    lastOfDay.set(dayOf(entry), entry.pos);
    if (!isThin(entry.value) && entry.step !== 0) candidates.push(entry);
  }
  const going = candidates.filter(
    (entry) => lastOfDay.get(dayOf(entry)) !== entry.pos || entry.dtEnd < now - profilesMs,
  );
  let gone = 0;
  for (const { pos } of going.slice(0, MOST_AT_ONCE))
    if (await thin(store, experiment, pos)) gone += 1;
  return gone;
}

const dayOf = ({ key, dtEnd }: LogEntry): string =>
  JSON.stringify([key, Math.floor(dtEnd / DAY_MS)]);

const isThin = (value: JsonValue): boolean =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && value.thinned === true;

async function thin(store: TrackingStore, experiment: string, pos: number): Promise<boolean> {
  for await (const { bytes, value } of store.query(experiment, { after: pos - 1, upTo: pos })) {
    if (bytes === undefined) return false;
    const said = { ...(value as Record<string, JsonValue>), thinned: true };
    const entries = [{ pos, before: bytes, bytes: new Uint8Array(0), value: said }];
    return store.rewrite({ experiment, entries, folds: [], predictions: {}, log: [] });
  }
  return false;
}
