import { describe, expect, it } from 'vitest';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';

describe('bounds', () => {
  it('keep a column of a million distinct categories small', () => {
    const profile = new Profile();
    for (let from = 0; from < 1_000_000; from += 50_000) {
      const values = Array.from({ length: 50_000 }, (_, i) => `category ${from + i}`);
      profile.addColumns(new Map([['c', values]]), 0, values.length);
    }
    const column = profile.column('c');
    expect(column?.items.total).toBe(1_000_000);
    expect(column?.items.distinct).toBeLessThanOrEqual(1024);
    expect(column?.type).toBe('text');
    expect(profile.toBytes().length).toBeLessThan(150_000);
  });

  it('keep a million numeric strings small, and say so', () => {
    const values = Array.from({ length: 200_000 }, (_, i) => String(i / 3));
    const profile = profileTable({ c: values });
    expect(profile.column('c')).toMatchObject({ type: 'numeric', counts: { string: 200_000 } });
    expect(profile.column('c')?.quantiles.count).toBe(200_000);
    expect(profile.toBytes().length).toBeLessThan(150_000);
  });

  it('take in 1,000 columns and count the rest', () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => ({ [`column ${i}`]: i, kept: 1 }));
    const profile = profileTable(rows);
    expect(profile.columnNames).toHaveLength(1000);
    expect(profile.column('kept')?.present).toBe(100_000);
    expect(profile.droppedColumns).toBe(100_001 - 1000);
    expect(profile.rows).toBe(100_000);
    const restored = Profile.fromBytes(profile.toBytes());
    expect(restored.droppedColumns).toBe(profile.droppedColumns);
  });

  it('count a dropped name once, and once in both parts of a merge', () => {
    const part = (): Profile => {
      const profile = new Profile({ maxColumns: 1 });
      for (let time = 0; time < 3; time += 1)
        profile.addColumns(
          new Map([
            ['a', [1]],
            ['b', [2]],
          ]),
          0,
          1,
        );
      return profile;
    };
    const profile = part();
    expect(profile.droppedColumns).toBe(1);
    profile.merge(part());
    expect(profile.droppedColumns).toBe(1);
    profile.merge(profileTable({ c: [1] }));
    expect(profile.droppedColumns).toBe(2);
    expect(profile.columnNames).toEqual(['a']);
  });

  it('take names of 10 kB, and none of 10 MB', () => {
    const long = 'n'.repeat(10_000);
    const profile = profileTable({ [long]: [1], ['x'.repeat(10_000_000)]: [1] });
    expect(profile.columnNames).toEqual([long]);
    expect(profile.droppedColumns).toBe(1);
    expect(Profile.fromBytes(profile.toBytes()).column(long)?.present).toBe(1);
  });

  it('keep strings of 10 MB in a few hundred characters', () => {
    const long = (letter: string): string => letter.repeat(10_000_000);
    const profile = profileTable(
      { t: [long('a'), long('b'), long('a')] },
      { reservoir: 3, groupby: 't' },
    );
    expect(profile.column('t')?.type).toBe('text');
    expect(profile.column('t')?.derived.get('length')?.quantiles.max).toBe(1_024);
    expect(profile.column('t')?.items.distinct).toBe(2);
    expect(profile.toBytes().length).toBeLessThan(20_000);
  });

  it('hold for the largest and the smallest numbers', () => {
    const values = [1e308, -1e308, 1.7e308, 5e-324, -5e-324, 0, -0];
    const profile = profileTable({ a: Float64Array.from(values), b: values }, { correlate: true });
    const restored = Profile.fromJSON(JSON.stringify(profile));
    expect(restored.toBytes()).toEqual(profile.toBytes());
    expect(restored.column('a')?.quantiles.min).toBe(-1e308);
    expect(restored.column('a')?.quantile(0.5)).toBe(0);
    expect(restored.column('b')?.counts.number).toBe(7);
  });

  it('refuse options that are none', () => {
    for (const options of [
      { maxColumns: 0 },
      { maxColumns: 1.5 },
      { reservoir: -1 },
      { correlate: 'yes' },
      { emptyIsMissing: 1 },
      { groupby: 5 },
      { seed: Number.NaN },
    ]) {
      expect(() => new Profile(options as never)).toThrow(
        expect.objectContaining({ code: 'ERR_LEEWAY_OPTION' }),
      );
    }
  });
});

describe('typed columns and plain arrays', () => {
  it('give the same profile', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => {
      if (i % 97 === 0) return Number.NaN;
      return i % 101 === 0 ? Number.POSITIVE_INFINITY : i / 7;
    });
    expect(profileTable({ a: Float64Array.from(values) }).toBytes()).toEqual(
      profileTable({ a: values }).toBytes(),
    );
    expect(profileTable(values.map((a) => ({ a }))).toBytes()).toEqual(
      profileTable({ a: values }).toBytes(),
    );
  });

  it('take integers of other widths', () => {
    const profile = profileTable({
      a: Uint8Array.of(1, 2, 3),
      b: BigInt64Array.of(1n, 2n, 3n) as never,
    });
    expect(profile.schema).toEqual({ a: 'integer', b: 'integer' });
  });

  it('take in slices what they take in at once', () => {
    const columns = new Map<string, ArrayLike<unknown>>([
      ['a', Float64Array.from({ length: 5000 }, (_, i) => Math.sqrt(i))],
      ['c', Array.from({ length: 5000 }, (_, i) => `k${i % 7}`)],
    ]);
    const sliced = new Profile();
    for (let from = 0; from < 5000; from += 256)
      sliced.addColumns(columns, from, Math.min(5000, from + 256));
    expect(sliced.rows).toBe(5000);
    expect(sliced.column('c')?.items.entries()).toEqual(
      profileTable(Object.fromEntries(columns)).column('c')?.items.entries(),
    );
    expect(sliced.column('a')?.quantiles.weightedValues()).toEqual(
      profileTable(Object.fromEntries(columns)).column('a')?.quantiles.weightedValues(),
    );
  });
});
