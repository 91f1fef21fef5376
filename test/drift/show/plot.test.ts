import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../../src/drift/compare-profiles.js';
import { randomNormal, seededRandom } from '../../../src/leaves/random.js';
import { profileTable, type Table } from '../../../src/profile/profile-table.js';

function table(seed: number, shift: number, sign: number): Table {
  const random = seededRandom(seed);
  const X_a = Array.from({ length: 500 }, () => randomNormal(random));
  return {
    X_a: X_a.map((value) => value + shift),
    X_b: X_a.map((value) => sign * value + 0.3 * randomNormal(random)),
    X_city: X_a.map((value) => (value > 0 ? 'north' : 'south')),
  };
}

const stats = compareProfiles(profileTable(table(1, 0, 1)), profileTable(table(2, 1, -1)));
const descriptionOf = (picture: string): string => /<desc>(.*?)<\/desc>/.exec(picture)?.[1] ?? '';

describe('plot()', () => {
  it.each([
    ['X_a', /Distribution of X_a: share of rows by value, baseline against current/],
    [{ column: 'X_a', sample: false }, /Distribution of X_a: number of rows/],
    [{ column: 'X_a', kind: 'hist' }, /Histogram of X_a: share of rows/],
    [{ column: 'X_a', kind: 'hist', sample: false }, /Histogram of X_a: number of rows/],
    [{ column: 'X_a', kind: 'box' }, /Boxes of X_a\. baseline: median .*; current: median/],
    ['X_city', /Categories of X_city: share of rows, baseline against current/],
    [{ column: 'X_city', sample: false }, /Categories of X_city: number of rows/],
    [
      { column: 'X_a', kind: 'time', statistic: 'ks' },
      /ks of X_a over 1 windows, 1 of them with drift/,
    ],
    [{}, /Score of each column of all columns/],
    [{ kind: 'correlation' }, /The largest: X_a and X_b, by -1\.\d+\./],
  ])('draws %j', (what, description) => {
    const picture = stats.plot(what as never);
    expect(descriptionOf(picture)).toMatch(description);
    expect(picture).not.toMatch(/NaN|undefined/);
  });

  it('draws one side alone, and says so', () => {
    expect(descriptionOf(stats.baseline('X_a').plot())).toBe(
      'Distribution of X_a: share of rows by value, baseline.',
    );
    expect(descriptionOf(stats.current('X_a').plot({ kind: 'box' }))).toMatch(
      /^Boxes of X_a\. current: median/,
    );
    expect(descriptionOf(stats.current('X_city').plot())).toBe(
      'Categories of X_city: share of rows, current.',
    );
  });

  it('draws as many rows as there are where asked for counts', () => {
    const axis = [
      ...stats.plot({ column: 'X_a', sample: false }).matchAll(/text-anchor="end">(\d+)</g),
    ].map(([, n]) => Number(n));
    expect(Math.max(...axis)).toBeGreaterThan(20);
  });

  it.each([
    [{ column: 'X_c' }, /no column "X_c".*did you mean "X_city"/],
    [{ kind: 'pie', column: 'X_a' }, /kind must be one of dist, hist, box/],
    [{ kind: 'box' }, /kind box needs a column/],
  ])('refuses %j', (what, message) => {
    expect(() => stats.plot(what as never)).toThrow(message);
  });
});

describe('a side of a comparison', () => {
  it('tells correlations and their change', () => {
    const { columns, values } = stats.correlations('baseline');
    expect(columns).toEqual(['X_a', 'X_b']);
    expect(values[0]?.[1]).toBeGreaterThan(0.9);
    expect(values[0]?.[0]).toBe(1);
    expect(stats.correlationChange().values[1]?.[0]).toBeLessThan(-1.8);
  });

  it('draws samples, with one seed the same', () => {
    const column = stats.current('X_a');
    expect(column.sample(5, 7)).toEqual(column.sample(5, 7));
    expect(column.sample(5, 7)).not.toEqual(column.sample(5, 8));
    expect(
      stats
        .current('X_city')
        .sample(50)
        .every((name) => name === 'north' || name === 'south'),
    ).toBe(true);
  });
});
