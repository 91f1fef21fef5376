import { defined } from '../../leaves/defined.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import type { MonitorLog } from '../log/monitor-log.js';
import type { OpenWindow } from './window.js';

/** What a snapshot's entry says beside its profile. */
export interface SnapshotFacts {
  readonly seq: number;
  readonly by: 'capture' | 'hand';
  /** Whether it is compared with a baseline that the options pin. */
  readonly pinned: boolean;
  /** How it is judged, so that a report from the log alone says the same. */
  readonly settings: object;
}

/** The entry of a snapshot, to be committed. */
export function snapshotEntry(
  log: MonitorLog,
  { profile, window, after, upTo }: OpenWindow,
  { seq, by, pinned, settings }: SnapshotFacts,
): NewEntry {
  const value = {
    seq,
    rows: profile.rows,
    columns: profile.columnNames.length,
    from: window.from,
    to: window.to,
    by,
    ...defined({ after }),
    upTo,
    pinned,
    settings,
  };
  return { ...log.entry('snapshot', seq, value), bytes: profile.toBytes() };
}
