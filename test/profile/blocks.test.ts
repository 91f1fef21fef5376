import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { BaselineTransforms } from '../../src/profile/baseline-transforms.js';
import { Block } from '../../src/profile/block.js';
import { BlockRing, MAX_BLOCKS } from '../../src/profile/block-ring.js';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { normalQuantile } from '../../src/stats/normal.js';

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2024, 0, 1);

function window(rows: number, seed: number, shift = 0): Profile {
  const random = seededRandom(seed);
  return profileTable({
    n: Float64Array.from({ length: rows }, () => randomNormal(random) + shift),
    c: Array.from({ length: rows }, () => `k${Math.floor(random() ** 2 * 60)}`),
    t: Array.from({ length: rows }, (_, row) => `text ${row}`),
  });
}

const baseline = window(10_000, 1);
const transforms = BaselineTransforms.freeze(baseline);

describe('BaselineTransforms', () => {
  it('fix equal bins and normal scores', () => {
    const column = transforms.column('n');
    expect(column?.edges).toHaveLength(31);
    expect(transforms.score('n', 0)).toBeCloseTo(0, 1);
    expect(transforms.score('n', 1)).toBeCloseTo(1, 1);
    expect(transforms.score('n', -2)).toBeCloseTo(-2, 0);
    expect(transforms.score('n', 1e308)).toBeLessThan(6);
    expect(transforms.score('n', Number.NaN)).toBeNaN();
    expect(transforms.score('c', 1)).toBeNaN();
    expect(transforms.column('c')?.categories).toHaveLength(31);
  });

  it('score tied values by their mid-rank, exactly', () => {
    const tied = BaselineTransforms.freeze(profileTable({ n: [1, 1, 1, 2, 4, 4] }));
    expect(tied.score('n', 1)).toBe(normalQuantile(0.25));
    expect(tied.score('n', 2)).toBe(normalQuantile(3.5 / 6));
    expect(tied.score('n', 3)).toBeCloseTo(normalQuantile((3.5 / 6 + 5 / 6) / 2), 12);
    expect(tied.score('n', 5)).toBe(normalQuantile((1 + 5 / 6) / 2));
    expect(
      BaselineTransforms.freeze(profileTable({ n: [7, 7, 7] })).column('n')?.edges,
    ).toHaveLength(0);
  });

  it('are named by what they hold', () => {
    expect(BaselineTransforms.freeze(window(10_000, 1)).hash).toBe(transforms.hash);
    expect(BaselineTransforms.freeze(window(10_000, 2)).hash).not.toBe(transforms.hash);
    expect(transforms.hash).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('BlockRing', () => {
  it('measures a window with the bins and scores of the baseline', () => {
    const ring = new BlockRing(transforms);
    ring.add(baseline, { from: MONDAY + 5 * HOUR, to: MONDAY + 6 * HOUR });
    const [block] = ring.blocks;
    expect(block?.hourOfWeek).toBe(5);
    const n = block?.column(0);
    const c = block?.column(1);
    const t = block?.column(2);
    expect(n?.count).toBe(10_000);
    expect(n?.bins.reduce((sum, count) => sum + count, 0)).toBe(10_000);
    for (const count of n?.bins ?? []) expect(Math.abs(count - 312.5)).toBeLessThan(70);
    expect((n?.scores ?? 1) / 10_000).toBeCloseTo(0, 2);
    expect((n?.squares ?? 0) / 10_000).toBeCloseTo(1, 1);
    expect(n?.fresh).toBe(0);
    expect(c?.bins[31]).toBeGreaterThan(0);
    expect(c?.bins.reduce((sum, count) => sum + count, 0)).toBe(10_000);
    expect(t?.count).toBe(10_000);
  });

  it('counts what is missing, new and out of range', () => {
    const ring = new BlockRing(transforms);
    ring.add(profileTable({ n: [1e6, null, 0], c: ['never', 'k1', 'k59'] }), { from: 0, to: 1 });
    expect(ring.blocks[0]?.column(0)).toMatchObject({ count: 2, missing: 1, fresh: 1 });
    expect(ring.blocks[0]?.column(1)).toMatchObject({ count: 3, missing: 0, fresh: 1 });
    expect(ring.blocks[0]?.column(2)).toMatchObject({ count: 0, missing: 3 });
    expect(ring.blocks[0]?.hourOfWeek).toBe(72);
  });

  it('adds up what comes in one hour', () => {
    const ring = new BlockRing(transforms);
    ring.add(window(100, 3), { from: MONDAY, to: MONDAY + 1000 });
    ring.add(window(50, 4), { from: MONDAY + 2000, to: MONDAY + 3000 });
    expect(ring.blocks).toHaveLength(1);
    expect(ring.blocks[0]).toMatchObject({ rows: 150, from: MONDAY, to: MONDAY + 3000 });
  });

  it('widens all blocks when they are too many, and keeps days whole', () => {
    const ring = new BlockRing(transforms);
    const part = window(10, 5);
    const widths = new Set<number>();
    for (let hour = 0; hour < 24 * 40; hour += 1) {
      ring.add(part, { from: MONDAY + hour * HOUR, to: MONDAY + (hour + 1) * HOUR });
      widths.add(ring.widthMs / HOUR);
      expect(ring.blocks.length).toBeLessThanOrEqual(MAX_BLOCKS);
    }
    expect([...widths]).toEqual([1, 2, 4, 8, 24]);
    expect(ring.blocks).toHaveLength(40);
    for (const block of ring.blocks) expect(block.rows).toBe(240);
  });

  it('does not depend on the order in which parts come', () => {
    const orders = [1, -1].map((direction) => {
      const ring = new BlockRing(transforms);
      for (let step = 0; step < 100; step += 1) {
        const hour = direction > 0 ? step : 99 - step;
        ring.add(profileTable({ n: [hour / 100] }), {
          from: MONDAY + hour * HOUR,
          to: MONDAY + hour * HOUR + 1,
        });
      }
      return ring;
    });
    expect(orders[0]?.blocks.map((block) => block.rows)).toEqual(
      orders[1]?.blocks.map((block) => block.rows),
    );
  });

  it('takes a part that is longer than a block', () => {
    const ring = new BlockRing(transforms);
    ring.add(window(10, 5), { from: MONDAY, to: MONDAY + 20 * HOUR });
    expect(ring.widthMs).toBe(24 * HOUR);
  });

  it('refuses times that are none', () => {
    const ring = new BlockRing(transforms);
    expect(() => ring.add(baseline, { from: 2, to: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_OPTION' }),
    );
    expect(() => new BlockRing(transforms, { widthMs: 0.5 })).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_OPTION' }),
    );
  });
});

describe('a profile with blocks', () => {
  const withBlocks = (by: BaselineTransforms, hour: number): Profile => {
    const profile = window(100, hour);
    profile.blocks = new BlockRing(by);
    profile.blocks.add(profile, { from: MONDAY + hour * HOUR, to: MONDAY + hour * HOUR });
    return profile;
  };

  it('keeps them in bytes and JSON, exactly', () => {
    const profile = withBlocks(transforms, 3);
    const restored = Profile.fromBytes(profile.toBytes());
    expect(restored.blocks?.transforms.hash).toBe(transforms.hash);
    expect(restored.blocks?.blocks[0]?.toState()).toEqual(profile.blocks?.blocks[0]?.toState());
    expect(Profile.fromJSON(JSON.parse(JSON.stringify(profile))).toBytes()).toEqual(
      profile.toBytes(),
    );
  });

  it('merges blocks of the same transforms, and refuses those of others as a whole', () => {
    const profile = withBlocks(transforms, 3);
    profile.merge(withBlocks(transforms, 4));
    expect(profile.blocks?.blocks.map((block) => block.rows)).toEqual([100, 100]);
    const before = profile.toBytes();
    const other = withBlocks(BaselineTransforms.freeze(window(500, 9)), 5);
    expect(() => profile.merge(other)).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_FORMAT' }),
    );
    expect(profile.toBytes()).toEqual(before);
  });

  it.each([100, 60_000, 1e7, 1e9])('keeps counts up to %d as they are', (most) => {
    const sums = Float64Array.from({ length: 2 * 37 }, (_, index) =>
      Math.floor((most * (index % 37)) / 37),
    );
    const read = Block.fromState(new Block(0, 1, 5, sums).toState(), 2);
    expect(read.column(1).bins).toEqual(sums.slice(37 + 5));
    expect(read.column(0)).toMatchObject({ count: 0, missing: Math.floor(most / 37) });
  });

  it('reads counts two in a number, as they were written before', () => {
    const stored = Float64Array.from({ length: 21 }, (_, index) =>
      index < 5 ? index : 2 ** 26 * index + 1,
    );
    const { bins } = Block.fromState({ from: 0, to: 1, rows: 5, sums: stored }, 1).column(0);
    expect([...bins.slice(0, 4)]).toEqual([5, 1, 6, 1]);
  });

  it('knows the hours of the week, and those of the day from them', () => {
    const ring = new BlockRing(transforms);
    for (let hour = 0; hour < 400; hour += 1) {
      ring.add(profileTable({ n: [hour] }), {
        from: MONDAY + hour * HOUR,
        to: MONDAY + (hour + 1) * HOUR - 1,
      });
    }
    const copies = [ring, ring.clone(), BlockRing.fromState(ring.toState())];
    for (const copy of copies) {
      const week = copy.season('week')?.hours;
      expect(week?.size).toBe(168);
      expect([week?.get(0)?.rows, week?.get(63)?.rows, week?.get(64)?.rows]).toEqual([3, 3, 2]);
      expect(copy.hours.size).toBe(24);
      expect(copy.hours.get(0)?.rows).toBe(17);
    }
  });

  it('goes on with the hours of the day where those of the week are not known', () => {
    const ring = new BlockRing(transforms);
    ring.add(profileTable({ n: [1] }), { from: MONDAY, to: MONDAY });
    const { week, ...older } = ring.toState();
    const read = BlockRing.fromState({ ...older, hours: week! });
    expect(read.season('week')).toBeUndefined();
    expect(read.hours.get(0)?.rows).toBe(1);
    ring.merge(read);
    expect(ring.season('week')).toBeUndefined();
    expect(ring.hours.get(0)?.rows).toBe(2);
    expect(BlockRing.fromState(ring.toState()).hours.get(0)?.rows).toBe(2);
    ring.add(profileTable({ n: [1] }), { from: MONDAY, to: MONDAY + 2 * HOUR });
    expect(ring.hours.size).toBe(0);
  });

  it('keeps only the hours of the day of a wide table', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 201 }, (_, place) => [`c${place}`, [1, 2]]),
    );
    const ring = new BlockRing(BaselineTransforms.freeze(profileTable(wide)));
    ring.add(profileTable(wide), { from: MONDAY, to: MONDAY });
    expect(ring.season('week')).toBeUndefined();
    expect(ring.clone().hours.size).toBe(1);
  });

  it('stays within 20 KB a column', () => {
    const ring = new BlockRing(
      BaselineTransforms.freeze(
        profileTable({ n: Float64Array.from({ length: 5000 }, (_, i) => Math.sqrt(i)) }),
      ),
    );
    const profile = profileTable({
      n: Float64Array.from({ length: 5000 }, (_, i) => Math.sqrt(i)),
    });
    const bare = profile.toBytes().length;
    for (let hour = 0; hour < 64; hour += 1)
      ring.add(profile, { from: hour * HOUR, to: hour * HOUR });
    profile.blocks = ring;
    expect(ring.blocks).toHaveLength(64);
    expect(profile.toBytes().length - bare).toBeLessThan(28_000);
  });
});
