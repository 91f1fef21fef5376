import { describe, expect, it } from 'vitest';
import { energyDistance } from '../../src/stats/energy.js';
import { describeReference, expectClose, OFFSET_STATISTIC, STATISTIC } from './reference.js';
import type { TwoSampleCase } from './two-sample-case.js';

describeReference<TwoSampleCase>('two_sample', (cases) => {
  it('agrees on the distance', () => {
    for (const { id, shape, x, y, expected } of cases) {
      const tolerance = shape === 'huge_offset' ? OFFSET_STATISTIC : STATISTIC;
      expectClose(energyDistance(x, y), expected.energy_distance, tolerance, id);
    }
  });
});

describe('energyDistance', () => {
  it('is the root of twice the step between two constants', () => {
    expect(energyDistance([0], [2, 2])).toBe(2);
    expect(energyDistance([3], [3, 3])).toBe(0);
  });

  it('refuses an empty sample and a value that is not finite', () => {
    expect(() => energyDistance([], [1])).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_SAMPLE' }),
    );
    expect(() => energyDistance([Number.POSITIVE_INFINITY], [1])).toThrow(/x\[0\]/);
  });
});
