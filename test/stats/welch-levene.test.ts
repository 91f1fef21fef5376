import { describe, expect, it } from 'vitest';
import { leveneTest } from '../../src/stats/levene.js';
import { welchTest } from '../../src/stats/welch.js';
import {
  describeReference,
  type Expected,
  expectClose,
  OFFSET_STATISTIC,
  P_VALUE,
  STATISTIC,
} from './reference.js';
import type { TwoSampleCase } from './two-sample-case.js';

const undefinedHere = expect.objectContaining({ code: 'ERR_LEEWAY_SAMPLE' });

describeReference<TwoSampleCase>('two_sample', (cases) => {
  const regular = cases.filter(({ expected }) => expected.welch_t && !expected.degenerate_variance);

  it("agrees on Welch's t", () => {
    for (const { id, shape, x, y, expected } of regular) {
      const offset = shape === 'huge_offset';
      const result = welchTest(x, y);
      expectClose(
        result.statistic,
        expected.welch_t?.statistic as Expected,
        offset ? OFFSET_STATISTIC : STATISTIC,
        id,
      );
      expectClose(
        result.df,
        expected.welch_t?.df as number,
        offset ? OFFSET_STATISTIC : STATISTIC,
        id,
      );
      expectClose(
        result.pValue,
        expected.welch_t?.p as number,
        offset ? OFFSET_STATISTIC : P_VALUE,
        id,
      );
    }
  });

  it.each([
    ['mean', 'levene_mean'],
    ['median', 'brown_forsythe'],
  ] as const)('agrees on Levene with the %s', (center, field) => {
    for (const { id, shape, x, y, expected } of regular) {
      const wanted = expected[field];
      const result = leveneTest(x, y, { center });
      if (x.length === 2 && y.length === 2) {
        // Within two values the deviations are equal: the reference's 1e30 is what rounding leaves of infinity.
        expect(Number(wanted?.statistic === 'inf' ? 1e31 : wanted?.statistic), id).toBeGreaterThan(
          1e20,
        );
        expect(result, id).toEqual({ statistic: Number.POSITIVE_INFINITY, pValue: 0 });
        continue;
      }
      const offset = shape === 'huge_offset';
      expectClose(
        result.statistic,
        wanted?.statistic as Expected,
        offset ? OFFSET_STATISTIC : STATISTIC,
        id,
      );
      expectClose(result.pValue, wanted?.p as number, offset ? OFFSET_STATISTIC : P_VALUE, id);
    }
  });
});

describe('welchTest and leveneTest', () => {
  it('are undefined without any spread', () => {
    for (const call of [welchTest, leveneTest]) {
      expect(() => call([5, 5, 5], [5, 5])).toThrow(undefinedHere);
      expect(() => call([0.1, 0.1, 0.1], [0.3, 0.3])).toThrow(undefinedHere);
      expect(() => call([1], [1, 2])).toThrow(/x must hold at least 2 values, got 1/);
    }
  });

  it('take one constant sample', () => {
    expect(welchTest([5, 5, 5], [4, 6, 8]).df).toBe(2);
    expect(leveneTest([5, 5, 5], [4, 6, 8.5]).pValue).toBeGreaterThan(0);
  });

  it('keep a small spread beside a huge offset', () => {
    const x = [1, 2, 3, 4, 7].map((value) => value + 1e12);
    const y = [2, 4, 6, 8, 9].map((value) => value + 1e12);
    expectClose(
      welchTest(x, y).statistic,
      welchTest([1, 2, 3, 4, 7], [2, 4, 6, 8, 9]).statistic,
      { relative: 1e-9 },
      't',
    );
  });
});
