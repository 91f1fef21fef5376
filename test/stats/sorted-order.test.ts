import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortedOrder } from '../../src/stats/sorted-order.js';

describe('sortedOrder', () => {
  it('puts the values of any array in order, each place once', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom(1e308, -1e308, 5e-324),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), (list) => {
        const values = Float64Array.from(list);
        const order = sortedOrder(values);
        expect([...order].sort((a, b) => a - b)).toEqual(list.map((_, index) => index));
        const sorted = Array.from(order, (index) => values[index]!);
        expect(sorted.every((each, index) => index === 0 || sorted[index - 1]! <= each)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is as right where values crowd together', () => {
    const values = Float64Array.from({ length: 500 }, (_, index) =>
      index === 7 ? 1e12 : (index * 37) % 101,
    );
    const order = sortedOrder(values);
    const sorted = Array.from(order, (index) => values[index]!);
    expect(sorted).toEqual([...values].sort((a, b) => a - b));
  });
});
