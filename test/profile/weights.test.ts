import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Profile } from '../../src/profile/profile.js';

const OPTIONS = { groupby: ['city'], correlate: true, reservoir: 50 };

const columnsOf = (rows: readonly (readonly [number | null, string])[]): Map<string, unknown[]> =>
  new Map<string, unknown[]>([
    ['x', rows.map(([x]) => x)],
    ['y', rows.map(([x], row) => (x === null ? null : 3 * x + (row % 5)))],
    ['city', rows.map(([, city]) => city)],
    ['digits', rows.map((_, row) => String(row % 7))],
    ['on', rows.map((_, row) => row % 3 === 0)],
    ['vector', rows.map((_, row) => [row, 1])],
  ]);

const rows = fc.array(
  fc.tuple(
    fc.option(fc.integer({ min: -1000, max: 1000 }), { freq: 8 }),
    fc.constantFrom('a', 'b', 'c'),
    fc.integer({ min: 0, max: 9 }),
  ),
  { minLength: 1, maxLength: 60 },
);

/** What a profile counts, without what its sketches hold. */
const totals = (profile: Profile) => ({
  rows: profile.rows,
  columns: profile.columnNames.map((name) => {
    const column = profile.column(name);
    return [
      name,
      column?.type,
      column?.present,
      column?.items.entries().sort(),
      column?.quantiles.count,
    ];
  }),
  segments: [...profile.segments].map(([name, segment]) => [name, segment.rows]).sort(),
});

describe('a weighted profile', () => {
  it('counts as one of which every row was repeated', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const weighted = new Profile(OPTIONS);
        const repeated = new Profile(OPTIONS);
        const columns = columnsOf(given.map(([x, city]) => [x, city]));
        const weights = given.map(([, , weight]) => weight);
        weighted.addColumns(columns, 0, given.length, weights);
        const copies = new Map(
          [...columns].map(([name, cells]) => [
            name,
            cells.flatMap((cell, row) => Array(weights[row]).fill(cell)),
          ]),
        );
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        repeated.addColumns(copies, 0, total);
        expect(totals(weighted)).toEqual(totals(repeated));
        const one = weighted.column('x');
        const other = repeated.column('x');
        if (total < 2 || (other?.moments.count ?? 0) < 2) return;
        expect(one?.moments.mean).toBeCloseTo(other?.moments.mean as number, 8);
        expect(one?.moments.variance).toBeCloseTo(other?.moments.variance as number, 6);
        expect(one?.quantiles.min).toBe(other?.quantiles.min);
        const ours = weighted.correlations().values[0]?.[1] as number;
        const theirs = repeated.correlations().values[0]?.[1] as number;
        if (!Number.isNaN(theirs)) expect(ours).toBeCloseTo(theirs, 6);
      }),
      { numRuns: 60 },
    );
  });

  it('says how many rows its sample is worth, through merge, bytes and JSON', () => {
    const part = (weights?: number[]): Profile => {
      const profile = new Profile({ groupby: ['city'] });
      profile.addColumns(
        columnsOf([
          [1, 'a'],
          [2, 'a'],
          [3, 'b'],
        ]),
        0,
        3,
        weights,
      );
      return profile;
    };
    expect(part().effectiveRows).toBe(3);
    expect([part([1, 1, 1]).effectiveRows, part([1, 0, 1]).effectiveRows]).toEqual([3, 2]);
    const sampled = part([1, 2, 5]);
    expect(sampled.rows).toBe(8);
    expect(sampled.effectiveRows).toBeCloseTo(64 / 30, 12);
    expect(sampled.segments.get('a')?.effectiveRows).toBeCloseTo(9 / 5, 12);
    for (const same of [
      sampled.clone(),
      Profile.fromBytes(sampled.toBytes()),
      Profile.fromJSON(sampled.toJSON()),
    ]) {
      expect([same.rows, same.effectiveRows]).toEqual([8, sampled.effectiveRows]);
    }
    sampled.merge(part());
    expect(sampled.effectiveRows).toBeCloseTo(121 / 33, 12);
    expect(new Profile().effectiveRows).toBe(0);
  });

  it('refuses what is no weight, and stays as it was', () => {
    const profile = new Profile();
    for (const weight of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => profile.addColumns(columnsOf([[1, 'a']]), 0, 1, [weight])).toThrow(
        /weight must be/,
      );
    }
    expect(() => profile.addColumns(columnsOf([[1, 'a']]), 0, 1, [])).toThrow(/weight must be/);
    expect([profile.rows, profile.columnNames]).toEqual([0, []]);
  });

  it('refuses states whose weights are impossible', () => {
    const profile = new Profile();
    profile.addColumns(
      columnsOf([
        [1, 'a'],
        [2, 'b'],
      ]),
      0,
      2,
      [1, 3],
    );
    const json = profile.toJSON() as Record<string, unknown>;
    for (const squares of [3, 17, -1, { $number: 'NaN' }]) {
      expect(() => Profile.fromJSON({ ...json, squares })).toThrow(/weights are impossible/);
    }
  });
});
