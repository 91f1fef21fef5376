import { describe, expect, it } from 'vitest';
import { chiSquareTest } from '../../src/stats/chi-square.js';
import { cramersV } from '../../src/stats/cramers-v.js';
import { fisherExactTest } from '../../src/stats/fisher.js';
import { gTest } from '../../src/stats/g-test.js';
import { proportionTest } from '../../src/stats/proportion.js';
import { describeReference, type Expected, expectClose, P_VALUE, STATISTIC } from './reference.js';

interface ContingencyCase {
  readonly table: number[][];
  readonly expected: {
    readonly chi2: { readonly statistic: number | null; readonly p: number; readonly dof: number };
    readonly g_test: {
      readonly statistic: number | null;
      readonly p: number;
      readonly dof: number;
    };
    readonly z_two_proportions?: { readonly z: number | null; readonly p: number };
    readonly cramers_v?: number | null;
    readonly fisher?: {
      readonly odds_ratio: Expected | null;
      readonly p_two_sided: number;
      readonly p_less: number;
      readonly p_greater: number;
    };
  };
}

const undefinedHere = expect.objectContaining({ code: 'ERR_LEEWAY_SAMPLE' });

describeReference<ContingencyCase>('contingency', (cases) => {
  it('agrees on chi-square', () => {
    for (const { table, expected } of cases) {
      const label = JSON.stringify(table).slice(0, 60);
      if (expected.chi2.statistic === null) {
        expect(() => chiSquareTest(table), label).toThrow(undefinedHere);
        continue;
      }
      const result = chiSquareTest(table);
      expect(result.dof, label).toBe(expected.chi2.dof);
      expectClose(result.statistic, expected.chi2.statistic, STATISTIC, label);
      expectClose(result.pValue, expected.chi2.p, P_VALUE, label);
    }
  });

  it('agrees on the G test', () => {
    for (const { table, expected } of cases) {
      const label = JSON.stringify(table).slice(0, 60);
      if (expected.g_test.statistic === null) {
        expect(() => gTest(table), label).toThrow(undefinedHere);
        continue;
      }
      const result = gTest(table);
      expect(result.dof, label).toBe(expected.g_test.dof);
      expectClose(result.statistic, expected.g_test.statistic, STATISTIC, label);
      expectClose(result.pValue, expected.g_test.p, P_VALUE, label);
    }
  });

  it('agrees on the test of two proportions', () => {
    for (const { table, expected } of cases) {
      if (!expected.z_two_proportions) continue;
      const label = JSON.stringify(table);
      const { z, p } = expected.z_two_proportions;
      if (z === null) {
        expect(() => proportionTest(table), label).toThrow(undefinedHere);
        continue;
      }
      expectClose(proportionTest(table).statistic, z, STATISTIC, label);
      expectClose(proportionTest(table).pValue, p, P_VALUE, label);
    }
  });

  it("agrees on Cramér's V", () => {
    for (const { table, expected } of cases) {
      const label = JSON.stringify(table).slice(0, 60);
      if (typeof expected.cramers_v === 'number')
        expectClose(cramersV(table), expected.cramers_v, STATISTIC, label);
      else expect(() => cramersV(table), label).toThrow(undefinedHere);
    }
  });

  it("agrees on Fisher's exact test", () => {
    for (const { table, expected } of cases) {
      if (!expected.fisher) continue;
      const label = JSON.stringify(table);
      const {
        odds_ratio: oddsRatio,
        p_two_sided: both,
        p_less: less,
        p_greater: greater,
      } = expected.fisher;
      if (oddsRatio === null) expect(fisherExactTest(table).statistic, label).toBeNaN();
      else expectClose(fisherExactTest(table).statistic, oddsRatio, STATISTIC, label);
      expectClose(fisherExactTest(table).pValue, both, P_VALUE, label);
      expectClose(fisherExactTest(table, { alternative: 'less' }).pValue, less, P_VALUE, label);
      expectClose(
        fisherExactTest(table, { alternative: 'greater' }).pValue,
        greater,
        P_VALUE,
        label,
      );
    }
  });
});

describe('tests on tables', () => {
  it('drop rows and columns without counts', () => {
    const table = [
      [10, 0, 20],
      [0, 0, 0],
      [20, 0, 10],
    ];
    const compact = [
      [10, 20],
      [20, 10],
    ];
    expect(chiSquareTest(table)).toEqual(chiSquareTest(compact));
    expect(chiSquareTest(table, { method: 'conditional' })).toEqual(
      chiSquareTest(compact, { method: 'conditional' }),
    );
    expect(cramersV(table)).toBe(cramersV(compact));
  });

  it('find nothing where only one category is left', () => {
    for (const method of ['asymptotic', 'conditional'] as const) {
      expect(chiSquareTest([[7], [9]], { method })).toEqual({ statistic: 0, pValue: 1, dof: 0 });
    }
  });

  it.each([
    [[], /array of rows/],
    [[[1, 2], [3]], /table\[1\] must be an array of as many/],
    [
      [
        [1, -2],
        [3, 4],
      ],
      /table\[0\]\[1\]/,
    ],
    [
      [
        [1, 2],
        [3, Number.NaN],
      ],
      /table\[1\]\[1\]/,
    ],
    [
      [
        [0, 0],
        [0, 0],
      ],
      /above 0/,
    ],
    ['no', /array of rows/],
  ])('refuse %o', (table, message) => {
    for (const call of [chiSquareTest, gTest, cramersV]) {
      expect(() => call(table as number[][])).toThrow(message);
      expect(() => call(table as number[][])).toThrow(undefinedHere);
    }
  });

  it("ask whole counts and two by two of Fisher's test", () => {
    expect(() =>
      fisherExactTest([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toThrow(/2 by 2, got 2 by 3/);
    expect(() =>
      fisherExactTest([
        [1.5, 2],
        [3, 4],
      ]),
    ).toThrow(/whole counts/);
    expect(() =>
      fisherExactTest(
        [
          [1, 2],
          [3, 4],
        ],
        { alternative: 'both' } as object,
      ),
    ).toThrow(/'two-sided'/);
  });
});
