import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { type Random, randomNormal, seededRandom } from '../../src/leaves/random.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { compareTables, drifts, type Law, tableOf } from './simulate.js';

const times = <T>(count: number, value: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => value(at));

describe('a sentinel outside of the range', () => {
  const hours = (every: number) => ({
    hour: times(5000, (at) => (every > 0 && at % every === 7 ? 99 : (at * 7) % 24)),
  });

  it('drifts where the evidence is strongest', () => {
    const stats = compareTables(hours(0), hours(100));
    expect(stats.drifted).toEqual(['hour']);
    expect(compareTables(hours(0), hours(0)).drift).toBe(false);
  });

  const laws: Record<string, Law> = {
    integers: (random) => 1 + Math.floor(24 * random()),
    'half steps': (random) => 1 + Math.floor(40 * random()) / 2,
    floats: (random) => 30 + 5 * randomNormal(random),
    skewed: (random) => Math.exp(randomNormal(random)),
  };
  it.each(Object.keys(laws))('drifts at 0.5 % of rows and more, in %s', (name) => {
    const law = laws[name] as Law;
    const before = tableOf([law], 5000, 1);
    const now = tableOf([law], 5000, 2);
    const baseline = profileTable(before);
    for (const sentinel of [-1, 99, 999, 1e9]) {
      for (const every of [200, 100, 10]) {
        const c0 = now.c0!.map((value, at) => (at % every === 7 ? sentinel : value));
        expect(compareProfiles(baseline, profileTable({ c0 })).drifted).toEqual(['c0']);
      }
    }
  });

  it.each([5000, 20_000, 50_000])(
    'drifts where the evidence is overwhelming, from the gate on: %i rows',
    (rows) => {
      // 0.3 % of the rows, of which a sketch of so many knows the share to a third.
      const ages = (sentinel: number | undefined) => ({
        c: times(rows, (at) =>
          sentinel !== undefined && at % 333 === 7 ? sentinel : 18 + ((at * 7) % 60),
        ),
      });
      const baseline = profileTable(ages(undefined));
      for (const sentinel of [-1, 0, 99, 120, 999, 9999, -9999]) {
        expect(compareProfiles(baseline, profileTable(ages(sentinel))).drifted).toEqual(['c']);
      }
      expect(compareProfiles(baseline, profileTable(ages(undefined))).drift).toBe(false);
    },
  );

  it.each([0.003, 0.0022])(
    'drifts at a share of %f of 200,000 rows, in each of 14 draws',
    (share) => {
      // The sketch alone knows such a share to a third or worse, and missed one draw in nine at .003, three in five at .0022.
      for (let draw = 1; draw <= 14; draw += 1) {
        const random = seededRandom(draw);
        const column = (sentinels: number) => ({
          c: Float64Array.from({ length: 200_000 }, () =>
            random() < sentinels ? -999 : 30 + 5 * randomNormal(random),
          ),
        });
        const baseline = profileTable(column(0));
        expect(compareProfiles(baseline, profileTable(column(share))).drifted).toEqual(['c']);
      }
    },
  );

  it('does not count below the gate', () => {
    const side = (every: number) => ({
      c: times(200_000, (at) => (at % every === 7 ? 99 : at % 24)),
    });
    expect(compareTables(side(1e9), side(2000)).drift).toBe(false);
  });

  it('drifts at half a million rows too', () => {
    const random = seededRandom(5);
    const values = times(500_000, () => Math.floor(24 * random()));
    const baseline = profileTable({ c: values });
    const now = values.map((value, at) => (at % 200 === 7 ? 99 : value));
    expect(compareProfiles(baseline, profileTable({ c: now })).drifted).toEqual(['c']);
  });
});

describe('the level of numbers whose greatest varies', () => {
  const poisson =
    (mean: number): Law =>
    (random) => {
      let count = 0;
      let product = random();
      for (; product > Math.exp(-mean); product *= random()) count += 1;
      return count;
    };
  const geometric = (random: Random): number => Math.floor(Math.log(1 - random()) / Math.log(0.8));
  it.each([
    ['Poisson counts', poisson(3), 500, 500],
    ['rare Poisson counts', poisson(0.3), 200, 1000],
    ['Zipf counts', (random) => Math.floor(Math.exp(8 * random())), 300, 300],
    ['Pareto counts', (random) => Math.floor(1 / (1 - random())), 1000, 100],
    ['half steps', (random) => Math.round(8 + 4 * randomNormal(random)) / 2, 400, 400],
  ] as [string, Law, number, number][])('holds: %s', (_, law, rows, window) => {
    const pair = (seed: number) =>
      [tableOf([law], rows, 2 * seed), tableOf([law], window, 2 * seed + 1)] as const;
    // Of 300 tables 15 are expected; the upper end of the binomial interval at 99.9 %.
    expect(drifts(300, pair)).toBeLessThanOrEqual(28);
  });

  it.each([
    ['Poisson counts', poisson(3), 5000, 5000],
    ['geometric counts', geometric, 3000, 6000],
    ['Zipf counts', (random) => Math.floor(Math.exp(8 * random())), 5000, 5000],
    ['Pareto counts', (random) => Math.floor(1 / (1 - random())), 20_000, 3000],
    ['zeros and normal', (random) => (random() < 0.5 ? 0 : randomNormal(random)), 4000, 4000],
    ['floats', randomNormal, 5000, 5000],
  ] as [string, Law, number, number][])(
    'holds where a sketch is not exact: %s',
    (_, law, rows, window) => {
      const pair = (seed: number) =>
        [tableOf([law], rows, 2 * seed), tableOf([law], window, 2 * seed + 1)] as const;
      // Of 400 tables 20 are expected; the upper end of the binomial interval at 99.9 %.
      expect(drifts(400, pair)).toBeLessThanOrEqual(35);
    },
  );

  it('holds for repeated values against one baseline of half a million rows', () => {
    const law = (random: Random): number => (random() < 0.9 ? 0 : 1 + geometric(random));
    const random = seededRandom(3);
    const baseline = profileTable({ c: times(500_000, () => law(random)) });
    let found = 0;
    for (let window = 0; window < 150; window += 1) {
      if (compareProfiles(baseline, profileTable({ c: times(300, () => law(random)) })).drift)
        found += 1;
    }
    // With the sketch's error left out of single counts, 40 drifted.
    expect(found).toBeLessThanOrEqual(17);
  });
});
