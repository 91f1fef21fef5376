import type { DriftStats } from '../drift/drift-stats.js';
import type { Explanation } from '../drift/explain.js';

/** All that a report is made of: plain figures and one comparison. Who makes it has the store and the clock. */
export interface ReportView {
  readonly experiment: string;
  readonly model: string;
  /** The comparison that is reported, with its profiles. */
  readonly stats: DriftStats;
  /** When the report is made, epoch ms. */
  readonly at: number;
  /** What of the data could not be read, and so was not compared: a sentence each. @default nothing */
  readonly notRead?: readonly string[];
  /** Why columns drifted. @default the comparison's own explanations, without history */
  readonly explanations?: readonly ExplainedColumn[];
  /** The windows so far, oldest first. @default no timeline */
  readonly timeline?: readonly ReportedWindow[];
  /** What the monitor promises. @default not said */
  readonly calibration?: ReportedCalibration;
}

/** Why a column drifted, and where to see it. */
export interface ExplainedColumn extends Explanation {
  /** The snapshot in which it was first seen, of those in a row. */
  readonly since?: number | null;
  /** Runs whose rows show it, the latest first. */
  readonly runs?: readonly number[];
}

/** One window of the timeline. Times are epoch ms. */
export interface ReportedWindow {
  readonly seq: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly rows: number;
  readonly drifted: readonly string[];
}

/** What a monitor promises and sees, as `monitor.calibration()` tells it. */
export interface ReportedCalibration {
  readonly calibrated: boolean;
  readonly words: string;
  readonly columns: readonly {
    readonly column: string;
    readonly shift: number;
    readonly shiftOver24: number;
  }[];
}
