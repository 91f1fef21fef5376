import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom, shuffle } from '../../src/random.js';
import { exceedancePValue } from '../../src/stats/exceedance.js';
import { gammaln } from '../../src/stats/gamma.js';
import { ksTiedPValue } from '../../src/stats/ks-tied.js';
import { mannWhitneyTest } from '../../src/stats/mann-whitney.js';
import { klotzTest, waerdenTest } from '../../src/stats/normal-scores.js';
import { groupDistances, poolGroups } from '../../src/stats/pooled-groups.js';
import { scoreTests } from '../../src/stats/score-tests.js';
import { leastUnseenPValue, unseenPValue } from '../../src/stats/unseen.js';
import { ecdfDistances, type WeightedSample } from '../../src/stats/weighted.js';

const sample = (values: readonly number[]): WeightedSample => ({
  values: Float64Array.from(values).sort(),
  weights: new Float64Array(values.length).fill(1),
  total: values.length,
});

/** The share of random splits of the pooled values that `extreme` holds for. */
function ofSplits(pooled: readonly number[], n: number, extreme: (x: number[], y: number[]) => boolean): number {
  const random = seededRandom(7);
  const splits = 4_000;
  let held = 0;
  for (let split = 0; split < splits; split += 1) {
    const order = shuffle([...pooled], random);
    if (extreme(order.slice(0, n), order.slice(n))) held += 1;
  }
  return held / splits;
}

const draw = (count: number, seed: number, value: (random: () => number) => number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => value(random));
};

describe('tests on pooled groups', () => {
  it.each([
    ['continuous', (random: () => number) => randomNormal(random)],
    ['tied', (random: () => number) => Math.round(2 * randomNormal(random))],
  ])('say of %s values what the tests on samples say', (_, value) => {
    const [x, y] = [draw(300, 1, value), draw(120, 2, value)];
    const groups = poolGroups(sample(x), sample(y));
    const { waerden, klotz, wilcoxon } = scoreTests(groups);
    expect(waerden.statistic).toBeCloseTo(waerdenTest(x, y).statistic, 10);
    expect(waerden.pValue).toBeCloseTo(waerdenTest(x, y).pValue, 10);
    expect(klotz.statistic).toBeCloseTo(klotzTest(x, y).statistic, 10);
    expect(klotz.pValue).toBeCloseTo(klotzTest(x, y).pValue, 10);
    expect(wilcoxon.pValue).toBeCloseTo(mannWhitneyTest(x, y, { continuity: false }).pValue, 2);
    expect((wilcoxon.effect + 0.5) * 300 * 120).toBeCloseTo(mannWhitneyTest(x, y).statistic, 6);
    const [together, apart] = [groupDistances(groups), ecdfDistances(sample(x), sample(y))];
    expect(together.ks).toBeCloseTo(apart.ks, 12);
    expect(together.location).toBe(apart.location);
    expect(together.sign).toBe(apart.sign);
    expect(together.wasserstein).toBeCloseTo(apart.wasserstein, 10);
    expect(together.meanSquare).toBeCloseTo(apart.meanSquare, 12);
  });

  it('read scores of many values from a table', () => {
    const [x, y] = [draw(12_000, 3, randomNormal), draw(9_000, 4, (random) => 1.02 * randomNormal(random) + 0.03)];
    const { waerden, klotz } = scoreTests(poolGroups(sample(x), sample(y)));
    expect(waerden.statistic).toBeCloseTo(waerdenTest(x, y).statistic, 2);
    expect(klotz.statistic).toBeCloseTo(klotzTest(x, y).statistic, 1);
  });
});

