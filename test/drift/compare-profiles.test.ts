import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { DriftStats } from '../../src/drift/drift-stats.js';
import { describeMovement, describeVerdict } from '../../src/drift/show/describe-drift.js';
import type { StatisticKey } from '../../src/drift/statistics/statistic.js';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { profileTable, type Table } from '../../src/profile/profile-table.js';
import { energyDistance } from '../../src/stats/energy.js';
import { ksTest } from '../../src/stats/ks.js';
import { mannWhitneyTest } from '../../src/stats/mann-whitney.js';
import { wassersteinDistance } from '../../src/stats/wasserstein.js';

function normals(count: number, seed: number, mean = 0, sd = 1): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => mean + sd * randomNormal(random));
}

function categories(count: number, seed: number, shares: Record<string, number>): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    let rest = random();
    for (const [name, share] of Object.entries(shares)) {
      rest -= share;
      if (rest < 0) return name;
    }
    return Object.keys(shares)[0] as string;
  });
}

const compare = (before: Table, now: Table): DriftStats =>
  compareProfiles(profileTable(before), profileTable(now));

/** The mean row of a column. */
const verdict = (stats: DriftStats, column: string) =>
  stats.select({ column, statistic: 'mean' })[0]!;

describe('compareProfiles', () => {
  // Each of these is a case where the rule of a well-known monitor goes wrong.
  describe('where others go wrong', () => {
    const thirds = { x: 1 / 3, y: 1 / 3, z: 1 / 3 };

    it('sees 33/33/33 become 80/10/10 beside a numeric column', () => {
      const stats = compare(
        { a: normals(10_000, 1), c: categories(10_000, 2, thirds) },
        { a: normals(10_000, 3), c: categories(10_000, 4, { x: 0.8, y: 0.1, z: 0.1 }) },
      );
      expect(stats.drifted).toEqual(['c']);
    });

    it('sees the same in a table of its own', () => {
      const stats = compare(
        { c: categories(10_000, 2, thirds) },
        { c: categories(10_000, 4, { x: 0.8, y: 0.1, z: 0.1 }) },
      );
      expect(stats.drifted).toEqual(['c']);
    });

    it('sees 30 % of rows in a category never seen before, and says how many', () => {
      const stats = compare(
        { c: categories(1_000, 2, thirds) },
        { c: categories(1_000, 4, { x: 0.24, y: 0.23, z: 0.23, new: 0.3 }) },
      );
      expect(stats.drifted).toEqual(['c']);
      expect(stats.select({ column: 'c', statistic: 'unseen' })[0]!.metric).toBeCloseTo(0.3, 1);
    });

    it('sees that all categories were replaced', () => {
      const stats = compare(
        { c: categories(500, 2, { a: 0.5, b: 0.5 }) },
        { c: categories(500, 4, { d: 0.5, e: 0.5 }) },
      );
      expect(stats.drifted).toEqual(['c']);
      expect(stats.select({ column: 'c', statistic: 'jsd' })[0]!.score).toBeCloseTo(1, 12);
    });

    it('sees a mean that moved by half a standard deviation, at ten thousand and at a million rows', () => {
      expect(compare({ a: normals(10_000, 1) }, { a: normals(10_000, 2, 0.5) }).drift).toBe(true);
      expect(compare({ a: normals(1_000_000, 1) }, { a: normals(1_000_000, 2, 0.5) }).drift).toBe(
        true,
      );
    });

    it('sees a spread that was halved', () => {
      expect(compare({ a: normals(1_000, 1) }, { a: normals(1_000, 2, 0, 0.5) }).drift).toBe(true);
    });

    it('finds distances of zero between the very same rows', () => {
      for (const count of [200, 10_000]) {
        const rows = { a: normals(count, 1), c: categories(count, 2, thirds) };
        const stats = compare(rows, rows);
        expect(stats.drift).toBe(false);
        for (const row of stats.rows) expect(row.score, `${row.column} ${row.statistic}`).toBe(0);
      }
    });

    it('is not misled by one wild value, now or in both windows', () => {
      const calm = normals(10_000, 2);
      expect(compare({ a: normals(10_000, 1) }, { a: [...calm, 1e6] }).drift).toBe(false);
      expect(compare({ a: [...normals(10_000, 1), 1e4] }, { a: [...calm, 1e4] }).drift).toBe(false);
      expect(
        compare({ a: [...normals(10_000, 1), 1e4] }, { a: [...normals(10_000, 2, 3), 1e4] }).drift,
      ).toBe(true);
    });

    it('finds no drift in a constant column, and says that it is constant', () => {
      const stats = compare(
        { a: Array(100).fill(3), c: Array(100).fill('x') },
        { a: Array(90).fill(3), c: Array(90).fill('x') },
      );
      expect(stats.drift).toBe(false);
      expect(verdict(stats, 'a')).toMatchObject({ outcome: 'constant', score: 0 });
      expect(verdict(stats, 'c')).toMatchObject({ outcome: 'constant', score: 0 });
    });

    it('sees 60 % of values go missing, and a column that has none any more', () => {
      const values = normals(500, 2);
      const holes = compare(
        { a: normals(500, 1) },
        { a: values.map((value, index) => (index % 5 < 3 ? null : value)) },
      );
      expect(holes.drifted).toEqual(['a']);
      expect(holes.rows.find((row) => row.drift && row.statistic !== 'mean')).toMatchObject({
        statistic: 'missing',
        current: 0.6,
      });
      const gone = compare(
        { a: normals(500, 1), b: values },
        { a: Array(500).fill(null), b: values },
      );
      expect(gone.drifted).toEqual(['a']);
      expect(verdict(gone, 'a').outcome).toBe('all-missing');
    });

    it('takes an infinity for a value of another sort, and does not fail', () => {
      const stats = compare(
        { a: normals(1_000, 1) },
        { a: [...normals(999, 2), Number.POSITIVE_INFINITY] },
      );
      expect(stats.drift).toBe(false);
      expect(stats.rows.every((row) => Number.isFinite(row.score))).toBe(true);
    });

    it('says that a column is gone, and leaves the others alone', () => {
      const b = normals(500, 3);
      const stats = compare({ a: normals(500, 1), b }, { b });
      expect(stats.drifted).toEqual(['a']);
      expect(verdict(stats, 'a').outcome).toBe('missing-column');
      expect(verdict(stats, 'b').outcome).toBe('compared');
    });

    it('gives ten equal answers to the same question', () => {
      const before = profileTable({ a: normals(300, 1) });
      const now = profileTable({ a: normals(300, 2, 0.55) });
      const answers = Array.from({ length: 10 }, () =>
        JSON.stringify(compareProfiles(before, now)),
      );
      expect(new Set(answers).size).toBe(1);
    });
  });

  it('sees text among numbers as a change of type', () => {
    const stats = compare(
      { a: normals(300, 1) },
      { a: normals(300, 2).map((value) => `${value.toFixed(2)} m/s`) },
    );
    expect(stats.drifted).toEqual(['a']);
    expect(verdict(stats, 'a').outcome).toBe('type-change');
  });

  it('sees which columns no longer go together, while each stays as it was', () => {
    const a = normals(2_000, 1);
    const noise = normals(2_000, 2);
    const c = normals(2_000, 3);
    const table = (sign: number) => ({
      a,
      b: a.map((value, index) => sign * 0.9 * value + 0.4 * noise[index]!),
      c,
    });
    const stats = compare(table(1), table(-1));
    expect(stats.drifted).toEqual(['a', 'b']);
    const [joint] = stats.select({ column: 'a', statistic: 'joint' });
    expect(joint).toMatchObject({ location: 'b', drift: true });
    expect(joint!.pValue).toBeLessThan(1e-20);
    expect(joint!.baseline).toBeCloseTo(0.91, 1);
    expect(joint!.current).toBeCloseTo(-0.91, 1);
    const spearman = profileTable(table(1), { reservoir: 2_000 }).correlations('spearman')
      .values[0]![1]!;
    expect(Math.abs(joint!.baseline! - spearman)).toBeLessThan(0.03);
    expect(stats.select({ column: 'c', statistic: 'joint' })[0]!.score).toBeLessThan(0.1);
    const apart = (sign: number) => profileTable(table(sign), { joint: 0 });
    expect(compareProfiles(apart(1), apart(-1)).select({ statistic: 'joint' })).toEqual([]);
  });

  it('compares numbers that a file delivered as strings with numbers as numbers', () => {
    const fromFile = profileTable({
      a: normals(400, 1).map(String),
      zip: Array.from({ length: 400 }, (_, i) => `0213${i % 5}`),
    });
    const fromJson = (shift: number) =>
      profileTable({
        a: normals(400, 2, shift),
        zip: Array.from({ length: 400 }, (_, i) => `0213${i % 5}`),
      });
    expect(compareProfiles(fromFile, fromJson(0)).drift).toBe(false);
    expect(compareProfiles(fromFile, fromJson(1)).drifted).toEqual(['a']);
  });

  it('does not call nearly unique strings drifting', () => {
    const ids = (from: number) => Array.from({ length: 500 }, (_, index) => `id-${from + index}`);
    const stats = compare({ id: ids(0) }, { id: ids(1_000) });
    expect(stats.drift).toBe(false);
    expect(verdict(stats, 'id').type).toBe('text');
  });

  it('does not call a change drift that is too small to matter, however many rows show it', () => {
    const stats = compare({ a: normals(1_000_000, 1) }, { a: normals(1_000_000, 2, 0.02) });
    expect(stats.drift).toBe(false);
  });

  it('says the same of a column that sketches hold as leeway/stats says of all its values, within the bounds', () => {
    const before = normals(50_000, 1);
    const now = normals(20_000, 2, 0.3, 1.2);
    const stats = compare({ a: before }, { a: now });
    const metric = (statistic: StatisticKey) => stats.select({ statistic })[0]!;
    expect(Math.abs(metric('ks').metric - ksTest(before, now).statistic)).toBeLessThan(0.012);
    expect(Math.abs(metric('wasserstein').metric - wassersteinDistance(before, now))).toBeLessThan(
      0.02,
    );
    expect(Math.abs(metric('energy').metric - energyDistance(before, now))).toBeLessThan(0.02);
    const delta = Math.abs((2 * mannWhitneyTest(before, now).statistic) / (50_000 * 20_000) - 1);
    expect(Math.abs(metric('mannwhitney').score - delta)).toBeLessThan(0.012);
    for (const statistic of [
      'mannwhitney',
      'waerden',
      'klotz',
      'welch',
      'levene',
      'ad',
      'cvm',
    ] as const) {
      expect(metric(statistic).pValue, statistic).toBeLessThan(0.01);
    }
  });

  it('takes a sketch for no more than it knows: p-values of unchanged large windows err upwards', () => {
    const small = new Map<string, number>();
    const repeats = 60;
    for (let seed = 0; seed < repeats; seed += 1) {
      const stats = compare(
        { a: normals(20_000, 2 * seed + 1_000) },
        { a: normals(8_000, 2 * seed + 1_001) },
      );
      for (const row of stats.rows)
        if (row.pValue !== null && row.pValue <= 0.05)
          small.set(row.statistic, (small.get(row.statistic) ?? 0) + 1);
    }
    // 5 % of 60 is 3; the upper end of the binomial interval at 99.9 % is 9.
    for (const [statistic, times] of small) expect(times, statistic).toBeLessThanOrEqual(9);
  });

  it('replays a known failure of sketches: windows of 50,000 and 560,000 rows without drift, the same answer each time', () => {
    for (let seed = 0; seed < 10; seed += 1) {
      const before = profileTable({ a: normals(50_000, seed + 1) });
      const now = profileTable({ a: normals(560_000, seed + 101) });
      const stats = compareProfiles(before, now);
      expect(stats.drift).toBe(false);
      expect(stats.select({ statistic: 'ks' })[0]!.pValue).toBeGreaterThan(0.05);
      if (seed === 0)
        expect(
          JSON.stringify(compareProfiles(before, profileTable({ a: normals(560_000, 101) }))),
        ).toBe(JSON.stringify(stats));
    }
  });

  it('keeps its rate of false alarms over fifty columns', () => {
    let alarms = 0;
    const tables = 200;
    for (let repeat = 0; repeat < tables; repeat += 1) {
      const side = (seed: number) =>
        Object.fromEntries(
          Array.from({ length: 50 }, (_, index) => [
            `c${index}`,
            normals(100, seed * 1_000 + index),
          ]),
        );
      if (compare(side(2 * repeat), side(2 * repeat + 1)).drift) alarms += 1;
    }
    // 5 % of 200 is 10; the upper end of the binomial interval at 99.9 % is 21.
    expect(alarms).toBeLessThanOrEqual(21);
  });

  it('has no verdict on too few rows', () => {
    const stats = compareProfiles(
      profileTable({ a: normals(500, 1) }),
      profileTable({ a: normals(5, 2, 9) }),
      {
        minRows: 100,
      },
    );
    expect(stats).toMatchObject({ drift: false, outcome: 'too-few' });
    expect(describeVerdict(stats)).toBe(
      'No verdict: 5 rows against a baseline of 500; at least 100 are needed on either side.',
    );
  });

  it('calls a side that the window lacks not observed, and new columns new', () => {
    const stats = compare(
      { X_a: normals(200, 1), Y_p: normals(200, 2) },
      { Y_p: normals(200, 3), Y_q: normals(200, 4) },
    );
    expect(verdict(stats, 'X_a')).toMatchObject({ outcome: 'not-observed', drift: false });
    expect(verdict(stats, 'Y_q')).toMatchObject({ outcome: 'new-column', drift: false });
    expect(stats.drift).toBe(false);
  });

  it('refuses a false alarm rate that is none', () => {
    const profile = profileTable({ a: [1] });
    expect(() => compareProfiles(profile, profile, { falseAlarmRate: 5 })).toThrow(
      /between 0 and 1, got 5 \(number\)/,
    );
  });
});

