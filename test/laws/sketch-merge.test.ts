import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Random, randomNormal, seededRandom } from '../../src/leaves/random.js';
import { FrequentItems } from '../../src/sketch/frequent-items.js';
import { Moments } from '../../src/sketch/moments.js';
import { QuantileSketch } from '../../src/sketch/quantile-sketch.js';

/** What streams are made of: each a law of one value. */
const laws: Record<string, (random: Random, index: number) => number> = {
  negative: (random) => -1 - random(),
  zero: () => 0,
  'zeros of either sign': (random) => (random() < 0.5 ? -0 : 0),
  tied: (random) => Math.floor(6 * random()),
  'one-sided': (random) => -Math.log(1 - random()),
  'heavy-tailed': (random) => Math.tan(Math.PI * (random() - 0.5)),
  'of all magnitudes': (random) => (random() < 0.5 ? -1 : 1) * 10 ** (600 * random() - 300),
  constant: () => 4.25,
  'mostly constant': (random) => (random() < 0.9 ? 1 : randomNormal(random)),
  rising: (_, index) => index,
  falling: (_, index) => -index,
  normal: (random) => randomNormal(random),
};
const sizes = fc.oneof(fc.constantFrom(0, 1, 2, 63, 64, 65), fc.integer({ min: 0, max: 3000 }));
const parts = fc.record({
  seed: fc.integer(),
  lengths: fc.array(sizes, { minLength: 1, maxLength: 6 }),
});
const CAPACITY = 256;

function drawn(
  law: (random: Random, index: number) => number,
  seed: number,
  lengths: readonly number[],
): number[][] {
  const random = seededRandom(seed);
  let index = 0;
  return lengths.map((length) => Array.from({ length }, () => law(random, index++)));
}

function quantilesOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch({ capacity: CAPACITY });
  sketch.updateMany(values);
  return sketch;
}

const joined = (left: QuantileSketch, right: QuantileSketch): QuantileSketch => {
  const merged = left.clone();
  merged.merge(right);
  return merged;
};

/** That the sketch is one of these values: exact where it says so, within the bound elsewhere. */
function expectSummary(sketch: QuantileSketch, values: readonly number[]): void {
  const sorted = Float64Array.from(values).sort();
  expect(sketch.count).toBe(sorted.length);
  expect(sketch.retained).toBeLessThanOrEqual(CAPACITY);
  const { values: held, weights, total } = sketch.weightedValues();
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(total);
  expect(total).toBe(sorted.length);
  if (sorted.length === 0) {
    expect([sketch.min, sketch.max, sketch.quantile(0.5), sketch.rank(0)]).toEqual([
      NaN,
      NaN,
      NaN,
      NaN,
    ]);
    return;
  }
  // With ===: which of 0 and −0 is the smaller is nobody's business.
  expect(sketch.min === sorted[0] && sketch.max === sorted.at(-1)).toBe(true);
  if (sketch.exact) {
    expect(held.every((value, index) => value === sorted[index])).toBe(true);
    return;
  }
  for (let step = 0; step <= 20; step += 1) {
    const value = sorted[Math.floor((step / 20) * (sorted.length - 1))]!;
    const below = sorted.findIndex((one) => one >= value) / sorted.length;
    const upTo = (sorted.findLastIndex((one) => one <= value) + 1) / sorted.length;
    // One of 99 % each, many thousands of times: the factor makes a chance failure one in millions.
    expect(Math.abs(sketch.rank(value, false) - below)).toBeLessThan(2 * sketch.rankError());
    expect(Math.abs(sketch.rank(value) - upTo)).toBeLessThan(2 * sketch.rankError());
  }
}

