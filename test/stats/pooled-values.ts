import { seededRandom, shuffle } from '../../src/leaves/random.js';
import type { WeightedSample } from '../../src/stats/weighted.js';

/** Values as a sample without weights. */
export const sample = (values: readonly number[]): WeightedSample => ({
  values: Float64Array.from(values).sort(),
  weights: new Float64Array(values.length).fill(1),
  total: values.length,
});

/** The share of random splits of the pooled values that `extreme` holds for. */
export function ofSplits(
  pooled: readonly number[],
  n: number,
  extreme: (x: number[], y: number[]) => boolean,
): number {
  const random = seededRandom(7);
  const splits = 4_000;
  let held = 0;
  for (let split = 0; split < splits; split += 1) {
    const order = shuffle([...pooled], random);
    if (extreme(order.slice(0, n), order.slice(n))) held += 1;
  }
  return held / splits;
}

/** Seeded values. */
export const draw = (
  count: number,
  seed: number,
  value: (random: () => number) => number,
): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => value(random));
};
