import type { BlockColumn } from '../profile/block.js';
import { ColumnProfile } from '../profile/column-profile.js';
import type { Profile } from '../profile/profile.js';
import { familyOf } from '../profile/schema.js';
import type { Calibration } from './calibration/calibration.js';
import { INDEPENDENT, type Inflation } from './calibration/inflation.js';
import type { ResolvedCompare, ResolvedRule } from './compare-options.js';
import { ColumnPair } from './statistics/column-pair.js';
import type { JointChanges } from './statistics/joint.js';
import { leastRankPValue } from './statistics/rank-set.js';
import { STATISTICS } from './statistics/registry.js';
import { type LikeHoursPair, likeHoursPair } from './statistics/same-hours-pair.js';
import { guarded } from './statistics/sound-finding.js';
import { type Finding, STATISTIC_KEYS, type Statistic } from './statistics/statistic.js';
import { doubtOf, ONE_FORM } from './statistics/uncertain.js';
import type { ColumnVerdict, JudgedColumn, Test } from './verdict/decide.js';
import { type DriftRow, kindOf, type Outcome } from './verdict/drift-row.js';
import { isCompared } from './verdict/not-compared.js';

/** Time goes on, and each day has a date of its own, which is no drift: of times these report, unless a rule says otherwise. */
const OF_VALUES: ReadonlySet<string> = new Set(['ks', 'waerden', 'klotz', 'mannwhitney', 'chisq']);

export interface ComparedColumn {
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

export interface ComparedTables {
  readonly baseline: Profile;
  readonly current: Profile;
  readonly tooFew: boolean;
  readonly settings: ResolvedCompare;
  readonly joint: JointChanges | undefined;
  readonly calibration: Calibration | undefined;
  readonly measured: Measured | undefined;
}

/** The current window in the bins of the baseline's history, and when it was. */
export interface Measured {
  readonly stretch: { readonly from: number; readonly to: number };
  readonly column: (name: string) => BlockColumn | undefined;
}

const NOTHING_JUDGED: JudgedColumn = { tests: [], joint: undefined };

export function compareColumn(name: string, sides: ComparedTables): ComparedColumn {
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
export const statisticsOf = ({ ownStatistics }: ResolvedCompare): readonly Statistic[] =>
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
export function settled(
  column: ComparedColumn,
  verdict: ColumnVerdict | undefined,
  { settings }: ComparedTables,
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

function likeHoursOf(name: string, sides: ComparedTables): LikeHoursPair | undefined {
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
function inflationOf(
  { baseline, current }: ComparedTables,
  known: Inflation = INDEPENDENT,
): Inflation {
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
