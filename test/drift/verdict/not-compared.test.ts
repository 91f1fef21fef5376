import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../../src/drift/compare-profiles.js';
import { DriftStats } from '../../../src/drift/drift-stats.js';
import { explainColumn } from '../../../src/drift/explain.js';
import { describeVerdict } from '../../../src/drift/show/describe-drift.js';
import type { Statistic } from '../../../src/drift/statistics/statistic.js';
import { randomNormal, seededRandom } from '../../../src/leaves/random.js';
import { profileTable, type Table } from '../../../src/profile/profile-table.js';
import { comparisonJson } from '../../../src/report/json.js';
import { renderMarkdown } from '../../../src/report/markdown.js';
import { compareTables, tableOf } from '../simulate.js';

const times = <T>(count: number, value: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => value(at));
const flags = (ones: number, rows: number): number[] => times(rows, (at) => (at < ones ? 1 : 0));

describe('columns of two numbers', () => {
  it('have a p-value whatever the shares, and drift where these moved', () => {
    for (const rows of [400, 1000, 1500, 2048])
      for (const before of [0, 0.1, 0.5])
        for (const now of [0, 0.1, 0.4, 0.9, 1]) {
          const stats = compareTables(
            { c: flags(Math.round(before * rows), rows) },
            { c: flags(Math.round(now * 333), 333) },
          );
          for (const { pValue, score } of stats.rows) {
            expect(Number.isNaN(pValue) || Number.isNaN(score)).toBe(false);
          }
          expect(stats.drift).toBe(Math.abs(before - now) > 0.01);
        }
  });

  it('are not judged by spread, which is location in disguise', () => {
    const stats = compareTables({ c: flags(100, 1000) }, { c: flags(160, 1000) });
    expect(stats.drift).toBe(true);
    expect(stats.select({ statistic: 'klotz' })[0]?.drift).toBe(false);
  });
});

describe('columns that nothing could be tested of', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 1],
    [8, 1],
  ])('are not compared where a few names gave way to others: %i rows against %i', (before, now) => {
    for (const [one, other] of [
      ['x', 'y'],
      [true, false],
    ]) {
      const stats = compareTables({ a: times(before, () => one) }, { a: times(now, () => other) });
      expect(stats.verdict).toBe('none');
      expect(stats.notCompared).toEqual([
        { column: 'a', outcome: 'too-few', reason: 'too few values' },
      ]);
    }
  });

  it('are named where all of their values are nested too deep', () => {
    const nested = (from: number): object[] =>
      times(400, (at) => ({ z: at % 7, a: { b: { c: { d: { e: { f: (at % 50) + from } } } } } }));
    const stats = compareProfiles(
      profileTable(nested(0) as never),
      profileTable(nested(50) as never),
    );
    expect(stats.notCompared.map(({ column }) => column)).toEqual(['a.b.c.d.e']);
  });

  const constant = (columns: number): Table =>
    Object.fromEntries(times(columns, (at) => [`k${at}`, times(200, () => at)]));
  const missing = (columns: number): Table =>
    Object.fromEntries(times(columns, (at) => [`m${at}`, times(200, () => null)]));

  it('never drift against themselves, however many they are', () => {
    for (const columns of [1, 2, 20, 30, 60]) {
      for (const table of [constant(columns), missing(columns)])
        expect(compareTables(table, table).drift).toBe(false);
      for (const testable of [1, 2, 3]) {
        const own = tableOf(
          times(testable, () => randomNormal),
          200,
          testable,
        );
        const table = { ...constant(columns), ...missing(columns), ...own };
        expect(compareTables(table, table).drift).toBe(false);
      }
    }
  });

  it('neither take from a testable column nor give to it', () => {
    const random = seededRandom(7);
    const before = { c: times(200, () => randomNormal(random)) };
    const now = { c: times(200, () => randomNormal(random) + 0.3) };
    const alone = compareTables(before, now);
    for (const columns of [1, 20, 100]) {
      const beside = { ...constant(columns), ...missing(columns) };
      const stats = compareTables({ ...before, ...beside }, { ...now, ...beside });
      expect(stats.select({ column: 'c', statistic: 'mean' })[0]?.pValue).toBe(
        alone.select({ column: 'c', statistic: 'mean' })[0]?.pValue,
      );
      expect(stats.drifted).toEqual(alone.drifted);
    }
  });
});

