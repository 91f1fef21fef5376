import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { exceedancePValue } from '../../src/stats/exceedance.js';
import { chanceOfAll } from '../../src/stats/hypergeometric.js';
import { leastUnseenPValue, unseenPValue } from '../../src/stats/unseen.js';
import {
  chiSquareTest,
  cramersV,
  energyDistance,
  fisherExactTest,
  gTest,
  klotzTest,
  ksPValue,
  leveneTest,
  mannWhitneyTest,
  specialFunctions,
  waerdenTest,
  wassersteinDistance,
  welchTest,
} from '../../src/stats.js';

/** C(n, k), exactly. */
function choose(n: number, k: number): bigint {
  let ways = 1n;
  for (let taken = 1; taken <= k; taken += 1) ways = (ways * BigInt(n - k + taken)) / BigInt(taken);
  return ways;
}

/** A quotient of two numbers that no double may hold. */
function quotient(top: bigint, bottom: bigint): number {
  const digits = 1200n;
  const scaled = (top << digits) / bottom;
  const shift = Math.max(0, scaled.toString(2).length - 64);
  return Number(scaled >> BigInt(shift)) * 2 ** (shift - 600) * 2 ** -600;
}

/** P(count ≤ seen) and P(count ≥ seen) of `ones` among n of n + m values, counted. */
function tailsOf(
  seen: number,
  ones: number,
  n: number,
  m: number,
): readonly [lower: number, upper: number] {
  let lower = 0n;
  let upper = 0n;
  for (let count = Math.max(0, ones - m); count <= Math.min(ones, n); count += 1) {
    const ways = choose(ones, count) * choose(n + m - ones, n - count);
    if (count <= seen) lower += ways;
    if (count >= seen) upper += ways;
  }
  const all = choose(n + m, n);
  return [quotient(lower, all), quotient(upper, all)];
}

const flags = (ones: number, rows: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, at) => +(at < ones));

/** The longest that a call may take, ms; machines are shared. */
const MOMENT = 1000;
function timed<T>(compute: () => T): T {
  const from = performance.now();
  const result = compute();
  expect(performance.now() - from).toBeLessThan(MOMENT);
  return result;
}

