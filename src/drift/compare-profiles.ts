import { Block } from '../profile/block.js';
import type { BlockRing } from '../profile/block-ring.js';
import type { Profile } from '../profile/profile.js';
import { type Calibration, calibrateToHistory } from './calibration/calibration.js';
import {
  type ComparedTables,
  compareColumn,
  type Measured,
  settled,
  statisticsOf,
} from './compare-column.js';
import { type CompareOptions, type ResolvedCompare, resolveCompare } from './compare-options.js';
import { rowsOf } from './comparison-rows.js';
import { DriftStats, type DriftStatsContent } from './drift-stats.js';
import type { DriftStatsJson } from './drift-stats-json.js';
import { compareJoint } from './statistics/joint.js';
import { type ColumnVerdict, decide } from './verdict/decide.js';
import type { DriftRow, Window } from './verdict/drift-row.js';
import { isCompared, type NotCompared, notCompared } from './verdict/not-compared.js';
import { MIN_METRICS, partsOf } from './verdict/segment-budgets.js';
import { withSilentStatistics } from './verdict/silent-statistics.js';

const UNNAMED_WINDOW: Window = { seq: null, from: null, to: null };

/**
 * Compares two profiles column by column and judges the table.
 *
 * Numeric columns are decided by Kolmogorov–Smirnov (given the ties), van der Waerden (location), Klotz (spread), the share
 * outside the baseline's range, and chi-square over values that are often repeated; categorical ones by chi-square with moments given both margins, the share in categories
 * never seen and, of many categories, the one that changed most; texts by the one that changed most and, as embeddings, by the rank tests on what is derived from them; all by a changed share of missing values
 * or of values of another sort; timestamps and running numbers (`ColumnProfile.goesOn`) by that and by values before the baseline's first, since they go on; and pairs of numeric columns by a change of their rank correlation. `decide` tells how
 * they make a verdict; a change below its effect gate (`EFFECT_GATES`) is no drift. A column is compared as what it is in
 * the baseline. Where there is a history in blocks of time, it tells how much windows vary by themselves. Neither
 * profile is changed; the same profiles give the same answer.
 *
 * Segments that both profiles have are judged one by one, and so are metrics, all within the one rate of false alarms.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is unknown or out of range.
 *
 * @example
 * const stats = compareProfiles(profileTable(training), profileTable(today));
 * stats.drift; // true
 * stats.drifted; // ['wind']
 */
export function compareProfiles(
  baseline: Profile,
  current: Profile,
  options: CompareOptions = {},
): DriftStats {
  const settings = resolveCompare(options);
  const { windows: named } = options;
  const windows = {
    baseline: named?.baseline ?? UNNAMED_WINDOW,
    current: named?.current ?? UNNAMED_WINDOW,
  };
  const { rates, segments, metrics } = partsOf(baseline, current, settings);
  const whole = compareTable(baseline, current, { ...settings, alpha: rates.whole }, windows);
  // What varies from window to window varies in parts of them too.
  const history = settings.history ?? baseline.blocks;
  return new DriftStats({
    ...whole,
    rows: () => withSilentStatistics(whole.rows(), statisticsOf(settings)),
    settings: { ...whole.settings, falseAlarmRate: settings.alpha },
    ...(segments.length > 0 && {
      segments: segments.map(({ name, before, now }) => {
        const own = compareTable(
          before,
          now,
          { ...settings, history, alpha: rates.segment },
          windows,
        );
        return [name, new DriftStats(own)] as const;
      }),
    }),
    ...(metrics !== undefined && {
      metrics: new DriftStats(
        compareTable(
          metrics.before,
          metrics.now,
          { ...settings, alpha: rates.metrics, minRows: MIN_METRICS },
          windows,
        ),
      ),
    }),
  });
}

/** What is said of one table; what only reports is computed when it is asked for. */
type ComparedTable = Omit<DriftStatsContent, 'rows'> & { readonly rows: () => DriftRow[] };

