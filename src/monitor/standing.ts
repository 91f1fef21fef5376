import { THIN_FOR_MS } from './state.js';

/** What this process knows of a monitor without asking the log: what `status()` is told from. */
export class Standing {
  /** Rows since the last cut. */
  windowRows = 0;
  /** Epoch ms of the latest row, or of the start. */
  lastRowAt: number;
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

  /** Why there is no data to speak of, or `undefined` where there is. */
  silence(now: number, periodMs: number | undefined): { readonly reason: string; readonly since: number } | undefined {
    const silentMs = now - this.lastRowAt;
    if (periodMs !== undefined && silentMs > 2 * periodMs) {
      return { reason: `No row for ${Math.round(silentMs / 60_000)} minutes`, since: this.lastRowAt };
    }
    if (this.thinSince === null || now - this.thinSince <= THIN_FOR_MS) return undefined;
    const days = Math.floor((now - this.thinSince) / 86_400_000);
    return { reason: `${this.windowRows} rows in ${days} days, which is too few for a window`, since: this.thinSince };
  }
}
