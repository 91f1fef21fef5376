import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ITEM_CAPACITY, FrequentItems } from '../../src/sketch/frequent-items.js';

function countsOf(names: Iterable<string>): FrequentItems {
  const counts = new FrequentItems();
  for (const name of names) counts.update(name);
  return counts;
}

describe('FrequentItems', () => {
  it('counts exactly, most frequent first, names being only data', () => {
    const counts = countsOf(['b', 'a', '__proto__', 'b', 'a', 'constructor', '']);
    expect(counts.entries()).toEqual([
      ['a', 2],
      ['b', 2],
      ['', 1],
      ['__proto__', 1],
      ['constructor', 1],
    ]);
    expect(counts.exact).toBe(true);
    expect(counts.countOf('toString')).toBe(0);
  });

  it('stays bounded under a million distinct names and keeps the heavy ones within its bound', () => {
    const counts = new FrequentItems();
    for (let index = 0; index < 1_000_000; index += 1) counts.update(index % 10 === 0 ? 'heavy' : `rare ${index}`);
    expect(counts.distinct).toBeLessThanOrEqual(DEFAULT_ITEM_CAPACITY);
    expect(counts.total).toBe(1_000_000);
    expect(counts.countOf('heavy')).toBeGreaterThanOrEqual(100_000 - counts.bound);
    const named = counts.entries().reduce((sum, [, count]) => sum + count, 0);
    expect(named + counts.other).toBe(1_000_000);
  });

  it('cuts long names and still tells them apart', () => {
    const long = 'x'.repeat(10_000_000);
    const counts = countsOf([`${long}a`, `${long}b`, `${long}a`]);
    expect(counts.distinct).toBe(2);
    expect(counts.countOf(`${long}a`)).toBe(2);
    expect(counts.entries().every(([name]) => name.length <= 256)).toBe(true);
  });

  it('merges into the counts of the whole while exact, and survives an encoding', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('a', 'b', '__proto__'));
    fc.assert(
      fc.property(fc.array(name), fc.array(name), (left, right) => {
        const merged = countsOf(left);
        merged.merge(countsOf(right));
        expect(merged.entries()).toEqual(countsOf([...left, ...right]).entries());
        expect(FrequentItems.fromState(merged.toState()).toState()).toEqual(merged.toState());
      }),
    );
  });

  it('refuses counts that do not add up', () => {
    const state = countsOf(['a', 'b']).toState();
    expect(() => FrequentItems.fromState({ ...state, total: 3 })).toThrow(/add up/);
    expect(() => FrequentItems.fromState({ ...state, items: [['a', -1]] })).toThrow(/impossible/);
  });
});
