import { type PooledEnds, pooledEnds } from '../../stats/exceedance.js';
import { ksPValue } from '../../stats/ks.js';
import { ksTiedPValue } from '../../stats/ks-tied.js';
import {
  type EcdfDistances,
  groupDistances,
  type PooledGroups,
  poolGroups,
} from '../../stats/pooled-groups.js';
import { type PerScore, type ScoreFigures, scoreTests } from '../../stats/score-tests.js';
import type { WeightedSample } from '../../stats/weighted.js';
import { type Inflation, referToT } from '../calibration/inflation.js';
import type { Bins } from './bins.js';
import type { PairNumbers } from './pair-numbers.js';
import { repeatedValues } from './repeated-values.js';

/** Exact Kolmogorov–Smirnov up to so many steps, about 0.2 ms; a table has many columns. */
const EXACT_STEPS = 2e5;
/**
 * A sketch's standard errors in shares of its `rankError()` (99 %): of a rank, of the mean normal score, and of the mean
 * squared score. Measured at 2,500 to 10⁶ values, in one piece and merged from twenty: at most 0.25, 0.87 and 1.2; of ranks, which are looked at all at once, a third more is taken.
 */
const SKETCH_ERROR = { rank: 0.33, waerden: 0.9, klotz: 1.25 } as const;

/**
 * Where the middle 95 % of the pooled values span more than so many times the middle half, van der Waerden's test is a poor
 * one of location and Wilcoxon's a good one: normal 2.9, logistic 3.3, Laplace 4.3, Student's t with 2 degrees 5.3. The
 * pooled values know nothing of which window they came from, so choosing by them costs nothing (R. Hogg, "Adaptive robust
 * procedures", 1974).
 */
const HEAVY = 3.6;

/**
 * Where half of the pooled values are one, with others on either side of it, and fewer than so many of the smaller sample are expected
 * to be others, the law of a sum of scores is lumps far apart, of which three moments don't tell.
 */
const LEAST_APART = 5;

/** The tests on ranks of one set of numbers. */
export interface RankSet {
  /** How many numbers there are on both sides together. */
  readonly total: number;
  /** How many pairs of one of either side. */
  readonly pairs: number;
  readonly distances: EcdfDistances;
  readonly ksPValue: number;
  readonly waerden: ScoreFigures;
  readonly klotz: ScoreFigures;
  readonly wilcoxon: ScoreFigures;
  /** Whether the pooled values have heavier tails than normal ones; see `HEAVY`. */
  readonly heavyTailed: boolean;
  /** Whether the laws of the tests on scores hold; see `LEAST_APART`. */
  readonly scoresHold: boolean;
  /** Whether there are only two values: then any scores say the same, and spread is location in disguise. */
  readonly twoValued: boolean;
  /** The smallest p-value that any split of these values could give. */
  readonly reach: number;
  /** How many of the pooled values are in the outermost groups of equal ones. */
  readonly ends: PooledEnds;
  /** How often values that are often repeated occur on either side, where there are such. */
  readonly repeated: Bins | undefined;
}

/**
 * Kolmogorov–Smirnov given the ties, van der Waerden and Klotz on the numbers of both sides, both of which have some. Where
 * a sketch no longer holds every value, its own error goes into the variances, so that it is never called drift.
 */
export function rankSet(numbers: PairNumbers, inflation: Inflation): RankSet {
  const groups = poolGroups(numbers.baseline.weightedValues(), numbers.current.weightedValues());
  return {
    ...testsOf(groups, numbers, inflation),
    heavyTailed: isHeavyTailed(groups),
    ends: pooledEnds(groups.sizes, groups.n, groups.m),
    repeated: repeatedValues(groups),
  };
}

/**
 * The same tests on counts in the baseline's bins, as its like hours and the window have them; distances in the column's
 * unit and what is told of tails stay those of the numbers.
 */
export function rankSetOfBins(
  numbers: PairNumbers,
  bins: BinnedPair,
  inflation: Inflation,
): RankSet {
  const whole = rankSet(numbers, inflation);
  const tests = testsOf(
    poolGroups(sampleOf(bins.baseline), sampleOf(bins.current)),
    numbers,
    inflation,
  );
  const { ks, sign } = tests.distances;
  const location = bins.edges[tests.distances.location] ?? whole.distances.location;
  return { ...whole, ...tests, distances: { ...whole.distances, ks, sign, location } };
}

/** Counts of both sides in the same bins, and where these end. */
export interface BinnedPair {
  readonly baseline: ArrayLike<number>;
  readonly current: ArrayLike<number>;
  readonly edges: ArrayLike<number>;
}

function sampleOf(counts: ArrayLike<number>): WeightedSample {
  const places = Array.from(counts, (count, place) => (count > 0 ? place : -1)).filter(
    (place) => place >= 0,
  );
  const weights = Float64Array.from(places, (place) => counts[place] as number);
  return {
    values: Float64Array.from(places),
    weights,
    total: weights.reduce((sum, weight) => sum + weight, 0),
  };
}

