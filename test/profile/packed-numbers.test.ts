import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { packLists, unpackLists } from '../../src/profile/packed-numbers.js';

const doubles = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.float(),
  fc.constantFrom(
    0,
    -0,
    5e-324,
    -5e-324,
    1.7e308,
    -1.7e308,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1,
    -1,
  ),
);
const list = fc
  .tuple(fc.array(doubles, { maxLength: 40 }), fc.boolean())
  .map(([values, sorted]) =>
    sorted ? Float64Array.from(values).sort() : Float64Array.from(values),
  );
/** NaN is one value here; 0 and −0 are two. */
const named = (values: Float64Array): string[] =>
  Array.from(values, (value) => (Object.is(value, -0) ? '-0' : `${value}`));

describe('packed lists of numbers', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(list, { maxLength: 5 }), (lists) => {
        const take = unpackLists(packLists(lists));
        for (const one of lists) expect(named(take(one.length))).toEqual(named(one));
      }),
      { numRuns: 500 },
    );
  });

  it('take less room the more is known: sorted, short, equal; never more than a byte', () => {
    const random = seededRandom(1);
    const values = Float64Array.from({ length: 600 }, () => randomNormal(random));
    const size = (one: Float64Array): number => packLists([one]).length / one.length;
    expect(size(values)).toBeLessThanOrEqual(8 + 1 / 600);
    expect(size(values.toSorted())).toBeLessThan(6.5);
    expect(size(values.map((value) => Math.round(100 * value) + 0).sort())).toBeLessThan(2);
    expect(size(new Float64Array(600).fill(0.1))).toBeLessThan(0.2);
  });

  it('are refused where they are cut short or not what they say', () => {
    const bytes = packLists([Float64Array.from({ length: 50 }, (_, index) => index / 7)]);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => unpackLists(bytes.subarray(0, length))(50)).toThrow(/cut short/);
    }
    expect(() => unpackLists(bytes)(1e12)).toThrow(/cut short/);
    expect(() => unpackLists(bytes)(-1)).toThrow(/cut short/);
    expect(() => unpackLists(Uint8Array.of(64, 255))(1)).toThrow(/cut short/);
    expect(() => unpackLists(new Uint8Array(40))(8 * 39)).toThrow(/cut short/);
  });

  it('are read from whatever bytes, to the end or to an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(500), (bytes, length) => {
        try {
          expect(unpackLists(bytes)(length)).toHaveLength(length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_LEEWAY_FORMAT' });
        }
      }),
      { numRuns: 500 },
    );
  });
});