/** Compares the columns of one table with those of another, and nothing beside. */
function compareTable(
  baseline: Profile,
  current: Profile,
  settings: ResolvedCompare,
  windows: DriftStatsJson['windows'],
): ComparedTable {
  const { alpha, minRows } = settings;
  const tooFew = baseline.rows < minRows || current.rows < minRows;
  const calibration = settings.calibrate
    ? calibrationOf(settings.history ?? baseline.blocks, windows.current)
    : undefined;
  const joint = compareJoint(
    baseline,
    current,
    jointly(baseline),
    jointInflation(current, calibration),
  );
  // Like hours are the baseline's own.
  const own = settings.history === undefined ? calibration : undefined;
  const measured = own === undefined ? undefined : measuredAs(baseline, current, windows.current);
  const sides: ComparedTables = {
    baseline,
    current,
    tooFew,
    settings,
    joint,
    calibration,
    measured,
  };
  const compared = columnsOf(baseline, current).map((name) => compareColumn(name, sides));
  const judgeable = compared.filter(
    (column) => column.outcome !== 'not-observed' && column.outcome !== 'new-column',
  );
  const verdicts = new Map<string, ColumnVerdict>();
  if (!tooFew) {
    const table = decide(
      judgeable.map((column) => column.judged),
      joint?.pairs ?? 0,
      alpha,
    );
    judgeable.forEach((column, index) => {
      verdicts.set(column.name, table.columns[index] as ColumnVerdict);
    });
  }
  const columns = compared.map((column) => settled(column, verdicts.get(column.name), sides));
  const silent = new Map<string, NotCompared>();
  for (const { name, outcome, ignored, error, doubt } of columns) {
    if (verdicts.get(name)?.drift || (isCompared(outcome) && !ignored)) continue;
    silent.set(
      name,
      notCompared(name, ignored && isCompared(outcome) ? 'ignored' : outcome, error ?? doubt),
    );
  }
  return {
    rows: () => columns.flatMap((column) => rowsOf(column, verdicts.get(column.name), windows)),
    drifted: columns.map(({ name }) => name).filter((name) => verdicts.get(name)?.drift),
    compared: columns.map(({ name }) => name).filter((name) => !silent.has(name)),
    notCompared: [...silent.values()],
    outcome: tooFew ? 'too-few' : 'compared',
    settings: { falseAlarmRate: alpha, minRows, calibrated: calibration?.ready ?? false },
    counts: { baseline: baseline.rows, current: current.rows },
    windows,
    profiles: { baseline, current },
  };
}

/** The baseline's columns in their order, then new ones. */
function columnsOf(baseline: Profile, current: Profile): string[] {
  return [...new Set([...baseline.columnNames, ...current.columnNames])];
}

/** Columns that are numbers in the baseline are looked at in pairs, whatever their rules: a rule changes no other column. */
function jointly(baseline: Profile): (name: string) => boolean {
  return (name) => {
    const column = baseline.column(name);
    return column?.family === 'numeric' && !column.goesOn;
  };
}

/** What a history says of windows like the current one, if there is a history. */
function calibrationOf(
  blocks: BlockRing | undefined,
  to: Window | undefined,
): Calibration | undefined {
  const lastsMs =
    to?.from == null || to.to == null || to.to <= to.from ? undefined : to.to - to.from;
  return blocks === undefined ? undefined : calibrateToHistory(blocks, lastsMs);
}

/** Of a sample the rows are further apart, and depend less on each other, the more rows it was drawn from. */
function jointInflation(current: Profile, calibration: Calibration | undefined) {
  if (calibration === undefined) return { inflation: 1, degrees: Number.POSITIVE_INFINITY };
  const drawn = Math.min(1, (current.joint?.rows ?? 0) / Math.max(1, current.rows));
  return { inflation: 1 + (calibration.joint - 1) * drawn, degrees: calibration.blocks - 1 };
}

/** The window in the history's bins; `undefined` where it has no times, or the history no hours. */
function measuredAs(
  baseline: Profile,
  current: Profile,
  to: Window | undefined,
): Measured | undefined {
  const { blocks } = baseline;
  if (blocks === undefined || blocks.hours.size === 0 || to?.from == null || to.to == null)
    return undefined;
  const stretch = { from: to.from, to: to.to };
  const block = Block.of(current, blocks.transforms, stretch.from, stretch.to);
  const places = new Map(blocks.transforms.columns.map(({ name }, place) => [name, place]));
  const placed = (place: number | undefined) =>
    place === undefined ? undefined : block.column(place);
  return { stretch, column: (name) => placed(places.get(name)) };
}
