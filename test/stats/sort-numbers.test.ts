import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { sortNumbers } from '../../src/stats/sort-numbers.js';

const random = seededRandom(5);
const shapes: Readonly<Record<string, () => number>> = {
  normal: () => randomNormal(random),
  'huge offset, one upper word': () => 1e12 + Math.floor(random() * 1e6) / 1e3,
  'huge negative offset': () => -1e12 - random(),
  'small integers': () => Math.floor(random() * 7) - 3,
  'many scales': () => (random() - 0.5) * 10 ** Math.floor(600 * random() - 300),
  'mostly zeros of both signs': () => {
    if (random() < 0.4) return -0;
    return random() < 0.7 ? 0 : random() - 0.5;
  },
  'close to one another': () => 1 + Math.floor(random() * 50) * Number.EPSILON,
  extremes: () =>
    [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -Number.MIN_VALUE][
      Math.floor(4 * random())
    ] as number,
};

describe.each(Object.entries(shapes))('sortNumbers of %s', (_, draw) => {
  it.each([0, 1, 100, 9_999, 10_000, 60_001])(
    'orders %d values as the engine does, in place',
    (length) => {
      const values = Float64Array.from({ length }, draw);
      const wanted = values.slice().sort();
      expect(sortNumbers(values)).toBe(values);
      expect(values.every((value, index) => value === wanted[index])).toBe(true);
    },
  );
});

it('leaves what stands before and after a view alone', () => {
  const whole = Float64Array.from({ length: 30_000 }, () => randomNormal(random));
  const before = whole.slice(0, 5_000);
  const after = whole.slice(25_000);
  sortNumbers(whole.subarray(5_000, 25_000));
  expect(whole.slice(0, 5_000)).toEqual(before);
  expect(whole.slice(25_000)).toEqual(after);
});
