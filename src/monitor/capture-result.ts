import type { Alert } from '../alert/alert.js';
import type { AlertRule } from '../alert/rule.js';
import type { DriftStats } from '../drift/drift-stats.js';
import type { Verdict } from '../drift/verdict/not-compared.js';

/** What a capture found. */
export interface CaptureResult {
  /** The verdict on the model's table. */
  readonly drift: boolean;
  /** The same with its third possibility: `none` where nothing was compared, whatever the reason. */
  readonly verdict: Verdict;
  /**
   * `compared`: there is a verdict. `nothing-compared`: no column could be compared; `stats.notCompared` says why. `learning`: the baseline is not complete, or was taken by this capture. `new-version`: all rows are of a
   * version of the model that was never seen before; see `proposals()`. `too-few`: the window has fewer rows than a verdict needs, and
   * stays open. `no-rows`: nothing came since the last capture. `elsewhere`: another replica made the capture of this tick.
   */
  readonly outcome:
    | 'compared'
    | 'nothing-compared'
    | 'learning'
    | 'new-version'
    | 'too-few'
    | 'no-rows'
    | 'elsewhere';
  /** The comparison, where there was one. */
  readonly stats: DriftStats | undefined;
  readonly alerts: readonly Alert[];
  /** The capture's run, where it wrote anything. */
  readonly run: number | undefined;
  /** Rows of the window. */
  readonly rows: number;
}

/** How a capture is made this once. */
export interface CaptureOrder {
  /** Other rules: then nothing is remembered of them. */
  readonly rules?: readonly AlertRule[] | undefined;
  /** The tick it is for. */
  readonly tick?: number | undefined;
  /** Which snapshot the window is compared with, in place of the monitor's own baseline: the one before, or one by number. */
  readonly against?: 'recent' | number | undefined;
  /** `'auto'`: a snapshot is taken where rows came and none was taken by hand; `false`: none is taken. */
  readonly snapshot: 'auto' | false;
}
