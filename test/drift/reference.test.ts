import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { profileTable } from '../../src/profile/profile-table.js';

const directory = new URL('../../../shared/reference/', import.meta.url);
const present = existsSync(directory);
if (!present && process.env.CI) throw new Error('the reference vectors must be there in CI');
if (!present) console.warn('skipped: no reference vectors beside the repository');

interface TwoSampleCase {
  readonly x: number[];
  readonly y: number[];
  readonly expected: {
    readonly ks: { readonly statistic: number; readonly locations: number[] };
    readonly wasserstein: number;
  };
}

describe.skipIf(!present)('a comparison of exact profiles', () => {
  const { cases } = JSON.parse(readFileSync(new URL('two_sample.json', directory), 'utf8')) as {
    cases: TwoSampleCase[];
  };
  const exact = cases.filter(({ x, y }) => x.length <= 2048 && y.length <= 2048);

  it(`gives SciPy's Kolmogorov–Smirnov and Wasserstein distances on ${exact.length} pairs of samples`, () => {
    expect(exact.length).toBeGreaterThan(50);
    for (const { x, y, expected } of exact) {
      const stats = compareProfiles(profileTable({ a: x }), profileTable({ a: y }));
      const [ks] = stats.select({ statistic: 'ks' });
      const [wasserstein] = stats.select({ statistic: 'wasserstein' });
      expect(Math.abs(ks!.metric - expected.ks.statistic)).toBeLessThan(1e-12);
      if (expected.ks.statistic > 0) expect(expected.ks.locations).toContain(ks!.location);
      const scale = Math.max(1e-3, Math.abs(expected.wasserstein));
      expect(Math.abs(wasserstein!.metric - expected.wasserstein) / scale).toBeLessThan(1e-9);
    }
  });
});
