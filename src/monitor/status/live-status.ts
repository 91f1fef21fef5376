import type { NotCompared, Verdict } from '../../drift/verdict/not-compared.js';

import type { Remarks } from '../log/remarks.js';

/** The verdict of a capture that was committed. */
export interface CapturedVerdict {
  readonly stats: {
    readonly drifted: readonly string[];
    readonly driftedSegments: readonly string[];
  };
  readonly remarks: Remarks;
  /** What the baseline lacks until it is calibrated. */
  readonly missing: readonly string[];
  /** Epoch ms. */
  readonly now: number;
}

/** What this process knows of a monitor without asking the log: what `status()` is told from. */
export class LiveStatus {
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
  /** Why the log could not be read when it was last looked at, and when that was. */
  trouble: { readonly why: string; readonly at: number } | undefined;
  /** When a tick was last found settled, captured here or by another replica; at first the start. Epoch ms. */
  settledAt: number;
  /** When the first row of a window came that has fewer rows than any window takes. */
  thinSince: number | null = null;

  constructor(now: number) {
    this.lastRowAt = now;
    this.settledAt = now;
  }

  /** Accepts the verdict of a capture. */
  noteVerdict({ stats, remarks, missing, now }: CapturedVerdict): void {
    this.hadBaseline = true;
    this.noteRemarks(remarks);
    this.drifted = stats.drifted;
    this.driftedSegments = stats.driftedSegments;
    this.comparedAt = now;
    this.uncalibrated = missing;
  }

  /** Accepts what the latest capture found besides drift. */
  noteRemarks({ verdict, notCompared, complaints }: Remarks): void {
    this.verdict = verdict;
    this.notCompared = notCompared;
    this.complaints = complaints;
  }

  /** Notes that a tick was captured, here or by another replica. */
  noteSettled(now: number): void {
    this.settledAt = now;
    this.trouble = undefined;
  }

  /** Notes that rows came at a time, be it to another replica. */
  noteTraffic(at: number): void {
    this.lastRowAt = Math.max(this.lastRowAt, at);
  }

  /** Takes times back that a clock noted which was ahead: they would hide a silence until they are reached. */
  comeBackTo(now: number): void {
    this.lastRowAt = Math.min(this.lastRowAt, now);
    this.settledAt = Math.min(this.settledAt, now);
  }

  /** Counts rows that were just recorded. */
  noteRows(rows: number, now: number): void {
    this.windowRows += rows;
    this.lastRowAt = now;
  }
}
