import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Profile } from '../../src/profile/profile.js';
import type { ProfileOptions } from '../../src/profile/profile-options.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { MAX_DIMENSION } from '../../src/profile/vector-summary.js';
import { cpuMs } from '../fixtures/cpu-time.js';

const OPTIONS: ProfileOptions = { correlate: true, reservoir: 8, groupby: 'k' };

const cell = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true }),
  fc.constantFrom(-0, 1e308, -1e308, 5e-324, Number.POSITIVE_INFINITY, Number.NaN, null, undefined),
  fc.constantFrom('7', '-2.5', '02139', 'true', 'False', '2024-01-31', '', '__proto__', 'NaN', '🌦'),
  fc.boolean(),
  fc.constantFrom(new Date(0), new Date(Number.NaN), {}, Symbol.iterator, 12n),
  fc.array(fc.double({ noNaN: true, min: -9, max: 9 }), { maxLength: 3 }),
);
const rows = fc.array(
  fc.record(
    { a: cell, b: fc.integer(), k: fc.constantFrom('x', 'y', null), __proto__: fc.nat() },
    { requiredKeys: ['b'] },
  ),
  { maxLength: 30 },
);

/** All that can be asked of small profiles, where every answer is exact; sums may differ in the last digits. */
function told(profile: Profile) {
  return {
    rows: profile.rows,
    schema: profile.schema,
    segments: [...profile.segments].map(([name, part]) => [name, part.rows]).sort(),
    columns: [...profile.columnNames].sort().map((name) => {
      const column = profile.column(name);
      return {
        name,
        counts: column?.counts,
        readings: column?.readings,
        values: column?.quantiles.weightedValues(),
        items: column?.items.entries(),
        derived: [...(column?.derived ?? [])].map(([key, { quantiles }]) => [
          key,
          quantiles.weightedValues(),
        ]),
      };
    }),
  };
}

const merged = (left: Profile, right: Profile): Profile => {
  const copy = left.clone();
  copy.merge(right);
  return copy;
};

