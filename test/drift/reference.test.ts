import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import type { DriftStats } from '../../src/drift/drift-stats.js';
import type { StatisticKey } from '../../src/drift/statistics/statistic.js';
import { profileTable } from '../../src/profile/profile-table.js';

const directory = new URL('../../../shared/reference/', import.meta.url);
const present = existsSync(directory);
if (!present && process.env.CI) throw new Error('the reference vectors must be there in CI');
if (!present) console.warn('skipped: no reference vectors beside the repository');

const casesOf = <T>(file: string): T[] =>
  (JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as { cases: T[] }).cases;

const metric = (stats: DriftStats, statistic: StatisticKey): number =>
  stats.select({ statistic })[0]!.metric;

/** Equal to a relative 1e-9, or an absolute 1e-12 near zero. */
function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
    Math.max(1e-12, 1e-9 * Math.abs(expected)),
  );
}

/** A column that has category i as often as counts[i] says. */
const column = (counts: readonly number[]): string[] =>
  counts.flatMap((count, index) => Array<string>(count).fill(`c${index}`));

interface TwoSampleCase {
  readonly x: number[];
  readonly y: number[];
  readonly shape: string;
  readonly expected: {
    readonly ks: { readonly statistic: number; readonly locations: number[] };
    readonly wasserstein: number;
  };
}
interface DivergenceCase {
  readonly p: number[];
  readonly q: number[];
  readonly expected: Readonly<Record<string, number>>;
}
interface ContingencyCase {
  readonly table: number[][];
  readonly expected: { readonly chi2: { readonly statistic: number } | null };
}

describe.skipIf(!present)('a comparison of exact profiles', () => {
  it("gives SciPy's Kolmogorov–Smirnov and Wasserstein distances", () => {
    const cases = casesOf<TwoSampleCase>('two_sample.json').filter(
      ({ x, y }) => x.length <= 2048 && y.length <= 2048,
    );
    expect(cases.length).toBeGreaterThan(50);
    for (const { x, y, expected } of cases) {
      const stats = compareProfiles(profileTable({ a: x }), profileTable({ a: y }));
      const [ks] = stats.select({ statistic: 'ks' });
      expectNear(ks!.metric, expected.ks.statistic);
      if (expected.ks.statistic > 0) expect(expected.ks.locations).toContain(ks!.location);
      expectNear(metric(stats, 'wasserstein'), expected.wasserstein);
    }
  });

  it("gives SciPy's Jensen–Shannon distance and the stated PSI of counts", () => {
    const whole = ({ p, q }: DivergenceCase): boolean =>
      [...p, ...q].every(Number.isInteger) &&
      p.reduce((a, b) => a + b) < 1e6 &&
      q.reduce((a, b) => a + b) < 1e6;
    // A profile knows no category that is empty on both sides, and takes many rare ones together.
    const seen = ({ p, q }: DivergenceCase): boolean =>
      p.every((count, index) => count + (q[index] as number) > 0);
    const cases = casesOf<DivergenceCase>('divergence.json').filter(
      (given) => whole(given) && seen(given),
    );
    expect(cases.length).toBeGreaterThan(10);
    for (const { p, q, expected } of cases) {
      const named = (counts: number[]) => profileTable({ a: column(counts) }, { catcols: ['a'] });
      const stats = compareProfiles(named(p), named(q));
      expectNear(metric(stats, 'jsd'), expected.js_distance_base2 as number);
      expectNear(metric(stats, 'psi'), expected['psi_floor_0.0001'] as number);
    }
  });

  it("gives SciPy's chi-square statistic of two windows", () => {
    const cases = casesOf<ContingencyCase>('contingency.json').filter(
      ({ table, expected }) =>
        table.length === 2 && expected.chi2 !== null && table.flat().reduce((a, b) => a + b) < 1e6,
    );
    expect(cases.length).toBeGreaterThan(10);
    let compared = 0;
    for (const { table, expected } of cases) {
      const [before, now] = table.map((counts) =>
        profileTable({ a: column(counts) }, { catcols: ['a'] }),
      );
      if (before!.rows === 0 || now!.rows === 0) continue;
      expectNear(metric(compareProfiles(before!, now!), 'chisq'), expected.chi2!.statistic);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(10);
  });
});
