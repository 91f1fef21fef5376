import type { NotCompared, Verdict } from '../../drift/verdict/not-compared.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import type { MonitorLog } from '../log/monitor-log.js';

/** What a capture found besides drift. It is logged where it changes, so that all replicas report the same. */
export interface Remarks {
  readonly verdict: Verdict;
  /** Columns that were not compared, at most a hundred. */
  readonly notCompared: readonly NotCompared[];
  readonly complaints: readonly string[];
}

const KEY = 'remarks';
const MOST = 100;

/** What is remarked, within bounds. */
export const boundedRemarks = ({ verdict, notCompared, complaints }: Remarks): Remarks => ({
  verdict,
  notCompared: notCompared.slice(0, MOST),
  complaints: complaints.slice(0, MOST),
});

/** The latest remarks in the log; `undefined` where there are none, as in a log of before 0.1. */
export async function latestRemarks(log: MonitorLog): Promise<Remarks | undefined> {
  for await (const { value } of log.notes(KEY, { limit: 1 })) {
    const { verdict, notCompared, complaints } = (value ?? {}) as unknown as Partial<Remarks>;
    if (verdict === undefined || !Array.isArray(notCompared) || !Array.isArray(complaints)) return undefined;
    return { verdict, notCompared, complaints };
  }
  return undefined;
}

/** The entries that log remarks, none where they are those that were logged last. */
export async function remarkEntries(log: MonitorLog, remarks: Remarks): Promise<NewEntry[]> {
  const before = await latestRemarks(log);
  return JSON.stringify(before) === JSON.stringify(remarks) ? [] : [log.note(KEY, { ...remarks })];
}
