import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Moments } from '../../src/sketch/moments.js';

function momentsOf(values: readonly number[]): Moments {
  const moments = new Moments();
  for (const value of values) moments.update(value);
  return moments;
}

describe('Moments', () => {
  it('gives mean and variance of data far from zero', () => {
    const moments = momentsOf([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]);
    expect(moments.mean).toBe(1e9 + 10);
    expect(moments.variance).toBe(30);
  });

  it('is undefined where there is too little', () => {
    expect(momentsOf([]).mean).toBeNaN();
    expect(momentsOf([1]).variance).toBeNaN();
  });

  it('merges into the moments of the whole', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2 });
    fc.assert(
      fc.property(values, values, (left, right) => {
        const merged = momentsOf(left);
        merged.merge(momentsOf(right));
        const whole = momentsOf([...left, ...right]);
        expect(merged.count).toBe(whole.count);
        expect(Math.abs(merged.mean - whole.mean)).toBeLessThan(1e-6);
        expect(Math.abs(merged.standardDeviation - whole.standardDeviation)).toBeLessThan(1e-3);
      }),
    );
  });
});
