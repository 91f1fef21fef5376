import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupDistances, poolGroups } from '../../src/stats/pooled-groups.js';
import type { WeightedSample } from '../../src/stats/weighted.js';
import { sample as sampleOf } from './pooled-values.js';

const distancesOf = (first: WeightedSample, second: WeightedSample) =>
  groupDistances(poolGroups(first, second));

describe('groupDistances', () => {
  it('agrees with the definition on small samples', () => {
    expect(distancesOf(sampleOf([1, 2]), sampleOf([2, 3]))).toEqual({
      ks: 0.5,
      location: 1,
      sign: 1,
      wasserstein: 1,
      meanSquare: 0.1875,
    });
    expect(distancesOf(sampleOf([5]), sampleOf([1, 1]))).toEqual({
      ks: 1,
      location: 1,
      sign: -1,
      wasserstein: 4,
      meanSquare: 2 / 3,
    });
  });

  it('is zero for the same sample, also when one side is written with weights', () => {
    const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1 });
    fc.assert(
      fc.property(values, (sample) => {
        const sorted = sampleOf(sample);
        const doubled = {
          values: sorted.values,
          weights: sorted.weights.map(() => 3),
          total: sorted.total * 3,
        };
        expect(distancesOf(sorted, doubled)).toMatchObject({
          ks: 0,
          wasserstein: 0,
          meanSquare: 0,
        });
      }),
    );
  });
});
