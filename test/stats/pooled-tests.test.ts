import { describe, expect, it } from 'vitest';
import { randomNormal } from '../../src/leaves/random.js';
import { exceedancePValue } from '../../src/stats/exceedance.js';
import { ksTest } from '../../src/stats/ks.js';
import { mannWhitneyTest } from '../../src/stats/mann-whitney.js';
import { normalSf } from '../../src/stats/normal.js';
import { klotzTest, waerdenTest } from '../../src/stats/normal-scores.js';
import { groupDistances, poolGroups } from '../../src/stats/pooled-groups.js';
import { scoreTests } from '../../src/stats/score-tests.js';
import { leastUnseenPValue, unseenPValue } from '../../src/stats/unseen.js';
import { wassersteinDistance } from '../../src/stats/wasserstein.js';
import { draw, ofSplits, sample } from './pooled-values.js';

describe('tests on pooled groups', () => {
  it.each([
    ['continuous', (random: () => number) => randomNormal(random)],
    ['tied', (random: () => number) => Math.round(2 * randomNormal(random))],
  ])('say of %s values what the tests on samples say', (_, value) => {
    const x = draw(300, 1, value);
    const y = draw(120, 2, value);
    const groups = poolGroups(sample(x), sample(y));
    const { waerden, klotz, wilcoxon } = scoreTests(groups);
    expect(waerden.statistic).toBeCloseTo(waerdenTest(x, y).statistic, 10);
    expect(waerden.pValue).toBeCloseTo(waerdenTest(x, y).pValue, 10);
    expect(klotz.statistic).toBeCloseTo(klotzTest(x, y).statistic, 10);
    expect(klotz.pValue).toBeCloseTo(klotzTest(x, y).pValue, 10);
    expect(wilcoxon.pValue).toBeCloseTo(mannWhitneyTest(x, y, { continuity: false }).pValue, 2);
    expect((wilcoxon.effect + 0.5) * 300 * 120).toBeCloseTo(mannWhitneyTest(x, y).statistic, 6);
    const { ks, location, sign, wasserstein } = groupDistances(groups);
    const test = ksTest(x, y);
    expect(ks).toBeCloseTo(test.statistic, 12);
    expect({ location, sign }).toEqual({ location: test.location, sign: test.sign });
    expect(wasserstein).toBeCloseTo(wassersteinDistance(x, y), 10);
  });

  it('read scores of many values from a table', () => {
    const x = draw(12_000, 3, randomNormal);
    const y = draw(9_000, 4, (random) => 1.02 * randomNormal(random) + 0.03);
    const { waerden, klotz } = scoreTests(poolGroups(sample(x), sample(y)));
    expect(waerden.statistic).toBeCloseTo(waerdenTest(x, y).statistic, 2);
    expect(klotz.statistic).toBeCloseTo(klotzTest(x, y).statistic, 1);
  });
});

describe('scoreTests of sketched values', () => {
  it.each([
    ['continuous', randomNormal],
    [
      'mostly zero',
      (random: () => number) => (random() < 0.8 ? 0 : Math.exp(randomNormal(random))),
    ],
  ])('add what is not known of a mean score to the variance of %s values', (_, value) => {
    const x = draw(900, 5, value);
    const y = draw(400, 6, value);
    const groups = poolGroups(sample(x), sample(y));
    const plain = scoreTests(groups);
    for (const test of ['waerden', 'klotz', 'wilcoxon'] as const) {
      // The statistic is the effect in its standard errors, so the two tell the variance.
      const { effect, statistic } = plain[test];
      const error = 3 * (effect / statistic) ** 2;
      const sketched = scoreTests(groups, undefined, {
        waerden: 0,
        klotz: 0,
        wilcoxon: 0,
        [test]: error,
      });
      expect(sketched[test].pValue).toBeCloseTo(2 * normalSf(Math.abs(statistic) / 2), 2);
      expect(sketched[test].statistic).toBe(statistic);
    }
  });
});

describe('exceedancePValue', () => {
  it('is the share of splits with so many values out of range', () => {
    const pooled = Array.from({ length: 60 }, (_, index) => index);
    for (const least of [1, 3, 6]) {
      const expected = ofSplits(pooled, 20, (x, y) => {
        const low = Math.min(...x);
        const high = Math.max(...x);
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
