import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { describeMovement } from '../../src/drift/show/describe-drift.js';
import { seededRandom } from '../../src/leaves/random.js';
import { profileTable } from '../../src/profile/profile-table.js';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);

/** Moments of so many days, from a day on. */
function daysFrom(first: number, days: number, seed: number): Date[] {
  const random = seededRandom(seed);
  return Array.from(
    { length: 400 },
    () => new Date(START + Math.floor((first + days * random()) * DAY)),
  );
}
const compare = (before: unknown[], now: unknown[], options = {}) =>
  compareProfiles(profileTable({ at: before }), profileTable({ at: now }), options);

describe('a column of times', () => {
  const before = daysFrom(0, 7, 1);

  it('does not drift as time goes on, whatever it is written as', () => {
    const now = daysFrom(7, 1, 2);
    const stats = compare(before, now);
    expect(stats.drift).toBe(false);
    expect(stats.select({ column: 'at', statistic: 'ks' })[0]).toMatchObject({
      type: 'timestamp',
      score: 1,
      drift: false,
    });
    const written = (times: Date[]) => times.map((time) => time.toISOString());
    expect(compare(written(before), written(now)).drift).toBe(false);
    const days = (times: Date[]) => written(times).map((time) => time.slice(0, 10));
    expect(compare(days(before), days(now)).drift).toBe(false);
  });

  it.each([
    ['goes back', daysFrom(-400, 7, 3)],
    ['has a default', daysFrom(7, 1, 4).map((time, row) => (row % 8 === 0 ? new Date(0) : time))],
    [
      'is missing now and then',
      daysFrom(7, 1, 6).map((time, row) => (row % 8 === 0 ? null : time)),
    ],
    ['is text now', daysFrom(7, 1, 7).map((time) => `at ${time.toISOString()}`)],
  ] as [string, unknown[]][])('drifts where it %s', (_, now) => {
    expect(compare(before, now).drift).toBe(true);
  });

  it('is told in times', () => {
    const now = daysFrom(-400, 7, 3);
    const stats = compare(before, now);
    const [row] = stats.select({ column: 'at', statistic: 'mean' });
    expect(describeMovement(stats, row!)).toMatch(
      /^median moved back from 2026-01-\d\d \d\d:\d\d UTC to 2024-1[12]-\d\d \d\d:\d\d UTC$/,
    );
    expect(String(stats)).toMatch(/at .* 2026-01-\d\d .* 2024-1[12]-\d\d/);
  });

  it('drifts where a rule lets the tests on ranks decide', () => {
    expect(compare(before, daysFrom(7, 1, 2), { columns: { at: { decide: 'ks' } } }).drift).toBe(
      true,
    );
  });
});
