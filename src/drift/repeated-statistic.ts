import type { Bins } from './bins.js';
import { chiSquareFinding } from './categorical.js';
import type { ColumnPair } from './column-pair.js';
import { leastPValue } from './presence.js';
import type { Statistic } from './statistic.js';

/** Beside the tests on ranks; see `WEIGHTS` of numeric columns. */
const WEIGHT = 0.5;
/** The standard error of a count between two ranks of a sketch, in shares of its `rankError()`: √2 of that of one rank. */
const SKETCH_ERROR = 0.47;

/**
 * Chi-square over the values that are often repeated, and all others together: new defaults and sentinels, another step of
 * rounding, integers that move off their grid. Tests on ranks see little of what happens at one value.
 */
const repeated: Statistic = {
  key: 'chisq',
  families: ['numeric'],
  decides: true,
  weight: WEIGHT,
  compare(pair) {
    // Like hours are known by bins, not by values.
    const counts = pair.numeric && pair.likeHours === undefined ? pair.ranks.repeated : undefined;
    if (counts === undefined) return undefined;
    const { ks, waerden, degrees } = pair.inflation;
    const factor = Math.max(ks, waerden) + ofSketches(pair, counts);
    return { ...chiSquareFinding(pair, counts, factor, degrees), reach: reachOf(counts) };
  },
};

/** The variance that sketches add to that of the counts, in its shares. */
function ofSketches({ numbers: { baseline, target } }: ColumnPair, counts: Bins): number {
  if (baseline.exact && target.exact) return 0;
  const [n, m] = [sum(counts.baseline), sum(counts.target)];
  const errors = SKETCH_ERROR ** 2 * (baseline.rankError() ** 2 + target.rankError() ** 2);
  const inverses = counts.baseline.map((count, place) => (n + m) / (count + (counts.target[place] as number)));
  return (errors * sum(inverses)) / inverses.length / (1 / n + 1 / m);
}

/** Nothing is rarer than all of one value, or of all repeated ones, on one side. */
function reachOf({ baseline, target, names }: Bins): number {
  if (names.length < 2) return 1;
  const [n, m] = [sum(baseline), sum(target)];
  const parts = baseline.map((count, place) => [count, target[place] as number] as const);
  return Math.min(...parts.map(([a, b]) => leastPValue({ part: a, rows: n }, { part: b, rows: m })));
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** What is told by single values of numeric columns. */
export const REPEATED_STATISTICS: readonly Statistic[] = [repeated];
