import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/leaves/random.js';
import { areSingleDraws } from '../../src/stats/repeats.js';

/** How many names came once, twice …, where a function names each row. */
function sizesOf(rows: number, name: (row: number) => unknown): Map<number, number> {
  const counts = new Map<unknown, number>();
  for (let row = 0; row < rows; row += 1) {
    const key = name(row);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const sizes = new Map<number, number>();
  for (const count of counts.values()) sizes.set(count, (sizes.get(count) ?? 0) + 1);
  return sizes;
}

/** Names that bring a group of rows each. */
function groups(names: number, size: (random: Random) => number): Map<number, number> {
  const random = seededRandom(names);
  const sizes = new Map<number, number>();
  for (let name = 0; name < names; name += 1) {
    const own = size(random);
    sizes.set(own, (sizes.get(own) ?? 0) + 1);
  }
  return sizes;
}

const geometric = (random: Random): number =>
  1 + Math.floor(Math.log(1 - random()) / Math.log(0.35));
const uniform = (rows: number, names: number, seed: number): Map<number, number> => {
  const random = seededRandom(seed);
  return sizesOf(rows, () => Math.floor(random() * names));
};
const mostly = (seen: (seed: number) => boolean): number =>
  Array.from({ length: 40 }, (_, seed) => seen(seed + 1)).filter(Boolean).length;

describe('single draws', () => {
  it('are told of names that are equally frequent', () => {
    expect(mostly((seed) => areSingleDraws(uniform(1500, 900, seed)))).toBeGreaterThan(30);
    expect(mostly((seed) => areSingleDraws(uniform(6000, 3000, seed)))).toBeGreaterThan(35);
  });

  it.each([
    ['groups of any size', groups(700, geometric)],
    ['groups of seven', groups(700, () => 7)],
    ['pairs among others', groups(900, (random) => (random() < 0.1 ? 2 : 1))],
    ['groups of one to three', groups(900, (random) => 1 + Math.floor(3 * random()))],
    ['names that all came once', new Map([[1, 1000]])],
    ['a few names', uniform(60, 50, 1)],
    ['nothing', new Map<number, number>()],
    [
      'names of very different frequency',
      sizesOf(3000, (row) => Math.floor(Math.exp(((row * 7919) % 3000) / 350))),
    ],
  ])('are not told of %s', (_, sizes) => expect(areSingleDraws(sizes)).toBe(false));
});
