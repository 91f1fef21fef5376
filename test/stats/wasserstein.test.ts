import { describe, expect, it } from 'vitest';
import { wassersteinDistance } from '../../src/stats/wasserstein.js';
import { describeReference, expectClose, OFFSET_STATISTIC, STATISTIC } from './reference.js';
import type { TwoSampleCase } from './two-sample-case.js';

describeReference<TwoSampleCase>('two_sample', (cases) => {
  it('agrees on the distance', () => {
    for (const { id, shape, x, y, expected } of cases) {
      const tolerance = shape === 'huge_offset' ? OFFSET_STATISTIC : STATISTIC;
      expectClose(wassersteinDistance(x, y), expected.wasserstein, tolerance, id);
    }
  });
});

describe('wassersteinDistance', () => {
  it('is how far a constant moved', () => {
    expect(wassersteinDistance([5], [5, 5])).toBe(0);
    expect(wassersteinDistance([-2], [3, 3, 3])).toBe(5);
  });

  it('refuses an empty sample and a value that is not finite', () => {
    expect(() => wassersteinDistance([], [1])).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_SAMPLE' }),
    );
    expect(() => wassersteinDistance([1], [1, Number.NaN])).toThrow(/y\[1\]/);
  });

  it('is infinite where the values lie further apart than a double can say', () => {
    expect(wassersteinDistance([-1.7e308], [1.7e308])).toBe(Number.POSITIVE_INFINITY);
  });
});
