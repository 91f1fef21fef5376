import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberSort } from '../../src/cells/number-text.js';
import { readString } from '../../src/cells/read-text.js';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { ColumnProfile } from '../../src/profile/column-profile.js';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { familyOf } from '../../src/profile/schema.js';
import { TYPE_CASES } from '../fixtures/profile/types.js';

function columnOf(values: readonly unknown[]): ColumnProfile {
  const column = new ColumnProfile('c');
  column.addMany(values, 0, values.length);
  return column;
}

describe('inferType', () => {
  it.each(TYPE_CASES.map((one) => [one.says, one] as const))(
    'settles %s',
    (_, { values, type }) => {
      expect(columnOf(values).type).toBe(type);
      expect(columnOf(values.toReversed()).type).toBe(type);
    },
  );

  it.each(TYPE_CASES.map((one) => [one.says, one] as const))(
    'settles %s in merged parts alike',
    (_, { values, type }) => {
      const left = columnOf(values.slice(0, values.length >> 1));
      const right = columnOf(values.slice(values.length >> 1));
      const turned = columnOf(values.slice(values.length >> 1));
      turned.merge(left);
      left.merge(right);
      expect([left.type, turned.type]).toEqual([type, type]);
    },
  );

  it('holds for an empty string only where it is not missing', () => {
    const column = new ColumnProfile('c', { emptyIsMissing: true });
    column.addMany(['', '1.5', '', '2.5', ''], 0, 5);
    expect(column).toMatchObject({ present: 2, type: 'numeric' });
    expect(columnOf(['', '1.5', '', '2.5', '']).type).toBe('categorical');
  });
});

describe('a column whose values change sort', () => {
  it('keeps both stories', () => {
    const column = columnOf([
      1,
      2.5,
      'x',
      '7',
      true,
      new Date(5),
      [1, 2],
      [1, 2, 3],
      {},
      Number.NaN,
      null,
    ]);
    expect(column.counts).toEqual({
      number: 2,
      infinite: 0,
      string: 2,
      boolean: 1,
      date: 1,
      vector: 1,
      other: 2,
    });
    expect(column.readings).toEqual({
      whole: 1,
      integer: 1,
      decimal: 0,
      code: 0,
      truth: 0,
      time: 0,
      characters: 2,
    });
    expect(column.quantiles.weightedValues().values).toEqual(Float64Array.of(1, 2.5, 7));
    expect(column.items.entries().map(([name]) => name)).toEqual(['7', 'true', 'x']);
  });

  it('counts what does not fit a type', () => {
    const column = columnOf([1, 2, '3', 'x', Number.POSITIVE_INFINITY, true, {}]);
    expect(column.misfits('numeric')).toBe(4);
    expect(column.misfits('categorical')).toBe(4);
    expect(column.misfits('boolean')).toBe(6);
    expect(column.misfits('embedding')).toBe(7);
  });

  it('keeps the vectors of the dimension that more of them have, whichever side they are on', () => {
    const flat = columnOf([
      [1, 2],
      [3, 4],
    ]);
    const deep = columnOf([[1, 2, 3]]);
    const merged = columnOf([[1, 2, 3]]);
    merged.merge(flat);
    flat.merge(deep);
    for (const column of [flat, merged]) {
      expect(column.counts).toMatchObject({ vector: 2, other: 1 });
      expect(column.vectors?.dimension).toBe(2);
    }
  });
});

describe('a frozen schema', () => {
  const baseline = profileTable({
    price: ['1.5', '2.5'],
    zip: ['02139', '10001'],
    sure: ['True', 'False'],
    day: ['2024-01-01', '2024-01-02'],
    id: Array.from({ length: 2 }, (_, i) => `${'long '.repeat(30)}${i}`),
    e: [
      [1, 0],
      [0, 1],
    ],
  });

  it('names every column and its type', () => {
    expect(baseline.schema).toEqual({
      price: 'numeric',
      zip: 'categorical',
      sure: 'boolean',
      day: 'timestamp',
      id: 'text',
      e: 'embedding',
    });
  });

  it('folds later rows as the baseline was, whatever they look like', () => {
    const window = profileTable(
      {
        price: ['x', 'y'],
        zip: [10_001, 90_210],
        sure: [true, 'false'],
        day: [5, 6],
        id: ['a', 'a'],
        e: [[1], [2, 3]],
      },
      { schema: baseline.schema },
    );
    expect(window.schema).toEqual(baseline.schema);
    expect(window.column('price')?.quantiles.count).toBe(0);
    expect(window.column('zip')?.items.countOf('10001')).toBe(1);
    expect(window.column('sure')?.items.entries()).toEqual([
      ['false', 1],
      ['true', 1],
    ]);
    expect(window.column('day')?.quantiles.count).toBe(0);
    expect(window.column('id')?.derived.get('length')?.moments.mean).toBe(1);
    expect(Profile.fromBytes(window.toBytes()).schema).toEqual(baseline.schema);
  });

  it('merges with rows that were folded before it was frozen', () => {
    const before = profileTable({ price: ['3.5'], zip: ['02139'] });
    before.merge(profileTable({ price: [4.5], zip: ['10001'] }, { schema: baseline.schema }));
    expect(before.column('price')).toMatchObject({ fixedType: 'numeric', quantiles: { count: 2 } });
    expect(before.schema).toEqual({ price: 'numeric', zip: 'categorical' });
  });

  it('does not mix what was fixed differently', () => {
    const text = profileTable({ a: ['x'] }, { schema: { a: 'text' } });
    expect(() => text.merge(profileTable({ a: [1] }, { schema: { a: 'numeric' } }))).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_FORMAT' }),
    );
  });

  it('refuses types that are none, and columns declared twice', () => {
    expect(() => new Profile({ schema: { a: 'number' as never } })).toThrow(
      /"a" \(string\) must be one of numeric, .* got "number"/,
    );
    expect(() => new Profile({ schema: { a: 'numeric' }, catcols: ['a'] })).toThrow(
      /catcols, but its schema says numeric/,
    );
    expect(() => new Profile({ schema: [] as never })).toThrow(/schema must be an object/);
  });

  it('gives every type a family', () => {
    expect(familyOf('integer')).toBe('numeric');
    expect(familyOf('timestamp')).toBe('numeric');
    expect(familyOf('boolean')).toBe('categorical');
    expect(familyOf('embedding')).toBe('embedding');
  });
});

