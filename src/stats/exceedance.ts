import { chanceOfAll } from './hypergeometric.js';

/** Chances below this add nothing. */
const NEGLIGIBLE = 1e-20;
/** So many groups at either end are looked at. */
const MOST_GROUPS = 4096;
/** Of so many numbers of values outside, beginning with the fewest, it is known which p-values they have. */
const MOST_SUMS = 60;

/** How many of the pooled values are in the lowest groups of equal values, and in the highest: cumulative sizes, from 0. */
export interface PooledEnds {
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Sizes of the two samples. */
  readonly n: number;
  readonly m: number;
}

/** The ends of pooled groups, as far as they may wholly be of the second sample. @param sizes of the groups, by value. */
export function pooledEnds(sizes: ArrayLike<number>, n: number, m: number): PooledEnds {
  const cumulative = (groupAt: (index: number) => number): number[] => {
    const sums = [0];
    for (let index = 0, sum = 0; index < Math.min(sizes.length, MOST_GROUPS); index += 1) {
      sum += sizes[groupAt(index)] as number;
      // The first that can't be is kept: beyond it nothing is outside.
      sums.push(sum);
      if (chanceOfAll(sum, n, m) < NEGLIGIBLE) break;
    }
    return sums;
  };
  return {
    low: cumulative((index) => index),
    high: cumulative((index) => sizes.length - 1 - index),
    n,
    m,
  };
}

/**
 * The chance that so many or more values of the second sample lie outside the range of the first, if nothing changed and no
 * values are equal: the exceedance test for extremes. Given the pooled values every split is equally likely, so
 * P(T ≥ t) = ((t+1)·C(N−t−1, n−1) + C(N−t−1, n)) / C(N, n). O(1) for any sizes.
 *
 * @param outside how many of the second sample are below the least or above the greatest of the first.
 * @param n size of the first sample, and m of the second. With fewer than two values there is no range: 1.
 *
 * Source: L. Gumbel and H. von Schelling, "The distribution of the number of exceedances" (1950).
 */
export function exceedancePValue(outside: number, n: number, m: number): number {
  const least = Math.ceil(outside);
  if (least <= 0 || n < 2) return 1;
  if (least > m) return 0;
  return Math.min(1, chanceOfAll(least, n, m) * (((least + 1) * n + m - least) / (n + m - least)));
}

/**
 * The same given the ties. Values are outside where their whole group of equal values, and all those further out, are in the second
 * sample; that s given values are has the chance C(m, s) / C(N, s).
 */
export function tiedExceedancePValue(outside: number, { low, high, n, m }: PooledEnds): number {
  if (outside <= 0 || n < 1) return 1;
  const chance = (values: number): number => (values > m ? 0 : chanceOfAll(values, n, m));
  let sum = 0;
  // The lowest `below` groups are in the second sample and the next one is not; of the highest as many as are needed.
  let above = high.findIndex((values) => values >= outside);
  if (above < 0) above = high.length - 1;
  for (let below = 0; below < low.length; below += 1) {
    const lowest = low[below] as number;
    while (above > 0 && lowest + (high[above - 1] as number) >= outside) above -= 1;
    const needed = lowest + (high[above] as number);
    if (needed < outside) continue;
    const part = chance(needed);
    if (above === 0) return Math.min(1, sum + part);
    const next = low[below + 1];
    sum += part - (next === undefined ? 0 : chance(next + (high[above] as number)));
    if (chance(lowest) <= NEGLIGIBLE * sum) break;
  }
  return Math.min(1, sum);
}

/** The largest p-value up to a level that these ends could give; the level itself where there are many. */
export function attainedExceedance(level: number, ends: PooledEnds): number {
  for (const outside of fewestOutside(ends)) {
    const pValue = tiedExceedancePValue(outside, ends);
    if (pValue <= level) return pValue;
  }
  return level;
}

/** The smallest p-value that these ends could give. */
export function leastExceedance(ends: PooledEnds): number {
  const { low, high, m } = ends;
  let most = 0;
  let above = high.length - 1;
  for (const lowest of low) {
    while (above > 0 && lowest + (high[above] as number) > m) above -= 1;
    const sum = lowest + (high[above] as number);
    if (sum <= m) most = Math.max(most, sum);
  }
  return most === 0 ? 1 : tiedExceedancePValue(most, ends);
}

/** How many values may be outside: the smallest numbers that whole groups make up, ascending. */
function fewestOutside({ low, high, m }: PooledEnds): number[] {
  const sums = new Set<number>();
  for (const lowest of low.slice(0, MOST_SUMS)) {
    for (const highest of high.slice(0, MOST_SUMS)) {
      const sum = lowest + highest;
      if (sum > 0 && sum <= m) sums.add(sum);
    }
  }
  return [...sums].sort((a, b) => a - b).slice(0, MOST_SUMS);
}
