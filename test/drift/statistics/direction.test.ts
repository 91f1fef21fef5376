import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../../src/drift/compare-profiles.js';
import { describeMovement } from '../../../src/drift/show/describe-drift.js';
import { type Random, randomNormal, seededRandom } from '../../../src/leaves/random.js';
import { profileTable } from '../../../src/profile/profile-table.js';
import { directionTest } from '../../../src/stats/direction.js';

const times = <T>(count: number, value: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => value(at));
const compare = (before: number[][], now: number[][]) =>
  compareProfiles(profileTable({ v: before }), profileTable({ v: now }));
/** A vector with one entry. */
const unit = (dimension: number, place: number, length = 1): number[] =>
  times(dimension, (at) => (at === place ? length : 0));

describe('vectors that point elsewhere', () => {
  it('drift whatever two of their dimensions changed places', () => {
    for (const dimension of [2, 3, 5, 8]) {
      for (let one = 0; one < dimension; one += 1) {
        for (let other = 0; other < dimension; other += 1) {
          if (one === other) continue;
          const side = (often: number, seldom: number): number[][] =>
            times(500, (at) => unit(dimension, at % 10 === 0 ? seldom : often));
          const stats = compare(side(one, other), side(other, one));
          expect(stats.drifted).toEqual(['v']);
          expect(stats.select({ statistic: 'direction' })[0]?.location).toMatch(/^dimension \d$/);
        }
      }
    }
  });

  it('drift where lengths vary, and where few turned', () => {
    const along = (place: number): number[][] => times(1000, (at) => unit(3, place, at + 1));
    const stats = compare(along(0), along(1));
    expect(stats.drift).toBe(true);
    expect(describeMovement(stats, stats.summary()[0]!)).toMatch(/^dimension \d/);
    const some = times(1000, (at) => unit(3, at % 20 === 0 ? 1 : 0, at + 1));
    expect(compare(along(0), some).drift).toBe(true);
    expect(compare(along(0), along(0)).drift).toBe(false);
    const opposite = times(1000, (at) => unit(1, 0, at % 2 ? 1 : -1));
    expect(
      compare(
        opposite,
        times(1000, () => [1]),
      ).drift,
    ).toBe(true);
  });

  it('are not compared where nothing could have been seen', () => {
    const same = times(100, () => [1, 2, 3]);
    expect(compare(same, same).drift).toBe(false);
  });

  const laws: Record<string, (random: Random) => number[]> = {
    'rare classes': (random) => unit(3, random() < 0.97 ? 0 : 1 + Number(random() >= 0.5)),
    'even classes': (random) => unit(6, Math.floor(6 * random())),
    'two classes': (random) => unit(2, random() < 0.9 ? 0 : 1),
    clouds: (random) => times(16, () => randomNormal(random) + 0.5),
    'clouds along one line': (random) => [1 + randomNormal(random) / 10, 1, 1],
    scalars: (random) => [randomNormal(random)],
    'zeros among them': (random) => (random() < 0.9 ? [0, 0] : [randomNormal(random), 1]),
  };
  it.each(Object.keys(laws))('hold the level: %s', (name) => {
    const law = laws[name] as (random: Random) => number[];
    for (const [n, m] of [
      [60, 60],
      [1000, 40],
      [50, 500],
    ] as const) {
      let found = 0;
      for (let seed = 1; seed <= 40; seed += 1) {
        const random = seededRandom(seed * 101 + n);
        if (
          compare(
            times(n, () => law(random)),
            times(m, () => law(random)),
          ).drift
        )
          found += 1;
      }
      // Of 40 two are expected; the upper end of the binomial interval at 99.9 %.
      expect(found).toBeLessThanOrEqual(7);
    }
  });
});

describe('directionTest', () => {
  it('errs upwards against all exchanges of the vectors', () => {
    const random = seededRandom(7);
    const pool = times(40, (at) => (at < 34 ? unit(3, 0) : unit(3, 1 + (at % 2))));
    const meanOf = (vectors: number[][]): number[] =>
      times(
        3,
        (place) =>
          vectors.reduce((sum, vector) => sum + (vector[place] as number), 0) / vectors.length,
      );
    const ps = times(4000, () => {
      const mixed = pool.map((vector) => ({ vector, key: random() })).sort((a, b) => a.key - b.key);
      const vectors = mixed.map(({ vector }) => vector);
      const first = meanOf(vectors.slice(0, 25));
      const second = meanOf(vectors.slice(25));
      return directionTest({ first, second, n: 25, m: 15 }).pValue;
    });
    for (const level of [0.1, 0.05, 0.01]) {
      expect(ps.filter((p) => p <= level).length / ps.length).toBeLessThanOrEqual(level * 1.2);
    }
  });
});
