import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeewayError } from '../../src/leaves/errors.js';
import { andersonDarlingTest } from '../../src/stats/anderson-darling.js';
import { cramerVonMisesTest } from '../../src/stats/cramer-von-mises.js';
import { energyDistance } from '../../src/stats/energy.js';
import { ksTest } from '../../src/stats/ks.js';
import { leveneTest } from '../../src/stats/levene.js';
import { mannWhitneyTest } from '../../src/stats/mann-whitney.js';
import { klotzTest, waerdenTest } from '../../src/stats/normal-scores.js';
import type { Sample } from '../../src/stats/sample.js';
import { wassersteinDistance } from '../../src/stats/wasserstein.js';
import { welchTest } from '../../src/stats/welch.js';

interface Tested {
  readonly statistic: number;
  readonly pValue: number;
}

const rankTests: Readonly<Record<string, (x: Sample, y: Sample) => Tested>> = {
  ksTest,
  cramerVonMisesTest,
  andersonDarlingTest,
  mannWhitneyTest,
  waerdenTest,
  klotzTest,
};
const allTests = { ...rankTests, welchTest, leveneTest };
const distances = { wassersteinDistance, energyDistance };

/** Whole numbers in a small range: many ties, and no rounding in what the laws compare. */
const tied = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 2, maxLength: 40 });
/** Any finite number of moderate size, from tiny to large. */
const spread = fc.array(
  fc.oneof(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.double({ min: -1e-6, max: 1e-6, noNaN: true }),
  ),
  { minLength: 2, maxLength: 40 },
);
const sample = fc.oneof(tied, spread);

describe.each(Object.entries(allTests))('%s', (_, test) => {
  it('gives a statistic and a p-value in 0…1, or is undefined with a code, and leaves its input alone', () => {
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        const before = [x.slice(), y.slice()];
        const result = attempt(() => test(Object.freeze(x), Object.freeze(y)));
        expect([x, y]).toEqual(before);
        if (result === undefined) return;
        expect(result.statistic).not.toBeNaN();
        expect(result.pValue).toBeGreaterThanOrEqual(0);
        expect(result.pValue).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('does not depend on the order of values, nor on the kind of array', () => {
    fc.assert(
      fc.property(tied, tied, (x, y) => {
        const result = attempt(() => test(x, y));
        expectSame(
          attempt(() =>
            test(
              x.toReversed(),
              y.toSorted((a, b) => a - b),
            ),
          ),
          result,
        );
        expect(attempt(() => test(Float64Array.from(x), Float64Array.from(y)))).toEqual(result);
      }),
    );
  });

  it('gives the same p-value with the samples exchanged', () => {
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        const forth = attempt(() => test(x, y))?.pValue;
        const back = attempt(() => test(y, x))?.pValue;
        if (forth === undefined || back === undefined) expect(back).toBe(forth);
        else expectNear(back, forth);
      }),
    );
  });
});

describe.each(Object.entries(rankTests))('%s, a rank test', (_, test) => {
  it('does not change under an increasing map', () => {
    fc.assert(
      fc.property(tied, tied, (x, y) => {
        const map = (value: number) => Math.exp(value / 2) * 1e3 - 7;
        const result = attempt(() => test(x, y));
        const mapped = attempt(() => test(x.map(map), y.map(map)));
        expect(mapped?.statistic).toBe(result?.statistic);
        expect(mapped?.pValue).toBe(result?.pValue);
      }),
    );
  });
});

describe.each(Object.entries(distances))('%s, a metric', (_, distance) => {
  it('is 0 from a sample to itself, also doubled, and symmetric', () => {
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        expect(distance(x, x)).toBe(0);
        expect(distance(x, [...x, ...x])).toBeLessThan(1e-7);
        expectNear(distance(y, x), distance(x, y));
      }),
    );
  });

  it('obeys the triangle inequality', () => {
    fc.assert(
      fc.property(sample, sample, sample, (x, y, z) => {
        const detour = distance(x, y) + distance(y, z);
        expect(distance(x, z)).toBeLessThanOrEqual(detour * (1 + 1e-9) + 1e-9);
      }),
    );
  });

  it('moves with a shift and grows with the unit as its unit says', () => {
    const power = distance === wassersteinDistance ? 1 : 0.5;
    fc.assert(
      fc.property(tied, tied, fc.integer({ min: 1, max: 50 }), (x, y, factor) => {
        expectNear(
          distance(
            x.map((value) => value + factor),
            y.map((value) => value + factor),
          ),
          distance(x, y),
        );
        expectNear(
          distance(
            x.map((value) => value * factor),
            y.map((value) => value * factor),
          ),
          distance(x, y) * factor ** power,
        );
      }),
    );
  });
});

describe('all two-sample functions', () => {
  const everything = Object.entries({ ...allTests, ...distances });

  it.each(everything)('%s names the index of a value that is not finite', (_, compute) => {
    const bad = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    fc.assert(
      fc.property(tied, tied, bad, fc.nat(), (x, y, value, at) => {
        const index = at % y.length;
        const call = () => compute(x, y.with(index, value));
        expect(call).toThrow(LeewayError);
        expect(call).toThrow(`y[${index}] must be a finite number`);
      }),
    );
  });

  it.each(everything)('%s takes 5,000,000 values', (_, compute) => {
    const x = Float64Array.from({ length: 5e6 }, (__, index) => (index * 7_919) % 1_000_003);
    const y = Float64Array.from({ length: 1000 }, (__, index) => (index * 611_953) % 1_000_003);
    const result = compute(x, y) as number | Tested;
    expect(typeof result === 'number' ? result : result.pValue).toBeGreaterThanOrEqual(0);
    expect(x[1]).toBe(7919);
  });
});

function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    expect(error).toBeInstanceOf(LeewayError);
    expect((error as LeewayError).code).toBe('ERR_LEEWAY_SAMPLE');
    return undefined;
  }
}

function expectNear(actual: number, wanted: number): void {
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-9 * Math.abs(wanted) + 1e-12);
}

function expectSame(actual: Tested | undefined, wanted: Tested | undefined): void {
  if (actual === undefined || wanted === undefined) {
    expect(actual).toBe(wanted);
    return;
  }
  if (Number.isFinite(wanted.statistic)) expectNear(actual.statistic, wanted.statistic);
  else expect(actual.statistic).toBe(wanted.statistic);
  expectNear(actual.pValue, wanted.pValue);
}