describe.each(Object.entries(laws))('quantile sketches of values that are %s', (_, law) => {
  it('merge into a sketch of the whole, in any grouping and order', () => {
    fc.assert(
      fc.property(parts, ({ seed, lengths }) => {
        const chunks = drawn(law, seed, lengths);
        const sketches = chunks.map(quantilesOf);
        const whole = chunks.flat();
        expectSummary(quantilesOf(whole), whole);
        expectSummary(sketches.reduce(joined), whole);
        expectSummary(sketches.toReversed().reduce(joined), whole);
        expectSummary(
          sketches.reduceRight((right, left) => joined(left, right)),
          whole,
        );
      }),
      { numRuns: 25 },
    );
  });

  it('decode to what was encoded, and the same rows give the same bytes', () => {
    fc.assert(
      fc.property(parts, ({ seed, lengths }) => {
        const sketch = drawn(law, seed, lengths).map(quantilesOf).reduce(joined);
        const bytes = Buffer.from(sketch.toBytes());
        expect(
          bytes.equals(drawn(law, seed, lengths).map(quantilesOf).reduce(joined).toBytes()),
        ).toBe(true);
        expect(bytes.equals(QuantileSketch.fromBytes(bytes).toBytes())).toBe(true);
        expect(
          bytes.equals(QuantileSketch.fromJSON(JSON.parse(JSON.stringify(sketch))).toBytes()),
        ).toBe(true);
        const foreign = Buffer.from(sketch.toDataSketches());
        expect(foreign.equals(QuantileSketch.fromDataSketches(foreign).toDataSketches())).toBe(
          true,
        );
        const decoded = QuantileSketch.fromDataSketches(foreign).weightedValues();
        expect(decoded.values).toEqual(sketch.weightedValues().values);
        expect(decoded.weights).toEqual(sketch.weightedValues().weights);
      }),
      { numRuns: 15 },
    );
  });

  it('have moments that merge into those of the whole', () => {
    fc.assert(
      fc.property(parts, ({ seed, lengths }) => {
        const chunks = drawn(law, seed, lengths);
        const momentsOf = (values: readonly number[]): Moments => {
          const moments = new Moments();
          moments.updateMany(values);
          return moments;
        };
        const merged = (left: Moments, right: Moments): Moments => {
          const copy = left.clone();
          copy.merge(right);
          return copy;
        };
        const whole = momentsOf(chunks.flat());
        const scale = chunks.flat().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        for (const one of [
          chunks.map(momentsOf).reduce(merged),
          chunks.map(momentsOf).toReversed().reduce(merged),
        ]) {
          expect(one.count).toBe(whole.count);
          if (whole.count === 0) continue;
          expect(Math.abs(one.mean - whole.mean)).toBeLessThanOrEqual(1e-15 * scale);
          if (whole.count > 1 && whole.variance < Number.POSITIVE_INFINITY) {
            // The squares of numbers near 1e-162 have a few bits only.
            const bits = 8 * Number.MIN_VALUE;
            expect(Math.abs(one.variance - whole.variance)).toBeLessThanOrEqual(
              1e-13 * whole.variance + bits,
            );
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('frequent items', () => {
  const streams = fc.record({
    seed: fc.integer(),
    lengths: fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 4 }),
    names: fc.constantFrom(1, 10, 1024, 1025, 1500, 1e6),
  });

  it('merge in any order into counts of the whole, exact while so many names are counted, and within bounds after', () => {
    fc.assert(
      fc.property(streams, ({ seed, lengths, names }) => {
        const random = seededRandom(seed);
        const chunks = lengths.map((length) =>
          Array.from({ length }, () => `name ${Math.floor(names * random() ** 3)}`),
        );
        const countsOf = (chunk: readonly string[]): FrequentItems => {
          const counts = new FrequentItems();
          for (const name of chunk) counts.update(name);
          return counts;
        };
        const merged = (left: FrequentItems, right: FrequentItems): FrequentItems => {
          const copy = left.clone();
          copy.merge(right);
          return copy;
        };
        const truth = new Map<string, number>();
        for (const name of chunks.flat()) truth.set(name, (truth.get(name) ?? 0) + 1);
        const ways = [
          chunks.map(countsOf).reduce(merged),
          chunks.map(countsOf).toReversed().reduce(merged),
        ];
        for (const counts of [...ways, countsOf(chunks.flat())]) {
          expect(counts.total).toBe(chunks.flat().length);
          expect(counts.bound).toBeLessThanOrEqual(counts.total / 513);
          expect(counts.entries().reduce((sum, [, count]) => sum + count, 0) + counts.other).toBe(
            counts.total,
          );
          if (truth.size <= 1024)
            expect(counts.exact && counts.distinctEstimate === truth.size).toBe(true);
          for (const [name, count] of truth) {
            const missed = count - counts.countOf(name);
            if (missed < 0 || missed > counts.boundOf(name))
              expect.fail(`${name}: ${missed} missed`);
          }
          expect(FrequentItems.fromBytes(counts.toBytes()).toState()).toEqual(counts.toState());
        }
      }),
      { numRuns: 20 },
    );
  });

  it('merge two by two to the same counts either way round', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(500, 1100, 1e6), (seed, names) => {
        const random = seededRandom(seed);
        const side = (): FrequentItems => {
          const counts = new FrequentItems();
          for (let index = 0; index < 3000; index += 1)
            counts.update(`${Math.floor(names * random() ** 2)}`);
          return counts;
        };
        const left = side();
        const right = side();
        const one = left.clone();
        const two = right.clone();
        one.merge(right);
        two.merge(left);
        expect(two.entries()).toEqual(one.entries());
        expect([two.bound, two.other, two.distinctEstimate]).toEqual([
          one.bound,
          one.other,
          one.distinctEstimate,
        ]);
      }),
      { numRuns: 20 },
    );
  });
});