describe('merging profiles', () => {
  it('gives the whole from its parts, in either order, however they are bracketed', () => {
    fc.assert(
      fc.property(rows, rows, rows, (first, second, third) => {
        // The dimension of vectors is settled by the first row that has some; told apart in schema.test.ts.
        const parts = [first, second, third].map((part) =>
          profileTable(part.map(withoutVectors), OPTIONS),
        );
        const [a, b, c] = parts as [Profile, Profile, Profile];
        const whole = told(
          profileTable([...first, ...second, ...third].map(withoutVectors), OPTIONS),
        );
        const inOrder = merged(merged(a, b), c);
        expect(told(inOrder)).toEqual(whole);
        expect(told(merged(a, merged(b, c)))).toEqual(whole);
        expect(told(merged(c, merged(b, a)))).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves the other as it is, and with an empty one changes nothing', () => {
    fc.assert(
      fc.property(rows, rows, (left, right) => {
        const a = profileTable(left, OPTIONS);
        const b = profileTable(right, OPTIONS);
        const before = b.toBytes();
        a.merge(b);
        expect(b.toBytes()).toEqual(before);
        expect(told(merged(b, new Profile(OPTIONS)))).toEqual(told(b));
        expect(told(merged(new Profile(OPTIONS), b))).toEqual(told(b));
      }),
      { numRuns: 40 },
    );
  });

  it('keeps moments and correlations', () => {
    const number = fc.integer({ min: -1e8, max: 1e8 }).map((value) => value / 128);
    const table = fc.array(fc.record({ x: number, y: fc.option(number) }), {
      minLength: 2,
      maxLength: 40,
    });
    fc.assert(
      fc.property(table, table, (left, right) => {
        const whole = profileTable([...left, ...right], {
          correlate: true,
          schema: { x: 'numeric', y: 'numeric' },
        });
        const parts = merged(
          profileTable(left, { correlate: true, schema: { x: 'numeric', y: 'numeric' } }),
          profileTable(right, { correlate: true, schema: { x: 'numeric', y: 'numeric' } }),
        );
        const expected = whole.column('x')?.moments;
        const found = parts.column('x')?.moments;
        expect(found?.mean).toBeCloseTo(expected?.mean as number, 6);
        const r = whole.correlations().values[0]?.[1];
        const s = parts.correlations().values[0]?.[1];
        if (!Number.isNaN(r)) expect(s).toBeCloseTo(r as number, 6);
      }),
    );
  });
});

describe('encoding profiles', () => {
  it('changes nothing, in bytes and in JSON', () => {
    fc.assert(
      fc.property(rows, (table) => {
        const profile = profileTable(table, OPTIONS);
        const bytes = profile.toBytes();
        expect(Profile.fromBytes(bytes).toBytes()).toEqual(bytes);
        const text = JSON.stringify(profile);
        expect(Profile.fromJSON(text).toBytes()).toEqual(bytes);
        expect(JSON.stringify(Profile.fromJSON(JSON.parse(text)))).toBe(text);
        expect(told(Profile.fromBytes(bytes))).toEqual(told(profile));
        expect(profile.toBytes()).toEqual(bytes);
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same bytes for the same rows', () => {
    fc.assert(
      fc.property(rows, (table) => {
        expect(profileTable(table, OPTIONS).toBytes()).toEqual(
          profileTable(structuredRows(table), OPTIONS).toBytes(),
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('hostile input to the decoders', () => {
  const profile = profileTable(
    Array.from({ length: 80 }, (_, i) => ({
      n: i / 3,
      c: `k${i % 3}`,
      t: `text ${i}`,
      v: [i, 1],
      d: new Date(i),
      k: 'x',
    })),
    OPTIONS,
  );
  const bytes = profile.toBytes();
  const json = JSON.stringify(profile);

  /** A typed error or a whole profile. Decoding again takes as long again; what a busy machine adds does not come each time. */
  function survives(decode: () => Profile): void {
    let best = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 20 && best > 25; attempt += 1) {
      const start = cpuMs();
      try {
        const decoded = decode();
        expect(Profile.fromBytes(decoded.toBytes()).rows).toBe(decoded.rows);
      } catch (error) {
        expect(error).toMatchObject({ name: 'LeewayError', code: 'ERR_LEEWAY_FORMAT' });
      }
      best = Math.min(best, cpuMs() - start);
    }
    slowest = Math.max(slowest, best);
  }
  let slowest = 0;

  it('is refused as a whole: changed and cut bytes', () => {
    for (let warm = 0; warm < 30; warm += 1) survives(() => Profile.fromBytes(bytes));
    slowest = 0;
    const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(edits, fc.option(fc.nat(bytes.length)), (changes, length) => {
        const damaged = bytes.slice(0, length ?? bytes.length);
        for (const [place, byte] of changes) if (place < damaged.length) damaged[place] = byte;
        survives(() => Profile.fromBytes(damaged));
      }),
      { numRuns: 400 },
    );
    expect(slowest).toBeLessThan(50);
  });

  it('is refused as a whole: JSON with any part exchanged', () => {
    slowest = 0;
    const parsed = JSON.parse(json);
    const paths: (string | number)[][] = [];
    const walk = (value: unknown, path: (string | number)[]): void => {
      paths.push(path);
      if (value === null || typeof value !== 'object') return;
      for (const key of Object.keys(value))
        walk((value as Record<string, unknown>)[key], [...path, key]);
    };
    walk(parsed, []);
    const evil = fc.oneof(
      fc.constantFrom(
        null,
        -1,
        0.5,
        1e300,
        2 ** 53,
        'x',
        '',
        true,
        [],
        {},
        [[]],
        [null],
        { $number: 'NaN' },
        { $float64: [1, 'x'] },
      ),
      fc.constantFrom(
        { $float64: [Number.MAX_VALUE] },
        { $number: {} },
        { $float64: 3 },
        { __proto__: null, length: 1e9 },
      ),
      fc.jsonValue({ maxDepth: 3 }),
    );
    fc.assert(
      fc.property(fc.nat(paths.length - 1), evil, (index, value) => {
        const copy = JSON.parse(json);
        const path = paths[index] as (string | number)[];
        if (path.length === 0) return survives(() => Profile.fromJSON(value));
        let parent = copy;
        for (const key of path.slice(0, -1)) parent = parent[key];
        parent[path.at(-1) as string] = value;
        survives(() => Profile.fromJSON(copy));
        survives(() => Profile.fromJSON(JSON.stringify(copy)));
      }),
      { numRuns: 400 },
    );
    expect(slowest).toBeLessThan(50);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['no JSON', '{'],
    ['another thing', { format: 'leeway-chunk', version: 2 }],
    ['a newer version', { format: 'leeway-profile', version: 99 }],
    ['bare claims', { format: 'leeway-profile', version: 2 }],
    ['depth', JSON.parse(`${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`)],
  ])('is refused: %s', (_, value) => {
    expect(() => Profile.fromJSON(value)).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_FORMAT' }),
    );
  });

  it('is refused: a depth that would exhaust the stack', () => {
    const deep = `{"format":"leeway-profile","version":2,"rows":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(() => Profile.fromJSON(deep)).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_FORMAT' }),
    );
  });

  it('is not believed where it claims more than it holds', () => {
    const claims = json
      .replace(/"capacity":\d+/g, '"capacity":1048576')
      .replace(/"dimension":2/g, `"dimension":${MAX_DIMENSION}`);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => Profile.fromJSON(claims)).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_FORMAT' }),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * claims.length);
  });

  it('is not allowed to change what it was read from', () => {
    const input = bytes.slice();
    const decoded = Profile.fromBytes(input);
    decoded.merge(profile);
    expect(input).toEqual(bytes);
    input.fill(0);
    expect(decoded.rows).toBe(160);
  });
});

function withoutVectors<T extends object>(row: T): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => !Array.isArray(value))) as T;
}

function structuredRows<T extends object>(table: readonly T[]): T[] {
  return table.map((row) => Object.fromEntries(Object.entries(row)) as T);
}
