import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../../src/drift/compare-profiles.js';
import { DriftStats } from '../../../src/drift/drift-stats.js';
import { seededRandom } from '../../../src/leaves/random.js';
import { profileTable } from '../../../src/profile/profile-table.js';

const CITIES = ['north', 'south', 'east', 'west'];

/** Rows of four cities, equally many; in `moved` wind is higher by `shift`. */
function table(rows: number, seed: number, moved = '', shift = 0) {
  const random = seededRandom(seed);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: rows }, (_, row) => {
    const city = CITIES[row % 4] as string;
    return { X_city: city, X_wind: normal() + (city === moved ? shift : 0), X_rain: normal() };
  });
}
const profile = (rows: number, seed: number, moved?: string, shift?: number) =>
  profileTable(table(rows, seed, moved, shift), { groupby: 'X_city' });

describe('segments', () => {
  it('are judged one by one: what moves in one of four and not by much in the whole is found there', () => {
    const stats = compareProfiles(profile(4_000, 1), profile(800, 2, 'north', 0.6), {
      falseAlarmRate: 0.01,
    });
    expect(stats.driftedSegments).toEqual(['north']);
    expect(stats.drift).toBe(true);
    expect(stats.segments.get('north')?.drifted).toEqual(['X_wind']);
    expect(String(stats)).toMatch(/Drift in 1 of 4 segments: north \(X_wind\)/);
  });

  it('spend their part of the one rate of false alarms', () => {
    const tables = 400;
    let alarms = 0;
    for (let seed = 1; seed <= tables; seed += 1) {
      if (compareProfiles(profile(400, seed), profile(400, seed + 10_000)).drift) alarms += 1;
    }
    // Four standard errors above .05; without shares five tables at .05 each would give about .2.
    expect(alarms / tables).toBeLessThan(0.05 + 4 * Math.sqrt((0.05 * 0.95) / tables));
    expect(compareProfiles(profile(400, 1), profile(400, 2)).settings.falseAlarmRate).toBe(0.05);
  });

  it('with too few rows say nothing and take no share', () => {
    const baseline = profile(4_000, 1);
    const stats = compareProfiles(baseline, profile(100, 2), { minRows: 30 });
    expect(stats.segments.size).toBe(0);
    expect(stats.outcome).toBe('compared');
  });

  it('come back from JSON with their verdicts, and only those', () => {
    const before = profile(4_000, 1);
    const now = profile(800, 2, 'north', 1);
    const stats = compareProfiles(before, now);
    const read = DriftStats.fromJSON(JSON.parse(JSON.stringify(stats)), {
      baseline: before,
      current: now,
    });
    expect(read.drift).toBe(true);
    expect(read.driftedSegments).toEqual(stats.driftedSegments);
    expect(read.segments.get('north')?.current('X_wind').describe().mean).toBeGreaterThan(0.7);
    const whole = compareProfiles(
      profileTable(table(4_000, 1)),
      profileTable(table(800, 2, 'north', 1)),
    );
    expect(JSON.stringify(stats).length).toBeLessThan(3 * JSON.stringify(whole).length);
  });
});

describe('metrics', () => {
  const withMetric = (values: readonly number[], seed: number) => {
    const own = profileTable(table(400, seed));
    own.metrics = profileTable({ M_rmse: values });
    return own;
  };
  const around = (centre: number, count: number) =>
    Array.from({ length: count }, (_, i) => centre + (i % 5) / 100);

  it('are columns of kind metrics, judged by their own number of values', () => {
    const stats = compareProfiles(withMetric(around(0.5, 30), 1), withMetric(around(0.9, 30), 2));
    expect(stats.drifted).toEqual(['M_rmse']);
    const [row] = stats.select({ column: 'M_rmse', statistic: 'mean' });
    expect(row).toMatchObject({ kind: 'metrics', drift: true, outcome: 'compared' });
    expect(stats.current('M_rmse').describe()).toMatchObject({ rows: 30, missing: 0 });
    expect(stats.describe()[0]).toMatchObject({
      column: 'M_rmse',
      baseline: { median: 0.52 },
      current: { median: 0.92 },
    });
    expect(
      compareProfiles(withMetric(around(0.5, 30), 1), withMetric(around(0.5, 30), 2)).drift,
    ).toBe(false);
  });

  it('of which there are a few are no verdict, and hold up none', () => {
    const stats = compareProfiles(withMetric(around(0.5, 30), 1), withMetric([9, 9], 2));
    expect(stats.drift).toBe(false);
    expect(stats.outcome).toBe('compared');
    expect(stats.select({ column: 'M_rmse', statistic: 'mean' })[0]?.outcome).toBe('too-few');
  });
});

describe('a comparison on a console', () => {
  it('is a table under a verdict, whatever columns are called', () => {
    const stats = compareProfiles(
      profileTable({ 'X_a\u001b[2J\nb': [1, 2, 3, 4, 5] }),
      profileTable({ 'X_a\u001b[2J\nb': [1, 2, 3, 4, 5] }),
    );
    const text = `${stats}`;
    expect(text).toMatchInlineSnapshot(`
      "No drift in 1 column.
         column     score  p       outcome   baseline  current
         X_a?[2J?b  0.00   0.5000  compared  3         3"
    `);
    expect(text).not.toContain('\u001b');
    expect(inspect(stats)).toBe(text);
  });
});