describe('DriftStats', () => {
  const stats = compare(
    {
      X_wind: normals(500, 1, 3),
      X_kind: categories(500, 2, { sun: 0.7, rain: 0.3 }),
      Y_t: normals(500, 3),
    },
    {
      X_wind: normals(500, 4, 4.5),
      X_kind: categories(500, 5, { sun: 0.3, rain: 0.7 }),
      Y_t: normals(500, 6),
    },
  );

  it('has a row per column and statistic, and one for the column', () => {
    expect(stats.columns).toEqual(['X_wind', 'X_kind', 'Y_t']);
    const keys = (column: string): string =>
      stats
        .select({ column })
        .map((row) => row.statistic)
        .join(' ');
    const shared = 'psi jsd kld hellinger tv linf missing type mean';
    const numeric = 'ks wasserstein energy cvm ad mannwhitney waerden klotz welch levene range';
    // Two columns are numeric, so it is known how they go together.
    expect(keys('X_wind')).toBe(`${numeric} ${shared.replace('mean', 'joint mean')}`);
    expect(keys('X_kind')).toBe(`chisq g unseen residual ${shared}`);
    expect(stats.select({ column: 'Y_t', statistic: 'mean' })[0]).toMatchObject({
      kind: 'label',
      type: 'numeric',
      drift: false,
    });
    for (const row of stats.rows)
      expect(row.score >= 0 && row.score <= 1, `${row.column} ${row.statistic}`).toBe(true);
  });

  it('says in words what moved', () => {
    expect(describeVerdict(stats)).toBe('Drift in 2 of 3 columns: X_wind and X_kind.');
    expect(describeMovement(stats, verdict(stats, 'X_wind'))).toMatch(
      /^median rose from [23]\.\d+ to 4\.\d+ \(\+1\.\d sd\)/,
    );
    expect(describeMovement(stats, verdict(stats, 'X_wind'), { units: { X_wind: 'm/s' } })).toMatch(
      / m\/s to .* m\/s /,
    );
    expect(describeMovement(stats, verdict(stats, 'X_kind'))).toMatch(
      /^“(sun|rain)” (rose|fell) from \d+ % to \d+ % of rows$/,
    );
    expect(describeMovement(stats, verdict(stats, 'X_kind'), { values: false })).toMatch(
      /^one category /,
    );
  });

  it('reads back what it wrote', () => {
    const back = DriftStats.fromJSON(JSON.parse(JSON.stringify(stats)));
    expect(back.toJSON()).toEqual(JSON.parse(JSON.stringify(stats)));
    expect(() => back.baseline('X_wind')).toThrow(/without its profiles/);
    expect(() => DriftStats.fromJSON({} as never)).toThrow(/not a leeway comparison/);
  });

  it('draws a column as a picture with both sides in it', () => {
    for (const column of stats.columns) {
      const picture = stats.plot(column);
      expect(picture).toMatch(/^<svg [^>]*role="img"/);
      expect(picture).toContain(`<title>${column}</title>`);
      expect(picture).toContain('#0072b2');
      expect(picture).toContain('#d55e00');
    }
  });
});
