import { defined } from '../leaves/defined.js';
import { Block, type BlockColumn } from '../profile/block.js';
import type { BlockRing } from '../profile/block-ring.js';
import { ColumnProfile } from '../profile/column-profile.js';
import type { Profile } from '../profile/profile.js';
import { familyOf } from '../profile/schema.js';
import { type Calibration, calibrateToHistory } from './calibration/calibration.js';
import { INDEPENDENT, type Inflation } from './calibration/inflation.js';
import {
  type CompareOptions,
  type ResolvedCompare,
  type ResolvedRule,
  resolveCompare,
} from './compare-options.js';
import { DriftStats, type DriftStatsContent, type DriftStatsJson } from './drift-stats.js';
import { ColumnPair } from './statistics/column-pair.js';
import { compareJoint, type JointChanges } from './statistics/joint.js';
import { leastRankPValue } from './statistics/rank-set.js';
import { STATISTICS } from './statistics/registry.js';
import { type LikeHoursPair, likeHoursPair } from './statistics/same-hours-pair.js';
import { guarded } from './statistics/sound-finding.js';
import { type Finding, STATISTIC_KEYS, type Statistic } from './statistics/statistic.js';
import { doubtOf, ONE_FORM } from './statistics/uncertain.js';
import { type ColumnVerdict, decide, type JudgedColumn, type Test } from './verdict/decide.js';
import { type DriftRow, kindOf, type Outcome, type Window } from './verdict/drift-row.js';
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
  const sides: Sides = { baseline, current, tooFew, settings, joint, calibration, measured };
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

/** Time goes on, and each day has a date of its own, which is no drift: of times these report, unless a rule says otherwise. */
const OF_VALUES: ReadonlySet<string> = new Set(['ks', 'waerden', 'klotz', 'mannwhitney', 'chisq']);

