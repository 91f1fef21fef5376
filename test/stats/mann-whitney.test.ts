import { describe, expect, it } from 'vitest';
import { mannWhitneyTest } from '../../src/stats/mann-whitney.js';
import { describeReference, expectClose, P_VALUE, STATISTIC } from './reference.js';
import type { TwoSampleCase } from './two-sample-case.js';

describeReference<TwoSampleCase>('two_sample', (cases) => {
  it('agrees on U and the normal law, with and without continuity', () => {
    for (const { id, x, y, expected } of cases) {
      const wanted = expected.mann_whitney;
      const result = mannWhitneyTest(x, y, { method: 'asymptotic' });
      expectClose(result.statistic, wanted.u1, STATISTIC, id);
      if (wanted.p_asymp_continuity !== null)
        expectClose(result.pValue, wanted.p_asymp_continuity, P_VALUE, id);
      if (wanted.p_asymp === null) continue;
      const plain = mannWhitneyTest(x, y, { method: 'asymptotic', continuity: false });
      expectClose(plain.pValue, wanted.p_asymp, P_VALUE, id);
    }
  });

  it('agrees on the exact p-value', () => {
    for (const { id, x, y, expected } of cases) {
      const wanted = expected.mann_whitney.p_exact;
      if (wanted !== null)
        expectClose(mannWhitneyTest(x, y, { method: 'exact' }).pValue, wanted, P_VALUE, id);
    }
  });
});

describe('mannWhitneyTest', () => {
  it('says 1 where all values are equal, with continuity and without', () => {
    for (const continuity of [true, false]) {
      expect(mannWhitneyTest([5, 5], [5, 5, 5], { continuity })).toMatchObject({
        statistic: 3,
        pValue: 1,
      });
    }
  });

  it('is exact by default for small samples without ties only', () => {
    expect(mannWhitneyTest([1, 2, 3], [4, 5, 6])).toEqual({
      statistic: 0,
      pValue: 0.1,
      method: 'exact',
    });
    expect(mannWhitneyTest([1, 2, 3], [3, 5, 6]).method).toBe('asymptotic');
    expect(() => mannWhitneyTest([1, 2], [2, 3], { method: 'exact' })).toThrow(/without ties/);
  });

  it('refuses an exact count that would never end', () => {
    const x = Array.from({ length: 3000 }, (_, index) => index);
    const y = Array.from({ length: 3000 }, (_, index) => index + 0.5);
    expect(() => mannWhitneyTest(x, y, { method: 'exact' })).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_OPTION' }),
    );
  });
});
