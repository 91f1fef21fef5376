import { describe, expect, it } from 'vitest';
import type { CompareOptions } from '../../src/drift/compare-options.js';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import type { Statistic } from '../../src/drift/statistics/statistic.js';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { LAWS, repeated, tableOf } from './simulate.js';

const before = profileTable(tableOf([LAWS.normal, LAWS.few, LAWS.normal], 1000, 1));
const shifted = tableOf([LAWS.normal, LAWS.few, LAWS.normal], 1000, 2);
shifted.c0 = shifted.c0!.map((value) => (value as number) + 0.2);
const now = profileTable(shifted);
const compare = (options: CompareOptions = {}) => compareProfiles(before, now, options);
const withoutC0 = (options: CompareOptions) =>
  compare(options).rows.filter((row) => row.column !== 'c0');

describe('the options of a comparison', () => {
  it('let a rule for one column change no other', () => {
    expect(compare().drifted).toEqual(['c0']);
    for (const rule of [
      { decide: 'psi', above: 0.5 },
      { decide: 'ks' },
      { ignore: true },
      { minEffect: 1 },
    ] as const) {
      const options = { columns: { c0: rule } };
      expect(withoutC0(options)).toEqual(withoutC0({}));
    }
    expect(compare({ columns: { c0: { ignore: true } } }).drift).toBe(false);
    expect(compare({ columns: { c0: { decide: 'psi', above: 0.5 } } }).drift).toBe(false);
    const byPsi = compare({ columns: { c0: { decide: ['psi', 'jsd'], above: 0.01 } } });
    expect(byPsi.drifted).toEqual(['c0']);
    expect(byPsi.rows.filter((row) => row.drift).map((row) => row.statistic)).toContain('mean');
    expect(compare({ columns: { c0: { decide: 'welch' } } }).drifted).toEqual(['c0']);
  });

  it('let a rule for a kind stand behind those of columns', () => {
    const kinds = { numeric: { decide: 'ks', above: 0.9 } } as const;
    expect(compare({ kinds }).drift).toBe(false);
    expect(compare({ kinds, columns: { c0: {} } }).drifted).toEqual(['c0']);
  });

  it('turn one dial for all gates', () => {
    const random = seededRandom(5);
    const side = (shift: number) =>
      profileTable({
        a: Float64Array.from({ length: 100_000 }, () => randomNormal(random) + shift),
      });
    const a = side(0);
    const b = side(0.07);
    expect(compareProfiles(a, b).drift).toBe(true);
    expect(compareProfiles(a, b, { sensitivity: 'low' }).drift).toBe(false);
    expect(compareProfiles(a, b, { minEffect: 0.2 }).drift).toBe(false);
    expect(compareProfiles(a, side(0.04)).drift).toBe(false);
    expect(compareProfiles(a, side(0.04), { sensitivity: 'high' }).drift).toBe(true);
  });

  it('take statistics of one’s own, which then are in rows and may decide', () => {
    const maximum: Statistic = {
      key: 'maximum',
      families: ['numeric'],
      decides: false,
      compare({ numbers: { baseline, current } }) {
        const score = Math.min(1, Math.abs(current.max - baseline.max));
        const reports = { pValue: null, location: current.max, matters: false };
        return {
          statistic: 'maximum',
          metric: current.max,
          score,
          ...reports,
          baseline: baseline.max,
          current: current.max,
        };
      },
    };
    const stats = compare({ statistics: [maximum] });
    expect(stats.select({ statistic: 'maximum' }).map((row) => row.column)).toEqual(['c0', 'c2']);
    const columns = { c2: { decide: 'maximum', above: 0 } };
    expect(compare({ statistics: [maximum], columns }).drifted).toContain('c2');
    expect(() => compare({ statistics: [{ ...maximum, key: 'ks' }] })).toThrow(
      /"ks" \(string\) is taken/,
    );
    expect(() => compare({ statistics: [{} as Statistic] })).toThrow(
      /statistics\[0\] must be \{ key/,
    );
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no such unit');
      },
      /^no such unit$/,
    ],
    [
      'throws what is no error',
      () => {
        throw 'nothing';
      },
      /^"nothing"/,
    ],
    ['returns no number', () => ({ metric: Number.NaN, score: 0, pValue: null }), /^metric is NaN/],
    [
      'returns a score out of range',
      () => ({ metric: 1, score: 7, pValue: null }),
      /^score must be in 0…1, got 7/,
    ],
    [
      'returns a p-value out of range',
      () => ({ metric: 1, score: 0, pValue: -1 }),
      /^pValue must be in 0…1/,
    ],
    ['returns null', () => null, /^metric is undefined/],
    [
      'is asynchronous',
      async () => {
        throw new Error('later');
      },
      /^it returned a promise/,
    ],
  ] as [string, () => never, RegExp][])(
    'let a statistic of a user fail alone: it %s',
    (_, fail, reason) => {
      const broken: Statistic = {
        key: 'broken',
        families: ['numeric'],
        decides: true,
        compare: fail,
      };
      const stats = compare({ statistics: [broken] });
      const plain = compare({});
      expect(stats.drifted).toEqual(plain.drifted);
      const rows = stats.select({ statistic: 'broken' });
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows)
        expect(row).toMatchObject({
          error: expect.stringMatching(reason),
          drift: false,
          pValue: null,
        });
      expect(stats.rows.filter((row) => row.statistic !== 'broken')).toEqual(plain.rows);
      expect(plain.rows.some((row) => 'error' in row)).toBe(false);
    },
  );

  it('are refused where they make no sense', () => {
    expect(() => compare({ falseAlarm: 0.1 } as CompareOptions)).toThrow(
      /did you mean "falseAlarmRate"/,
    );
    expect(() => compare({ sensitivity: 'huge' as never })).toThrow(
      /sensitivity must be low, normal or high/,
    );
    expect(() => compare({ minEffect: -1 })).toThrow(/minEffect must be 0 or more/);
    expect(() => compare({ minEffect: { kss: 1 } as never })).toThrow(/did you mean "ks"/);
    expect(() => compare({ columns: { c0: { decide: 'kss' } } })).toThrow(/did you mean "ks"/);
    expect(() => compare({ columns: { c0: { decide: 'psi' } } })).toThrow(
      /psi has no p-value and needs above/,
    );
    expect(() => compare({ columns: { c0: { above: 2 } } })).toThrow(/a score in 0…1/);
  });
});