interface ComparedColumn {
  readonly name: string;
  readonly type: DriftRow['type'];
  readonly outcome: Outcome;
  /** Why it could not be computed, where it could not. */
  readonly error?: string | undefined;
  /** Why it may have drifted although no test says so. */
  readonly doubt?: string | undefined;
  /** Whether a rule of the user's leaves it out of the verdict. */
  readonly ignored: boolean;
  /** The smallest p-value that numbers of values like its own allow. */
  readonly least: number;
  /** All findings, in the order of the statistics: those that decide are there, the others are computed when asked for. */
  readonly findings: () => readonly Finding[];
  readonly judged: JudgedColumn;
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

interface Sides {
  readonly baseline: Profile;
  readonly current: Profile;
  readonly tooFew: boolean;
  readonly settings: ResolvedCompare;
  readonly joint: JointChanges | undefined;
  readonly calibration: Calibration | undefined;
  readonly measured: Measured | undefined;
}

/** The current window in the bins of the baseline's history, and when it was. */
interface Measured {
  readonly stretch: { readonly from: number; readonly to: number };
  readonly column: (name: string) => BlockColumn | undefined;
}

const NOTHING_JUDGED: JudgedColumn = { tests: [], joint: undefined };

function compareColumn(name: string, sides: Sides): ComparedColumn {
  const { baseline, current, tooFew, settings } = sides;
  const before = baseline.column(name);
  const now = current.column(name);
  const type = (before ?? now)?.type ?? 'numeric';
  const unjudged = {
    name,
    type,
    ignored: false,
    least: 1,
    findings: () => [],
    judged: NOTHING_JUDGED,
  };
  if (before === undefined) return { ...unjudged, outcome: 'new-column' };
  if (now === undefined && !sideObserved(name, current))
    return { ...unjudged, outcome: 'not-observed' };
  const likeBefore = (now ?? new ColumnProfile(name)).readLike(before);
  const rule = settings.ruleOf(name, before.family);
  const pair = new ColumnPair(before, likeBefore, {
    rows: { baseline: baseline.rows, current: current.rows },
    inflation: inflationOf(sides, sides.calibration?.inflationOf(name)),
    likeHours: likeHoursOf(name, sides),
    gates: rule.gates,
    partner: sides.joint?.largest.get(name),
  });
  const statistics = statisticsOf(settings).filter((statistic) =>
    statistic.families.includes(pair.family),
  );
  const deciding = new Map<Statistic, Finding | undefined>();
  for (const statistic of statistics) {
    const { key, decides } = statistic;
    const byItself = decides && !(before.goesOn && OF_VALUES.has(key));
    if (key === 'joint' || (rule.decide?.has(key) ?? byItself))
      deciding.set(statistic, statistic.compare(pair));
  }
  const findingOf = (statistic: Statistic): Finding | undefined =>
    deciding.has(statistic) ? deciding.get(statistic) : statistic.compare(pair);
  const judged = judgedBy(rule, deciding);
  const plain = outcomeOf(pair, now !== undefined);
  const error = rule.ignore || !isCompared(plain) ? undefined : failureOf(judged, deciding);
  const outcome = error === undefined ? plain : 'not-computed';
  return {
    name,
    type,
    ignored: rule.ignore,
    error,
    judged,
    doubt: rule.ignore ? undefined : doubtOf(pair, deciding.values()),
    outcome: tooFew ? 'too-few' : outcome,
    least: leastRankPValue(before.present, likeBefore.present),
    findings: () => statistics.map(findingOf).filter((finding) => finding !== undefined),
  };
}

const GUARDED: readonly Statistic[] = STATISTICS.map(guarded);

/** Our statistics, and after them the user's own. */
const statisticsOf = ({ ownStatistics }: ResolvedCompare): readonly Statistic[] =>
  ownStatistics.length === 0 ? GUARDED : [...GUARDED, ...ownStatistics];

const OURS: ReadonlySet<string> = new Set(STATISTIC_KEYS);

/** Why a column has no verdict of its own: one of our tests failed, or nothing is left that could decide. */
function failureOf(
  { tests }: JudgedColumn,
  deciding: ReadonlyMap<Statistic, Finding | undefined>,
): string | undefined {
  const failures = [...deciding.values()].filter(
    (finding) => finding?.error !== undefined,
  ) as Finding[];
  const failure =
    failures.find(({ statistic }) => OURS.has(statistic)) ??
    (tests.length === 0 ? failures[0] : undefined);
  if (failure !== undefined) return `${failure.statistic}: ${failure.error}`;
  return tests.length === 0 ? 'none of the statistics that decide applies to it' : undefined;
}

/** A column that no test could have called drifting was not compared, whatever its values; nor was one of which calm is not certain. */
function settled(
  column: ComparedColumn,
  verdict: ColumnVerdict | undefined,
  { settings }: Sides,
): ComparedColumn {
  const { doubt, ...plain } = column;
  if (!isCompared(plain.outcome) || plain.ignored || verdict === undefined || verdict.drift)
    return plain;
  const isEnough = plain.least <= settings.alpha;
  if (doubt !== undefined && isEnough) return { ...plain, outcome: 'uncertain', doubt };
  if (plain.outcome === 'constant' ? isEnough : verdict.testable) return plain;
  // Of a text that could be tested had its values more than one form it is not their number that is wanting.
  if (isEnough && familyOf(plain.type) === 'text')
    return { ...plain, outcome: 'uncertain', doubt: ONE_FORM };
  return { ...plain, outcome: 'too-few' };
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

function likeHoursOf(name: string, sides: Sides): LikeHoursPair | undefined {
  const { baseline, calibration, measured } = sides;
  const column = measured?.column(name);
  if (calibration === undefined || measured === undefined || column === undefined) return undefined;
  const { stretch } = measured;
  const given = { stretch, whole: calibration.inflationOf(name), rows: baseline.rows };
  const pair = likeHoursPair(calibration, column, name, given);
  return pair === undefined
    ? undefined
    : { ...pair, inflation: inflationOf(sides, pair.inflation) };
}

/** Rows that were sampled tell less than their number; rows that depend on each other too. */
function inflationOf({ baseline, current }: Sides, known: Inflation = INDEPENDENT): Inflation {
  const kept =
    (1 / baseline.effectiveRows + 1 / current.effectiveRows) /
    (1 / baseline.rows + 1 / current.rows);
  if (!(kept > 1)) return known;
  const { degrees, ...factors } = known;
  const scaled = Object.fromEntries(
    Object.entries(factors).map(([name, factor]) => [name, factor * kept]),
  );
  return { ...(scaled as Omit<Inflation, 'degrees'>), degrees };
}

/** What of a column's findings decides: its kind's own tests, or what its rule names. */
function judgedBy(
  rule: ResolvedRule,
  deciding: ReadonlyMap<Statistic, Finding | undefined>,
): JudgedColumn {
  if (rule.ignore) return { tests: [], joint: undefined, byThreshold: null };
  const tests: Test[] = [];
  let joint: Finding | undefined;
  for (const [{ key, decides, weight = 1 }, finding] of deciding) {
    if (finding === undefined || finding.error !== undefined) continue;
    if (key === 'joint') joint = (rule.decide?.has(key) ?? true) ? finding : undefined;
    // What only reports has no gate of its own: the user who lets it decide relies on its p-value.
    else
      tests.push({
        finding: decides ? finding : { ...finding, matters: true },
        weight: finding.weight ?? weight,
      });
  }
  const { above } = rule;
  if (above === undefined) return { tests, joint };
  const over = tests.map(({ finding }) => finding).filter(({ score }) => score > above);
  const [largest = null] = over.toSorted((a, b) => b.score - a.score);
  return { tests, joint: undefined, byThreshold: largest };
}

/** Whether the current window has any column of the same side: a snapshot of Y alone says nothing about X. */
function sideObserved(name: string, current: Profile): boolean {
  const kind = kindOf(name);
  return current.columnNames.some((other) => kindOf(other) === kind);
}

function outcomeOf(pair: ColumnPair, present: boolean): Outcome {
  const { baseline, current } = pair;
  if (!present) return 'missing-column';
  if (baseline.present === 0 || current.present === 0) return 'all-missing';
  if ((current.family === 'numeric') !== (pair.family === 'numeric')) return 'type-change';
  // The same times in seconds and in milliseconds are other numbers to a model.
  if (otherUnits(baseline.timeUnit, current.timeUnit)) return 'type-change';
  const constant = pair.family === 'numeric' ? sameNumber(pair.numbers) : sameName(pair);
  return constant ? 'constant' : 'compared';
}

const otherUnits = (before: string | undefined, now: string | undefined): boolean =>
  before !== undefined && now !== undefined && before !== now;

/** Both sides hold one number only, the same. */
function sameNumber({ baseline, current }: ColumnPair['numbers']): boolean {
  return (
    baseline.min === baseline.max && current.min === baseline.min && current.max === baseline.max
  );
}

/** Both sides hold one category only, the same. */
function sameName({ baseline, current }: ColumnPair): boolean {
  if (baseline.items.distinct !== 1 || current.items.distinct !== 1) return false;
  return baseline.items.entries()[0]?.[0] === current.items.entries()[0]?.[0];
}

/** A row per statistic, and one for the column as a whole (`mean`), which carries its verdict. */
function rowsOf(
  column: ComparedColumn,
  verdict: ColumnVerdict | undefined,
  windows: DriftStatsJson['windows'],
): DriftRow[] {
  const findings = column.findings();
  const drift = verdict?.drift ?? false;
  const decisive = verdict?.decisive?.statistic;
  const rows = findings.map((finding) =>
    rowOf(column, finding, drift && decisive === finding.statistic, windows),
  );
  const computed = findings.filter(({ error }) => error === undefined);
  const score =
    computed.length === 0
      ? 0
      : computed.reduce((sum, finding) => sum + finding.score, 0) / computed.length;
  const {
    location = null,
    baseline = null,
    current = null,
  } = verdict?.decisive ?? findings[0] ?? {};
  const pValue = verdict?.pValue ?? null;
  const whole: Finding = {
    statistic: 'mean',
    metric: score,
    score,
    pValue,
    location,
    baseline,
    current,
    matters: false,
    ...defined({ note: column.doubt, error: column.error }),
  };
  rows.push(rowOf(column, whole, drift, windows));
  return rows;
}

/** Written out: spreading would make each of hundreds of rows an object of its own shape. */
function rowOf(
  column: ComparedColumn,
  finding: Finding,
  drift: boolean,
  windows: DriftStatsJson['windows'],
): DriftRow {
  return {
    column: column.name,
    kind: kindOf(column.name),
    type: column.type,
    statistic: finding.statistic,
    metric: finding.metric,
    score: finding.score,
    pValue: finding.pValue,
    drift,
    outcome: finding.error === undefined ? column.outcome : 'not-computed',
    location: finding.location,
    baselineSeq: windows.baseline.seq,
    currentSeq: windows.current.seq,
    baselineEnd: windows.baseline.to,
    currentEnd: windows.current.to,
    baseline: finding.baseline,
    current: finding.current,
    ...defined({ note: finding.note, error: finding.error }),
  };
}
