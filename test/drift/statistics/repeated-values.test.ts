import { describe, expect, it } from 'vitest';
import { describeMovement } from '../../../src/drift/show/describe-drift.js';
import { type Random, randomNormal } from '../../../src/leaves/random.js';
import { chiSquareTest } from '../../../src/stats/chi-square.js';
import { compareTables, drifts, LAWS, type Law, repeated, tableOf } from '../simulate.js';

const tables = (law: Law, changed: Law, columns: number, rows: number) => (seed: number) => {
  const laws = repeated(columns, law);
  return [
    tableOf(laws, rows, 2 * seed),
    tableOf([changed, ...laws.slice(1)], rows, 2 * seed + 1),
  ] as const;
};
const sum = (random: Random): number =>
  [1, 2, 3, 4, 5, 6].reduce((total) => total + (random() < 0.5 ? 1 : 0), 0);

describe('values that are often repeated', () => {
  it('are set against each other, and all others together', () => {
    const before = {
      c: [...repeated(40, 0), ...repeated(30, 1), ...Array.from({ length: 30 }, (_, at) => 2 + at)],
    };
    const now = {
      c: [
        ...repeated(20, 0),
        ...repeated(30, 1),
        ...Array.from({ length: 50 }, (_, at) => 2.5 + at),
      ],
    };
    const [row] = compareTables(before, now).select({ column: 'c', statistic: 'chisq' });
    const counts = [
      [40, 30, 30],
      [20, 30, 50],
    ];
    expect(row?.metric).toBeCloseTo(chiSquareTest(counts).statistic, 10);
    expect(row?.pValue).toBeCloseTo(
      chiSquareTest(counts, { method: 'conditional', midP: true }).pValue,
      10,
    );
    expect(row).toMatchObject({ location: 0, baseline: 0.4, current: 0.2 });
  });

  it('are no row where there are none', () => {
    const stats = compareTables(...tables(LAWS.normal, LAWS.normal, 1, 300)(1));
    expect(stats.select({ statistic: 'chisq' })).toEqual([]);
  });

  // Tests on ranks see 5 % of rows at one value in the middle of 300 only now and then.
  it('tell of a default that came up', () => {
    const withDefault: Law = (random) => (random() < 0.08 ? 0.5 : randomNormal(random));
    expect(drifts(40, tables(LAWS.normal, withDefault, 12, 300))).toBeGreaterThanOrEqual(38);
  });

  it('tell of integers that left their grid', () => {
    expect(
      drifts(
        20,
        tables(sum, (random) => sum(random) + 0.5, 12, 100),
      ),
    ).toBe(20);
  });

  it.each([
    ['integers', sum, [100, 100]],
    ['integers, ten times the baseline', sum, [500, 50]],
    ['half zeros', (random) => (random() < 0.5 ? 0 : randomNormal(random)), [200, 200]],
    ['integers in sketches', LAWS.integers, [5_000, 3_000]],
  ] as [string, Law, [number, number]][])('hold the level: %s', (_, law, [rows, window]) => {
    const laws = repeated(3, law);
    const pair = (seed: number) =>
      [tableOf(laws, rows, 2 * seed), tableOf(laws, window, 2 * seed + 1)] as const;
    // Expected one in twenty; the upper end of the binomial interval at 99.9 %.
    const [repeats, most] = rows > 2_000 ? [60, 9] : [200, 21];
    expect(drifts(repeats, pair)).toBeLessThanOrEqual(most);
  });

  it('are told by their shares where the middle stays', () => {
    const withDefault: Law = (random) => (random() < 0.08 ? 0.5 : randomNormal(random));
    const stats = compareTables(...tables(LAWS.normal, withDefault, 2, 500)(3));
    const row = stats.select({ column: 'c0', statistic: 'mean' })[0]!;
    expect(describeMovement(stats, row)).toMatch(/^0.5 rose from 0 % to [\d.]+ % of rows$/);
    expect(describeMovement(stats, row, { values: false })).toMatch(
      /^one value rose from 0 % to [\d.]+ % of rows$/,
    );
  });
});
