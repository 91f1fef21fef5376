import type { Finding } from '../statistics/statistic.js';

/** A deciding finding, and its say beside the column's other ones. */
export interface Test {
  readonly finding: Finding;
  readonly weight: number;
}

/** What a column brings to the verdict. */
export interface JudgedColumn {
  readonly tests: readonly Test[];
  /** How the column goes with others; all columns' together have a share of the level. */
  readonly joint: Finding | undefined;
  /** A threshold of the user's stands in for the tests: the finding that is above it, or `null`. */
  readonly byThreshold?: Finding | null | undefined;
}

/** The verdict on one column. */
export interface ColumnVerdict {
  readonly drift: boolean;
  /** Whether any of its tests could have called drift, given the pooled rows; else the column was not compared. */
  readonly testable: boolean;
  /** The column's p-value, corrected for its own tests and for all columns; 1 where nothing could be tested. */
  readonly pValue: number;
  /** The finding that weighs most: the one that decided, else the one with the smallest p-value. */
  readonly decisive: Finding | undefined;
}

/** The verdict on the table. */
export interface TableVerdict {
  readonly drift: boolean;
  readonly columns: readonly ColumnVerdict[];
}

/** The share of the level for changes of how columns go together, where that is looked at. */
const JOINT_SHARE = 0.05;
/** A finding too small to matter is no evidence either way. */
const NO_EVIDENCE = 0.5;
/**
 * The greatest p that enters a combination. A p of exactly 1 maps to −∞ and would wipe out every other test's evidence;
 * discrete tests (of what is rare, or out of range) mostly give it, and at .99 would still take away half of the power at .05.
 */
const CAUCHY_CLIP = 0.5;
/** A p-value that is just what its test can attain must not fail for the last digit. */
const ROUNDING = 1e-9;
/** So much of its part a test keeps: what it could attain is not always known. */
const LEAST_USED = 1e-3;

/**
 * Judges all columns of a table together, so that the chance of a false verdict on the table is `alpha`.
 *
 * Within a column, the tests that could reach their part of the level given the pooled rows are combined (Cauchy); over
 * the columns with such tests, Simes makes the table's verdict, and Bonferroni names columns. If only Simes rejects, the columns
 * that made it reject are named. A column without such a test takes no share of the level and has no rank.
 * Changes below their effect gate count as no evidence. Changes of how columns go together have a twentieth of the level,
 * Bonferroni over all pairs.
 *
 * @param pairs over how many pairs of columns the joint findings were chosen; 0 where there are none.
 *
 * Source: Liu and Xie, "Cauchy combination test" (2020); Simes (1986); Tarone (1990) for what could have been tested.
 */
export function decide(
  columns: readonly JudgedColumn[],
  pairs: number,
  alpha: number,
): TableVerdict {
  const level = pairs > 0 ? alpha * (1 - JOINT_SHARE) : alpha;
  const part = level / sharersOf(columns, level);
  const judged = columns.map((column) => judge(column, part));
  const gated = judged.filter(({ testable }) => testable).map(({ gatedP }) => gatedP);
  const counted = Math.max(1, gated.length);
  const limit = simesLimit(gated, counted, level);
  const named = gated.some((p) => p * counted <= level) ? level / counted : limit;
  const verdicts = columns.map((column, index): ColumnVerdict => {
    const { testable, gatedP, plainP, decisive } = judged[index] as Judged;
    const marginal = testable && limit > 0 && gatedP <= named;
    const scale = alpha / level;
    const together = jointVerdict(column.joint, pairs, alpha);
    if (column.byThreshold !== undefined) {
      const finding = column.byThreshold ?? decisive;
      const pValue = Math.min(1, plainP * counted * scale);
      return { drift: column.byThreshold !== null, testable, pValue, decisive: finding };
    }
    if (marginal) {
      // Named by Simes alone: the p-value at which that happened.
      const pValue = Math.min(gatedP * counted * scale, alpha);
      return { drift: true, testable, pValue, decisive };
    }
    if (together) {
      return {
        drift: true,
        testable,
        pValue: jointP(column.joint as Finding, pairs),
        decisive: column.joint,
      };
    }
    return { drift: false, testable, pValue: Math.min(1, plainP * counted * scale), decisive };
  });
  return { drift: verdicts.some(({ drift }) => drift), columns: verdicts };
}

/**
 * Among how many columns the level is shared: the least number such that no more of them have a test that could reach its part. A
 * column with a threshold of its own keeps its share: the others must not notice.
 */
