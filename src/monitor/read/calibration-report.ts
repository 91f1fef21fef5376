import {
  calibrateToHistory,
  missingForCalibration,
  NEEDED_BLOCKS,
} from '../../drift/calibration/calibration.js';
import { MONTH_MS } from '../../leaves/time.js';
import type { BlockRing } from '../../profile/block-ring.js';
import type { Profile } from '../../profile/profile.js';
import { studentTTwoSided } from '../../stats/beta.js';
import { normalQuantile, normalTwoSided } from '../../stats/normal.js';
import { solveDecreasing } from '../../stats/solve.js';

/** What a monitor promises, and what it detects. */
export interface CalibrationReport {
  /** Whether the rate of false alarms also holds if rows depend on each other and hours differ. */
  readonly calibrated: boolean;
  /** What is missing until then, as text; empty if nothing is. */
  readonly missing: readonly string[];
  /** The number of blocks of time in the baseline's history, and the number that is needed. */
  readonly blocks: number;
  readonly neededBlocks: number;
  /** The probability of a false alarm per check, over all windows that a check judges. */
  readonly falseAlarmRate: number;
  /** The expected number of false incidents in 30 days, once calibrated. */
  readonly falseIncidentsPerMonth: number;
  /** For each numeric column, the smallest shift in standard deviations that one window, and 24 merged, detect with 90 % power. */
  readonly columns: readonly {
    readonly column: string;
    readonly shift: number;
    readonly shiftOver24: number;
  }[];
  /** The report as text. */
  readonly words: string;
}

/** The test of location has so much of a numeric column's level. */
const LOCATION_SHARE = 1.25 / 4.9;
/** Φ⁻¹(.9): nine of ten. */
const POWER_Z = 1.2816;
/** Below so many windows' rows in the baseline, false alarms come in clumps: the baseline itself may be off. */
const SAFE_WINDOWS = 10;

/** Tells what a monitor of this baseline promises and sees. */
export function reportCalibration(given: {
  readonly baseline: Profile;
  /** Its own history, or that of the windows since. */
  readonly history: BlockRing | undefined;
  readonly windowRows: number;
  readonly falseAlarmRate: number;
  readonly periodMs: number | undefined;
  /** When a window like those to come was; `null` where it is not known. */
  readonly window?: { readonly from: number | null; readonly to: number | null };
}): CalibrationReport {
  const { baseline, history, falseAlarmRate, periodMs } = given;
  const windowRows = Math.max(1, given.windowRows);
  const calibration = history === undefined ? undefined : calibrateToHistory(history, periodMs);
  const degrees = calibration === undefined ? Number.POSITIVE_INFINITY : calibration.blocks - 1;
  const judged = baseline.columnNames.length;
  const critical = criticalZ((falseAlarmRate * LOCATION_SHARE) / Math.max(1, judged), degrees);
  const { from, to } = given.window ?? { from: null, to: null };
  // Like hours are the baseline's own.
  const stretch =
    history !== baseline.blocks || from === null || to === null ? undefined : { from, to };
  /** Beside the whole baseline, or beside the like hours of other days or weeks, whichever tells more. */
  const shiftOf = (column: string, rows: number): number => {
    const whole = {
      factor: calibration?.inflationOf(column).waerden ?? 1,
      count: baseline.effectiveRows,
    };
    const like = stretch === undefined ? [] : (calibration?.likeHours(column, stretch) ?? []);
    const choices = [
      whole,
      ...like.map(({ inflation, expected }) => ({
        factor: inflation.waerden,
        count: expected.count,
      })),
    ];
    const variance = Math.min(
      ...choices.map(({ factor, count }) => factor * (1 / Math.max(1, count) + 1 / rows)),
    );
    return (critical + POWER_Z) * Math.sqrt(variance);
  };
  const columns = baseline.columnNames
    .filter((name) => baseline.column(name)?.family === 'numeric')
    .map((column) => ({
      column,
      shift: shiftOf(column, windowRows),
      shiftOver24: shiftOf(column, 24 * windowRows),
    }));
  const blocks = calibration?.blocks ?? history?.blocks.length ?? 0;
  const missing = missingForCalibration(history, periodMs);
  const falseIncidentsPerMonth =
    falseAlarmRate * (periodMs === undefined ? 30 : MONTH_MS / periodMs);
  const report = {
    calibrated: calibration?.ready ?? false,
    missing,
    blocks,
    neededBlocks: NEEDED_BLOCKS,
    falseAlarmRate,
    falseIncidentsPerMonth,
    columns,
  };
  return { ...report, words: wordsOf(report, baseline.rows < SAFE_WINDOWS * windowRows) };
}

/** The z, or t, that is exceeded on either side with this probability. */
function criticalZ(pValue: number, degrees: number): number {
  if (degrees === Number.POSITIVE_INFINITY) return -normalQuantile(pValue / 2);
  const law = (z: number): number =>
    degrees > 1e6 ? normalTwoSided(z) : studentTTwoSided(z, degrees);
  return solveDecreasing(law, pValue, 0, 1e4);
}

function wordsOf(report: Omit<CalibrationReport, 'words'>, small: boolean): string {
  const shifts = report.columns.map(({ shift }) => shift).sort((a, b) => a - b);
  const middle = shifts[Math.floor(shifts.length / 2)];
  const sees =
    middle === undefined
      ? ''
      : ` It detects a shift of ${middle.toFixed(2)} sd in one column with 90 % power.`;
  const rate = `${report.falseIncidentsPerMonth.toFixed(1)} false incidents a month are expected at most`;
  const state = report.calibrated
    ? `This monitor is calibrated: ${rate}.`
    : `This monitor is not calibrated: ${rate} if rows do not depend on each other. Missing: ${report.missing.join('; ')}.`;
  return `${state}${sees}${small ? ' The baseline has fewer rows than ten windows: false alarms may come in clumps.' : ''}`;
}
