import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';

describe('profileTable', () => {
  it('tells numbers from categories and counts what is missing, infinite or of another sort', () => {
    const profile = profileTable([
      { n: 1, c: 'a', b: true, mixed: 1 },
      { n: null, c: 'b', b: false, mixed: 'x' },
      { n: Number.NaN, c: 'a', b: true, mixed: Symbol('none') },
      { n: Number.POSITIVE_INFINITY, b: true, mixed: 2n },
    ]);
    expect(profile.rows).toBe(4);
    expect(profile.columnNames).toEqual(['n', 'c', 'b', 'mixed']);
    expect(profile.column('n')?.type).toBe('integer');
    expect(profile.column('n')?.family).toBe('numeric');
    expect(profile.column('n')?.counts).toMatchObject({ number: 1, infinite: 1 });
    expect(profile.missingShare('n')).toBe(0.5);
    expect(profile.missingShare('c')).toBe(0.25);
    expect(profile.missingShare('never')).toBe(1);
    expect(profile.column('c')?.type).toBe('categorical');
    expect(profile.column('b')?.items.entries()).toEqual([
      ['true', 3],
      ['false', 1],
    ]);
    expect(profile.column('mixed')?.counts).toEqual({
      number: 2,
      infinite: 0,
      string: 1,
      boolean: 0,
      date: 0,
      vector: 0,
      other: 1,
    });
  });

  it('takes rows and columns alike', () => {
    const rows = profileTable([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]);
    const columns = profileTable({ a: Float64Array.of(1, 2), b: ['x', 'y'] });
    expect(columns.toBytes()).toEqual(rows.toBytes());
  });

  it('takes the numbers of declared columns for names', () => {
    const profile = profileTable({ zip: [98101, 98101, 10001] }, { catcols: ['zip'] });
    expect(profile.column('zip')?.type).toBe('categorical');
    expect(profile.column('zip')?.items.countOf('98101')).toBe(2);
    expect(profile.catcols).toEqual(['zip']);
  });

  it('takes nearly unique strings for text', () => {
    const profile = profileTable({ id: Array.from({ length: 200 }, (_, index) => `id ${index}`) });
    expect(profile.column('id')?.type).toBe('text');
  });

  it('treats names as data', () => {
    const row = JSON.parse('{"__proto__": 1, "constructor": 2, "": 3, "🌦": 4}');
    const profile = profileTable([{ ...row, ['__proto__']: 1 }]);
    expect(new Set(profile.columnNames)).toEqual(new Set(['__proto__', 'constructor', '', '🌦']));
    expect(Profile.fromBytes(profile.toBytes()).column('__proto__')?.quantiles.min).toBe(1);
  });

  it('refuses what is no table, naming the place', () => {
    expect(() => profileTable([{ a: 1 }, 2 as never])).toThrow(/row 1 .* got 2 \(number\)/);
    expect(() => profileTable({ a: [1], b: [1, 2] })).toThrow(/"b" has 2 values, another 1/);
    expect(() => profileTable({ a: 'text' as never })).toThrow(/column "a"/);
  });
});

describe('Profile', () => {
  const cell = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.constantFrom(null, undefined, Number.NaN, Number.POSITIVE_INFINITY, '__proto__'),
  );
  const rows = fc.array(
    fc.record({ a: cell, b: fc.integer(), c: fc.string() }, { requiredKeys: ['b'] }),
  );

  it('merges the parts into the whole', () => {
    fc.assert(
      fc.property(rows, rows, (left, right) => {
        const merged = profileTable(left);
        const part = profileTable(right);
        const before = part.toBytes();
        merged.merge(part);
        const whole = profileTable([...left, ...right]);
        expect(merged.rows).toBe(whole.rows);
        for (const name of whole.columnNames) {
          expect(merged.column(name)?.counts).toEqual(whole.column(name)?.counts);
          expect(merged.column(name)?.items.entries()).toEqual(whole.column(name)?.items.entries());
          expect(merged.column(name)?.quantiles.weightedValues()).toEqual(
            whole.column(name)?.quantiles.weightedValues(),
          );
          expect(merged.missingShare(name)).toBe(whole.missingShare(name));
        }
        expect(part.toBytes()).toEqual(before);
      }),
    );
  });

  it('survives its encoding unchanged', () => {
    fc.assert(
      fc.property(rows, (table) => {
        const bytes = profileTable(table).toBytes();
        expect(Profile.fromBytes(bytes).toBytes()).toEqual(bytes);
      }),
    );
  });

  it('refuses damaged bytes with a typed error and nothing else', () => {
    const sound = profileTable({ a: [1, 2, 3], b: ['x', 'y', 'x'] }).toBytes();
    fc.assert(
      fc.property(
        fc.nat(sound.length - 1),
        fc.nat(255),
        fc.nat(sound.length),
        (place, byte, length) => {
          const damaged = sound.slice(0, length);
          if (place < damaged.length) damaged[place] = byte;
          try {
            Profile.fromBytes(damaged);
          } catch (error) {
            expect(error).toMatchObject({ name: 'LeewayError', code: 'ERR_LEEWAY_FORMAT' });
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(() => Profile.fromBytes(new Uint8Array(3))).toThrow(/only 3 bytes/);
    expect(() => Profile.fromBytes(sound.with(5, 9))).toThrow(/version 9/);
  });

  it('does not merge columns that mean different things', () => {
    const names = profileTable({ code: [1, 2] }, { catcols: ['code'] });
    expect(() => names.merge(profileTable({ code: [1, 2] }))).toThrow(
      /"code" is declared categorical in only one/,
    );
  });
});
