import { describe, expect, it } from 'vitest';
import { calibrateToHistory } from '../../../src/drift/calibration/calibration.js';
import { compareProfiles } from '../../../src/drift/compare-profiles.js';
import { randomNormal, seededRandom } from '../../../src/leaves/random.js';
import { BaselineTransforms } from '../../../src/profile/baseline-transforms.js';
import type { Block } from '../../../src/profile/block.js';
import { BlockRing } from '../../../src/profile/block-ring.js';
import { Profile } from '../../../src/profile/profile.js';
import { profileTable } from '../../../src/profile/profile-table.js';

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2026, 0, 5);
const HOURS = 48;

/** Hours of traffic that depends on its last row, and on the time of day: two days of history, and one hour after them. */
function traffic(
  seed: number,
  { memory, season, moved = 0 }: { memory: number; season: number; moved?: number },
) {
  const random = seededRandom(seed);
  let state = randomNormal(random);
  const hour = (at: number, moved = 0): Profile => {
    const values = Float64Array.from({ length: 100 }, () => {
      state = memory * state + Math.sqrt(1 - memory ** 2) * randomNormal(random);
      return state + season * Math.sin((2 * Math.PI * at) / 24) + moved;
    });
    return profileTable({ a: values });
  };
  const parts = Array.from({ length: HOURS }, (_, at) => hour(at));
  const baseline = new Profile();
  for (const part of parts) baseline.merge(part);
  const ring = new BlockRing(BaselineTransforms.freeze(baseline));
  for (const [at, part] of parts.entries()) {
    ring.add(part, { from: MONDAY + at * HOUR, to: MONDAY + (at + 1) * HOUR - 1 });
  }
  const at = HOURS + (seed % 24);
  return {
    baseline,
    ring,
    window: hour(at, moved),
    to: { seq: 1, from: MONDAY + at * HOUR, to: MONDAY + (at + 1) * HOUR - 1 },
  };
}

function alarms(
  repeats: number,
  kind: { memory: number; season: number; moved?: number },
  calibrated: boolean,
): number {
  let found = 0;
  for (let seed = 1; seed <= repeats; seed += 1) {
    const { baseline, ring, window, to } = traffic(seed, kind);
    if (calibrated) baseline.blocks = ring;
    if (compareProfiles(baseline, window, { windows: { current: to } }).drift) found += 1;
  }
  return found;
}

/** A ring of one block. */
const ringOf = (ring: BlockRing, block: Block): BlockRing => {
  const state = block.toState();
  return BlockRing.fromState({
    transforms: ring.transforms.toState(),
    widthMs: HOUR,
    blocks: [state],
    hours: [state],
  });
};

