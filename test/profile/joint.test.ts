import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { CoMoments } from '../../src/profile/correlations.js';
import { Profile } from '../../src/profile/profile.js';
import { profileStream } from '../../src/profile/profile-stream.js';
import { profileTable } from '../../src/profile/profile-table.js';

function correlated(
  count: number,
  seed: number,
  offset = 0,
): { x: Float64Array; y: Float64Array; z: Float64Array } {
  const random = seededRandom(seed);
  const x = Float64Array.from({ length: count }, () => offset + randomNormal(random));
  const y = x.map((value) => 0.8 * value + 0.6 * randomNormal(random));
  return { x, y, z: x.map((value) => Math.exp(value - offset)) };
}

/** Pearson's coefficient by its definition, in two passes. */
function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
  const mx = mean(x);
  const my = mean(y);
  let sxx = 0;
  let syy = 0;
  let sxy = 0;
  for (let i = 0; i < x.length; i += 1) {
    const dx = (x[i] as number) - mx;
    const dy = (y[i] as number) - my;
    sxx += dx * dx;
    syy += dy * dy;
    sxy += dx * dy;
  }
  return sxy / Math.sqrt(sxx * syy);
}

describe('correlations', () => {
  it('are exact, also far from zero and across slices', () => {
    const table = correlated(10_001, 1, 1e6);
    const { columns, values } = profileTable(table, { correlate: true }).correlations();
    expect(columns).toEqual(['x', 'y', 'z']);
    expect(values[0]?.[1]).toBeCloseTo(pearson(table.x, table.y), 9);
    expect(values[2]?.[1]).toBeCloseTo(pearson(table.z, table.y), 9);
    expect(values[1]?.[1]).toBe(1);
  });

  it('take each pair over the rows that have both', () => {
    const x = [1, 2, null, 4, 5, 9];
    const y = [2, 1, 7, Number.NaN, 3, '4'];
    const { values } = profileTable({ x, y }, { correlate: true }).correlations();
    expect(values[0]?.[1]).toBeCloseTo(pearson([1, 2, 5, 9], [2, 1, 3, 4]), 12);
  });

  it('are NaN for constants, and 1 or -1 at most', () => {
    const { values } = profileTable(
      { a: [1, 1], b: [1, 2], c: [-2, -4] },
      { correlate: true },
    ).correlations();
    expect(values[0]?.[1]).toBeNaN();
    expect(values[1]?.[2]).toBeCloseTo(-1, 12);
  });

  it('merge into those of the whole, whatever the order of columns', () => {
    const whole = correlated(3000, 2);
    const part = (from: number, to: number, names: readonly ('x' | 'y' | 'z')[]): Profile =>
      profileTable(Object.fromEntries(names.map((name) => [name, whole[name].slice(from, to)])), {
        correlate: true,
      });
    const merged = part(0, 1000, ['x', 'y', 'z']);
    merged.merge(part(1000, 3000, ['z', 'x', 'y']));
    const expected = profileTable(whole, { correlate: true }).correlations().values;
    merged.correlations().values.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(expected[i]?.[j] as number, 12);
      });
    });
  });

  it('of ranks do not mind a monotone map', () => {
    const profile = profileTable(correlated(5000, 3), { correlate: true });
    const { values } = profile.correlations('spearman');
    expect(values[0]?.[2]).toBe(1);
    expect(values[0]?.[1]).toBeCloseTo((6 / Math.PI) * Math.asin(0.4), 1);
    expect(() => profileTable({ x: [1] }).correlations('spearman')).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_STATE' }),
    );
    expect(() => profileTable({ x: [1] }).correlations()).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_STATE' }),
    );
  });

  it('of ranks give ties their mean rank and skip what is missing', () => {
    const table = { x: [1, 2, 2, 3, null], y: [1, 3, 2, 4, 9] };
    const { values } = profileTable(table, { reservoir: 10 }).correlations('spearman');
    expect(values[0]?.[1]).toBeCloseTo(pearson([1, 2.5, 2.5, 4], [1, 3, 2, 4]), 12);
  });

  it('stop at fifty columns', () => {
    expect(new CoMoments(Array.from({ length: 60 }, (_, i) => `c${i}`)).columns).toHaveLength(50);
  });
});

