import { describe, expect, it } from 'vitest';
import { hellingerDistance } from '../../src/stats/hellinger.js';
import { jensenShannonDistance } from '../../src/stats/jensen-shannon.js';
import { klDivergence } from '../../src/stats/kl-divergence.js';
import { lInfinityDistance } from '../../src/stats/l-infinity.js';
import { populationStabilityIndex } from '../../src/stats/psi.js';
import { totalVariationDistance } from '../../src/stats/total-variation.js';
import { describeReference, type Expected, expectClose, STATISTIC } from './reference.js';

interface DivergenceCase {
  readonly p: number[];
  readonly q: number[];
  readonly expected: Readonly<Record<string, Expected>>;
}

type Distance = (p: number[], q: number[]) => number;

const fields: Readonly<Record<string, Distance>> = {
  js_distance: (p, q) => jensenShannonDistance(p, q),
  js_distance_base2: (p, q) => jensenShannonDistance(p, q, { base: 2 }),
  js_divergence: (p, q) => jensenShannonDistance(p, q) ** 2,
  kl_pq: (p, q) => klDivergence(p, q),
  kl_qp: (p, q) => klDivergence(q, p),
  hellinger: hellingerDistance,
  total_variation: totalVariationDistance,
  l_infinity: lInfinityDistance,
  'psi_floor_0.0001': (p, q) => populationStabilityIndex(p, q),
  'psi_floor_1e-06': (p, q) => populationStabilityIndex(p, q, { smoothing: { floor: 1e-6 } }),
  psi_add_half: (p, q) => populationStabilityIndex(p, q, { smoothing: { add: 0.5 } }),
  'kl_pq_floor_0.0001': (p, q) => klDivergence(p, q, { smoothing: { floor: 1e-4 } }),
  'kl_pq_floor_1e-06': (p, q) => klDivergence(p, q, { smoothing: { floor: 1e-6 } }),
  kl_pq_add_half: (p, q) => klDivergence(p, q, { smoothing: { add: 0.5 } }),
};

describeReference<DivergenceCase>('divergence', (cases) => {
  it.each(Object.keys(fields))('agrees on %s', (field) => {
    for (const [index, { p, q, expected }] of cases.entries()) {
      const distance = (fields[field] as Distance)(p, q);
      expectClose(distance, expected[field] as Expected, STATISTIC, `case ${index}`);
    }
  });
});

describe('the distances between counts', () => {
  const all = Object.entries(fields);

  it.each(all)('%s is exactly 0 for equal shares in one bin and in many', (_, distance) => {
    expect(distance([3], [7])).toBe(0);
    expect(distance([1, 0, 3, 4], [1, 0, 3, 4])).toBe(0);
  });

  it.each(all)('%s refuses counts that are none', (_, distance) => {
    const code = 'ERR_LEEWAY_SAMPLE';
    expect(() => distance([], [])).toThrow(expect.objectContaining({ code }));
    expect(() => distance([0, 0], [1, 1])).toThrow(/above 0/);
    expect(() => distance([1, -1], [1, 1])).toThrow(/\[1\] must be a finite count/);
    expect(() => distance([1, 1], [1, Number.NaN])).toThrow(/\[1\] must be a finite count/);
    expect(() => distance([1, 1], [1, 1, 1])).toThrow(/same bins/);
  });

  it('tells close shares apart to the last digits', () => {
    // 50-digit arithmetic (mpmath 1.3) of p = (1e6, 1e6), q = (1e6 + 1, 1e6 − 1).
    const p = [1e6, 1e6];
    const q = [1e6 + 1, 1e6 - 1];
    expectClose(jensenShannonDistance(p, q), 3.535533905933251e-7, { relative: 1e-9 }, 'js');
    expectClose(klDivergence(p, q), 5.0000000000025e-13, { relative: 1e-9 }, 'kl');
  });

  it('refuses a smoothing or a base of another form', () => {
    const code = 'ERR_LEEWAY_OPTION';
    for (const smoothing of [
      { floor: 0 },
      { floor: 1 },
      { add: -1 },
      { add: 1, floor: 0.1 },
      {},
      'laplace',
    ]) {
      const call = () => populationStabilityIndex([1], [1], { smoothing } as object);
      expect(call).toThrow(expect.objectContaining({ code }));
    }
    expect(() => jensenShannonDistance([1], [1], { base: 10 })).toThrow(
      expect.objectContaining({ code }),
    );
    expect(() => klDivergence([1], [1], { smooth: 'none' } as object)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('is infinite where an unsmoothed bin is empty on one side', () => {
    expect(populationStabilityIndex([1, 0], [1, 1], { smoothing: 'none' })).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(klDivergence([1, 1], [1, 0])).toBe(Number.POSITIVE_INFINITY);
    expect(klDivergence([1, 0], [1, 1])).toBeCloseTo(Math.LN2, 14);
  });
});