describe('numbers of arrangements that no double can hold', () => {
  it.each([
    [100, 1000, 333, 333],
    [100, 1000, 40, 333],
    [500, 1000, 560, 1000],
    [0, 1500, 10, 1500],
    [3, 2000, 0, 2048],
    [1, 2, 1000, 2000],
  ])('give %i of %i against %i of %i its share of all splits', (a, n, b, m) => {
    const x = flags(a, n);
    const y = flags(b, m);
    const [lower, upper] = tailsOf(a, a + b, n, m);
    for (const { pLower, pUpper, pValue } of [waerdenTest(x, y)]) {
      expect(Math.abs(pLower / lower - 1)).toBeLessThan(1e-9);
      expect(Math.abs(pUpper / upper - 1)).toBeLessThan(1e-9);
      expect(pValue).toBeCloseTo(Math.min(1, 2 * Math.min(lower, upper)), 9);
    }
    // Two values: what the squared scores say is the same, or its opposite.
    expect(Number.isFinite(klotzTest(x, y).pValue)).toBe(true);
    const table = [
      [a, n - a],
      [b, m - b],
    ];
    expect(
      Math.abs(fisherExactTest(table, { alternative: 'less' }).pValue / lower - 1),
    ).toBeLessThan(1e-9);
    expect(
      Math.abs(fisherExactTest(table, { alternative: 'greater' }).pValue / upper - 1),
    ).toBeLessThan(1e-9);
  });

  it('agree with SciPy where p-values are far out', () => {
    expect(
      Math.abs(
        fisherExactTest([
          [100, 900],
          [333, 0],
        ]).pValue /
          2.862e-224 -
          1,
      ),
    ).toBeLessThan(0.01);
    expect(waerdenTest(flags(100, 1000), flags(333, 333)).pValue).toBeLessThan(1e-200);
  });

  it('have a p-value for every share of ones on either side', () => {
    for (let a = 0; a <= 1024; a += 64) {
      for (let b = 0; b <= 1500; b += 60) {
        const { pLower, pUpper } = waerdenTest(flags(a, 1024), flags(b, 1500));
        expect(pLower + pUpper).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(Math.max(pLower, pUpper)).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe('counts up to 2⁵³', () => {
  const SIZES = [0, 1, 7, 1e3, 1e6, 1e9, 1e12, 1e15, 2 ** 53];

  it('have finite p-values in a moment, in every table of two rows', () => {
    for (const a of SIZES)
      for (const b of SIZES)
        for (const c of SIZES)
          for (const d of [0, 5, 1e10, 2 ** 53]) {
            const table = [
              [a, b],
              [c, d],
            ];
            const sum = a + b + c + d;
            if (sum === 0) continue;
            const { pValue } = timed(() => fisherExactTest(table));
            expect(pValue).toBeGreaterThanOrEqual(0);
            expect(pValue).toBeLessThanOrEqual(1);
            for (const midP of [false, true]) {
              const tested = timed(() => chiSquareTest(table, { method: 'conditional', midP }));
              expect(
                Number.isFinite(tested.statistic) && tested.pValue >= 0 && tested.pValue <= 1,
              ).toBe(true);
            }
            expect(Number.isFinite(gTest(table).statistic)).toBe(true);
          }
  });

  it('have them in tables of more columns, of which some are small', () => {
    for (const a of SIZES)
      for (const b of SIZES) {
        const table = [
          [5, 5, 3, a],
          [b, 1e12, 1e12, 2],
        ];
        const { pValue } = timed(() => chiSquareTest(table, { method: 'conditional' }));
        expect(pValue >= 0 && pValue <= 1).toBe(true);
        expect(Number.isFinite(cramersV(table))).toBe(true);
      }
  });

  it('have the p-values that 40-digit arithmetic gives', () => {
    // Integrated with mpmath 1.3 over the hypergeometric law.
    const greater = (table: number[][]) =>
      fisherExactTest(table, { alternative: 'greater' }).pValue;
    expect(
      Math.abs(
        greater([
          [1e9, 2e9],
          [1e9 + 5, 2e9],
        ]) /
          0.5000473437651427 -
          1,
      ),
    ).toBeLessThan(1e-8);
    expect(
      Math.abs(
        greater([
          [1e9 + 6e5, 2e9],
          [1e9, 2e9],
        ]) /
          3.241453292557936e-28 -
          1,
      ),
    ).toBeLessThan(1e-8);
    expect(
      Math.abs(
        greater([
          [1e15 + 6e8, 2e15],
          [1e15, 2e15],
        ]) /
          3.163111624746661e-28 -
          1,
      ),
    ).toBeLessThan(1e-6);
  });

  it('are refused, with their place, beyond', () => {
    expect(() =>
      fisherExactTest([
        [1e300, 1],
        [1, 1],
      ]),
    ).toThrow(/table\[0\]\[0\] must be a count of 0 … 2\^53/);
  });

  it('take no longer where they are sizes of samples', () => {
    for (const n of [1, 2, 1e3, 1e9, 1e15])
      for (const m of [1, 3, 1e6, 1e9 + 1, 2 ** 53]) {
        for (const d of [0, 1e-15, 1e-9, 0.01, 1])
          expect(timed(() => ksPValue(d, n, m))).toBeLessThanOrEqual(1);
        for (const outside of [1, 100, 1e8])
          expect(timed(() => exceedancePValue(outside, n, m))).toBeLessThanOrEqual(1);
        for (const size of [1, 65, 1e8])
          expect(timed(() => chanceOfAll(size, n, m))).toBeLessThanOrEqual(1);
        const sizes = new Map([
          [1, 10],
          [1e7, 3],
        ]);
        expect(timed(() => unseenPValue(12, sizes, n, m))).toBeLessThanOrEqual(1);
        expect(timed(() => leastUnseenPValue(sizes, n, m))).toBeLessThanOrEqual(1);
      }
    for (const n of [1e5, 1e9, 1e15, 1e300])
      for (const z of [1e-6, 0.1, 1, 5]) {
        const pValue = timed(() => specialFunctions.ksOneSidedSf(z / Math.sqrt(n), n));
        expect(
          Math.abs(pValue / Math.exp(-2 * z * z - (2 * z) / 3 / Math.sqrt(n)) - 1),
        ).toBeLessThan(1e-2);
        expect(timed(() => specialFunctions.ksTwoSidedSf(z / Math.sqrt(n), n))).toBeLessThanOrEqual(
          1,
        );
      }
    expect(timed(() => specialFunctions.chiSquareSf(1e15, 1e15))).toBeCloseTo(0.5, 6);
  });
});

describe('the exceedance test', () => {
  it('is the share of all splits', () => {
    for (const [outside, n, m] of [
      [1, 3, 4],
      [2, 5, 4],
      [4, 2, 4],
      [3, 30, 200],
    ] as const) {
      let extreme = 0n;
      for (let count = outside; count <= m; count += 1) {
        extreme += BigInt(count + 1) * choose(n + m - count - 2, n - 2);
      }
      expect(exceedancePValue(outside, n, m)).toBeCloseTo(quotient(extreme, choose(n + m, n)), 12);
    }
  });
});

describe('values at the ends of a double', () => {
  const likelihoods = Float64Array.from({ length: 300 }, (_, at) => Math.exp(-735 - at / 30));
  const subnormal = Float64Array.from({ length: 300 }, (_, at) => (at + 1) * 5e-324);
  const huge = Float64Array.from(
    { length: 300 },
    (_, at) => (at % 2 === 0 ? 1 : -1) * (1e308 + at * 1e305),
  );
  const samples = { likelihoods, subnormal, huge, ordinary: Float64Array.from([1, 2, 3, 5, 8]) };

  it.each(Object.entries(samples))('have the same tests as ordinary ones: %s', (_, x) => {
    for (const y of Object.values(samples)) {
      for (const test of [welchTest, leveneTest, mannWhitneyTest, waerdenTest, klotzTest]) {
        const { statistic, pValue } = test(x, y);
        expect(Number.isNaN(statistic)).toBe(false);
        expect(pValue >= 0 && pValue <= 1).toBe(true);
      }
      expect(Number.isFinite(wassersteinDistance(x, y))).toBe(true);
      expect(Number.isFinite(energyDistance(x, y))).toBe(true);
    }
  });

  it('do not change with their unit', () => {
    const small = Float64Array.from({ length: 50 }, (_, at) => 1 + at * at);
    const other = Float64Array.from({ length: 40 }, (_, at) => 9 + at * 40);
    const scaled = (values: Float64Array, factor: number) => values.map((value) => value * factor);
    for (const factor of [2 ** -1000, 2 ** 1000]) {
      const x = scaled(small, factor);
      const y = scaled(other, factor);
      expect(welchTest(x, y)).toEqual(welchTest(small, other));
      expect(leveneTest(x, y)).toEqual(leveneTest(small, other));
      expect(wassersteinDistance(x, y) / factor).toBeCloseTo(wassersteinDistance(small, other), 9);
      expect(energyDistance(x, y) / Math.sqrt(factor)).toBeCloseTo(energyDistance(small, other), 9);
    }
  });
});
