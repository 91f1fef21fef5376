import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import { resolveDriftOptions } from '../../src/service/resolved-options.js';
import { Tracker } from '../../src/service/tracker.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2026, 0, 5);
const ROWS = 40;

interface Traffic {
  /** Standard deviations up and down in a day. */
  readonly day?: number;
  /** How much a row resembles the one before, 0 … 1. @default 0 */
  readonly memory?: number;
  /** How much lower Saturdays and Sundays lie. */
  readonly off?: number;
  /** Hours from a capture to the next. @default 1 */
  readonly every?: number;
  readonly extra?: Partial<DriftOptions>;
}

/** Counts what is read of windows. */
function countingParts(inner: TrackingStore): {
  readonly store: TrackingStore;
  readonly read: () => number;
} {
  let count = 0;
  const store = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name !== 'windowParts') return value.bind(target);
      return async function* (...args: Parameters<TrackingStore['windowParts']>) {
        for await (const part of target.windowParts(...args)) {
          count += 1;
          yield part;
        }
      };
    },
  });
  return { store, read: () => count };
}

/** An hourly monitor, whose first window takes eight hours. */
function server({ day = 0, off = 0, memory = 0, every = 1, extra = {} }: Traffic = {}) {
  const clock = fakeClock(MONDAY);
  const options: DriftOptions = {
    experiment: 'shop',
    model: 'price',
    match: 'POST /predict',
    schedule: false,
    minRows: 30,
    onAlert: () => undefined,
    store: memoryStore({ clock }),
    falseAlarms: { atMost: 0.1, per: 'month' },
    ...extra,
  };
  const start = () => new Service(options, { clock });
  let service = start();
  const random = seededRandom(5);
  let state = 0;
  const hour = async (shift: number) => {
    const at = Math.round((clock.now() - MONDAY) / HOUR);
    const usual = day * Math.sin((2 * Math.PI * at) / 24) - (at % 168 >= 120 ? off : 0);
    for (let row = 0; row < ROWS / every; row += 1) {
      state = memory * state + Math.sqrt(1 - memory ** 2) * randomNormal(random);
      service.record({ X: [{ wind: state + usual + shift }], Y: [1] });
    }
    await clock.advance(HOUR);
    return at % every === every - 1 ? service.monitor().capture() : undefined;
  };
  return {
    clock,
    monitor: () => service.monitor(),
    /** Hour after hour. @returns how many windows drifted. */
    hours: async (count: number, shift = 0) => {
      let drifted = 0;
      for (let passed = 0; passed < count; passed += 1)
        if ((await hour(shift))?.drift) drifted += 1;
      return drifted;
    },
    restart: async () => {
      await service.close();
      service = start();
      await service.monitor().refresh();
    },
    close: () => service.close(),
  };
}

