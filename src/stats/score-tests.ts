import { normalScoreSums, type SingleScores } from './normal-score-sums.js';
import { countedTails } from './permutation-tails.js';
import type { PooledGroups } from './pooled-groups.js';
import { shiftedGammaSf } from './shifted-gamma.js';

/** What a test on scores says. */
export interface ScoreFigures {
  /** z = (sum of the first sample's scores − mean) / √variance, with permutation moments. */
  readonly statistic: number;
  /** Two-sided. */
  readonly pValue: number;
  /** The mean score of the first sample less that of the second. */
  readonly effect: number;
}

/** A number for each test. */
export interface PerScore {
  readonly waerden: number;
  readonly klotz: number;
  readonly wilcoxon: number;
}

/** What the tests say, by their scores. */
export interface ScoreTests {
  /** Normal scores: location. */
  readonly waerden: ScoreFigures;
  /** Squared normal scores: spread. */
  readonly klotz: ScoreFigures;
  /** Ranks: location, for heavy tails. The effect is in shares: P(x > y) − ½, ties by half. */
  readonly wilcoxon: ScoreFigures;
}

/** Tails are counted where that takes at most so many steps: a table has many columns. */
const COUNTED = 500;
/** Of more values they never are. */
const MOST_COUNTED = 100;
/** A z so small is what rounding leaves of none. */
const ROUNDING = 1e-9;
/** Scores of groups; a table has many columns. */
let scratch = newScratch(4096);
/** Independent rows, and of values that were kept exactly the scores are known. */
const INDEPENDENT: PerScore = { waerden: 1, klotz: 1, wilcoxon: 1 };
const EXACT: PerScore = { waerden: 0, klotz: 0, wilcoxon: 0 };
const NO_CHANGE: ScoreFigures = { statistic: 0, pValue: 1, effect: 0 };

/**
 * Van der Waerden's, Klotz's and Wilcoxon's tests in one pass over pooled groups, which may be weighted: what `waerdenTest`,
 * `klotzTest` and (without its continuity correction) `mannWhitneyTest` say of the same values, but for rounding, and for
 * exact tails, which are only counted where that is cheap.
 *
 * @param inflation for the p-values, variances are multiplied by it and skewness divided by its power 3/2. @default 1
 * @param errors variances of what is not known of the difference of the mean scores, since values were sketched. @default 0
 */
export function scoreTests(
  groups: PooledGroups,
  inflation: PerScore = INDEPENDENT,
  errors: PerScore = EXACT,
): ScoreTests {
  const { sizes, n, m } = groups;
  const total = n + m;
  const { first, second, single, perRank, unit } = normalScoreSums(total);
  // A few values are left to the general way, which may count tails.
  if (single !== undefined && sizes.length === total && total > MOST_COUNTED)
    return ofSingles(groups, single, inflation, errors);
  const last = first.length - 2;
  if (scratch.rank.length < sizes.length) scratch = newScratch(2 * sizes.length);
  const { location, spread, rank } = scratch;
  const perTotal = 1 / total;
  let ranks = 0;
  let locationBelow = 0;
  let spreadBelow = 0;
  for (let group = 0; group < sizes.length; group += 1) {
    const size = sizes[group] as number;
    const perSize = 1 / size;
    rank[group] = (ranks + size / 2) * perTotal;
    ranks += size;
    const place = ranks * perRank;
    const below = place < last ? place | 0 : last;
    const rest = place - below;
    const left = first[below] as number;
    const right = first[below + 1] as number;
    const leftSquare = second[below] as number;
    const rightSquare = second[below + 1] as number;
    const locationUpTo = unit * (rest === 1 ? right : left + rest * (right - left));
    const spreadUpTo =
      unit * (rest === 1 ? rightSquare : leftSquare + rest * (rightSquare - leftSquare));
    location[group] = (locationUpTo - locationBelow) * perSize;
    spread[group] = (spreadUpTo - spreadBelow) * perSize;
    locationBelow = locationUpTo;
    spreadBelow = spreadUpTo;
  }
  return {
    waerden: scoreTest(groups, location, locationBelow / total, inflation.waerden, errors.waerden),
    klotz: scoreTest(groups, spread, spreadBelow / total, inflation.klotz, errors.klotz),
    wilcoxon: scoreTest(groups, rank, 0.5, inflation.wilcoxon, errors.wilcoxon),
  };
}