function sharersOf(columns: readonly JudgedColumn[], level: number): number {
  const testableAt = (sharers: number): number =>
    columns.filter(
      (column) => isThreshold(column) || ableOf(column.tests, level / sharers).length > 0,
    ).length;
  let least = 1;
  let most = Math.max(1, testableAt(1));
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (testableAt(middle) <= middle) most = middle;
    else least = middle + 1;
  }
  return most;
}

const isThreshold = ({ byThreshold }: JudgedColumn): boolean => byThreshold !== undefined;

interface Judged {
  readonly testable: boolean;
  /** The column's p-value with and without the changes that are too small to matter. */
  readonly gatedP: number;
  readonly plainP: number;
  readonly decisive: Finding | undefined;
}

function judge(column: JudgedColumn, level: number): Judged {
  const { tests } = column;
  const able = shared(ableOf(tests, level), level);
  const own = isThreshold(column);
  const weighed = able.toSorted(
    (a, b) =>
      Number(b.finding.matters) - Number(a.finding.matters) ||
      pOf(a) / a.weight - pOf(b) / b.weight,
  );
  const least = able.toSorted((a, b) => pOf(a) / a.weight - pOf(b) / b.weight)[0];
  const decisive = (weighed[0]?.finding.matters ? weighed[0] : least)?.finding ?? tests[0]?.finding;
  const gatedP =
    able.length === 0 || own
      ? 1
      : cauchy(able, ({ finding }) => (finding.matters ? 0 : NO_EVIDENCE));
  const plainP = able.length === 0 ? 1 : cauchy(able, () => 0);
  return { testable: able.length > 0 || own, gatedP, plainP, decisive };
}

/**
 * The tests that could reach their part of the level, given the pooled rows. One that can't would only take from the others; what
 * it leaves is theirs, so the farthest off goes first. Source: R. Tarone (1990).
 */
function ableOf(tests: readonly Test[], level: number): readonly Test[] {
  const able = tests
    .filter(({ finding }) => finding.pValue !== null)
    .toSorted((a, b) => needOf(a) - needOf(b));
  for (let weights = able.reduce((sum, { weight }) => sum + weight, 0); able.length > 0; ) {
    const last = able.at(-1) as Test;
    if (needOf(last) * weights <= level) break;
    weights -= last.weight;
    able.pop();
  }
  return able;
}

/**
 * What tests can't use of their part of the level goes to those that can use any: one of few rare categories has few p-values, mostly far
 * from its part, and would leave most of that lie.
 */
function shared(able: readonly Test[], level: number): readonly Test[] {
  const weights = able.reduce((sum, { weight }) => sum + weight, 0);
  const used = able.map(({ finding, weight }) => {
    const part = (level * weight) / weights;
    return (
      finding.attains &&
      Math.min(part, Math.max(finding.attains(part) * (1 + ROUNDING), LEAST_USED * part))
    );
  });
  const left = level - used.reduce((sum: number, part) => sum + (part ?? 0), 0);
  const free = able.reduce(
    (sum, { weight }, place) => (used[place] === undefined ? sum + weight : sum),
    0,
  );
  return free === 0
    ? able
    : able.map(({ finding, weight }, place) => ({
        finding,
        weight: used[place] ?? (left * weight) / free,
      }));
}

const needOf = ({ finding, weight }: Test): number => (finding.reach ?? 0) / weight;

const pOf = ({ finding }: Test): number => finding.pValue ?? 1;

/** The weighted Cauchy combination of p-values, each raised to a least. */
function cauchy(tests: readonly Test[], least: (test: Test) => number): number {
  let sum = 0;
  let weights = 0;
  for (const test of tests) {
    const p = Math.min(CAUCHY_CLIP, Math.max(pOf(test), least(test)));
    sum += test.weight / Math.tan(Math.PI * p);
    weights += test.weight;
  }
  const mean = sum / weights;
  // atan(1/mean)/π is ½ − atan(mean)/π without its cancellation in the tail.
  return mean > 0 ? Math.atan(1 / mean) / Math.PI : 0.5 - Math.atan(mean) / Math.PI;
}

/** The greatest p-value that Simes rejects with; 0 where it does not reject. */
function simesLimit(ps: readonly number[], counted: number, level: number): number {
  const sorted = Float64Array.from(ps).sort();
  let limit = 0;
  for (let rank = 1; rank <= sorted.length; rank += 1) {
    if ((sorted[rank - 1] as number) * counted <= rank * level) limit = (rank * level) / counted;
  }
  return limit;
}

const jointP = (finding: Finding, pairs: number): number =>
  Math.min(1, ((finding.pValue ?? 1) * pairs) / JOINT_SHARE);

function jointVerdict(finding: Finding | undefined, pairs: number, alpha: number): boolean {
  return finding?.matters === true && pairs > 0 && jointP(finding, pairs) <= alpha;
}