describe('a first baseline', () => {
  it('grows until the promise can be kept: two days know the night, which eight hours did not', async () => {
    const { hours, monitor, restart, close } = server({ day: 1 });
    expect(await hours(48)).toBeGreaterThan(10);
    expect(monitor().status().calibrated).toBe(false);
    expect((await monitor().baselineInfo())?.source).toBe('the first snapshot');
    expect(await hours(24)).toBeLessThanOrEqual(2);
    const grown = await monitor().baselineInfo();
    expect(grown?.source).toMatch(/^the first 4\d snapshots$/);
    expect(grown?.rows).toBeGreaterThanOrEqual(48 * ROWS);
    expect(monitor().status()).toMatchObject({
      calibrated: true,
      reasons: ['no drift in the latest window'],
    });

    await restart();
    expect(await monitor().baselineInfo()).toEqual(grown);
    expect(await hours(24)).toBeLessThanOrEqual(2);
    expect(await hours(1, 2)).toBe(1);
    expect(await monitor().report()).toMatch(/rows \(2026-01-05 00:00 UTC – 2026-01-0[67] /);
    expect((await monitor().calibration()).calibrated).toBe(true);
    await close();
  });

  it('grows once more when it holds every hour of the week twice: then Sundays are Sundays', async () => {
    const { hours, monitor, close } = server({ off: 2, every: 4 });
    await hours(60);
    const two = (await monitor().baselineInfo())?.rows as number;
    expect(await hours(7 * 24 - 60)).toBeGreaterThan(7);
    await hours(8 * 24);
    expect((await monitor().baselineInfo())?.rows).toBeGreaterThanOrEqual(
      (14 * 24 * ROWS) / 4 - ROWS,
    );
    expect(two).toBeLessThan((3 * 24 * ROWS) / 4);
    expect(await hours(6 * 24)).toBeLessThanOrEqual(2);
    await close();
  });

  it('does not while an incident is open: what was told must not become usual', async () => {
    const { hours, monitor, close } = server();
    await hours(20);
    expect(await hours(50, 3)).toBe(50);
    expect((await monitor().baselineInfo())?.source).toBe('the first snapshot');
    // Mended, told to be over, and only when there are two days without it.
    await hours(5);
    expect((await monitor().baselineInfo())?.source).toBe('the first snapshot');
    await hours(35);
    expect(await monitor().baselineInfo()).toMatchObject({
      source: expect.stringMatching(/^the first 9\d snapshots$/),
      rows: 47 * ROWS,
    });
    await close();
  });

  it('leaves out what was told of and is over: the same again is told of again', async () => {
    const { hours, monitor, close } = server();
    await hours(30);
    expect(await hours(20, 3)).toBe(20);
    await hours(40);
    expect((await monitor().baselineInfo())?.source).toMatch(/^the first \d\d snapshots$/);
    expect(monitor().status().calibrated).toBe(true);
    expect(await monitor().incidents()).toEqual([]);
    expect(await hours(5, 3)).toBe(5);
    expect(await monitor().incidents()).toHaveLength(1);
    await close();
  });

  it('learns that rows depend on each other though an incident of that is open, which ends by it', async () => {
    const { hours, monitor, close } = server({ memory: 0.97 });
    expect(await hours(60)).toBeGreaterThan(35);
    await hours(10);
    expect(await hours(30)).toBeLessThanOrEqual(3);
    expect((await monitor().baselineInfo())?.source).toMatch(/^the first \d\d snapshots$/);
    expect(monitor().status().calibrated).toBe(true);
    await close();
  });

  it('does not over several versions of the model', async () => {
    const clock = fakeClock(MONDAY);
    const { store, read } = countingParts(memoryStore({ clock }));
    let readBy50 = 0;
    const options = {
      experiment: 'shop',
      model: 'price',
      schedule: false,
      minRows: 30,
      store,
    } as const;
    const tracker = new Tracker(resolveDriftOptions({ ...options, onAlert: () => undefined }), {
      clock,
    });
    const random = seededRandom(9);
    for (let hour = 0; hour < 60; hour += 1) {
      for (let row = 0; row < ROWS; row += 1) {
        tracker.pipeline.accept({
          model: 'price',
          at: clock.now(),
          latencyMs: 1,
          status: 200,
          requestId: null,
          parent: null,
          bytes: 100,
          X: { names: ['wind'], rows: [[randomNormal(random)]] },
          Y: { names: ['price'], rows: [[1]] },
          version: hour < 20 ? 'a' : 'b',
        });
      }
      await clock.advance(HOUR);
      await tracker.monitors.of('price').capture();
      if (hour === 50) readBy50 = read();
    }
    // That will never change, so it is not looked into again.
    expect(read() - readBy50).toBeLessThan(20);
    expect((await tracker.monitors.of('price').baselineInfo())?.source).toBe('the first snapshot');
    await tracker.close(1_000);
  });

  it.each(['previous', 'seasonal', { snapshot: 0 }] as const)(
    'is the only one that grows: %s does not',
    async (baseline) => {
      const { hours, monitor, close } = server({ extra: { baseline } });
      await hours(60);
      expect((await monitor().baselineInfo())?.source).not.toMatch(/^the first \d/);
      await close();
    },
  );

  it('learns from an incident of weeks once, and notes it once', async () => {
    const store = memoryStore({ clock: fakeClock(MONDAY) });
    const { hours, close } = server({ every: 4, extra: { store } });
    await hours(60);
    await hours(18 * 24, 3);
    const notes = { events: ['system'], keys: ['monitors/shop/price/history'] } as const;
    const noted: number[] = [];
    for await (const { dt } of store.query('shop', notes)) noted.push(dt);
    expect(noted).toHaveLength(1);
    await close();
  });

  it('is looked for more seldom the longer it takes: what eight hours a day never tell is not read each hour', async () => {
    const { store, read } = countingParts(memoryStore({ clock: fakeClock(MONDAY) }));
    const { hours, monitor, clock, close } = server({ extra: { store, schedule: '15m' } });
    const days = async (count: number) => {
      const before = read();
      for (let day = 0; day < count; day += 1) {
        await hours(8);
        clock.jump(16 * HOUR);
      }
      return read() - before;
    };
    await days(9);
    // A look each hour reads twice what there is: 2 × 8 × (73 + 81 + 89) parts.
    expect(await days(3)).toBeLessThan(1_300);
    expect((await monitor().baselineInfo())?.source).toBe('the first snapshot');
    await close();
  });

  it('begins anew with the monitor', async () => {
    const { hours, monitor, close } = server();
    await hours(60);
    expect((await monitor().baselineInfo())?.source).toMatch(/^the first 4\d snapshots$/);
    await monitor().clear({ force: true });
    expect(await monitor().baselineInfo()).toBeUndefined();
    await hours(60);
    expect((await monitor().baselineInfo())?.source).toMatch(/^the first 4\d snapshots$/);
    await close();
  });
});

describe('a baseline from elsewhere', () => {
  /** What the model was trained on: rows of all hours, without their times. */
  const training = (() => {
    const random = seededRandom(6);
    return Array.from({ length: 3_000 }, (_, row) => ({
      wind: randomNormal(random) + Math.sin((2 * Math.PI * row) / 24),
      price: 1,
    }));
  })();
  const pinned = { baseline: training, outputs: ['price'] } as const;

  it('learns by how much windows vary: two days know the night', async () => {
    const { hours, monitor, restart, close } = server({ day: 1, extra: pinned });
    expect(await hours(46)).toBeGreaterThan(20);
    expect(monitor().status().calibrated).toBe(false);
    expect(await hours(50)).toBeLessThanOrEqual(6);
    expect(monitor().status()).toMatchObject({
      calibrated: true,
      reasons: ['no drift in the latest window'],
    });
    expect(await monitor().baselineInfo()).toMatchObject({
      source: 'pinned by the options',
      rows: 3_000,
    });

    await restart();
    expect(monitor().status().calibrated).toBe(true);
    expect(await hours(24)).toBeLessThanOrEqual(3);
    expect((await monitor().calibration()).missing).toEqual([]);
    expect(await hours(1, 5)).toBe(1);
    await close();
  });

  it('stays what it is: a world that was another one from the beginning is told of for ever', async () => {
    const { hours, monitor, close } = server({ extra: pinned });
    await hours(60, 3);
    expect(monitor().status()).toMatchObject({ calibrated: true, drifted: ['X_wind'] });
    expect(await hours(10, 3)).toBe(10);
    await close();
  });

  it('does not take the beginning of an incident for usual variation', async () => {
    const { hours, monitor, close } = server({ extra: pinned });
    await hours(36);
    expect(await hours(60, 2)).toBeGreaterThan(57);
    expect(monitor().status()).toMatchObject({ calibrated: true, drifted: ['X_wind'] });
    await hours(5);
    expect(monitor().status()).toMatchObject({ calibrated: true, drifted: [] });
    await close();
  });

  it('learns for another one that is pinned by hand, and knows the first again when it is released', async () => {
    const { hours, monitor, close } = server({ day: 1, extra: pinned });
    await hours(60);
    expect(monitor().status().calibrated).toBe(true);
    await monitor().pin({ X: training.slice(0, 480).map(({ wind }) => ({ wind })) });
    expect(monitor().status().calibrated).toBe(false);
    await hours(2);
    expect(monitor().status().calibrated).toBe(true);
    await monitor().unpin();
    expect(monitor().status().calibrated).toBe(true);
    await close();
  });
});
