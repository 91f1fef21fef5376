import type { ReportedWindow } from '../report/report-view.js';
import type { TrackingStore } from '../tracking/store.js';

/** So many windows back. */
const MOST_WINDOWS = 200;

/** The windows of a model as its log tells them, oldest first, without the one that is the baseline. */
export async function timelineOf(
  store: TrackingStore,
  experiment: string,
  model: string,
  baselineSeq: number | null,
): Promise<ReportedWindow[]> {
  const options = { order: 'newest-first', limit: MOST_WINDOWS, withBytes: false } as const;
  const drifted = new Map<number, readonly string[]>();
  for await (const { step, value } of store.query(experiment, { events: ['drift'], keys: [model] }, options)) {
    if (step !== undefined) drifted.set(step, (value as { drifted?: readonly string[] }).drifted ?? []);
  }
  const windows: ReportedWindow[] = [];
  for await (const { step, value } of store.query(experiment, { events: ['snapshot'], keys: [model] }, options)) {
    if (step === undefined || step === baselineSeq) continue;
    const { rows = 0, from = null, to = null } = value as Partial<ReportedWindow>;
    windows.push({ seq: step, from, to, rows, drifted: drifted.get(step) ?? [] });
  }
  return windows.reverse();
}
