import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/leaves/random.js';
import { DistinctCount } from '../../src/sketch/distinct-count.js';
import {
  bucketOf,
  DEFAULT_ITEM_CAPACITY,
  FrequentItems,
  NAME_BUCKETS,
} from '../../src/sketch/frequent-items.js';
import { hashName } from '../../src/sketch/name-hash.js';
import { cpuMs } from '../fixtures/cpu-time.js';

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
    for (let index = 0; index < 1_000_000; index += 1)
      counts.update(index % 10 === 0 ? 'heavy' : `rare ${index}`);
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

  it('bounds what it missed of each name, however names come', () => {
    const random = seededRandom(6);
    const truth = new Map<string, number>();
    const counts = new FrequentItems();
    for (let index = 0; index < 200_000; index += 1) {
      // A heavy tail, in bursts: names that were dropped come back.
      const name = `n${Math.floor((index % 5000 < 2500 ? 3000 : 900) * random() ** 3)} ${index % 3 === 0 ? index : ''}`;
      truth.set(name, (truth.get(name) ?? 0) + 1);
      counts.update(name);
    }
    expect(counts.exact).toBe(false);
    expect(counts.bound).toBeLessThanOrEqual(200_000 / 513);
    for (const [name, count] of truth) {
      const missed = count - counts.countOf(name);
      expect(missed).toBeGreaterThanOrEqual(0);
      expect(missed).toBeLessThanOrEqual(counts.boundOf(name));
      expect(counts.boundOf(name)).toBeLessThanOrEqual(counts.bound);
    }
    expect(counts.distinct).toBeGreaterThanOrEqual(512);
  });

  it('keeps its bounds over merges', () => {
    const random = seededRandom(7);
    const truth = new Map<string, number>();
    const merged = new FrequentItems();
    for (let part = 0; part < 50; part += 1) {
      const counts = new FrequentItems();
      for (let index = 0; index < 4000; index += 1) {
        const name = String(Math.floor(20_000 * random() ** 4));
        truth.set(name, (truth.get(name) ?? 0) + 1);
        counts.update(name);
      }
      merged.merge(counts);
    }
    expect(merged.bound).toBeLessThanOrEqual(200_000 / 513);
    for (const [name, count] of truth) {
      const missed = count - merged.countOf(name);
      expect(missed).toBeGreaterThanOrEqual(0);
      expect(missed).toBeLessThanOrEqual(merged.boundOf(name));
    }
    expect(Math.abs(merged.distinctEstimate / truth.size - 1)).toBeLessThan(4 * 0.023);
  });

  it('does not let a burst of rare names drive out the even ones', () => {
    const counts = new FrequentItems();
    for (let round = 0; round < 5; round += 1) {
      for (let name = 0; name < DEFAULT_ITEM_CAPACITY; name += 1) counts.update(`even ${name}`);
    }
    counts.update('one more');
    expect(counts.distinct).toBe(DEFAULT_ITEM_CAPACITY / 2);
    expect(counts.entries()[0]?.[1]).toBe(5);
  });

  it('counts distinct names exactly up to its capacity, and then to a few percent', () => {
    const counts = new FrequentItems();
    for (let seen = 1; seen <= 300_000; seen += 1) {
      counts.update(`name ${seen}`);
      counts.update(`name ${Math.ceil(seen / 2)}`);
      if (seen === 1024) expect(counts.distinctEstimate).toBe(1024);
      if ([1025, 2000, 5000, 10_000, 100_000, 300_000].includes(seen)) {
        expect(Math.abs(counts.distinctEstimate / seen - 1)).toBeLessThan(3.5 * 0.023);
      }
    }
    const again = FrequentItems.fromBytes(counts.toBytes());
    expect(again.distinctEstimate).toBe(counts.distinctEstimate);
    const union = countsOf(['name 1', 'other']);
    union.merge(counts);
    counts.merge(countsOf(['name 1', 'other']));
    expect(union.distinctEstimate).toBe(counts.distinctEstimate);
  });

  it('has a distinct count without bias: many sets of 4,000 and of 20,000', () => {
    for (const size of [4000, 20_000]) {
      const errors = Array.from({ length: 40 }, (_, seed) => {
        const count = new DistinctCount();
        for (let index = 0; index < size; index += 1) count.add(hashName(`${seed}/${index}`));
        return count.estimate() / size - 1;
      });
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      const spread = Math.sqrt(
        errors.reduce((sum, error) => sum + error * error, 0) / errors.length,
      );
      expect(Math.abs(mean)).toBeLessThan((3.5 * 0.023) / Math.sqrt(40));
      expect(spread).toBeLessThan(1.5 * 0.023);
    }
  });

  it('estimates a million million, though not every register can tell', () => {
    const random = seededRandom(10);
    // The law of a register after n names: P(rank ≤ r) = exp(−n / 2048 / 2^r).
    const size = 2e12;
    const digits = Array.from({ length: 2048 }, () => {
      const uniform = random();
      let rank = 0;
      while (rank < 33 && uniform > Math.exp(-size / 2048 / 2 ** rank)) rank += 1;
      return rank.toString(36);
    }).join('');
    expect(digits).toContain('x');
    expect(Math.abs(DistinctCount.fromString(digits).estimate() / size - 1)).toBeLessThan(
      3.5 * 0.023,
    );
  });

  it('never claims more distinct names than values, whatever it was told', () => {
    const state = countsOf(Array.from({ length: 2000 }, (_, index) => `${index}`)).toState();
    expect(
      FrequentItems.fromState({ ...state, registers: 'x'.repeat(2048) }).distinctEstimate,
    ).toBe(2000);
    for (const registers of ['x', 'y'.repeat(2048), 7 as unknown as string]) {
      expect(() => FrequentItems.fromState({ ...state, registers })).toThrow(
        /registers are damaged/,
      );
    }
  });

  it('takes a thousand strings of 10 MB in bounded time, and tells them apart by both ends and the length', () => {
    const long = 'y'.repeat(10_000_000);
    const counts = new FrequentItems();
    const start = cpuMs();
    for (let index = 0; index < 1000; index += 1) counts.update(long);
    expect(cpuMs() - start).toBeLessThan(2000);
    counts.update(`${long}y`);
    counts.update(`z${long.slice(1)}`);
    expect(counts.distinct).toBe(3);
    expect(counts.countOf(long)).toBe(1000);
    expect(counts.toBytes().length).toBeLessThan(2000);
  });

  it('survives its encodings, whatever the names', () => {
    const names = ['__proto__', 'toString', '', '\ud800', '😀', '\u0000', 'x'.repeat(300)];
    for (const counts of [
      countsOf(names),
      countsOf(Array.from({ length: 3000 }, (_, index) => names[index % 9] ?? `${index}`)),
    ]) {
      for (const again of [
        FrequentItems.fromBytes(counts.toBytes()),
        FrequentItems.fromJSON(JSON.parse(JSON.stringify(counts))),
        counts.clone(),
      ]) {
        expect(again.toState()).toEqual(counts.toState());
      }
    }
  });
});

