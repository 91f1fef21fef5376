import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortRun } from '../../src/sketch/sort-run.js';

describe('sortRun', () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(1e308, -1e308, 5e-324, 0),
  );

  it('sorts what lies between, and nothing else, as the engine does', () => {
    const lists = fc.array(value, { minLength: 1, maxLength: 3_000, size: 'max' });
    fc.assert(
      fc.property(lists, (list) => {
        const values = Float64Array.of(9, ...list, -9);
        sortRun(values, 1, list.length + 1);
        expect(values[0]).toBe(9);
        expect(values.at(-1)).toBe(-9);
        // + 0: the engine puts −0 before 0, which are one value to a sketch.
        expect(values.slice(1, -1).map((held) => held + 0)).toEqual(
          Float64Array.from(list, (held) => held + 0).sort(),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('takes crowds and single values', () => {
    for (const list of [
      [1],
      [2, 1],
      Array(500).fill(7),
      [...Array(500).fill(0), 1e300],
      [...Array(300).keys()].reverse(),
    ]) {
      const values = Float64Array.from(list);
      sortRun(values, 0, list.length);
      expect(values).toEqual(Float64Array.from(list).sort());
    }
  });
});
