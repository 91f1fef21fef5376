import { describe, expect, it } from 'vitest';
import { Reservoir } from '../../src/sketch/reservoir.js';

function reservoirOf(
  from: number,
  to: number,
  options: { capacity?: number; seed?: number } = {},
): Reservoir<number> {
  const reservoir = new Reservoir<number>({ capacity: 10, ...options });
  for (let row = from; row < to; row += 1) reservoir.update(row);
  return reservoir;
}

/** Pearson's X² of how often each of `rows` rows was drawn, against equal shares. */
function chiSquare(drawn: readonly number[], rows: number): number {
  const counts = new Array<number>(rows).fill(0);
  for (const row of drawn) counts[row]! += 1;
  const expected = drawn.length / rows;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

// Bound for the X² of 50 rows, 10 of which are drawn at a time: 49 · (1 − 10/50) on average; this is over 6 σ above.
const ROWS = 50;
const MOST = 90;
const SEEDS = Array.from({ length: 2000 }, (_, seed) => seed);

describe('Reservoir', () => {
  it('keeps every row up to its capacity', () => {
    const reservoir = reservoirOf(0, 10);
    expect(reservoir.items.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(reservoir.count).toBe(10);
    expect(new Reservoir().items).toEqual([]);
  });

  it('is uniform over rows, and so is the beginning of its items', () => {
    const samples = SEEDS.map((seed) => reservoirOf(0, ROWS, { seed }).items);
    expect(samples.every((items) => new Set(items).size === 10)).toBe(true);
    expect(chiSquare(samples.flat(), ROWS)).toBeLessThan(MOST);
    expect(
      chiSquare(
        samples.map((items) => items[0]!),
        ROWS,
      ),
    ).toBeLessThan(110);
  });

  it('takes a row that comes many times over as often as if each came by itself', () => {
    const copies = (row: number): number => 1 + 3 * (row % 7);
    const total = Array.from({ length: ROWS }, (_, row) => copies(row)).reduce(
      (sum, count) => sum + count,
      0,
    );
    const drawn = SEEDS.flatMap((seed) => {
      const reservoir = new Reservoir<number>({ capacity: 10, seed });
      for (let row = 0; row < ROWS; row += 1) reservoir.updateMany(row, copies(row), row);
      expect(reservoir.count).toBe(total);
      return reservoir.items;
    });
    const counts = new Array<number>(ROWS).fill(0);
    for (const row of drawn) counts[row]! += 1;
    const statistic = counts.reduce((sum, count, row) => {
      const expected = (drawn.length * copies(row)) / total;
      return sum + (count - expected) ** 2 / expected;
    }, 0);
    // Nearly independent draws: 49 on average, σ = 9.9; this is 5 σ above.
    expect(statistic).toBeLessThan(99);
    expect(drawn.length).toBe(10 * SEEDS.length);
  });

  it('stays uniform when parts of unlike size are merged', () => {
    const samples = SEEDS.map((seed) => {
      const merged = reservoirOf(0, 5, { seed });
      merged.merge(reservoirOf(5, 12, { seed: seed + 100_000 }));
      merged.merge(reservoirOf(12, ROWS, { seed: seed + 200_000 }));
      expect(merged.count).toBe(ROWS);
      return merged.items;
    });
    expect(chiSquare(samples.flat(), ROWS)).toBeLessThan(MOST);
  });

  it('draws pairs independently of their place, and other rows where the salts differ', () => {
    const neighbours = SEEDS.filter((seed) => {
      const items = new Set(reservoirOf(0, ROWS, { seed }).items);
      return items.has(20) && items.has(21);
    }).length;
    // 2000 · 10·9 / (50·49) = 73.5, σ = 8.4.
    expect(Math.abs(neighbours - 73.5)).toBeLessThan(45);
    const salted = new Reservoir<number>({ capacity: 10 });
    for (let row = 0; row < 1000; row += 1) salted.update(row, row === 0 ? 7 : 0);
    expect(salted.items).not.toEqual(reservoirOf(0, 1000).items);
  });

  it('merges to the same rows in any order, to the bit', () => {
    const a = reservoirOf(0, 30, { seed: 1 });
    const b = reservoirOf(30, 34, { seed: 2 });
    const c = reservoirOf(34, 90, { seed: 3 });
    const left = a.clone();
    left.merge(b);
    left.merge(c);
    const right = c.clone();
    const inner = b.clone();
    inner.merge(a);
    right.merge(inner);
    expect(right.toState()).toEqual(left.toState());
    expect(b.size).toBe(4);
  });

  it('goes on after an encoding as if nothing had happened', () => {
    const straight = reservoirOf(0, 500);
    for (const again of [
      Reservoir.fromBytes<number>(reservoirOf(0, 200).toBytes()),
      Reservoir.fromJSON<number>(JSON.parse(JSON.stringify(reservoirOf(0, 200)))),
    ]) {
      for (let row = 200; row < 500; row += 1) again.update(row);
      expect(again.toState()).toEqual(straight.toState());
    }
  });

  it('stores rows of any plain data', () => {
    const row = {
      ['__proto__' as string]: 1,
      nothing: null,
      absent: undefined,
      numbers: [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e308, 5e-324],
      big: 12345678901234567890n,
      when: new Date(1e12),
      text: '\ud800 😀 \u0000',
      nested: { object: [{ number: 'NaN' }] },
    };
    Object.defineProperty(row, '__proto__', { value: 1, enumerable: true });
    const reservoir = new Reservoir<unknown>({ capacity: 3 });
    for (const item of [row, 7, Float64Array.of(1, Number.NaN)]) reservoir.update(item);
    const again = Reservoir.fromBytes(reservoir.toBytes());
    const plain = reservoir.items.map((item) => (item instanceof Float64Array ? [...item] : item));
    expect(again.items).toEqual(plain);
    expect(Reservoir.fromJSON(JSON.parse(JSON.stringify(reservoir))).items).toEqual(plain);
    expect(
      Object.keys(
        again.items.find((item) => typeof item === 'object' && !Array.isArray(item)) as object,
      ),
    ).toEqual(Object.keys(row));
  });

  it('refuses to store what it can not give back', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const row of [() => 1, Symbol('s'), cycle]) {
      const reservoir = new Reservoir<unknown>();
      reservoir.update(row);
      expect(() => reservoir.toBytes()).toThrow(
        expect.objectContaining({ code: 'ERR_LEEWAY_SAMPLE' }),
      );
    }
  });

  it('refuses rows nested deeper than it writes', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    const reservoir = new Reservoir<unknown>();
    reservoir.update(1);
    expect(() => Reservoir.fromJSON({ ...reservoir.toJSON(), items: [deep] })).toThrow(
      /nested too deep/,
    );
  });

  it('refuses options and states that can not be', () => {
    expect(() => new Reservoir({ capacity: 0 })).toThrow(/capacity must be/);
    expect(() => new Reservoir({ seed: 0.5 })).toThrow(/seed must be/);
    expect(() => new Reservoir({ capacity: 5 }).merge(new Reservoir({ capacity: 6 }))).toThrow(
      /5 and 6/,
    );
    const state = reservoirOf(0, 20).toState();
    for (const wrong of [
      { count: 5 },
      { count: -1 },
      { capacity: 2 ** 30 },
      { counter: -1 },
      { stirred: 0.5 },
      { priorities: state.priorities.toReversed() },
      { priorities: state.priorities.map(() => Number.NaN) },
      { items: state.items.slice(1) },
    ]) {
      expect(() => Reservoir.fromState({ ...state, ...wrong })).toThrow(/not a reservoir/);
    }
  });
});
