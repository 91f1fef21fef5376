import { chiSquareSf } from './chi-square-law.js';
import { gammaln } from './gamma.js';
import { solveDecreasing } from './solve.js';

/** Names that occur so often, or more often, are counted together. */
const MOST = 8;
/** A cell of the test of fit expects so many names. */
const LEAST_EXPECTED = 5;
/** Below this p-value equally frequent names don't explain how often they came. */
const FITS = 0.01;
/**
 * By so much the logarithm of their likelihood exceeds that of groups. Groups of one row and a Poisson number of others are a rare sort, and
 * so alike that a thousand names hardly tell them from single draws; where the second bound is passed by chance, they drift.
 */
const MUCH_LIKELIER = { geometric: 5, oneAndOthers: 2 } as const;

/**
 * Whether the number of names that occurred once, twice … shows that rows came one by one: it is what equally frequent names give in
 * independent rows (a Poisson law without its 0), and much likelier so than where a name brings a group of rows and never
 * returns (groups of geometric size, or of one row and a Poisson number of others). Of frequencies that differ much nothing is shown:
 * that looks like groups.
 *
 * @param sizes how many names occurred so often.
 */
export function areSingleDraws(sizes: ReadonlyMap<number, number>): boolean {
  let names = 0;
  let rows = 0;
  for (const [size, count] of sizes) {
    names += count;
    rows += size * count;
  }
  const mean = rows / names;
  // Of names that all came once nothing can be told.
  if (!(mean > 1)) return false;
  const rate = solveDecreasing((x) => -x / -Math.expm1(-x), -mean, 1e-9, mean);
  const single = (size: number): number =>
    size * Math.log(rate) - gammaln(size + 1) - Math.log(Math.expm1(rate));
  const geometric = (size: number): number => (size - 1) * Math.log(1 - 1 / mean) - Math.log(mean);
  const oneAndOthers = (size: number): number =>
    (size - 1) * Math.log(mean - 1) - (mean - 1) - gammaln(size);
  const likelihood = (law: (size: number) => number): number =>
    [...sizes].reduce((sum, [size, count]) => sum + count * law(size), 0);
  const own = likelihood(single);
  const isLikelier =
    own - likelihood(geometric) >= MUCH_LIKELIER.geometric &&
    own - likelihood(oneAndOthers) >= MUCH_LIKELIER.oneAndOthers;
  return isLikelier && fitOf(sizes, names, single) >= FITS;
}

/** Pearson's test of fit of a law with one parameter that was taken from the same names. */
function fitOf(
  sizes: ReadonlyMap<number, number>,
  names: number,
  law: (size: number) => number,
): number {
  let statistic = 0;
  let cells = 0;
  let left = names;
  let expectedLeft = names;
  for (let size = 1; size < MOST; size += 1) {
    const expected = names * Math.exp(law(size));
    if (expected < LEAST_EXPECTED || expectedLeft - expected < LEAST_EXPECTED) break;
    const seen = sizes.get(size) ?? 0;
    statistic += (seen - expected) ** 2 / expected;
    left -= seen;
    expectedLeft -= expected;
    cells += 1;
  }
  if (expectedLeft > 0) statistic += (left - expectedLeft) ** 2 / expectedLeft;
  // Two cells are what one parameter explains whatever came.
  return cells < 2 ? 0 : chiSquareSf(statistic, cells - 1);
}