function newScratch(length: number) {
  return {
    location: new Float64Array(length),
    spread: new Float64Array(length),
    rank: new Float64Array(length),
  };
}

/** The same where nothing is tied: squares and cubes depend on the number of values alone. */
function ofSingles(
  groups: PooledGroups,
  { location, spread }: SingleScores,
  inflation: PerScore,
  errors: PerScore,
): ScoreTests {
  const { inX, n, m } = groups;
  const total = n + m;
  const locations = location.scores;
  const spreads = spread.scores;
  let ofLocation = 0;
  let ofSpread = 0;
  let ofRanks = 0;
  for (let rank = 0; rank < total; rank += 1) {
    const ofX = inX[rank] as number;
    ofLocation += ofX * (locations[rank] as number);
    ofSpread += ofX * (spreads[rank] as number);
    ofRanks += ofX * rank;
  }
  const rankExcess = (ofRanks - (n * (total - 1)) / 2) / total;
  const ranks = { squares: (total - 1 / total) / 12, cubes: 0 };
  return {
    waerden: figuresOf(
      groups,
      { ...location, excess: ofLocation },
      inflation.waerden,
      errors.waerden,
    ),
    klotz: figuresOf(groups, { ...spread, excess: ofSpread }, inflation.klotz, errors.klotz),
    wilcoxon: figuresOf(
      groups,
      { ...ranks, excess: rankExcess },
      inflation.wilcoxon,
      errors.wilcoxon,
    ),
  };
}

function scoreTest(
  groups: PooledGroups,
  scores: Float64Array,
  average: number,
  inflation: number,
  error: number,
): ScoreFigures {
  const { inX, sizes, n } = groups;
  let excess = 0;
  let squares = 0;
  let cubes = 0;
  for (let group = 0; group < sizes.length; group += 1) {
    const deviation = (scores[group] as number) - average;
    const square = (sizes[group] as number) * deviation * deviation;
    excess += (inX[group] as number) * deviation;
    squares += square;
    cubes += square * deviation;
  }
  const isPlain = inflation === 1 && error === 0;
  const counted = isPlain
    ? countedTails({ inX, sizes, scores }, n, excess + n * average, COUNTED)
    : undefined;
  return figuresOf(groups, { excess, squares, cubes }, inflation, error, counted);
}

/** Σ of the scores in the first sample, less their average; Σ of squares and cubes of these deviations in both. */
interface Sums {
  readonly excess: number;
  readonly squares: number;
  readonly cubes: number;
}

/** @param counted both tails, where they were counted. */
function figuresOf(
  { n, m }: PooledGroups,
  { excess, squares, cubes }: Sums,
  inflation: number,
  error: number,
  counted?: [lower: number, upper: number],
): ScoreFigures {
  const total = n + m;
  // A spread of scores that is rounding (a constant, one value on each side) is none.
  if (total < 2 || squares <= total * 1e-20) return NO_CHANGE;
  const variance = (n * m * squares) / (total * (total - 1));
  const third = total < 3 ? 0 : (n * m * (m - n) * cubes) / (total * (total - 1) * (total - 2));
  const statistic = excess / Math.sqrt(variance);
  if (Math.abs(statistic) < ROUNDING) return NO_CHANGE;
  // The difference of the means is N/nm times the excess.
  const larger = inflation + (error * ((n * m) / total) ** 2) / variance;
  const z = statistic / Math.sqrt(larger);
  const skewness = third / (variance * larger) ** 1.5;
  const [lower, upper] = counted ?? [
    shiftedGammaSf(-z, 0, 1, -skewness),
    shiftedGammaSf(z, 0, 1, skewness),
  ];
  return {
    statistic,
    pValue: Math.min(1, 2 * Math.min(lower, upper)),
    effect: excess / n + excess / m,
  };
}