describe('rows that are no longer counted by name', () => {
  const filled = (from: number, names: number): FrequentItems => {
    const items = new FrequentItems();
    for (let index = 0; index < names; index += 1)
      items.update(`name-${from + index}`, 1 + (index % 3));
    return items;
  };
  const exactly = (from: number, names: number): number[] => {
    const counts = new Array<number>(NAME_BUCKETS).fill(0);
    for (let index = 0; index < names; index += 1) {
      const bucket = bucketOf(`name-${from + index}`);
      counts[bucket] = (counts[bucket] as number) + 1 + (index % 3);
    }
    return counts;
  };

  it('stay counted by bucket, exactly, in whatever order parts are merged, and across an encoding', () => {
    const all = exactly(0, 5000).map(
      (count, bucket) => count + (exactly(3000, 4000)[bucket] as number),
    );
    for (const order of [
      [filled(0, 5000), filled(3000, 4000)],
      [filled(3000, 4000), filled(0, 5000)],
    ]) {
      const merged = new FrequentItems();
      for (const part of order) merged.merge(FrequentItems.fromBytes(part.toBytes()));
      expect([...(merged.bucketCounts() ?? [])]).toEqual(all);
    }
    expect([...(filled(0, 100).bucketCounts() ?? [])]).toEqual(exactly(0, 100));
  });

  it('cost an encoding nothing while every name is counted', () => {
    expect(filled(0, 1024).toState()).not.toHaveProperty('buckets');
  });

  it('are not known of counts that an older release wrote, nor of what is merged with these', () => {
    const { buckets: _, ...old } = filled(0, 5000).toState();
    const read = FrequentItems.fromState(old);
    expect(read.bucketCounts()).toBeUndefined();
    const fresh = filled(0, 10);
    fresh.merge(read);
    expect(fresh.bucketed).toBe(false);
    expect(fresh.total).toBe(read.total + filled(0, 10).total);
  });

  it('are refused where they do not add up', () => {
    const state = filled(0, 5000).toState();
    const buckets = state.buckets?.map((count, bucket) => (bucket === 0 ? count + 1 : count)) ?? [];
    expect(() => FrequentItems.fromState({ ...state, buckets })).toThrow(/buckets do not add up/);
    expect(() => FrequentItems.fromState({ ...state, buckets: [1] })).toThrow(
      /buckets do not add up/,
    );
  });
});