describe('texts and embeddings', () => {
  const words = (count: number, seed: number, tokens: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, () =>
      repeated(tokens + Math.floor(3 * random()), 0)
        .map(() => Math.floor(random() * 1e6).toString(36))
        .join(' '),
    );
  };
  const vectors = (count: number, seed: number, shift: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, () =>
      Array.from({ length: 8 }, () => randomNormal(random) + shift),
    );
  };
  it('are decided by what is derived from them', () => {
    const side = (seed: number, tokens: number, shift: number) =>
      profileTable({ text: words(300, seed, tokens), vector: vectors(300, seed, shift) });
    // Of 40 pairs 2 are expected; the upper end of the binomial interval at 99.9 % is 8.
    const alarms = Array.from({ length: 40 }, (_, seed) =>
      compareProfiles(side(2 * seed, 5, 0), side(2 * seed + 1, 5, 0)),
    );
    expect(alarms.filter(({ drift }) => drift).length).toBeLessThanOrEqual(8);
    const stats = compareProfiles(side(1, 5, 0), side(2, 7, 0.5));
    expect(stats.drifted).toEqual(['text', 'vector']);
    expect(stats.select({ column: 'text', statistic: 'waerden' })[0]?.location).toMatch(
      /length|tokens|spaces/,
    );
  });
});
