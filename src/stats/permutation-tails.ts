import { logBinomialMass } from './binomial-law.js';
import { shiftedGammaSf } from './shifted-gamma.js';
import { CompensatedSum } from './sum.js';

/** A sum of scores of one sample, referred to what a random exchange of the values between the samples gives. */
export interface ScoreTestResult {
  /** z = (sum − mean) / √variance. */
  readonly statistic: number;
  /** Two-sided: twice the smaller tail, at most 1. */
  readonly pValue: number;
  /** P(sum ≤ seen) and P(sum ≥ seen). */
  readonly pLower: number;
  readonly pUpper: number;
  /** The sum of x's scores, and its mean, variance and skewness under permutation. */
  readonly sum: number;
  readonly mean: number;
  readonly variance: number;
  readonly skewness: number;
}

/** Distinct values in increasing order: how often each is in x, how often in both, and its score. */
export interface ScoredGroups {
  readonly inX: readonly number[] | Float64Array;
  readonly sizes: readonly number[] | Float64Array;
  readonly scores: readonly number[] | Float64Array;
}

/** Up to this many ways to share the tied groups between the samples, all are counted: about 5 ms. */
const COUNTED = 3e5;
/** More distinct values than this are never counted: it bounds the depth of the recursion. */
const MOST_GROUPS = 100;
/** Sums that differ by no more than rounding are the same sum. */
const TIE_TOLERANCE = 1e-11;

/**
 * The sum of scores over sample x, with its law under a random exchange of values between the samples: the first three moments,
 * and both tails (counted where cheap, else by the shifted gamma law with these moments).
 */
export function permutationTails(groups: ScoredGroups, n: number, m: number): ScoreTestResult {
  const { sum, mean, variance, skewness } = momentsOf(groups, n, m);
  if (!(variance > 0)) {
    return { statistic: 0, pValue: 1, pLower: 1, pUpper: 1, sum, mean, variance: 0, skewness: 0 };
  }
  const deviation = Math.sqrt(variance);
  const [pLower, pUpper] = countedTails(groups, n, sum) ?? [
    shiftedGammaSf(-sum, -mean, deviation, -skewness),
    shiftedGammaSf(sum, mean, deviation, skewness),
  ];
  const pValue = Math.min(1, 2 * Math.min(pLower, pUpper));
  return {
    statistic: (sum - mean) / deviation,
    pValue,
    pLower,
    pUpper,
    sum,
    mean,
    variance,
    skewness,
  };
}

function momentsOf(
  { inX, sizes, scores }: ScoredGroups,
  n: number,
  m: number,
): { sum: number; mean: number; variance: number; skewness: number } {
  const total = n + m;
  const ofX = new CompensatedSum();
  const all = new CompensatedSum();
  for (let group = 0; group < sizes.length; group += 1) {
    ofX.add((inX[group] as number) * (scores[group] as number));
    all.add((sizes[group] as number) * (scores[group] as number));
  }
  const average = all.value / total;
  const squares = new CompensatedSum();
  const cubes = new CompensatedSum();
  let greatest = 0;
  for (let group = 0; group < sizes.length; group += 1) {
    const deviation = (scores[group] as number) - average;
    const square = (sizes[group] as number) * deviation * deviation;
    squares.add(square);
    cubes.add(square * deviation);
    greatest = Math.max(greatest, Math.abs(scores[group] as number));
  }
  const sum = ofX.value;
  const mean = n * average;
  // A spread of scores that is rounding (a constant, one value on each side) is none.
  if (squares.value <= total * (8 * Number.EPSILON * greatest) ** 2)
    return { sum, mean, variance: 0, skewness: 0 };
  const variance = (n * m * squares.value) / (total * (total - 1));
  if (total < 3) return { sum, mean, variance, skewness: 0 };
  const third = (n * m * (m - n) * cubes.value) / (total * (total - 1) * (total - 2));
  return { sum, mean, variance, skewness: third / variance ** 1.5 };
}

/**
 * P(sum ≤ seen) and P(sum ≥ seen) over all ways to choose n of the values; `undefined` where they are more than `most`, or where
 * sizes are not whole.
 *
 * What is taken from each group is weighed by its binomial chance at the share n / N: with their sum fixed these are in
 * proportion to the numbers of ways, which no double could hold.
 */
export function countedTails(
  { sizes, scores }: ScoredGroups,
  n: number,
  seen: number,
  most: number = COUNTED,
): [number, number] | undefined {
  if (sizes.length > MOST_GROUPS) return undefined;
  let total = 0;
  for (const size of sizes) total += size;
  if (boundWays(sizes, total, n) > most || !sizes.every(Number.isInteger)) return undefined;
  const slack = TIE_TOLERANCE * (1 + Math.abs(seen));
  const laws = lawsOf(sizes, total, n);
  let all = 0;
  let lower = 0;
  let upper = 0;
  const choose = (
    group: number,
    open: number,
    remaining: number,
    sum: number,
    weight: number,
  ): void => {
    if (group === sizes.length) {
      all += weight;
      if (sum <= seen + slack) lower += weight;
      if (sum >= seen - slack) upper += weight;
      return;
    }
    const size = sizes[group] as number;
    const score = scores[group] as number;
    const law = laws[group] as (taken: number) => number;
    const after = remaining - size;
    const most = Math.min(size, open);
    for (let taken = Math.max(0, open - after); taken <= most; taken += 1) {
      choose(group + 1, open - taken, after, sum + taken * score, weight * law(taken));
    }
  };
  choose(0, n, total, 0, 1);
  return [lower / all, upper / all];
}

/** For each group, how likely it is to give so many of its values. What equal groups have in common is computed once. */
function lawsOf(
  sizes: ScoredGroups['sizes'],
  total: number,
  n: number,
): ((taken: number) => number)[] {
  const share = n / total;
  const complement = (total - n) / total;
  const bySize = new Map<number, Map<number, number>>();
  return Array.from(sizes, (size) => {
    const known = bySize.get(size) ?? new Map<number, number>();
    bySize.set(size, known);
    return (taken: number): number => {
      let mass = known.get(taken);
      if (mass === undefined) {
        mass = Math.exp(logBinomialMass(taken, size, share, complement));
        known.set(taken, mass);
      }
      return mass;
    };
  });
}

/**
 * An upper bound of the ways to make up n of 0…size from each group: all C(N, n) choices, or every number from every group
 * but the largest, whose number then follows.
 */
function boundWays(sizes: ScoredGroups['sizes'], total: number, n: number): number {
  const few = Math.min(n, total - n);
  let product = 1;
  let largest = 0;
  for (const size of sizes) {
    const numbers = Math.min(size, few) + 1;
    product *= numbers;
    largest = Math.max(largest, numbers);
  }
  let choices = 1;
  for (let k = 1; k <= few && choices <= COUNTED; k += 1) choices *= (total - few + k) / k;
  return Math.min(choices, product / largest);
}
