import type { Profile } from '../../profile/profile.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import type { TrackingStore } from '../../tracking/store.js';
import { BASELINE_NOTES } from '../log/baseline-records.js';
import type { MonitorLog } from '../log/monitor-log.js';

/** A baseline that the options pin is kept in the log too, so that who has the log alone can compare with it. */
const isPinnedByOption = (value: unknown): boolean => {
  const { baseline, by = 'option' } = (value ?? {}) as { baseline?: string; by?: string };
  return baseline === 'pinned' && by === 'option';
};

/** The baseline that the options of a monitor last pinned, or `undefined` where its log has none. */
export async function loggedBaseline(
  store: TrackingStore,
  experiment: string,
  monitor: string,
): Promise<Uint8Array | undefined> {
  const filter = { events: ['system'], keys: [`${monitor}/${BASELINE_NOTES}`] } as const;
  for await (const { value, bytes } of store.query(experiment, filter, { order: 'newest-first' })) {
    if (isPinnedByOption(value)) return bytes;
  }
  return undefined;
}

/** The entry that logs a baseline; none where the log has it already. */
export async function baselineEntry(
  log: MonitorLog,
  baseline: Profile,
): Promise<NewEntry | undefined> {
  const bytes = baseline.toBytes();
  for await (const { value, bytes: logged } of log.notes(BASELINE_NOTES)) {
    if (!isPinnedByOption(value)) continue;
    if (logged !== undefined && Buffer.compare(logged, bytes) === 0) return undefined;
    break;
  }
  return log.note(BASELINE_NOTES, { baseline: 'pinned', by: 'option', rows: baseline.rows }, bytes);
}

/** Since when a baseline that the options pin is in the log, epoch ms; `null` where it is not. */
export async function loggedSince(log: MonitorLog, baseline: Profile): Promise<number | null> {
  for await (const { value, dt, bytes } of log.notes(BASELINE_NOTES)) {
    if (!isPinnedByOption(value)) continue;
    return bytes !== undefined && Buffer.compare(bytes, baseline.toBytes()) === 0 ? dt : null;
  }
  return null;
}
