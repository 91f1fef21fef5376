import { describe, expect, it } from 'vitest';
import { randomNormal } from '../../src/leaves/random.js';
import { gammaln } from '../../src/stats/gamma.js';
import { ksPValue } from '../../src/stats/ks.js';
import { ksTiedPValue } from '../../src/stats/ks-tied.js';
import { ksTiedExact } from '../../src/stats/ks-tied-exact.js';
import { groupDistances, poolGroups } from '../../src/stats/pooled-groups.js';
import { draw, ofSplits, sample } from './pooled-values.js';

const deviation = (share: number, of: number): number => Math.sqrt((share * (1 - share)) / of);

/** All ways to choose n of the values. */
function splitsOf(values: readonly number[], n: number): [number[], number[]][] {
  const splits: [number[], number[]][] = [];
  for (let chosen = 0; chosen < 2 ** values.length; chosen += 1) {
    const isChosen = (_: number, place: number): boolean => ((chosen >> place) & 1) === 1;
    const taken = values.filter(isChosen);
    if (taken.length === n)
      splits.push([taken, values.filter((value, place) => !isChosen(value, place))]);
  }
  return splits;
}

describe('the tied Kolmogorov–Smirnov law', () => {
  it.each([
    ['80 % zeros', (random: () => number) => (random() < 0.8 ? 0 : Math.exp(randomNormal(random)))],
    ['integers', (random: () => number) => Math.round(2 * randomNormal(random))],
    ['zeros and ones', (random: () => number) => (random() < 0.3 ? 1 : 0)],
  ])('is that of random splits of the pooled values: %s', (_, value) => {
    const pooled = draw(600, 5, value);
    for (const distance of [0.02, 0.05, 0.1, 0.13]) {
      const expected = ofSplits(
        pooled,
        400,
        (x, y) => groupDistances(poolGroups(sample(x), sample(y))).ks >= distance,
      );
      const groups = poolGroups(sample(pooled.slice(0, 400)), sample(pooled.slice(400)));
      // Of 4,000 splits; four standard errors.
      expect(Math.abs(ksTiedPValue(distance, groups)! - expected)).toBeLessThan(
        4 * deviation(expected, 4_000) + 1e-3,
      );
    }
  });

  it.each([5, 3, 2])('is the share of all splits of nine values: %i and the others', (n) => {
    const pooled = [1, 1, 2, 3, 3, 3, 3, 4, 5];
    const groups = () => poolGroups(sample(pooled.slice(0, n)), sample(pooled.slice(n)));
    const distances = splitsOf(pooled, n).map(
      ([x, y]) => groupDistances(poolGroups(sample(x), sample(y))).ks,
    );
    for (const distance of new Set(distances)) {
      const share =
        distances.filter((other) => other >= distance - 1e-12).length / distances.length;
      expect(ksTiedPValue(distance, groups())).toBeCloseTo(share, 12);
    }
  });

  it('is the law for values without ties where nothing is tied', () => {
    const values = Array.from({ length: 90 }, (_, index) => index);
    const groups = poolGroups(sample(values.slice(0, 60)), sample(values.slice(60)));
    for (const distance of [0.1, 0.25, 0.4, 0.7]) {
      expect(ksTiedExact(distance, groups, 1e6)).toBeCloseTo(
        ksPValue(distance, 60, 30, 'exact'),
        12,
      );
    }
  });

  it.each([0.02, 0.3])(
    'of many values errs upwards, by a tenth at most: %d of them zeros',
    (zeros) => {
      const n = 4_000;
      const m = 3_000;
      const values = [
        ...new Array((n + m) * zeros).fill(0),
        ...draw((n + m) * (1 - zeros), 8, (random) => random() - 0.5),
      ];
      const groups = () => poolGroups(sample(values.slice(0, n)), sample(values.slice(n)));
      for (const barrier of [0.3, 0.5, 0.7, 1, 1.5]) {
        const distance = barrier / Math.sqrt((n * m) / (n + m));
        const exactly = ksTiedExact(distance, groups(), 1e9)!;
        const pValue = ksTiedPValue(distance, groups())!;
        expect(pValue).toBeGreaterThan(0.99 * exactly);
        expect(pValue).toBeLessThan(1.13 * exactly);
      }
    },
  );

  it('is right far out in the tail: three values, against all their splits', () => {
    const n = 1_000;
    const sizes = [1_200, 400, 400];
    const values = sizes.flatMap((size, value) => Array.from({ length: size }, () => value));
    const groups = poolGroups(sample(values.slice(0, n)), sample(values.slice(n)));
    const logChoose = (of: number, taken: number) =>
      gammaln(of + 1) - gammaln(taken + 1) - gammaln(of - taken + 1);
    const exactly = (distance: number): number => {
      let chance = 0;
      for (let a = 0; a <= Math.min(n, sizes[0]!); a += 1) {
        for (let b = Math.max(0, n - a - sizes[2]!); b <= Math.min(n - a, sizes[1]!); b += 1) {
          const apart =
            Math.max(Math.abs(2 * a - sizes[0]!), Math.abs(2 * (a + b) - sizes[0]! - sizes[1]!)) /
            n;
          if (apart < distance - 1e-9) continue;
          const ways =
            logChoose(sizes[0]!, a) + logChoose(sizes[1]!, b) + logChoose(sizes[2]!, n - a - b);
          chance += Math.exp(ways - logChoose(2 * n, n));
        }
      }
      return chance;
    };
    // Distances that there are: multiples of 2 / n.
    for (const distance of [46, 62, 80, 98, 112].map((steps) => steps / n)) {
      // Splits are counted only where the variance is that of independent rows.
      for (const inflation of [1, 1 + 1e-9]) {
        const ratio = ksTiedPValue(distance, groups, inflation)! / exactly(distance);
        expect(ratio).toBeGreaterThan(0.9);
        expect(ratio).toBeLessThan(1.1);
      }
    }
  });

  it.each([
    ['few zeros', 0.02],
    ['half zeros', 0.5],
    ['nearly all zeros', 0.97],
  ])('falls with the distance, never to nothing: %s', (_, zeros) => {
    const values = draw(4_000, 6, (random) =>
      random() < zeros ? 0 : Math.exp(randomNormal(random)),
    );
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
    expect(
      ksTiedPValue(0.1, poolGroups(sample(draw(99, 1, (random) => random())), sample([3.5]))),
    ).toBeUndefined();
  });
});