describe('a comparison of which nothing is known', () => {
  const empty = { a: times(50, () => null), b: times(50, () => null) };

  it('has no verdict, and says so everywhere', () => {
    const stats = compareTables(empty, empty);
    expect(stats).toMatchObject({ drift: false, verdict: 'none', compared: [] });
    expect(stats.notCompared).toEqual([
      { column: 'a', outcome: 'all-missing', reason: 'all missing' },
      { column: 'b', outcome: 'all-missing', reason: 'all missing' },
    ]);
    const words =
      'No verdict: nothing could be compared. 2 columns were not compared: a (all missing) and b (all missing).';
    expect(describeVerdict(stats)).toBe(words);
    expect(`${stats}`).toContain(words);
    expect(comparisonJson(stats)).toMatchObject({ verdict: 'none', words });
    expect(renderMarkdown({ title: 't', stats })).toMatch(/^## ❔ t[\s\S]*### Not compared/);
    expect(DriftStats.fromJSON(JSON.parse(JSON.stringify(stats)))).toMatchObject({
      verdict: 'none',
      compared: [],
    });
    expect(DriftStats.none().verdict).toBe('none');
  });

  it('is one of so few rows that no test could reach the level', () => {
    expect(compareTables({ a: [1, 2, 3] }, { a: [7, 8, 9] })).toMatchObject({
      drift: false,
      verdict: 'none',
    });
    expect(compareTables({ a: ['x'] }, { a: ['x'] })).toMatchObject({
      drift: false,
      verdict: 'none',
    });
    const ten = { a: times(10, (at) => at) };
    expect(compareTables(ten, ten)).toMatchObject({ drift: false, verdict: 'no drift' });
  });

  it('is told beside what was compared', () => {
    const numbers = times(50, (at) => (at * 37) % 50);
    const stats = compareTables({ ...empty, c: numbers }, { ...empty, c: numbers, d: numbers });
    expect(stats).toMatchObject({ verdict: 'no drift', compared: ['c'] });
    expect(describeVerdict(stats)).toBe(
      'No drift in 1 column. 3 columns were not compared: a (all missing), b (all missing) and d (new).',
    );
    const ignored = compareProfiles(profileTable({ c: numbers }), profileTable({ c: numbers }), {
      columns: { c: { ignore: true } },
    });
    expect(ignored).toMatchObject({
      verdict: 'none',
      notCompared: [{ column: 'c', outcome: 'ignored' }],
    });
  });
});

describe('a statistic that gives no number', () => {
  const numbers = times(100, (at) => (at * 37) % 100);
  const broken = (compare: () => unknown): Statistic => ({
    key: 'broken',
    families: ['numeric'],
    decides: true,
    compare: compare as Statistic['compare'],
  });
  const compareWith = (compare: () => unknown, decide?: string) =>
    compareProfiles(profileTable({ c: numbers }), profileTable({ c: numbers }), {
      statistics: [broken(compare)],
      ...(decide !== undefined && { columns: { c: { decide } } }),
    });
  const sound = {
    metric: 1,
    score: 0.5,
    pValue: 0.5,
    location: null,
    baseline: 1,
    current: 1,
    matters: true,
  };
  const failures: [string, () => unknown][] = [
    ['NaN', () => ({ ...sound, pValue: Number.NaN })],
    ['an infinite metric', () => ({ ...sound, metric: Number.POSITIVE_INFINITY })],
    ['a score of 2', () => ({ ...sound, score: 2 })],
    ['a negative p-value', () => ({ ...sound, pValue: -0.1 })],
    ['a reach of NaN', () => ({ ...sound, reach: Number.NaN })],
    [
      'an error',
      () => {
        throw new Error('out of reach');
      },
    ],
  ];

  it.each(failures)('is named beside the verdict of the others: %s', (_, compare) => {
    const stats = compareWith(compare);
    expect(stats.verdict).toBe('no drift');
    expect(stats.select({ statistic: 'broken' })[0]).toMatchObject({
      outcome: 'not-computed',
      drift: false,
    });
    expect(stats.failed).toMatchObject([{ column: 'c', statistic: 'broken' }]);
    expect(describeVerdict(stats)).toMatch(
      /^No drift in 1 column\. 1 statistic was not computed: broken of c \(/,
    );
  });

  it.each(failures)('leaves a column that it alone decides without a verdict: %s', (_, compare) => {
    const stats = compareWith(compare, 'broken');
    expect(stats).toMatchObject({ drift: false, verdict: 'none' });
    expect(stats.notCompared).toMatchObject([{ column: 'c', outcome: 'not-computed' }]);
    expect(stats.describe()[0]).toMatchObject({
      outcome: 'not-computed',
      error: expect.stringMatching(/^broken: /),
    });
    expect(explainColumn(stats, 'c')).toMatchObject({
      outcome: 'not-computed',
      what: expect.stringMatching(/^could not be compared: broken: /),
    });
  });
});

describe('values at the ends of a double', () => {
  const columns = {
    likelihoods: times(300, (at) => Math.exp(-735 - at / 30)),
    subnormal: times(300, (at) => (at + 1) * 5e-324),
    huge: times(300, (at) => (at % 2 === 0 ? 1 : -1) * (1e308 + at * 1e305)),
    spread: times(300, (at) => [5e-324, 1e308, -1e308, 0, 1][at % 5] as number),
    squares: times(300, (at) => 1e160 * Math.sin(at)),
  };

  it.each(Object.entries(columns))('are compared, described and drawn: %s', (_, values) => {
    const stats = compareTables({ c: values }, { c: values });
    expect(stats).toMatchObject({ verdict: 'no drift', failed: [] });
    for (const kind of ['dist', 'hist', 'box'] as const) {
      expect(stats.plot({ column: 'c', kind })).not.toMatch(/NaN|Infinity/);
    }
    const { mean, standardDeviation } = stats.describe()[0]!.baseline;
    expect(Number.isFinite(mean)).toBe(true);
    expect(standardDeviation).toBeGreaterThan(0);
    for (const other of Object.values(columns)) {
      const moved = compareTables({ c: values }, { c: other });
      expect(moved.drift).toBe(other !== values);
      expect(moved.failed).toEqual([]);
    }
  });
});