describe('the tied Kolmogorov–Smirnov law', () => {
  it.each([
    ['80 % zeros', (random: () => number) => (random() < 0.8 ? 0 : Math.exp(randomNormal(random)))],
    ['integers', (random: () => number) => Math.round(2 * randomNormal(random))],
    ['zeros and ones', (random: () => number) => (random() < 0.3 ? 1 : 0)],
  ])('is that of random splits of the pooled values: %s', (_, value) => {
    const pooled = draw(600, 5, value);
    for (const distance of [0.05, 0.1, 0.13]) {
      const groups = () => poolGroups(sample(pooled.slice(0, 400)), sample(pooled.slice(400)));
      const expected = ofSplits(pooled, 400, (x, y) => ecdfDistances(sample(x), sample(y)).ks >= distance);
      const pValue = ksTiedPValue(distance, groups())!;
      expect(pValue).toBeGreaterThan(expected * 0.8 - 0.004);
      expect(pValue).toBeLessThan(expected * 1.35 + 0.012);
    }
  });

  it('is right far out in the tail: three values, against all their splits', () => {
    const n = 1_000;
    const sizes = [1_200, 400, 400];
    const values = sizes.flatMap((size, value) => Array.from({ length: size }, () => value));
    const groups = poolGroups(sample(values.slice(0, n)), sample(values.slice(n)));
    const logChoose = (of: number, taken: number) => gammaln(of + 1) - gammaln(taken + 1) - gammaln(of - taken + 1);
    const exactly = (distance: number): number => {
      let chance = 0;
      for (let a = 0; a <= Math.min(n, sizes[0]!); a += 1) {
        for (let b = Math.max(0, n - a - sizes[2]!); b <= Math.min(n - a, sizes[1]!); b += 1) {
          const apart = Math.max(Math.abs(2 * a - sizes[0]!), Math.abs(2 * (a + b) - sizes[0]! - sizes[1]!)) / n;
          if (apart < distance - 1e-9) continue;
          const ways = logChoose(sizes[0]!, a) + logChoose(sizes[1]!, b) + logChoose(sizes[2]!, n - a - b);
          chance += Math.exp(ways - logChoose(2 * n, n));
        }
      }
      return chance;
    };
    // Distances that there are: multiples of 2 / n.
    for (const distance of [46, 62, 80, 98, 112].map((steps) => steps / n)) {
      const ratio = ksTiedPValue(distance, groups)! / exactly(distance);
      expect(ratio).toBeGreaterThan(0.9);
      expect(ratio).toBeLessThan(1.1);
    }
  });

  it.each([
    ['few zeros', 0.02],
    ['half zeros', 0.5],
    ['nearly all zeros', 0.97],
  ])('falls with the distance, never to nothing: %s', (_, zeros) => {
    const values = draw(4_000, 6, (random) => (random() < zeros ? 0 : Math.exp(randomNormal(random))));
    const groups = poolGroups(sample(values.slice(0, 2_000)), sample(values.slice(2_000)));
    let before = 1;
    for (let distance = 0.02; distance < 0.2; distance += 0.001) {
      const pValue = ksTiedPValue(distance, groups)!;
      expect(pValue).toBeGreaterThan(0);
      // Where the sum of what leaves takes over, they differ by some percent.
      expect(pValue).toBeLessThanOrEqual(before * 1.05);
      before = pValue;
    }
    expect(before).toBeLessThan(1e-9);
  });

  it('is left to the law for continuous data where nothing is tied', () => {
    expect(ksTiedPValue(0.1, poolGroups(sample(draw(99, 1, (random) => random())), sample([3.5])))).toBeUndefined();
  });
});

describe('exceedancePValue', () => {
  it('is the share of splits with so many values out of range', () => {
    const pooled = Array.from({ length: 60 }, (_, index) => index);
    for (const least of [1, 3, 6]) {
      const expected = ofSplits(pooled, 20, (x, y) => {
        const [low, high] = [Math.min(...x), Math.max(...x)];
        return y.filter((value) => value < low || value > high).length >= least;
      });
      expect(Math.abs(exceedancePValue(least, 20, 40) - expected)).toBeLessThan(0.03);
    }
    expect(exceedancePValue(0, 20, 40)).toBe(1);
    expect(exceedancePValue(5, 1000, 10)).toBeLessThan(1e-9);
  });
});

describe('unseenPValue', () => {
  it('is the share of splits with so many values in categories that the first sample lacks', () => {
    const sizes = [1, 1, 1, 2, 2, 3, 5, 20, 25];
    const pooled = sizes.flatMap((size, category) => new Array<number>(size).fill(category));
    const counted = new Map([
      [1, 3],
      [2, 2],
      [3, 1],
      [5, 1],
      [20, 1],
      [25, 1],
    ]);
    for (const least of [4, 7, 10]) {
      const expected = ofSplits(pooled, 30, (x, y) => {
        const seen = new Set(x);
        return y.filter((category) => !seen.has(category)).length >= least;
      });
      // Taking categories for independent errs upwards in the tail.
      const pValue = unseenPValue(least, counted, 30, 30);
      expect(pValue).toBeGreaterThan(expected - 0.02);
      expect(pValue).toBeLessThan(1.3 * expected + 0.03);
    }
  });

  it('is bounded where it would take too long, or lies too far out', () => {
    const sizes = new Map([
      [1, 300],
      [2, 100],
      [80, 10],
    ]);
    expect(unseenPValue(400, sizes, 650, 650)).toBeLessThan(1e-20);
    expect(unseenPValue(120, sizes, 650, 650)).toBeGreaterThan(0.05);
    expect(
      unseenPValue(
        9,
        new Map([
          [9, 1],
          [78, 5],
        ]),
        200,
        200,
      ),
    ).toBeCloseTo(0.00178, 5);
    expect(leastUnseenPValue(new Map([[2, 1]]), 200, 200)).toBeCloseTo(0.249, 3);
  });
});
