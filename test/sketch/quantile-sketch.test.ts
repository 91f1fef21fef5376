import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
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
    expect(sketch.weightedValues().weights.reduce((sum, weight) => sum + weight, 0)).toBe(
      1_000_000,
    );
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
      const chunk = Array.from(
        { length: 300 },
        () => Math.exp(3 * randomNormal(random)) + part / 100,
      );
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
      fc.property(
        fc.array(value, { maxLength: 600 }),
        fc.array(value, { maxLength: 600 }),
        (left, right) => {
          const merged = sketchOf(left, 64);
          const other = sketchOf(right, 64);
          const before = other.toState();
          merged.merge(other);
          const { values, weights, total } = merged.weightedValues();
          expect(total).toBe(left.length + right.length);
          expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(total);
          expect(merged.retained).toBeLessThanOrEqual(64);
          expect(values.every((held, index) => index === 0 || values[index - 1]! <= held)).toBe(
            true,
          );
          const all = [...left, ...right];
          if (all.length > 0) {
            // With ===, to which 0 and −0 are the same value, as they are to every statistic.
            expect(merged.quantile(0) === Math.min(...all)).toBe(true);
            expect(merged.quantile(1) === Math.max(...all)).toBe(true);
          }
          expect(other.toState()).toEqual(before);
        },
      ),
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

  it('takes many values as it takes each, and passes over what is not finite', () => {
    const random = seededRandom(5);
    const values = Float64Array.from({ length: 20_000 }, (_, index) =>
      index % 100 === 7 ? Number.NaN : random(),
    );
    values[3] = Number.NEGATIVE_INFINITY;
    const many = new QuantileSketch();
    expect(many.updateMany(values, 0, 9000) + many.updateMany(values, 9000)).toBe(20_000 - 201);
    const each = sketchOf(values.filter((value) => Number.isFinite(value)));
    expect(many.toState()).toEqual(each.toState());
    expect(many.updateMany([1, 2, 3], 1, 2)).toBe(1);
  });

  it('holds a weighted value as so many equal ones, without loss below its capacity', () => {
    const sketch = new QuantileSketch();
    const repeated: number[] = [];
    for (let value = 0; value < 200; value += 1) {
      const weight = 1 + ((value * 37) % 23);
      sketch.update(value % 71, weight);
      for (let time = 0; time < weight; time += 1) repeated.push(value % 71);
    }
    expect(sketch.count).toBe(repeated.length);
    for (let value = -1; value < 72; value += 1) {
      expect(sketch.rank(value)).toBe(
        repeated.filter((one) => one <= value).length / repeated.length,
      );
      expect(sketch.rank(value, false)).toBe(
        repeated.filter((one) => one < value).length / repeated.length,
      );
    }
    expect(sketch.exact).toBe(false);
    for (const weight of [0, -1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => sketch.update(1, weight)).toThrow(
        expect.objectContaining({ code: 'ERR_LEEWAY_SAMPLE' }),
      );
    }
  });

  it('keeps its error for weights of many sizes', () => {
    const random = seededRandom(8);
    const sketch = new QuantileSketch();
    const truth: [value: number, weight: number][] = [];
    for (let index = 0; index < 40_000; index += 1) {
      truth.push([randomNormal(random), Math.ceil(Math.exp(6 * random()))]);
      sketch.update(...truth.at(-1)!);
    }
    const total = truth.reduce((sum, [, weight]) => sum + weight, 0);
    expect(sketch.count).toBe(total);
    expect(sketch.retained).toBeLessThanOrEqual(2048);
    for (const value of [-3, -1, -0.1, 0, 0.5, 2]) {
      const below = truth.reduce((sum, [one, weight]) => sum + (one <= value ? weight : 0), 0);
      expect(Math.abs(sketch.rank(value) - below / total)).toBeLessThan(sketch.rankError());
    }
  });

  it('takes many weighted values at once, in portions of any size, to the same error', () => {
    const random = seededRandom(9);
    const values = Float64Array.from({ length: 40_000 }, () => randomNormal(random));
    const weights = Array.from(values, () => Math.ceil(Math.exp(6 * random())));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const portion of [1, 7, 512, 5_000]) {
      const sketch = new QuantileSketch();
      for (let from = 0; from < values.length; from += portion) {
        sketch.updateWeighted(
          values.subarray(from, from + portion),
          weights.slice(from, from + portion),
        );
        expect(sketch.retained).toBeLessThanOrEqual(2048);
      }
      expect([sketch.count, sketch.min, sketch.max]).toEqual([
        total,
        Math.min(...values),
        Math.max(...values),
      ]);
      expect(sketch.weightedValues().weights.reduce((sum, weight) => sum + weight, 0)).toBe(total);
      for (const at of [-3, -1, -0.1, 0, 0.5, 2]) {
        const below = weights.reduce(
          (sum, weight, index) => sum + (values[index]! <= at ? weight : 0),
          0,
        );
        expect(Math.abs(sketch.rank(at) - below / total)).toBeLessThan(sketch.rankError());
      }
      const before = sketch.toBytes();
      expect(() => sketch.updateWeighted(Float64Array.of(1, 2), [3, 0.5])).toThrow(
        /positive integer/,
      );
      expect(sketch.toBytes()).toEqual(before);
    }
  });

  it('takes values that weigh about the same at one place each, without bias and to the same error', () => {
    for (const least of [1, 2, 3, 20, 127, 200, 1_000, 2 ** 36 + 1]) {
      const random = seededRandom(least % 1_000);
      const sketch = new QuantileSketch();
      const values = Float64Array.from({ length: 40_000 }, () => randomNormal(random));
      const weights = Array.from(values, (_, index) => least + (index % 3 === 0 ? 1 : 0));
      const first = new QuantileSketch();
      first.updateWeighted(values.subarray(0, 512), weights);
      // Two groups, each of which leaves over less than a value weighs.
      expect(first.retained).toBeLessThanOrEqual(512 + 2 * Math.ceil(Math.log2(least + 2)));
      for (let from = 0; from < values.length; from += 256) {
        sketch.updateWeighted(values.subarray(from, from + 256), weights.slice(from, from + 256));
      }
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      expect(sketch.count).toBe(total);
      expect(sketch.weightedValues().weights.reduce((sum, weight) => sum + weight, 0)).toBe(total);
      for (const at of [-3, -1, -0.1, 0, 0.5, 2]) {
        const below = weights.reduce(
          (sum, weight, index) => sum + (values[index]! <= at ? weight : 0),
          0,
        );
        expect(Math.abs(sketch.rank(at) - below / total)).toBeLessThan(sketch.rankError());
      }
    }
  });

  it('lets each of a few hundred values of one weight stand for its share of all', () => {
    const random = seededRandom(11);
    const values = Float64Array.from({ length: 300 }, () => random()).sort();
    for (const weight of [3, 11, 200, 255]) {
      const sketch = new QuantileSketch();
      sketch.updateWeighted(values, new Array(300).fill(weight));
      // A value stands for less than two weights, and the one that has what is left over for less than three.
      values.forEach((value, index) => {
        expect(Math.abs(sketch.rank(value) * 300 - (index + 1))).toBeLessThan(3);
      });
    }
  });

  it('answers ranks and ranks of values', () => {
    const sketch = sketchOf([1, 2, 2, 4]);
    expect([0, 1, 2, 3, 4].map((value) => sketch.rank(value))).toEqual([0, 0.25, 0.75, 0.75, 1]);
    expect([0, 1, 2, 3, 4].map((value) => sketch.rank(value, false))).toEqual([
      0, 0, 0.25, 0.75, 0.75,
    ]);
    expect([...sketch.cdf([4, 1])]).toEqual([1, 0.25]);
    expect([0, 0.25, 0.26, 0.75, 0.76, 1].map((rank) => sketch.valueAtRank(rank))).toEqual([
      1, 1, 2, 2, 4, 4,
    ]);
    expect([0, 0.25, 0.75, 1].map((rank) => sketch.valueAtRank(rank, false))).toEqual([1, 2, 4, 4]);
  });

  it('interpolates between values that are as far apart as can be', () => {
    expect(sketchOf([-1.7e308, 1.7e308]).quantile(0.5)).toBe(0);
  });

  it('does not let the errors of a thousand like parts add up', () => {
    const random = seededRandom(9);
    const whole = new QuantileSketch();
    const values: number[] = [];
    for (let part = 0; part < 100; part += 1) {
      const chunk = Array.from({ length: 5000 }, () => Math.floor(1e6 * random()));
      values.push(...chunk);
      whole.merge(sketchOf(chunk));
    }
    expect(worstRankError(whole, values)).toBeLessThan(whole.rankError());
  });

  it('fits in 16 KB, bytes of its encodings included', () => {
    const sketch = sketchOf(
      Array.from({ length: 1_000_000 }, (_, index) => (index * 7919) % 1_000_003),
    );
    expect(sketch.toBytes().length).toBeLessThanOrEqual(16 * 1024);
    expect(sketch.toDataSketches().length).toBeLessThanOrEqual(16 * 1024);
  });

  it('knows how often its smallest and its largest came, whatever came and however it is split and stored', () => {
    const random = seededRandom(8);
    const values = Array.from({ length: 30_000 }, () => Math.floor(40 * random() ** 2));
    const times = (value: number, of = values): number => of.filter((one) => one === value).length;
    const whole = new QuantileSketch();
    whole.updateMany(values);
    expect([whole.exact, whole.atMin, whole.atMax]).toEqual([false, times(0), times(39)]);
    const merged = new QuantileSketch();
    for (let from = 0; from < values.length; from += 2_500) {
      const part = new QuantileSketch();
      part.updateMany(values, from, from + 2_500);
      merged.merge(QuantileSketch.fromBytes(part.toBytes()));
    }
    expect([merged.atMin, merged.atMax]).toEqual([times(0), times(39)]);
    const weighted = QuantileSketch.fromJSON(JSON.parse(JSON.stringify(whole.toJSON())));
    weighted.updateWeighted(Float64Array.of(-1, 39, -1), [3, 5, 4]);
    weighted.update(-1, 2);
    expect([weighted.atMin, weighted.atMax]).toEqual([9, times(39) + 5]);
    const small = QuantileSketch.fromState(sketchOf([2, 1, 1, 3]).toState());
    expect([small.atMin, small.atMax]).toEqual([2, 1]);
  });

  it('does not claim to know that where an older release did not count it', () => {
    const values = Array.from({ length: 5_000 }, (_, index) => index % 50);
    const { atMin: _min, atMax: _max, ...older } = sketchOf(values).toState();
    const old = QuantileSketch.fromState(older);
    expect([old.atMin, old.atMax]).toEqual([undefined, undefined]);
    expect(old.toState()).toEqual(older);
    old.merge(sketchOf(values));
    expect([old.atMin, old.atMax]).toEqual([undefined, undefined]);
    // What is beyond all that it had is known again.
    old.updateMany([-1, -1]);
    expect([old.atMin, old.atMax]).toEqual([2, undefined]);
  });

  it('merges with itself', () => {
    const sketch = sketchOf(Array.from({ length: 5000 }, (_, index) => index));
    const before = sketch.rank(1000);
    sketch.merge(sketch);
    expect(sketch.count).toBe(10_000);
    expect(Math.abs(sketch.rank(1000) - before)).toBeLessThan(0.005);
  });
});