describe('a sample of rows', () => {
  const table = {
    n: Array.from({ length: 500 }, (_, i) => i),
    s: Array.from({ length: 500 }, (_, i) => `s${i}`),
  };

  it('keeps rows whole, the same each time', () => {
    const profile = profileTable(table, { reservoir: 20 });
    const rows = profile.sample(5, 7);
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row.s).toBe(`s${row.n}`);
    expect(profileTable(table, { reservoir: 20 }).sample(5, 7)).toEqual(rows);
    expect(profile.sample(100)).toHaveLength(20);
    expect(Profile.fromJSON(profile.toJSON()).sample(5, 7)).toEqual(rows);
    expect(profileTable(table).sample(5)).toEqual([]);
  });

  it('is fair to all rows of merged parts', () => {
    let sum = 0;
    for (let seed = 0; seed < 40; seed += 1) {
      const profile = profileTable({ n: table.n.slice(0, 100) }, { reservoir: 50, seed });
      profile.merge(
        profileTable({ m: table.n, n: table.n.map((n) => n + 100) }, { reservoir: 50, seed }),
      );
      for (const row of profile.sample(50, seed)) sum += Number(row.n) < 100 ? 1 : 0;
    }
    // A sixth of 2,000 draws: 333 ± 17.
    expect(Math.abs(sum - 333)).toBeLessThan(60);
  });

  it('of another size does not merge', () => {
    expect(() =>
      profileTable(table, { reservoir: 20 }).merge(profileTable(table, { reservoir: 10 })),
    ).toThrow(expect.objectContaining({ code: 'ERR_LEEWAY_FORMAT' }));
    const profile = profileTable(table, { reservoir: 20 });
    profile.merge(profileTable(table));
    expect(profile.rows).toBe(1000);
  });

  it('of one column draws from what its sketch holds', () => {
    const profile = profileTable({ n: [1, 2, 3, 4], c: ['a', 'a', 'a', 'b'] });
    const numbers = profile.column('n')?.sample(400, 3) as number[];
    expect(new Set(numbers)).toEqual(new Set([1, 2, 3, 4]));
    const names = profile.column('c')?.sample(400, 3) ?? [];
    expect(names.filter((name) => name === 'a').length).toBeGreaterThan(260);
    expect(profile.column('c')?.sample(400, 3)).toEqual(names);
    expect(
      profileTable({ z: [null] })
        .column('z')
        ?.sample(3),
    ).toEqual([]);
  });
});

describe('segments', () => {
  const rows = Array.from({ length: 300 }, (_, i) => ({
    region: ['n', 's', null][i % 3],
    tier: i % 2,
    x: i,
  }));

  it('are profiles by value, and add up to the whole', () => {
    const profile = profileTable(rows, { groupby: 'region' });
    expect([...profile.segments.keys()]).toEqual(['n', 's', '(missing)']);
    expect(profile.segments.get('s')?.column('x')?.moments.mean).toBeCloseTo(148.5 + 1, 0);
    expect([...profile.segments.values()].reduce((sum, segment) => sum + segment.rows, 0)).toBe(
      300,
    );
    const restored = Profile.fromBytes(profile.toBytes());
    expect(restored.segments.get('n')?.rows).toBe(100);
    expect(restored.toBytes()).toEqual(profile.toBytes());
    expect(profile.clone().segments.get('n')?.toBytes()).toEqual(
      profile.segments.get('n')?.toBytes(),
    );
  });

  it('of several columns are named by all values', () => {
    const profile = profileTable(rows, { groupby: ['region', 'tier'] });
    expect(profile.segments.get('["s","1"]')?.rows).toBe(50);
  });

  it('merge by name', () => {
    const profile = profileTable(rows, { groupby: 'region' });
    profile.merge(
      profileTable(
        [
          { region: 's', x: 1 },
          { region: 'new', x: 2 },
        ],
        { groupby: 'region' },
      ),
    );
    expect(profile.segments.get('s')?.rows).toBe(101);
    expect(profile.segments.get('new')?.rows).toBe(1);
  });

  it('are fifty, and other', () => {
    const profile = profileTable(
      { k: Array.from({ length: 1000 }, (_, i) => i) },
      { groupby: 'k' },
    );
    expect(profile.segments.size).toBe(51);
    expect(profile.segments.get('other')?.rows).toBe(950);
    expect(Profile.fromBytes(profile.toBytes()).segments.size).toBe(51);
  });
});

describe('profileStream', () => {
  const rows = Array.from({ length: 10_000 }, (_, i) => ({ n: i / 7, c: `k${i % 5}` }));
  const expected = profileTable(rows).toBytes();

  async function* inBatches(size: number) {
    for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size);
  }

  it('gives what the whole table gives, row by row', async () => {
    expect((await profileStream(rows)).toBytes()).toEqual(expected);
  });

  it('takes batches of rows and of columns', async () => {
    expect((await profileStream(inBatches(4096))).toBytes()).toEqual(expected);
    const columns = { n: Float64Array.from(rows, (row) => row.n), c: rows.map((row) => row.c) };
    expect((await profileStream([columns])).toBytes()).toEqual(expected);
    expect((await profileStream(inBatches(777))).rows).toBe(10_000);
  });

  it('takes rows and batches in turns', async () => {
    const mixed = await profileStream([{ n: 1 }, [{ n: 2 }], { n: [3, 4] }, { n: 5 }]);
    expect(mixed.column('n')?.quantiles.weightedValues().values).toEqual(
      Float64Array.of(1, 2, 3, 4, 5),
    );
  });
});

describe('a column', () => {
  it('answers for ranks', () => {
    const column = profileTable({ n: [1, 2, 2, 4] }).column('n');
    expect(column?.quantile(0.5)).toBe(2);
    expect(column?.cdf(2)).toBe(0.75);
    expect(column?.cdf(0)).toBe(0);
    expect(column?.histogram([2, 3])).toEqual(Float64Array.of(1, 2, 1));
    expect(
      profileTable({ n: [null] })
        .column('n')
        ?.cdf(1),
    ).toBeNaN();
  });

  it('bins by its own quantiles unless told', () => {
    const column = profileTable({ n: Array.from({ length: 100 }, (_, i) => i) }).column('n');
    expect(column?.edges(4)).toEqual([24.75, 49.5, 74.25]);
    expect(column?.histogram()).toEqual(new Float64Array(10).fill(10));
    expect(
      profileTable({ n: [5, 5, 5] })
        .column('n')
        ?.edges(4),
    ).toEqual([]);
  });
});
