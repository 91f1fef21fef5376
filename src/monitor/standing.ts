import type { NotCompared, Verdict } from '../drift/not-compared.js';

/** What this process knows of a monitor without asking the log: what `status()` is told from. */
export class Standing {
  /** Rows since the last cut. */
  windowRows = 0;
  /** Epoch ms of the latest row, or of the start. */
  lastRowAt: number;
  /** What the latest comparison concluded. */
  verdict: Verdict = 'no drift';
  /** The columns that it did not compare. */
  notCompared: readonly NotCompared[] = [];
  drifted: readonly string[] = [];
  driftedSegments: readonly string[] = [];
  comparedAt: number | null = null;
  /** Whether the latest window had something to be compared with. */
  hadBaseline = true;
  /** What the baseline lacks until the promise can be kept; empty where it can. */
  uncalibrated: readonly string[] = [];
  /** What is wrong with what the user said, though verdicts stand: rules for columns that are none, statistics of one's own that fail. */
  complaints: readonly string[] = [];
  /** Why the last capture failed, if it did. */
  failure: string | undefined;
  /** When the first row of a window came that has fewer rows than any window takes. */
  thinSince: number | null = null;

  constructor(now: number) {
    this.lastRowAt = now;
  }

  /** Counts rows that were just recorded. */
  noteRows(rows: number, now: number): void {
    this.windowRows += rows;
    this.lastRowAt = now;
  }
}
