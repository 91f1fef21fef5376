import { describe, expect, it } from 'vitest';
import { cramerVonMisesTest } from '../../src/stats/cramer-von-mises.js';
import { cramerVonMisesSf } from '../../src/stats/cramer-von-mises-law.js';
import { describeReference, expectClose, P_VALUE, STATISTIC } from './reference.js';
import type { TwoSampleCase } from './two-sample-case.js';

const undefinedHere = expect.objectContaining({ code: 'ERR_LEEWAY_SAMPLE' });

describeReference<TwoSampleCase>('two_sample', (cases) => {
  it('agrees on the statistic and the limit law, and is undefined where that is', () => {
    for (const { id, x, y, expected } of cases) {
      const { statistic, p_asymp: pValue } = expected.cvm ?? {};
      if (typeof statistic !== 'number' || typeof pValue !== 'number') {
        expect(() => cramerVonMisesTest(x, y), id).toThrow(undefinedHere);
        continue;
      }
      const result = cramerVonMisesTest(x, y, { method: 'asymptotic' });
      expectClose(result.statistic, statistic, STATISTIC, id);
      // The reference's own series is no better than this.
      expectClose(result.pValue, pValue, { absolute: 1e-7 }, id);
    }
  });

  it('agrees on the exact p-value', () => {
    for (const { id, x, y, expected } of cases) {
      if (typeof expected.cvm?.p_exact !== 'number') continue;
      expectClose(
        cramerVonMisesTest(x, y, { method: 'exact' }).pValue,
        expected.cvm.p_exact,
        P_VALUE,
        id,
      );
    }
  });
});

describe('cramerVonMisesSf', () => {
  it.each([
    // Anderson and Darling's table (1952): quantiles of the limit law.
    [0.3473, 0.1],
    [0.46136, 0.05],
    [0.74346, 0.01],
    [1.16786, 0.001],
  ])('gives the table value at %d', (x, p) => {
    expect(cramerVonMisesSf(x)).toBeCloseTo(p, 5);
  });

  it.each([
    // Numerical inversion of the characteristic function in 40-digit arithmetic would cost minutes; the first term of
    // Smirnov's series in mpmath 1.3 (quad, 40 digits) is the whole to 1e-15 here.
    [5, 3.053929033103388e-12],
    [60, 1.192152306499701e-130],
  ])('keeps its digits in the tail at %d', (x, p) => {
    expectClose(cramerVonMisesSf(x), p, { relative: 1e-8 }, String(x));
  });

  it('falls from 1 to 0', () => {
    expect(cramerVonMisesSf(0)).toBe(1);
    expect(cramerVonMisesSf(-1)).toBe(1);
    expect(cramerVonMisesSf(1e4)).toBe(0);
    let last = 1;
    for (let x = 0.005; x < 3; x *= 1.1) {
      expect(cramerVonMisesSf(x)).toBeLessThanOrEqual(last);
      last = cramerVonMisesSf(x);
    }
  });
});

describe('cramerVonMisesTest', () => {
  it('is exact by default for small samples without ties only', () => {
    expect(cramerVonMisesTest([1, 2, 3], [4, 5, 6]).method).toBe('exact');
    expect(cramerVonMisesTest([1, 2, 3], [3, 5, 6]).method).toBe('asymptotic');
    expect(() => cramerVonMisesTest([1, 2, 3], [3, 5, 6], { method: 'exact' })).toThrow(
      /without ties/,
    );
  });

  it('refuses an exact count that would never end', () => {
    const x = Array.from({ length: 301 }, (_, index) => index);
    const y = Array.from({ length: 300 }, (_, index) => index + 0.5);
    expect(() => cramerVonMisesTest(x, y, { method: 'exact' })).toThrow(/too costly/);
  });
});
