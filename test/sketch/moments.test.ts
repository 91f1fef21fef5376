import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Moments } from '../../src/sketch/moments.js';

interface Case {
  readonly kind: string;
  readonly x: number[];
  readonly expected: { readonly mean: number; readonly var_sample: number };
}

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

  it('loses nothing to a long stream far from zero', () => {
    const moments = new Moments();
    // 0.1 has no exact double: what is asked for is the mean and variance of the doubles themselves.
    for (let index = 0; index < 1_000_000; index += 1)
      moments.update(1e6 + (index % 2 === 0 ? 0.25 : -0.25));
    expect(moments.mean).toBe(1e6);
    expect(Math.abs(moments.variance / (0.0625 * (1_000_000 / 999_999)) - 1)).toBeLessThan(1e-14);
  });

  it('loses nothing to many merges', () => {
    const merged = new Moments();
    for (let part = 0; part < 20_000; part += 1)
      merged.merge(momentsOf([0.1, 0.2, 0.3, 0.4 + part * 1e-9]));
    const values = Array.from({ length: 20_000 }, (_, part) => [
      0.1,
      0.2,
      0.3,
      0.4 + part * 1e-9,
    ]).flat();
    const whole = momentsOf(values);
    expect(Math.abs(merged.mean - whole.mean)).toBeLessThanOrEqual(2 ** -54);
    expect(Math.abs(merged.variance / whole.variance - 1)).toBeLessThan(3e-16);
  });

  it('agrees with numpy', () => {
    const url = new URL('../fixtures/stats/descriptive.json', import.meta.url);
    const cases: Case[] = JSON.parse(readFileSync(url, 'utf8')).cases;
    const columns = cases.filter(({ kind, x }) => kind === 'column' && x.length >= 2);
    expect(columns.length).toBeGreaterThan(3);
    for (const { x, expected } of columns) {
      const moments = new Moments();
      expect(moments.updateMany(x)).toBe(x.length);
      const scale = Math.max(...x.map(Math.abs));
      expect(Math.abs(moments.mean - expected.mean)).toBeLessThanOrEqual(1e-15 * scale);
      expect(Math.abs(moments.variance - expected.var_sample)).toBeLessThanOrEqual(
        1e-12 * expected.var_sample + 1e-15 * scale * scale * 1e-12,
      );
    }
  });

  it('keeps the mean where squares, or even differences, overflow', () => {
    const moments = momentsOf([1e308, -1e308, 1e308, -1e308]);
    expect(moments.mean).toBe(0);
    expect(moments.variance).toBe(Number.POSITIVE_INFINITY);
    const merged = momentsOf([1.5e308]);
    merged.merge(momentsOf([-1.5e308]));
    expect(merged.mean).toBe(0);
    for (const sketch of [moments, merged]) {
      expect(Moments.fromBytes(sketch.toBytes()).toState()).toEqual(sketch.toState());
      expect(Moments.fromJSON(JSON.parse(JSON.stringify(sketch))).toState()).toEqual(
        sketch.toState(),
      );
    }
    expect(momentsOf([5e-324, 5e-324]).mean).toBe(5e-324);
  });

  it('takes a weighted value as so many equal ones', () => {
    const weighted = new Moments();
    for (const [value, weight] of [
      [3, 2],
      [-1, 5],
      [10, 1],
    ] as const) {
      weighted.update(value, weight);
    }
    const repeated = momentsOf([3, 3, -1, -1, -1, -1, -1, 10]);
    expect(weighted.count).toBe(8);
    expect(weighted.mean).toBeCloseTo(repeated.mean, 14);
    expect(weighted.variance).toBeCloseTo(repeated.variance, 12);
  });

  it('takes many values as it takes each, and passes over what is not finite', () => {
    const values = Float64Array.of(1, Number.NaN, 2, Number.POSITIVE_INFINITY, 4, 8);
    const many = new Moments();
    expect(many.updateMany(values, 0, 5)).toBe(3);
    expect(many.toState()).toEqual(momentsOf([1, 2, 4]).toState());
  });

  it('refuses states that can not be', () => {
    const state = momentsOf([1, 2, 3]).toState();
    for (const wrong of [{ count: -1 }, { count: 0 }, { sumOfSquares: -1 }, { mean: Number.NaN }]) {
      expect(() => Moments.fromState({ ...state, ...wrong })).toThrow(/not moments/);
    }
  });
});
