import type { ReportedWindow } from '../../report/report-view.js';
import type { MonitorLog } from '../log/monitor-log.js';

/** So many windows back. */
const MOST_WINDOWS = 200;

/** The windows of a model as its log tells them, oldest first, without the one that is the baseline. */
export async function timelineOf(
  log: MonitorLog,
  baselineSeq: number | null,
): Promise<ReportedWindow[]> {
  const options = { limit: MOST_WINDOWS, withBytes: false } as const;
  const drifted = new Map<number, readonly string[]>();
  for await (const { step, value } of log.latest('drift', options)) {
    if (step !== undefined)
      drifted.set(step, (value as { drifted?: readonly string[] }).drifted ?? []);
  }
  const windows: ReportedWindow[] = [];
  for await (const { step, value } of log.latest('snapshot', options)) {
    if (step === undefined || step === baselineSeq) continue;
    const { rows = 0, from = null, to = null } = value as Partial<ReportedWindow>;
    windows.push({ seq: step, from, to, rows, drifted: drifted.get(step) ?? [] });
  }
  return windows.reverse();
}
