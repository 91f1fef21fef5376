import type { NotCompared, Verdict } from '../../drift/verdict/not-compared.js';
import type { Notes } from './notes.js';

/** What a capture found besides drift. It is logged where it changes, so that all replicas report the same. */
export interface Remarks {
  readonly verdict: Verdict;
  /** Columns that were not compared, at most a hundred. */
  readonly notCompared: readonly NotCompared[];
  readonly complaints: readonly string[];
}

/** Notes of remarks go by this name. */
export const REMARK_NOTES = 'remarks';
const MAX_REMARKS = 100;

/** Remarks within bounds. */
export function boundedRemarks({ verdict, notCompared, complaints }: Remarks): Remarks {
  return {
    verdict,
    notCompared: notCompared.slice(0, MAX_REMARKS),
    complaints: complaints.slice(0, MAX_REMARKS),
  };
}

/** The latest remarks in the log; `undefined` where there are none, as in a log of before 0.1. */
export async function readRemarks(log: Notes): Promise<Remarks | undefined> {
  for await (const { value } of log.notes(REMARK_NOTES, { limit: 1 })) {
    const { verdict, notCompared, complaints } = (value ?? {}) as unknown as Partial<Remarks>;
    const isWhole =
      verdict !== undefined && Array.isArray(notCompared) && Array.isArray(complaints);
    return isWhole ? { verdict, notCompared, complaints } : undefined;
  }
  return undefined;
}
