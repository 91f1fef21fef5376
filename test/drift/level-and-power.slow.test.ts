import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { drifts, LAWS, type Law, repeated, tableOf } from './simulate.js';

/** Seeded, so each of these is a fact and no chance: bench/quality has many more cells with more repeats. */
const pairOf =
  (laws: readonly Law[], rows: readonly [number, number], change: Record<string, Law> = {}) =>
  (seed: number) => {
    const before = tableOf(laws, rows[0], 2 * seed);
    const changed = laws.map((law, index) => change[`c${index}`] ?? law);
    return [before, tableOf(changed, rows[1], 2 * seed + 1)] as const;
  };

describe('the level at .05', () => {
  const mixed = [LAWS.normal, LAWS.lognormal, LAWS.integers, LAWS.zeros, LAWS.few, LAWS.many];
  // Of 200 tables 10 are expected; the upper end of the binomial interval at 99.9 % is 21.
  it.each([
    ['one normal column', [LAWS.normal], [100, 100]],
    ['one normal column, ten times the baseline', [LAWS.normal], [1000, 100]],
    ['one column of 80 % zeros', [LAWS.zeros], [200, 200]],
    ['one column of integers, a tenth of the baseline', [LAWS.integers], [100, 1000]],
    ['one column of a thousand categories', [LAWS.many], [1000, 50]],
    ['twelve heavy-tailed columns', repeated(12, LAWS.heavy), [100, 100]],
    ['six columns of all sorts', mixed, [500, 100]],
    ['windows of twenty rows', mixed, [20, 20]],
  ] as [string, Law[], [number, number]][])('holds for %s', (_, laws, rows) => {
    expect(drifts(200, pairOf(laws, rows))).toBeLessThanOrEqual(21);
  });

  it('holds beyond what sketches hold exactly', () => {
    expect(drifts(60, pairOf(repeated(3, LAWS.normal), [8000, 4000]))).toBeLessThanOrEqual(9);
  });

  it('holds for columns that mostly have one value, in a window much smaller than the baseline', () => {
    // Before their rare values were too few for sums of scores and for correlations, 2.5 % drifted at .005.
    const near =
      (share: number): Law =>
      (random) =>
        random() < share ? 1 : Math.floor(10 * random());
    expect(drifts(400, pairOf([near(0.99), near(0.95)], [2000, 20]), 0.005)).toBeLessThanOrEqual(6);
  });

  it('holds at .001', () => {
    expect(drifts(300, pairOf(mixed, [200, 100]), 0.001)).toBeLessThanOrEqual(3);
  });
});

describe('the power at .05', () => {
  const shifted: Law = (random) => randomNormal(random) + 0.25;
  const stretched =
    (factor: number): Law =>
    (random) =>
      factor * randomNormal(random);
  const withNew: Law = (random) => (random() < 0.05 ? 'new' : LAWS.few(random));
  const half: Law = (random) => (random() < 0.5 ? null : randomNormal(random));

  it.each([
    [
      'a shift of .25 sd in one of 50 columns of 1,000 rows',
      50,
      [1000, 1000],
      LAWS.normal,
      shifted,
      20,
      18,
    ],
    [
      'a spread × 1.25 in one of 50 columns of 1,000 rows',
      50,
      [1000, 1000],
      LAWS.normal,
      stretched(1.25),
      20,
      19,
    ],
    [
      'a spread × 1.5 in one of 12 columns of 200 rows',
      12,
      [200, 200],
      LAWS.normal,
      stretched(1.5),
      100,
      93,
    ],
    [
      '5 % in an unseen category of one of 12 columns, 2,000 v 200',
      12,
      [2000, 200],
      LAWS.few,
      withNew,
      50,
      49,
    ],
    [
      '5 % in an unseen category of one of 12 columns, 200 v 200',
      12,
      [200, 200],
      LAWS.few,
      withNew,
      200,
      115,
    ],
    [
      'half of the values missing, in one of 12 columns of 200 rows',
      12,
      [200, 200],
      LAWS.normal,
      half,
      30,
      30,
    ],
    [
      'a column turned constant, one of 12, of 200 rows',
      12,
      [200, 200],
      LAWS.normal,
      () => 0.5,
      30,
      30,
    ],
    [
      'a column turned into names, one of 12, of 200 rows',
      12,
      [200, 200],
      LAWS.normal,
      LAWS.few,
      30,
      30,
    ],
  ] as [string, number, [number, number], Law, Law, number, number][])(
    'finds %s',
    (_, columns, rows, law, change, repeats, least) => {
      const found = drifts(repeats, pairOf(repeated(columns, law), rows, { c0: change }));
      expect(found).toBeGreaterThanOrEqual(least);
    },
  );

  it('finds a shift of half a standard deviation in one of 50 columns of 100 rows more often than Bonferroni could', () => {
    // Bonferroni with Kolmogorov–Smirnov finds .37.
    const half: Law = (random) => randomNormal(random) + 0.5;
    expect(
      drifts(150, pairOf(repeated(50, LAWS.normal), [100, 100], { c0: half })),
    ).toBeGreaterThanOrEqual(60);
  });

  it('finds a fifth more in one of thirty categories about as often as chi-square alone, though some are rare', () => {
    // Chi-square with moments given the margins finds .72 at .05; with as much say for unseen ones it was .63.
    const more: Law = (random) => (random() < 0.2 ? 'k1' : LAWS.zipf(random));
    expect(drifts(100, pairOf([LAWS.zipf], [2000, 200], { c0: more }))).toBeGreaterThanOrEqual(69);
  });

  it('finds a rare category gone as often as chi-square alone, though it may be a new one for all that the pooled rows tell', () => {
    // Chi-square alone finds .72; with the say that the test of unseen ones could not use .54.
    const five = [0.6, 0.85, 0.95, 0.99];
    const placeIn = (upTo: number[], at: number) => upTo.filter((edge) => edge < at).length;
    const law: Law = (random) => `k${placeIn(five, random())}`;
    const gone: Law = (random) => {
      const value = law(random);
      return value === 'k3' ? 'k0' : value;
    };
    expect(drifts(150, pairOf([law], [2000, 200], { c0: gone }))).toBeGreaterThanOrEqual(96);
  });

  it('finds Poisson counts off their grid', () => {
    const count: Law = (random) => {
      let counted = 0;
      let product = random();
      for (; product > Math.exp(-3); product *= random()) counted += 1;
      return counted;
    };
    const moved: Law = (random) => (count(random) as number) + 0.5;
    expect(drifts(30, pairOf(repeated(12, count), [150, 150], { c0: moved }))).toBe(30);
  });

  it('finds a correlation of .8 that turns into −.8, in 1,000 rows of 50 columns', () => {
    const side = (sign: number, seed: number) => {
      const table = tableOf(repeated(50, LAWS.normal), 1000, seed);
      const random = seededRandom(seed + 1000);
      table.c1 = table.c0!.map(
        (value) => sign * 0.8 * (value as number) + 0.6 * randomNormal(random),
      );
      return table;
    };
    expect(drifts(15, (seed) => [side(1, seed), side(-1, seed + 500)])).toBe(15);
  });
});
