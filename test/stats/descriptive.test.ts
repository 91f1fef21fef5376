import { describe, expect, it } from 'vitest';
import { medianOf, momentsOf } from '../../src/stats/descriptive.js';
import { describeReference, expectClose, STATISTIC } from './reference.js';

interface ColumnCase {
  readonly kind: 'column' | 'correlation';
  readonly x: number[];
  readonly expected: { readonly mean: number; readonly var_pop: number; readonly median: number };
}

describeReference<ColumnCase>('descriptive', (cases) => {
  it('agrees on mean, variance and median', () => {
    for (const [index, { kind, x, expected }] of cases.entries()) {
      if (kind !== 'column') continue;
      const moments = momentsOf(Float64Array.from(x));
      const offset = Math.abs(expected.mean) > 1e4 * Math.sqrt(expected.var_pop);
      const tolerance = offset ? { relative: 1e-6, absolute: 1e-12 } : STATISTIC;
      expectClose(moments.mean, expected.mean, tolerance, `mean of case ${index}`);
      expectClose(
        moments.squares / x.length,
        expected.var_pop,
        tolerance,
        `variance of case ${index}`,
      );
      expectClose(medianOf(x, 'x'), expected.median, tolerance, `median of case ${index}`);
    }
  });
});

describe('momentsOf', () => {
  it('keeps what rounding takes from the mean', () => {
    const { mean, rest } = momentsOf(Float64Array.of(1e16, 1e16 + 2, 1e16 + 2));
    expect(mean - 1e16 + rest).toBeCloseTo(4 / 3, 10);
  });

  it('knows a constant, also one that its own mean rounds away from', () => {
    expect(momentsOf(Float64Array.of(0.1, 0.1, 0.1)).constant).toBe(true);
    expect(momentsOf(new Float64Array(10)).constant).toBe(true);
    expect(momentsOf(Float64Array.of(1, 1, 1 + 1e-9)).constant).toBe(false);
  });
});
