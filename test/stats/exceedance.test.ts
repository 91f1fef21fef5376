import { describe, expect, it } from 'vitest';
import {
  attainedExceedance,
  exceedancePValue,
  leastExceedance,
  pooledEnds,
  tiedExceedancePValue,
} from '../../src/stats/exceedance.js';

/** All ways to choose `count` of the places 0 … `total` − 1. */
function* subsets(total: number, count: number, from = 0): Generator<number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let place = from; place <= total - count; place += 1) {
    for (const rest of subsets(total, count - 1, place + 1)) yield [place, ...rest];
  }
}

/** How many of the second sample are outside the first one's range, for every split of the values. */
function* outsideOfSplits(values: readonly number[], n: number): Generator<number> {
  for (const first of subsets(values.length, n)) {
    const own = first.map((place) => values[place] as number);
    const least = Math.min(...own);
    const greatest = Math.max(...own);
    yield values.filter((value) => value < least || value > greatest).length;
  }
}

const sizesOf = (values: readonly number[]): number[] =>
  [...new Set(values)].map((value) => values.filter((other) => other === value).length);

describe('the exceedance test given the ties', () => {
  it.each([
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], 4],
    [[1, 1, 1, 2, 3, 3, 4, 9, 9], 3],
    [[0, 0, 0, 0, 0, 5, 5, 6, 7], 5],
    [[1, 2, 2, 2, 2, 2, 2, 2, 3], 2],
    [[1, 1, 1, 1, 9, 9, 9, 9, 9], 4],
    [[3, 3, 3, 3, 3, 3, 3, 3, 3], 4],
  ])('counts the splits of %j', (values, n) => {
    const counts = [...outsideOfSplits(values, n)];
    const ends = pooledEnds(sizesOf(values), n, values.length - n);
    const shareOf = (outside: number): number =>
      counts.filter((count) => count >= outside).length / counts.length;
    for (let outside = 0; outside <= values.length - n; outside += 1) {
      expect(tiedExceedancePValue(outside, ends)).toBeCloseTo(shareOf(outside), 12);
    }
    const possible = [...new Set(counts)].map(shareOf);
    expect(leastExceedance(ends)).toBeCloseTo(Math.min(...possible), 12);
    for (const level of [0.5, 0.1, 0.01]) {
      const below = possible.filter((pValue) => pValue <= level + 1e-12);
      if (below.length > 0)
        expect(attainedExceedance(level, ends)).toBeCloseTo(Math.max(...below), 12);
    }
  });

  it('is the law of Gumbel and von Schelling where no values are equal', () => {
    for (const [n, m] of [
      [50, 50],
      [5, 400],
      [400, 5],
    ] as const) {
      const ends = pooledEnds(new Float64Array(n + m).fill(1), n, m);
      for (const outside of [1, 2, 4]) {
        expect(tiedExceedancePValue(outside, ends)).toBeCloseTo(
          exceedancePValue(outside, n, m),
          12,
        );
      }
    }
  });

  it('is quick for samples of any size', () => {
    const sizes = Float64Array.from({ length: 5000 }, () => 1e12);
    const ends = pooledEnds(sizes, 1000, 5e15);
    expect(tiedExceedancePValue(3e12, ends)).toBeLessThanOrEqual(1);
    expect(attainedExceedance(1e-6, ends)).toBeLessThanOrEqual(1e-6);
  });
});
