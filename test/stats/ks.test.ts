import { describe, expect, it } from 'vitest';
import { LeewayError } from '../../src/leaves/errors.js';
import { ksPValue, ksTest } from '../../src/stats/ks.js';
import { describeReference, expectClose, P_VALUE, STATISTIC } from './reference.js';
import type { TwoSampleCase } from './two-sample-case.js';

describeReference<TwoSampleCase>('two_sample', (cases) => {
  it('agrees on the statistic, its place and its sign', () => {
    for (const { id, x, y, expected } of cases) {
      const result = ksTest(x, y);
      expectClose(result.statistic, expected.ks.statistic, STATISTIC, id);
      expect(expected.ks.locations, id).toContain(result.location);
      if (result.location === expected.ks.statistic_location)
        expect(result.sign, id).toBe(expected.ks.statistic_sign);
    }
  });

  it('agrees on the exact p-value', () => {
    for (const { id, x, y, expected } of cases) {
      if (expected.ks.p_exact === null) continue;
      expectClose(ksTest(x, y, { method: 'exact' }).pValue, expected.ks.p_exact, P_VALUE, id);
    }
  });

  it('agrees on the limit law', () => {
    for (const { id, x, y, expected } of cases) {
      if (expected.ks.p_kolmogorov_limit === null) continue;
      expectClose(
        ksTest(x, y, { method: 'asymptotic' }).pValue,
        expected.ks.p_kolmogorov_limit,
        P_VALUE,
        id,
      );
    }
  });
});

describe('ksTest', () => {
  it('counts the orderings of small samples', () => {
    // Every distinct ordering of n + m values, brute force, against the lattice count.
    for (const [n, m] of [
      [1, 1],
      [2, 3],
      [4, 4],
      [5, 3],
      [6, 4],
    ] as const) {
      const distances = allOrderings(n, m).map((order) => distanceOf(order, n, m));
      for (const d of new Set(distances)) {
        const share = distances.filter((other) => other >= d - 1e-12).length / distances.length;
        expectClose(ksPValue(d, n, m, 'exact'), share, { relative: 1e-13 }, `${n} ${m} ${d}`);
      }
    }
  });

  it('is exact by default for small samples and says so', () => {
    expect(ksTest([1, 2, 3], [4, 5, 6])).toMatchObject({
      method: 'exact',
      statistic: 1,
      sign: 1,
      location: 3,
    });
    expect(ksTest([4, 5, 6], [1, 2, 3]).sign).toBe(-1);
  });

  it('names the smallest place where the distance is attained', () => {
    expect(ksTest([1, 3, 5], [2, 4, 6])).toMatchObject({ location: 1, sign: 1 });
    expect(ksTest([2, 4, 6], [1, 3, 5])).toMatchObject({ location: 1, sign: -1 });
    expect(ksTest([7, 8], [7, 8])).toMatchObject({ statistic: 0, location: 7, sign: 1 });
  });

  it('takes the limit law where the count would cost too much', () => {
    const x = Float64Array.from({ length: 30_001 }, (_, index) => index);
    const y = Float64Array.from({ length: 30_000 }, (_, index) => index + 10_000);
    expect(ksTest(x, y).method).toBe('asymptotic');
  });

  it.each([
    [[], [1], 'x must hold at least 1 value, got 0'],
    [[1], [], 'y must hold at least 1 value, got 0'],
    [[1, Number.NaN], [1], 'x[1] must be a finite number, got NaN (number)'],
    [[1], [1, 2, Number.NEGATIVE_INFINITY], 'y[2] must be a finite number, got -Infinity (number)'],
    [['1'], [1], 'x[0] must be a finite number, got "1" (string)'],
    ['abc', [1], 'x must be an array of numbers or a Float64Array, got "abc" (string)'],
  ])('refuses %o against %o', (x, y, message) => {
    const call = () => ksTest(x as number[], y as number[]);
    expect(call).toThrow(LeewayError);
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_LEEWAY_SAMPLE', message }));
  });

  it('refuses options it does not know', () => {
    const code = 'ERR_LEEWAY_OPTION';
    expect(() => ksTest([1], [2], { methd: 'exact' } as object)).toThrow(
      expect.objectContaining({ code }),
    );
    expect(() => ksTest([1], [2], { method: 'exakt' } as object)).toThrow(
      /'auto', 'exact', 'asymptotic'/,
    );
  });
});

describe('ksPValue', () => {
  it('rounds an impossible distance down, so that p errs upwards', () => {
    expect(ksPValue(0.37, 4, 4, 'exact')).toBe(ksPValue(0.25, 4, 4, 'exact'));
    expect(ksPValue(0.5 - 1e-15, 4, 4, 'exact')).toBe(ksPValue(0.5, 4, 4, 'exact'));
  });

  it('takes sizes that are not whole by the limit law', () => {
    expect(ksPValue(0.2, 50.5, 70)).toBe(ksPValue(0.2, 50.5, 70, 'asymptotic'));
    expect(() => ksPValue(0.2, 50.5, 70, 'exact')).toThrow(/whole sizes/);
  });

  it('is 1 at distance 0 and refuses what is no distance', () => {
    expect(ksPValue(0, 10, 12)).toBe(1);
    for (const d of [-0.1, 1.1, Number.NaN])
      expect(() => ksPValue(d, 5, 5)).toThrow(/between 0 and 1/);
    expect(() => ksPValue(0.1, 0, 5)).toThrow(/n must be a size/);
  });
});

function allOrderings(n: number, m: number): string[] {
  if (n === 0) return ['y'.repeat(m)];
  if (m === 0) return ['x'.repeat(n)];
  return [
    ...allOrderings(n - 1, m).map((rest) => `x${rest}`),
    ...allOrderings(n, m - 1).map((rest) => `y${rest}`),
  ];
}

function distanceOf(order: string, n: number, m: number): number {
  let i = 0;
  let j = 0;
  let greatest = 0;
  for (const side of order) {
    if (side === 'x') i += 1;
    else j += 1;
    greatest = Math.max(greatest, Math.abs(i / n - j / m));
  }
  return greatest;
}
