import { LeewayError, shown } from '../errors.js';
import { ColumnProfile } from '../profile/column-profile.js';
import type { Profile } from '../profile/profile.js';
import { ColumnPair, type PartnerCorrelation } from './column-pair.js';
import { type ColumnVerdict, decide } from './decide.js';
import { type DriftRow, DriftStats, kindOf, type Outcome, type Window } from './drift-stats.js';
import { partnersIn } from './joint.js';
import { STATISTICS } from './registry.js';
import type { Finding } from './statistic.js';

/** How two profiles are compared. */
export interface CompareOptions {
  /**
   * The chance that a table without any drift is called drifting, in (0, 1). @default 0.05
   */
  readonly falseAlarmRate?: number;
  /** Below so many rows on either side there is no verdict (`too-few`). @default 1 */
  readonly minRows?: number;
  /** Which window the baseline was, for rows and reports. */
  readonly from?: Window;
  /** Which window the current profile was. */
  readonly to?: Window;
}

/** By default a table without drift is called drifting once in twenty comparisons. */
export const DEFAULT_FALSE_ALARM_RATE = 0.05;

const UNNAMED_WINDOW: Window = { seq: null, from: null, to: null };

/**
 * Compares two profiles column by column and judges the table.
 *
 * Numeric columns: Kolmogorov–Smirnov decides; Wasserstein, Jensen–Shannon and PSI report. Categorical columns: chi-square
 * over the union of categories decides; Jensen–Shannon, PSI and the share of never-seen categories report. In all
 * columns, a changed share of missing values or of values of another sort decides too. p-values are corrected over the
 * tests of a column and over columns, and a change below its effect gate (`EFFECT_GATES`) is no drift. A column is
 * compared as what it is in the baseline. Neither profile is changed; the same profiles give the same answer.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where `falseAlarmRate` is not in (0, 1).
 *
 * @example
 * const stats = compareProfiles(profileTable(training), profileTable(today));
 * stats.drift; // true
 * stats.drifted; // ['wind']
 */
export function compareProfiles(baseline: Profile, current: Profile, options: CompareOptions = {}): DriftStats {
  const alpha = options.falseAlarmRate ?? DEFAULT_FALSE_ALARM_RATE;
  if (!(alpha > 0 && alpha < 1)) {
    throw new LeewayError('ERR_LEEWAY_OPTION', `falseAlarmRate must be between 0 and 1, got ${shown(alpha)}`);
  }
  const minRows = Math.max(1, options.minRows ?? 1);
  const tooFew = baseline.rows < minRows || current.rows < minRows;
  const partnersOf = partnersIn(baseline, current);
  const columns = columnsOf(baseline, current).map((name) =>
    compareColumn(name, { baseline, current, tooFew, partnersOf }),
  );
  const judgeable = columns.filter((column) => column.outcome !== 'not-observed' && column.outcome !== 'new-column');
  const verdicts = new Map<string, ColumnVerdict>();
  if (!tooFew) {
    const judged = decide(
      judgeable.map((column) => column.findings),
      alpha,
    );
    judgeable.forEach((column, index) => {
      verdicts.set(column.name, judged[index] as ColumnVerdict);
    });
  }
  const [from, to] = [options.from ?? UNNAMED_WINDOW, options.to ?? UNNAMED_WINDOW];
  const rows = columns.flatMap((column) => rowsOf(column, verdicts.get(column.name), from, to));
  return new DriftStats({
    rows,
    outcome: tooFew ? 'too-few' : 'compared',
    settings: { falseAlarmRate: alpha, minRows },
    counts: { baseline: baseline.rows, current: current.rows },
    windows: { from, to },
    profiles: { baseline, current },
  });
}

interface ComparedColumn {
  readonly name: string;
  readonly type: DriftRow['type'];
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
}

/** The baseline's columns in their order, then new ones. */
function columnsOf(baseline: Profile, current: Profile): string[] {
  return [...new Set([...baseline.columnNames, ...current.columnNames])];
}

