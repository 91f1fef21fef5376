import type { DriftStats } from '../../drift/drift-stats.js';
import { type Explanation, explainColumn } from '../../drift/explain.js';
import type { TrackingStore } from '../../tracking/store.js';
import type { MonitorLog } from '../log/monitor-log.js';
import { exampleRuns } from './examples.js';

/** What changed in a column, since when, and which runs show it. */
export interface MonitorExplanation extends Explanation {
  /** The first of the consecutive snapshots in which the column drifted; `null` if no drift of it was logged. */
  readonly since: number | null;
  /** Runs with rows in the part that grew most, latest first. At most five; none if the rows are no longer stored. */
  readonly runs: readonly number[];
}

/** Explains a column of a comparison, with what the log knows of it. */
export async function explained(
  stats: DriftStats,
  column: string,
  log: MonitorLog,
  store: TrackingStore,
): Promise<MonitorExplanation> {
  const explanation = explainColumn(stats, column);
  const grown = explanation.moved.find((part) => part.current > part.baseline);
  const { seq, from, to } = stats.windows.current;
  const known = from !== null && to !== null;
  const { experiment, model } = log;
  const where = { experiment, model, column, from: from ?? 0, to: to ?? 0, count: 5 };
  return {
    ...explanation,
    since: await firstSeen(column, seq, log),
    runs: known && grown !== undefined ? await exampleRuns(store, { ...where, part: grown }) : [],
  };
}

/** The first of the windows in a row, up to this one, in which the column drifted. */
async function firstSeen(
  column: string,
  seq: number | null,
  log: MonitorLog,
): Promise<number | null> {
  let first: number | null = null;
  let expected = seq;
  for await (const entry of log.latest('drift', { withBytes: false })) {
    const { drifted } = entry.value as { drifted?: readonly string[] };
    if (entry.step !== expected || drifted?.includes(column) !== true) break;
    first = entry.step;
    expected = entry.step - 1;
  }
  return first;
}
