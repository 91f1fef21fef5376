import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/random.js';
import { QuantileSketch } from '../../src/sketch/quantile-sketch.js';

function sketchOf(values: Iterable<number>, capacity = 2048): QuantileSketch {
  const sketch = new QuantileSketch({ capacity });
  for (const value of values) sketch.update(value);
  return sketch;
}

/** The largest difference between the sketch's ranks and the true ones, as a share of n. */
function worstRankError(sketch: QuantileSketch, values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const held = sketch.weightedValues();
  let seen = 0;
  let truth = 0;
  let worst = 0;
  for (let index = 0; index < held.values.length; index += 1) {
    seen += held.weights[index]!;
    if (held.values[index + 1] === held.values[index]) continue;
    while (truth < sorted.length && sorted[truth]! <= held.values[index]!) truth += 1;
    worst = Math.max(worst, Math.abs(seen - truth) / sorted.length);
  }
  return worst;
}

describe('QuantileSketch', () => {
  it('holds every value below its capacity', () => {
    const values = Array.from({ length: 2048 }, (_, index) => (index * 7919) % 2048);
    const sketch = sketchOf(values);
    expect(sketch.exact).toBe(true);
    expect([...sketch.weightedValues().values]).toEqual(values.toSorted((a, b) => a - b));
    expect(sketch.rankError()).toBe(0);
  });

  it('interpolates quantiles as numpy does while exact', () => {
    const sketch = sketchOf([3, 1, 2, 10]);
    expect(sketch.quantile(0.5)).toBe(2.5);
    expect(sketch.quantile(0.25)).toBe(1.75);
    expect(sketch.quantile(0)).toBe(1);
    expect(sketch.quantile(1)).toBe(10);
    expect(new QuantileSketch().quantile(0.5)).toBeNaN();
  });

  it('keeps within its capacity and its stated rank error for a million values', () => {
    const random = seededRandom(1);
    const values = Array.from({ length: 1_000_000 }, () => randomNormal(random));
    const sketch = sketchOf(values);
    expect(sketch.retained).toBeLessThanOrEqual(2048);
    expect(sketch.count).toBe(1_000_000);
    expect(sketch.weightedValues().weights.reduce((sum, weight) => sum + weight, 0)).toBe(1_000_000);
    // The stated error is for one rank; the worst of all ranks is larger, by about a third.
    expect(worstRankError(sketch, values)).toBeLessThan(1.4 * sketch.rankError());
    expect(sketch.min).toBe(values.reduce((a, b) => Math.min(a, b)));
    expect(sketch.quantile(1)).toBe(values.reduce((a, b) => Math.max(a, b)));
  });

  it('merges a thousand parts into the sketch of the whole, within the bound', () => {
    const random = seededRandom(2);
    const values: number[] = [];
    const whole = new QuantileSketch();
    for (let part = 0; part < 1000; part += 1) {
      const chunk = Array.from({ length: 300 }, () => Math.exp(3 * randomNormal(random)) + part / 100);
      values.push(...chunk);
      whole.merge(sketchOf(chunk));
    }
    expect(whole.count).toBe(300_000);
    expect(whole.retained).toBeLessThanOrEqual(2048);
    expect(worstRankError(whole, values)).toBeLessThan(1.4 * whole.rankError());
  });

  it('keeps weights, ends and order whatever the values and however they are split', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 1e308, -1e308, 5e-324, 1),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 600 }), fc.array(value, { maxLength: 600 }), (left, right) => {
        const merged = sketchOf(left, 64);
        const other = sketchOf(right, 64);
        const before = other.toState();
        merged.merge(other);
        const { values, weights, total } = merged.weightedValues();
        expect(total).toBe(left.length + right.length);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(total);
        expect(merged.retained).toBeLessThanOrEqual(64);
        expect(values.every((held, index) => index === 0 || values[index - 1]! <= held)).toBe(true);
        const all = [...left, ...right];
        if (all.length > 0) {
          // With ===, to which 0 and −0 are the same value, as they are to every statistic.
          expect(merged.quantile(0) === Math.min(...all)).toBe(true);
          expect(merged.quantile(1) === Math.max(...all)).toBe(true);
        }
        expect(other.toState()).toEqual(before);
      }),
    );
  });

  it('goes on after an encoding as if nothing had happened', () => {
    const random = seededRandom(3);
    const first = Array.from({ length: 5000 }, random);
    const second = Array.from({ length: 5000 }, random);
    const straight = sketchOf([...first, ...second]);
    const interrupted = QuantileSketch.fromState(sketchOf(first).toState());
    for (const value of second) interrupted.update(value);
    expect(interrupted.toState()).toEqual(straight.toState());
  });

  it('refuses states that cannot be', () => {
    const state = sketchOf([1, 2, 3]).toState();
    expect(() => QuantileSketch.fromState({ ...state, count: 4 })).toThrow(/quantile sketch/);
    expect(() => QuantileSketch.fromState({ ...state, sizes: [2] })).toThrow(/quantile sketch/);
    expect(() => QuantileSketch.fromState({ ...state, max: 2 })).toThrow(/quantile sketch/);
  });

  it('merges with a sketch of another size, and states the worse error from then on', () => {
    const random = seededRandom(4);
    const values = Array.from({ length: 30_000 }, random);
    const fine = sketchOf(values.slice(0, 15_000));
    const coarse = sketchOf(values.slice(15_000), 256);
    const worse = coarse.rankError();
    fine.merge(coarse);
    expect(fine.rankError()).toBe(worse);
    expect(worstRankError(fine, values)).toBeLessThan(worse);
    expect(QuantileSketch.fromState(fine.toState()).rankError()).toBe(worse);
  });
});
