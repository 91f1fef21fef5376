import { type DescribedSnapshotColumn, describeColumns } from '../../drift/show/describe-column.js';
import type { MonitorLog } from '../log/monitor-log.js';
import type { Snapshot } from './window.js';

/** One snapshot in figures. */
export interface DescribedSnapshot {
  readonly seq: number;
  readonly rows: number;
  /** The times of the first and the last row, ISO 8601; `null` for given tables. */
  readonly from: string | null;
  readonly to: string | null;
  readonly by: 'capture' | 'hand';
  /** The columns in figures; `undefined` if the profile is no longer stored. */
  readonly columns: readonly DescribedSnapshotColumn[] | undefined;
}

/** What a snapshot's event says of it. */
interface LoggedSnapshot {
  readonly rows: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly by: 'capture' | 'hand';
}

const iso = (time: number | null): string | null =>
  time === null ? null : new Date(time).toISOString();

/** The snapshots of a monitor, oldest first. @param since only those that end at or after this, epoch ms. */
export async function describeSnapshots(
  log: MonitorLog,
  kept: (seq: number) => Promise<Snapshot | undefined>,
  since: number | undefined,
): Promise<DescribedSnapshot[]> {
  const snapshots: DescribedSnapshot[] = [];
  for await (const { step, value, dt } of log.latest('snapshot', { withBytes: false })) {
    const { rows, from, to, by } = value as unknown as LoggedSnapshot;
    if (step === undefined || (since !== undefined && (to ?? dt) < since)) continue;
    const snapshot = await kept(step);
    const columns = snapshot === undefined ? undefined : describeColumns(snapshot.profile);
    snapshots.push({ seq: step, rows, from: iso(from), to: iso(to), by, columns });
  }
  return snapshots.reverse();
}
