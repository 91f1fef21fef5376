import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { describeMovement } from '../../src/drift/show/describe-drift.js';
import { type Random, seededRandom } from '../../src/leaves/random.js';
import { BaselineTransforms } from '../../src/profile/baseline-transforms.js';
import { BlockRing } from '../../src/profile/block-ring.js';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { fisherExactTest } from '../../src/stats/fisher.js';
import { compareTables, drifts, LAWS, type Law, repeated, tableOf } from './simulate.js';

const pairOf =
  (law: Law, changed: Law, columns: number, [rows, window]: readonly [number, number]) =>
  (seed: number) => {
    const laws = repeated(columns, law);
    return [
      tableOf(laws, rows, 2 * seed),
      tableOf([changed, ...laws.slice(1)], window, 2 * seed + 1),
    ] as const;
  };
const share =
  (part: number, name: string, law: Law): Law =>
  (random) =>
    random() < part ? name : law(random);
const user: Law = (random) => `u${Math.floor(1e6 * random())}`;

describe('the category that changed most', () => {
  it('is set against all others, its p-value times the number of categories that could have had so small a one', () => {
    // Eight categories of forty rows each, of which one goes, and three of two rows, which can have no p-value so small.
    const names = (counts: number[]) =>
      counts.flatMap((count, place) => repeated(count, `k${place}`));
    const before = { c: names([20, 20, 20, 20, 20, 20, 20, 20, 1, 1, 1]) };
    const now = { c: names([0, 23, 23, 23, 23, 23, 22, 23, 1, 1, 1]) };
    const [row] = compareTables(before, now).select({ column: 'c', statistic: 'residual' });
    const table: [[number, number], [number, number]] = [
      [20, 143],
      [0, 163],
    ];
    expect(row).toMatchObject({ location: 'k0', baseline: 20 / 163, current: 0, score: 20 / 163 });
    expect(row?.pValue).toBeCloseTo(8 * fisherExactTest(table).pValue, 12);
    // The adjusted residual is the square root of chi-square of that table.
    expect(row?.metric).toBeCloseTo(
      -Math.sqrt((326 * (20 * 163) ** 2) / (163 * 163 * 20 * 306)),
      10,
    );
  });

  it.each([
    [
      'a code that an eighth of rows fall back to, among a thousand',
      share(0.125, 'k9', LAWS.many),
      [1000, 1000],
      40,
      38,
    ],
    ['one value where there were hundreds', () => 'k0', [1000, 100], 30, 30],
    [
      'a new one in a twentieth of rows, where new rarities are usual',
      share(0.05, 'new', LAWS.many),
      [1000, 200],
      40,
      34,
    ],
  ] as [string, Law, [number, number], number, number][])(
    'finds %s, in one of 12 columns',
    (_, law, rows, repeats, least) => {
      expect(drifts(repeats, pairOf(LAWS.many, law, 12, rows))).toBeGreaterThanOrEqual(least);
    },
  );

  it.each([
    ['four hundred categories', LAWS.many, [1000, 1000]],
    ['four hundred, ten times the baseline', LAWS.many, [1000, 100]],
    ['thirty, a tenth of the baseline', LAWS.zipf, [200, 2000]],
    ['identifiers', user, [200, 200]],
  ] as [string, Law, [number, number]][])('holds the level: %s', (_, law, rows) => {
    // Expected one in twenty; the upper end of the binomial interval at 99.9 %.
    expect(drifts(200, pairOf(law, law, 3, rows))).toBeLessThanOrEqual(21);
  });

  it('has no say where there are few, which chi-square sees one by one', () => {
    const stats = compareTables(...pairOf(LAWS.few, share(0.5, 'k0', LAWS.few), 1, [300, 300])(1));
    expect(stats.select({ column: 'c0' }).find((row) => row.drift)?.statistic).toBe('chisq');
  });

  it('is told by its shares, and not by name where values are not told', () => {
    const stats = compareTables(...pairOf(user, share(0.4, 'unknown', user), 1, [500, 500])(1));
    const [row] = stats.select({ column: 'c0', statistic: 'mean' });
    expect(describeMovement(stats, row!)).toMatch(/^“unknown” rose from 0 % to [\d.]+ % of rows$/);
    expect(describeMovement(stats, row!, { values: false })).toMatch(
      /^one text rose from 0 % to [\d.]+ % of rows$/,
    );
  });
});

describe('a column of identifiers', () => {
  it.each([
    ['one value only', () => 'u0'],
    ['a placeholder in a fifth of the rows', share(0.2, 'unknown', user)],
    ['cut off', (random: Random) => String(user(random)).slice(0, 3)],
    ['padded', (random: Random) => ` ${user(random)}`],
    ['from another source', (random: Random) => `${user(random)}@example.org`],
  ] as [string, Law][])('drifts where it has %s', (_, changed) => {
    expect(drifts(10, pairOf(user, changed, 12, [300, 300]))).toBe(10);
  });

  it('drifts where it is in capitals', () => {
    const code: Law = (random) => Math.floor(2 ** 48 * random()).toString(16);
    const capitals: Law = (random) => String(code(random)).toUpperCase();
    expect(drifts(10, pairOf(code, capitals, 12, [300, 300]))).toBe(10);
  });

  it('does not where it is counted up, or somebody is busy', () => {
    const from = (first: number) => ({
      c: Array.from({ length: 400 }, (_, at) => `order_${first + at}`),
    });
    expect(compareTables(from(600), from(1_000)).drift).toBe(false);
    expect(drifts(10, pairOf(user, share(0.07, 'u7', user), 1, [400, 400]))).toBe(0);
  });
});

describe('categories that come in bursts', () => {
  const HOUR = 3_600_000;
  const START = Date.UTC(2026, 0, 5);
  const HOURS = 72;

  /** Hours of a hundred rows; in some one client sends a part of them. */
  function alarms(repeats: number, often: number): number {
    let found = 0;
    for (let seed = 1; seed <= repeats; seed += 1) {
      const random = seededRandom(seed);
      const hour = () => {
        const busy = random() < often ? `k${Math.floor(12 * random())}` : undefined;
        const c = Array.from({ length: 100 }, () =>
          busy !== undefined && random() < 0.15 ? busy : `k${Math.floor(12 * random() ** 2)}`,
        );
        return profileTable({ c });
      };
      const parts = Array.from({ length: HOURS }, hour);
      const baseline = new Profile();
      for (const part of parts) baseline.merge(part);
      const ring = new BlockRing(BaselineTransforms.freeze(baseline));
      const at = (place: number) => ({
        from: START + place * HOUR,
        to: START + (place + 1) * HOUR - 1,
      });
      for (const [place, part] of parts.entries()) ring.add(part, at(place));
      baseline.blocks = ring;
      if (
        compareProfiles(baseline, hour(), {
          windows: { current: { seq: 1, ...at(HOURS + (seed % 24)) } },
        }).drift
      )
        found += 1;
    }
    return found;
  }

  it('are usual where the history has them: by the mean of what blocks vary, one window in six would drift', () => {
    // Of 150 windows 7.5 are expected; the upper end of the binomial interval at 99.9 % is 17.
    expect(alarms(150, 0.3)).toBeLessThanOrEqual(17);
  });
});