interface Sides {
  readonly baseline: Profile;
  readonly current: Profile;
  readonly tooFew: boolean;
  readonly partnersOf: (column: string) => readonly PartnerCorrelation[];
}

function compareColumn(name: string, sides: Sides): ComparedColumn {
  const { baseline, current, tooFew } = sides;
  const before = baseline.column(name);
  const now = current.column(name);
  const type = (before ?? now)?.type ?? 'numeric';
  if (before === undefined) return { name, type, outcome: 'new-column', findings: [] };
  if (now === undefined && !sideObserved(name, current)) return { name, type, outcome: 'not-observed', findings: [] };
  const target = now ?? new ColumnProfile(name);
  const pair = new ColumnPair(before, target, {
    rows: { baseline: baseline.rows, target: current.rows },
    partners: sides.partnersOf(name),
  });
  const findings = STATISTICS.filter((statistic) => statistic.families.includes(pair.family))
    .map((statistic) => statistic.compare(pair))
    .filter((finding) => finding !== undefined);
  return { name, type, outcome: tooFew ? 'too-few' : outcomeOf(pair, now !== undefined), findings };
}

/** Whether the current window has any column of the same side: a snapshot of Y alone says nothing about X. */
function sideObserved(name: string, current: Profile): boolean {
  const kind = kindOf(name);
  return current.columnNames.some((other) => kindOf(other) === kind);
}

function outcomeOf(pair: ColumnPair, present: boolean): Outcome {
  const { baseline, target } = pair;
  if (!present) return 'missing-column';
  if (baseline.present === 0 || target.present === 0) return 'all-missing';
  if ((target.family === 'numeric') !== (pair.family === 'numeric')) return 'type-change';
  const constant = pair.family === 'numeric' ? sameNumber(pair.numbers) : sameName(pair);
  return constant ? 'constant' : 'compared';
}

/** Both sides hold one number only, the same. */
function sameNumber({ baseline, target }: ColumnPair['numbers']): boolean {
  return baseline.min === baseline.max && target.min === baseline.min && target.max === baseline.max;
}

/** Both sides hold one category only, the same. */
function sameName({ baseline, target }: ColumnPair): boolean {
  if (baseline.items.distinct !== 1 || target.items.distinct !== 1) return false;
  return baseline.items.entries()[0]?.[0] === target.items.entries()[0]?.[0];
}

/** A row per statistic, and one for the column as a whole (`mean`), which carries its verdict. */
function rowsOf(column: ComparedColumn, verdict: ColumnVerdict | undefined, from: Window, to: Window): DriftRow[] {
  const { findings } = column;
  const drift = verdict?.drift ?? false;
  const rows = findings.map((finding) => rowOf(column, finding, drift && verdict?.decisive === finding, from, to));
  const score = findings.length === 0 ? 0 : findings.reduce((sum, finding) => sum + finding.score, 0) / findings.length;
  const { location = null, baseline = null, target = null } = verdict?.decisive ?? findings[0] ?? {};
  const pValue = verdict?.pValue ?? null;
  const whole: Finding = {
    statistic: 'mean',
    metric: score,
    score,
    pValue,
    location,
    baseline,
    target,
    matters: false,
  };
  rows.push(rowOf(column, whole, drift, from, to));
  return rows;
}

/** Written out: spreading would make each of hundreds of rows an object of its own shape. */
function rowOf(column: ComparedColumn, finding: Finding, drift: boolean, from: Window, to: Window): DriftRow {
  return {
    column: column.name,
    kind: kindOf(column.name),
    type: column.type,
    statistic: finding.statistic,
    metric: finding.metric,
    score: finding.score,
    pValue: finding.pValue,
    drift,
    outcome: column.outcome,
    location: finding.location,
    seqFrom: from.seq,
    seqTo: to.seq,
    dtFrom: from.to,
    dtTo: to.to,
    baseline: finding.baseline,
    target: finding.target,
  };
}