describe('readString', () => {
  it.each([
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2024-02-29T12:30', Date.UTC(2024, 1, 29, 12, 30)],
    ['2024-02-29 12:30:15.25Z', Date.UTC(2024, 1, 29, 12, 30, 15, 250)],
    ['2024-02-29T12:30:00+02:00', Date.UTC(2024, 1, 29, 10, 30)],
    ['2024-02-29T12:30:00-0530', Date.UTC(2024, 1, 29, 18, 0)],
    ['0099-01-01', Date.parse('0099-01-01')],
  ])('reads %s in any time zone', (text, value) => {
    expect(readString(text)).toEqual({ sort: 'time', value });
  });

  it.each([
    '',
    ' ',
    '1 2',
    '--1',
    '2024-01-01T25:00',
    'Infinite',
    'truthy',
    '10.0.0.1',
    '+49 30 1',
    '1'.repeat(41),
  ])('takes %j for a name', (text) => {
    expect(readString(text).sort).toBe('name');
  });
});

describe('numberSort', () => {
  it('says of digits what the grammar says', () => {
    // The grammar in other words than the code's: regular expressions.
    const byGrammar = (text: string) => {
      if (text.length > 40) return undefined;
      if (/^[+-]?0\d+$/.test(text)) return 'code';
      if (/^[+-]?\d+$/.test(text)) return 'integer';
      if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
      return Number.isFinite(Number(text)) ? 'decimal' : 'infinite';
    };
    const digits = fc.stringMatching(/^[0-9eE.+-]{0,9}$/);
    const likely = fc.stringMatching(/^[+-]?[0-9]{0,17}\.?[0-9]{0,3}([eE][+-]?[0-9]{0,3})?$/);
    fc.assert(
      fc.property(fc.oneof(digits, likely), (text) => {
        expect(numberSort(text)).toBe(byGrammar(text));
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a long column of numbers that came as text', () => {
  it('is what the numbers are, with the odd ones counted', () => {
    const texts = Array.from({ length: 20_000 }, (_, i) =>
      i % 100 === 99 ? 'n/a' : `${String((i * 7_919) % 10_007)}.5`,
    );
    const numbers = texts.filter((text) => text !== 'n/a').map(Number);
    const asText = columnOf(texts);
    const asNumbers = columnOf(numbers);
    expect(asText.type).toBe('numeric');
    expect(asText.quantiles.count).toBe(numbers.length);
    expect(asText.moments.mean).toBeCloseTo(asNumbers.moments.mean, 9);
    expect(asText.quantile(0.5)).toBeCloseTo(asNumbers.quantile(0.5), -2);
    expect(asText.items.countOf('n/a')).toBe(200);
    expect(asText.present).toBe(20_000);
  });
});

describe('derived numbers', () => {
  it('measures texts', () => {
    const texts = [...Array.from({ length: 60 }, (_, i) => `abc ${100 + i}`)];
    const { derived } = columnOf(texts);
    expect(derived.get('length')?.moments.mean).toBe(7);
    expect(derived.get('tokens')?.moments.mean).toBe(2);
    expect(derived.get('letters')?.quantiles.min).toBeCloseTo(3 / 7, 12);
    expect(derived.get('digits')?.quantiles.max).toBeCloseTo(3 / 7, 12);
    expect(derived.get('spaces')?.count).toBe(60);
  });

  it('measures vectors', () => {
    const column = columnOf([
      [3, 4],
      [6, 8],
      [0, 0],
    ]);
    expect(column.derived.get('norm')?.quantiles.weightedValues().values).toEqual(
      Float64Array.of(0, 5, 10),
    );
    expect([...(column.vectors?.meanDirection() ?? [])]).toEqual([1.2 / 3, 1.6 / 3]);
    expect([...column.derived.keys()]).toHaveLength(5);
    expect(Math.abs(column.derived.get('projection 2')?.quantiles.max ?? 0)).toBeLessThanOrEqual(
      14 / Math.SQRT2,
    );
  });

  it('has none for other types', () => {
    expect(columnOf(['a', 'b']).derived.size).toBe(0);
  });
});

describe('compareProfiles', () => {
  it('takes columns of every type', () => {
    const table = {
      e: [
        [1, 0],
        [0, 1],
      ],
      d: ['2024-01-01', '2024-01-02'],
      b: [true, false],
      t: ['x '.repeat(99), 'y '.repeat(99)],
      i: [1, 2],
    };
    const stats = compareProfiles(profileTable(table), profileTable(table));
    expect(stats.drift).toBe(false);
    expect(stats.columns).toEqual(['e', 'd', 'b', 't', 'i']);
    expect(stats.baseline('e').type).toBe('embedding');
  });
});