function testsOf(groups: PooledGroups, numbers: PairNumbers, given: Inflation) {
  const distances = groupDistances(groups);
  const { waerden, klotz, wilcoxon } = scoreTests(
    groups,
    scoreInflation(groups, given),
    sketchErrors(numbers),
  );
  const { degrees } = given;
  return {
    total: groups.n + groups.m,
    pairs: groups.n * groups.m,
    distances,
    ksPValue: referToT(ksOf(distances.ks, numbers, groups, given.ks), degrees),
    waerden: { ...waerden, pValue: referToT(waerden.pValue, degrees) },
    klotz: { ...klotz, pValue: referToT(klotz.pValue, degrees) },
    wilcoxon: { ...wilcoxon, pValue: referToT(wilcoxon.pValue, degrees) },
    scoresHold: scoresHold(groups),
    twoValued: groups.values.length === 2,
    reach: groups.values.length < 2 ? 1 : leastRankPValue(groups.n, groups.m),
  };
}

/**
 * Where half of the pooled values are one, spread is mostly how many are not: it varies by as much as location does, which the squared
 * scores of blocks, with so many ties, do not show.
 */
function scoreInflation({ sizes, n, m }: PooledGroups, given: Inflation): PerScore {
  const { waerden, klotz, wilcoxon } = given;
  const isMostlyOne = sizes.some((size) => size > (n + m) / 2);
  return { waerden, klotz: isMostlyOne ? Math.max(klotz, waerden) : klotz, wilcoxon };
}

/** Scored by |z|/√(N−1), the correlation of the scores with the side. */
export function scoreOf({ statistic }: ScoreFigures, total: number): number {
  return Math.min(1, Math.abs(statistic) / Math.sqrt(Math.max(1, total - 1)));
}

/** Variances of what sketches leave open of the differences of mean scores. */
function sketchErrors({ baseline, current }: PairNumbers): PerScore | undefined {
  if (baseline.exact && current.exact) return undefined;
  const errors = baseline.rankError() ** 2 + current.rankError() ** 2;
  return {
    waerden: SKETCH_ERROR.waerden ** 2 * errors,
    klotz: SKETCH_ERROR.klotz ** 2 * errors,
    wilcoxon: SKETCH_ERROR.rank ** 2 * errors,
  };
}

function ksOf(distance: number, numbers: PairNumbers, groups: PooledGroups, given: number): number {
  const { n, m } = groups;
  const { baseline, current } = numbers;
  const exact = baseline.exact && current.exact;
  const errors = exact
    ? 0
    : SKETCH_ERROR.rank ** 2 * (baseline.rankError() ** 2 + current.rankError() ** 2);
  // The variance of a share is at most ¼.
  const inflation = given + errors / (0.25 * (1 / n + 1 / m));
  // A sketch's error goes up and down more often than a bridge does, and so reaches further at the same variance.
  const ofSketches = 1 - given / inflation;
  const certain = distance - ofSketches * (baseline.rankError() + current.rankError());
  if (certain <= 0) return 1;
  const tied = ksTiedPValue(certain, groups, inflation);
  if (tied !== undefined) return tied;
  if (inflation > 1)
    return ksPValue(certain, Math.max(1, n / inflation), Math.max(1, m / inflation), 'asymptotic');
  const cheap = (n === m ? n : 2 * distance * n * m) <= EXACT_STEPS;
  return ksPValue(certain, n, m, cheap && exact ? 'auto' : 'asymptotic');
}

/** The smallest two-sided p-value of n against m values: no split of the pooled ones is rarer than one of all. */
export function leastRankPValue(n: number, m: number): number {
  let ways = 1;
  for (let taken = 1; taken <= Math.min(n, m) && ways < 1e12; taken += 1)
    ways *= (n + m - taken + 1) / taken;
  return Math.min(1, 2 / ways);
}

function scoresHold({ sizes, n, m }: PooledGroups): boolean {
  const total = n + m;
  if (sizes.length > total / 2) return true;
  let most = 0;
  let at = 0;
  for (let group = 0; group < sizes.length; group += 1) {
    if ((sizes[group] as number) <= most) continue;
    most = sizes[group] as number;
    at = group;
  }
  const inside = at > 0 && at < sizes.length - 1;
  return !inside || most < total / 2 || (Math.min(n, m) * (total - most)) / total >= LEAST_APART;
}

function isHeavyTailed(groups: PooledGroups): boolean {
  const [low, lower, upper, high] = quantilesOf(groups, [0.025, 0.25, 0.75, 0.975]) as [
    number,
    number,
    number,
    number,
  ];
  // Halved, so that the distance of two values near the largest number stays finite.
  return high / 2 - low / 2 > HEAVY * (upper / 2 - lower / 2);
}

/** @param shares ascending. */
function quantilesOf({ values, sizes, n, m }: PooledGroups, shares: readonly number[]): number[] {
  const total = n + m;
  if (values.length === total)
    return shares.map((share) => values[Math.ceil(share * total) - 1] ?? Number.NaN);
  let group = 0;
  let passed = sizes[0] as number;
  return shares.map((share) => {
    while (passed < share * total && group + 1 < sizes.length) {
      group += 1;
      passed += sizes[group] as number;
    }
    return values[group] as number;
  });
}