describe('a baseline that knows its history', () => {
  // Of 100 windows 5 are expected; the upper end of the binomial interval at 99.9 % is 13.
  it.each([
    ['rows that depend on the row before (AR(1), .8)', { memory: 0.8, season: 0 }],
    ['a season of the day', { memory: 0, season: 0.3 }],
    ['both', { memory: 0.8, season: 0.3 }],
  ])('keeps the level with %s', (_, kind) => {
    expect(alarms(100, kind, false)).toBeGreaterThan(25);
    expect(alarms(100, kind, true)).toBeLessThanOrEqual(13);
  });

  it('tells by how much variances are larger: by (1 + ρ)/(1 − ρ) for AR(1), not at all for independent rows', () => {
    const factor = (memory: number): number => {
      const factors = Array.from({ length: 12 }, (_, seed) =>
        calibrateToHistory(traffic(seed + 1, { memory, season: 0 }).ring, HOUR)!.inflationOf('a'),
      );
      return factors.reduce((sum, { waerden }) => sum + waerden, 0) / factors.length;
    };
    expect(factor(0.8)).toBeGreaterThan(6);
    expect(factor(0.8)).toBeLessThan(11);
    expect(factor(0)).toBeLessThan(1.3);
  });

  it('compares with the like hours of other days: a change smaller than the season is found at once', () => {
    expect(alarms(30, { memory: 0, season: 1, moved: 0.6 }, true)).toBeGreaterThanOrEqual(27);
    expect(alarms(30, { memory: 0, season: 1 }, true)).toBeLessThanOrEqual(4);
  });

  it('compares with the like hours of other weeks: days off neither alarm nor hide a change', () => {
    // Three weeks of 40 rows an hour; Saturdays and Sundays lie a standard deviation lower.
    const random = seededRandom(7);
    const hour = (at: number, moved: number): Profile =>
      profileTable({
        a: Float64Array.from(
          { length: 40 },
          () => randomNormal(random) + moved - (at % 168 >= 120 ? 1 : 0),
        ),
      });
    const timeOf = (at: number) => ({ from: MONDAY + at * HOUR, to: MONDAY + (at + 1) * HOUR - 1 });
    const parts = Array.from({ length: 3 * 168 }, (_, at) => hour(at, 0));
    const baseline = new Profile();
    for (const part of parts) baseline.merge(part);
    const ring = new BlockRing(BaselineTransforms.freeze(baseline));
    for (const [at, part] of parts.entries()) ring.add(part, timeOf(at));
    const found = (blocks: BlockRing, moved: number): number => {
      baseline.blocks = blocks;
      const hours = Array.from({ length: 48 }, (_, place) => 3 * 168 + 37 * place);
      return hours.filter(
        (at) =>
          compareProfiles(baseline, hour(at, moved), {
            windows: { current: { seq: 1, ...timeOf(at) } },
          }).drift,
      ).length;
    };
    const { week: _, ...older } = ring.toState();
    // Of 48 windows 2.4 are expected; the upper end of the binomial interval at 99.9 % is 9.
    expect(found(ring, 0)).toBeLessThanOrEqual(9);
    expect(found(ring, 0.7)).toBeGreaterThanOrEqual(40);
    expect(found(BlockRing.fromState(older), 0.7)).toBeLessThanOrEqual(24);
  });

  it('still knows the hours of the day where blocks are as wide as four hours, and not where they never were known', () => {
    const { baseline, ring, window, to } = traffic(1, { memory: 0, season: 1, moved: 0.6 });
    const wide = new BlockRing(ring.transforms, { widthMs: 4 * HOUR });
    for (const block of ring.blocks) wide.merge(ringOf(ring, block));
    expect(wide.hours.size).toBe(24);
    const { week: _, ...older } = ring.toState();
    baseline.blocks = BlockRing.fromState(older);
    expect(baseline.blocks.hours.size).toBe(0);
    expect(
      compareProfiles(baseline, window, { windows: { current: to } }).settings.calibrated,
    ).toBe(true);
  });

  it('adds what hours do within blocks that are longer: a month of history knows the season of the day', () => {
    const random = seededRandom(11);
    const hour = (at: number, moved: number): Profile =>
      profileTable({
        a: Float64Array.from(
          { length: 40 },
          () => randomNormal(random) + moved + 0.7 * Math.sin((2 * Math.PI * at) / 24),
        ),
      });
    const timeOf = (at: number) => ({ from: MONDAY + at * HOUR, to: MONDAY + (at + 1) * HOUR - 1 });
    const parts = Array.from({ length: 30 * 24 }, (_, at) => hour(at, 0));
    const baseline = new Profile();
    for (const part of parts) baseline.merge(part);
    const ring = new BlockRing(BaselineTransforms.freeze(baseline));
    for (const [at, part] of parts.entries()) ring.add(part, timeOf(at));
    baseline.blocks = ring;
    expect(ring.widthMs).toBe(24 * HOUR);
    const compared = (moved: number) =>
      Array.from({ length: 72 }, (_, place) => 720 + 5 * place).map((at) =>
        compareProfiles(baseline, hour(at, moved), {
          windows: { current: { seq: 1, ...timeOf(at) } },
        }),
      );
    const quiet = compared(0);
    expect(quiet.every(({ settings }) => settings.calibrated)).toBe(true);
    // Of 72 windows 3.6 are expected; the upper end of the binomial interval at 99.9 % is 11. By the blocks alone it was 45.
    expect(quiet.filter(({ drift }) => drift).length).toBeLessThanOrEqual(11);
    expect(compared(0.8).filter(({ drift }) => drift).length).toBeGreaterThanOrEqual(65);
  });

  it('may be told by other rows: a baseline without blocks is calibrated by a history beside it', () => {
    const found = (calibrated: boolean): number => {
      let alarms = 0;
      for (let seed = 1; seed <= 60; seed += 1) {
        const { baseline, ring, window, to } = traffic(seed, { memory: 0.8, season: 0 });
        const stats = compareProfiles(baseline, window, {
          windows: { current: to },
          ...(calibrated && { history: ring }),
        });
        expect(stats.settings.calibrated).toBe(calibrated);
        if (stats.drift) alarms += 1;
      }
      return alarms;
    };
    expect(found(false)).toBeGreaterThan(15);
    // Of 60 windows 3 are expected; the upper end of the binomial interval at 99.9 % is 10.
    expect(found(true)).toBeLessThanOrEqual(10);
  });

  it('holds for segments too, by what varies of the whole', () => {
    const random = seededRandom(3);
    const hour = () => {
      const lies = 0.5 * randomNormal(random);
      const profile = new Profile({ groupby: ['region'] });
      const a = Float64Array.from({ length: 100 }, () => lies + randomNormal(random));
      const region = Array.from({ length: 100 }, (_, row) => (row % 2 === 0 ? 'north' : 'south'));
      profile.addColumns(
        new Map<string, ArrayLike<unknown>>([
          ['a', a],
          ['region', region],
        ]),
        0,
        100,
      );
      return profile;
    };
    const parts = Array.from({ length: HOURS }, hour);
    const baseline = new Profile({ groupby: ['region'] });
    for (const part of parts) baseline.merge(part);
    const ring = new BlockRing(BaselineTransforms.freeze(baseline));
    const timeOf = (at: number) => ({ from: MONDAY + at * HOUR, to: MONDAY + (at + 1) * HOUR - 1 });
    for (const [at, part] of parts.entries()) ring.add(part, timeOf(at));
    baseline.blocks = ring;
    let loud = 0;
    for (let at = HOURS; at < HOURS + 40; at += 1) {
      const stats = compareProfiles(baseline, hour(), {
        windows: { current: { seq: 1, ...timeOf(at) } },
      });
      expect(stats.segments.size).toBe(2);
      if (stats.driftedSegments.length > 0) loud += 1;
    }
    // As if rows were independent, half of the hours had a segment that drifted.
    expect(loud).toBeLessThanOrEqual(6);
  });

  it('judges a column that no hour is like the next in, such as a clock: rows that all depend on each other are worth one', () => {
    const hour = (at: number): Profile =>
      profileTable({ clock: Float64Array.from({ length: 50 }, (_, row) => at + row / 50) });
    const timeOf = (at: number) => ({ from: MONDAY + at * HOUR, to: MONDAY + (at + 1) * HOUR - 1 });
    const parts = Array.from({ length: HOURS }, (_, at) => hour(at));
    const baseline = new Profile();
    for (const part of parts) baseline.merge(part);
    const ring = new BlockRing(BaselineTransforms.freeze(baseline));
    for (const [at, part] of parts.entries()) ring.add(part, timeOf(at));
    baseline.blocks = ring;
    const stats = compareProfiles(baseline, hour(HOURS), {
      windows: { current: { seq: 1, ...timeOf(HOURS) } },
    });
    expect(stats.select({ column: 'clock', statistic: 'ks' })[0]?.pValue).toBeGreaterThan(0.001);
  });

  it('is ready with thirty blocks over two days, and says nothing with fewer than ten', () => {
    const { ring } = traffic(1, { memory: 0, season: 0 });
    expect(calibrateToHistory(ring, HOUR)).toMatchObject({ ready: true, blocks: HOURS });
    expect(calibrateToHistory(new BlockRing(ring.transforms), HOUR)).toBeUndefined();
  });

  it('still finds a shift', () => {
    const { baseline, ring, to } = traffic(1, { memory: 0.8, season: 0 });
    baseline.blocks = ring;
    const random = seededRandom(99);
    const window = profileTable({
      a: Float64Array.from({ length: 100 }, () => randomNormal(random) + 2),
    });
    expect(compareProfiles(baseline, window, { windows: { current: to } })).toMatchObject({
      drift: true,
      settings: { calibrated: true },
    });
    expect(
      compareProfiles(baseline, window, { windows: { current: to }, calibrate: false }).settings
        .calibrated,
    ).toBe(false);
  });
});
