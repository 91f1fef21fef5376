import { describe, expect, it } from 'vitest';
import { type Combination, combinePValues } from '../../src/stats/combine.js';
import { expectClose } from './reference.js';

describe('combinePValues', () => {
  it.each([
    // By definition, in 50-digit arithmetic (mpmath 1.3).
    ['cauchy', [0.01, 0.2, 0.6], 0.02896970889441995],
    ['cauchy', [1e-300, 0.5], 2e-300],
    ['simes', [0.01, 0.04, 0.03], 0.03],
    ['simes', [0.9, 0.8, 1], 1],
    ['fisher', [0.01, 0.2, 0.6], 0.03640939571755342],
    ['fisher', [1e-200, 1e-90], 6.687496769682732e-288],
  ] as const)('%s of %o', (method, ps, expected) => {
    expectClose(combinePValues(ps, method), expected, { relative: 1e-8 }, method);
  });

  it('does not let one p of 1 wipe out the evidence of the others', () => {
    expect(combinePValues([1e-6, 1], 'cauchy')).toBeLessThan(3e-6);
    expect(combinePValues([1, 1], 'cauchy')).toBeCloseTo(0.99, 12);
  });

  it.each(['cauchy', 'simes', 'fisher'] as const)(
    '%s gives back a single p and takes 0',
    (method) => {
      expect(combinePValues([0.03], method)).toBeCloseTo(0.03, 14);
      expect(combinePValues([0, 0.5, 0.7], method)).toBe(0);
    },
  );

  it('refuses an empty list, what is no p-value and an unknown method', () => {
    expect(() => combinePValues([], 'simes')).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_SAMPLE' }),
    );
    expect(() => combinePValues([0.5, -1], 'simes')).toThrow(/ps\[1\]/);
    expect(() => combinePValues([0.5], 'mean' as Combination)).toThrow(
      /'cauchy', 'simes', 'fisher'/,
    );
  });
});
