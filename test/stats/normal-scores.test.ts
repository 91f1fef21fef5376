import { describe, expect, it } from 'vitest';
import { klotzTest, waerdenTest } from '../../src/stats/normal-scores.js';
import type { ScoreTestResult } from '../../src/stats/permutation-tails.js';
import { describeReference, expectClose, P_VALUE, STATISTIC } from './reference.js';

interface Permuted {
  readonly sum_x: number;
  readonly mean: number;
  readonly variance: number;
  readonly skewness: number;
  readonly z: number;
  readonly how: 'exact' | 'monte-carlo';
  readonly draws: number;
  readonly p_lower: number;
  readonly p_upper: number;
}

interface PermutationCase {
  readonly kind: 'rank' | 'table';
  readonly law: string;
  readonly change: string;
  readonly x: number[];
  readonly y: number[];
  readonly expected: { readonly waerden: Permuted; readonly klotz: Permuted };
}

const tests = [
  ['waerden', waerdenTest],
  ['klotz', klotzTest],
] as const;

describeReference<PermutationCase>('permutation', (cases) => {
  const ranked = cases.filter(
    ({ kind, expected }) => kind === 'rank' && expected.waerden.draws > 0,
  );

  it.each(tests)('%s agrees on the sum and its permutation moments', (name, test) => {
    for (const { law, change, x, y, expected } of ranked) {
      const wanted = expected[name];
      const label = `${law} ${change} ${x.length} ${y.length}`;
      const result = test(x, y);
      // A sum of scores that cancels is good to its terms, not to itself.
      expectClose(result.sum, wanted.sum_x, { relative: 1e-9, absolute: 1e-10 }, label);
      expectClose(result.mean, wanted.mean, { relative: 1e-9, absolute: 1e-10 }, label);
      expectClose(result.variance, wanted.variance, STATISTIC, label);
      expectClose(result.skewness, wanted.skewness, STATISTIC, label);
      expectClose(result.statistic, wanted.z, { relative: 1e-9, absolute: 1e-10 }, label);
    }
  });

  it.each(tests)('%s counts the tails of small samples', (name, test) => {
    for (const { law, change, x, y, expected } of ranked) {
      const wanted = expected[name];
      if (wanted.how !== 'exact') continue;
      const label = `${law} ${change} ${x.length} ${y.length}`;
      expectClose(test(x, y).pLower, wanted.p_lower, P_VALUE, label);
      expectClose(test(x, y).pUpper, wanted.p_upper, P_VALUE, label);
    }
  });

  it.each(tests)('%s comes close to the drawn tails of larger samples', (name, test) => {
    for (const { law, change, x, y, expected } of ranked) {
      const wanted = expected[name];
      if (wanted.how === 'exact') continue;
      const label = `${law} ${change} ${x.length} ${y.length}`;
      expectTail(test(x, y).pLower, wanted.p_lower, wanted.draws, label);
      expectTail(test(x, y).pUpper, wanted.p_upper, wanted.draws, label);
    }
  });
});

/**
 * Within four standard errors of the draws, and what three moments leave: a quarter of the tail, .012 at most. In the far tail of
 * small samples the permutation law is the lighter one, so there p may be up to 2.5 times too large, the safe side.
 */
function expectTail(actual: number, drawn: number, draws: number, label: string): void {
  const error = 4 * Math.sqrt(Math.max(drawn * (1 - drawn), 1 / draws) / draws);
  const tail = Math.min(drawn, 1 - drawn);
  const own = drawn > 0.5 ? 1 - actual : actual;
  const far = tail < 1e-3 && own > tail ? 1.5 * tail : 0;
  expectClose(
    actual,
    drawn,
    { absolute: error + Math.max(far, Math.min(0.012, 0.25 * tail)) },
    label,
  );
}

describe('the normal-scores tests', () => {
  it.each(tests)('%s finds nothing where all values are equal', (_, test) => {
    const nothing: Partial<ScoreTestResult> = {
      statistic: 0,
      pValue: 1,
      pLower: 1,
      pUpper: 1,
      variance: 0,
    };
    expect(test([5, 5, 5], [5, 5])).toMatchObject(nothing);
  });

  it('take one value a side', () => {
    expect(waerdenTest([1], [2])).toMatchObject({ pValue: 1, skewness: 0 });
    expect(klotzTest([1], [2]).pValue).toBe(1);
  });

  it.each(tests)('%s stays quick on many values, most of them one', (_, test) => {
    const x = Array.from({ length: 20_000 }, (__, index) => (index % 5 === 0 ? index : 0));
    const y = Array.from({ length: 100 }, (__, index) => (index % 5 === 0 ? index * 200 + 1 : 0));
    expect(test(x, y).pValue).toBeGreaterThan(0.01);
  });

  it.each(tests)('%s refuses an empty sample and a value that is not finite', (_, test) => {
    expect(() => test([], [1])).toThrow(expect.objectContaining({ code: 'ERR_LEEWAY_SAMPLE' }));
    expect(() => test([1, 2], [1, Number.NaN])).toThrow(/y\[1\]/);
  });

  it('see what they are for', () => {
    const x = Array.from({ length: 40 }, (_, index) => index - 19.5);
    expect(
      waerdenTest(
        x,
        x.map((value) => value + 15),
      ).pValue,
    ).toBeLessThan(1e-3);
    expect(
      klotzTest(
        x.map((value) => value * 3),
        x,
      ).statistic,
    ).toBeGreaterThan(3);
  });
});
