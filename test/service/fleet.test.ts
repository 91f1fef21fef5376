import { afterEach, describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { type FakeClock, fakeClock } from '../fixtures/fake-clock.js';

const HOUR = 3_600_000;
const open: Service[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
});

function rows(count: number, seed: number, mean = 0): { a: number }[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => ({ a: mean + randomNormal(random) }));
}

const baseline = rows(2_000, 1).map(({ a }) => ({ X_a: a, Y_0: 1 }));

function replica(
  store: TrackingStore,
  clock: FakeClock,
  extra: Partial<DriftOptions> = {},
): Service {
  const options = {
    experiment: 'shop',
    model: 'price',
    match: 'POST /predict',
    schedule: 'hourly',
    baseline,
  } as const;
  const service = new Service({ ...options, onAlert: () => undefined, ...extra, store }, { clock });
  open.push(service);
  return service;
}

function send(service: Service, count: number, seed: number): void {
  for (const row of rows(count, seed)) service.record({ X: [row], Y: [1] });
}

/** A replica's way to the store, at which it can be stopped as a process is by SIGSTOP, or for good. */
function pausable(store: TrackingStore, method: 'commitWindow' | 'monitorHead' | 'takeLease') {
  let reached = (): void => undefined;
  let wake = (): void => undefined;
  const paused = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let armed = false;
  const gated = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const call = (): unknown => value.apply(target, args);
        if (name !== method || !armed) return call();
        armed = false;
        reached();
        return new Promise<void>((resolve) => {
          wake = resolve;
        }).then(call);
      };
    },
  });
  return {
    store: gated,
    paused,
    arm: () => {
      armed = true;
    },
    wake: () => wake(),
  };
}

async function snapshots(store: TrackingStore): Promise<{ seq: number; rows: number }[]> {
  const all: { seq: number; rows: number }[] = [];
  for await (const { value } of store.query('shop', { events: ['snapshot'] })) {
    const { seq, rows: counted } = value as { seq: number; rows: number };
    all.push({ seq, rows: counted });
  }
  return all;
}

describe('a fleet on one store', () => {
  it('takes one snapshot a tick, of the rows of all', async () => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const fleet = [1, 2, 3, 4].map(() => replica(store, clock));
    for (let hour = 0; hour < 5; hour += 1) {
      for (const [index, service] of fleet.entries()) send(service, 150, 100 * hour + index);
      await clock.advance(HOUR);
    }
    expect(await snapshots(store)).toEqual([0, 1, 2, 3, 4].map((seq) => ({ seq, rows: 600 })));
  });

  it('takes one snapshot a tick also where replicas wake late and rows keep coming', async () => {
    const clock = fakeClock();
    const late = fakeClock();
    const store = memoryStore({ clock });
    const punctual = replica(store, clock);
    const sleepy = replica(store, late);
    send(punctual, 300, 1);
    await clock.advance(HOUR);
    send(punctual, 300, 2);
    await punctual.flush();
    // Its machine slept through the tick, and a whole window's rows are there by now.
    await late.advance(HOUR);
    expect(await snapshots(store)).toEqual([{ seq: 0, rows: 300 }]);
    expect(sleepy.monitor().job.history()).toMatchObject([{ outcome: 'skipped' }]);
    await clock.advance(HOUR);
    expect((await snapshots(store)).length).toBe(2);
  });

  it('replaces one that died holding the lease within its time to live', async () => {
    const clock = fakeClock();
    const shared = memoryStore({ clock });
    const dying = pausable(shared, 'commitWindow');
    dying.arm();
    const first = replica(dying.store, clock);
    const second = replica(shared, clock);
    send(first, 200, 1);
    send(second, 200, 2);
    await Promise.all([first.flush(), second.flush()]);
    const due = Math.ceil((clock.now() + 1) / HOUR) * HOUR;
    await clock.advance(due - clock.now());
    await dying.paused;
    expect(await snapshots(shared)).toEqual([]);
    await clock.advance(60_000);
    expect(await snapshots(shared)).toEqual([{ seq: 0, rows: 400 }]);
    dying.wake();
  });

  it.each(['commitWindow', 'monitorHead', 'takeLease'] as const)(
    'lets no replica that was paused at %s and wakes commit a second capture',
    async (method) => {
      const clock = fakeClock();
      const shared = memoryStore({ clock });
      const sleeper = pausable(shared, method);
      const first = replica(sleeper.store, clock);
      const second = replica(shared, clock);
      send(first, 200, 1);
      await first.flush();
      const due = Math.ceil((clock.now() + 1) / HOUR) * HOUR;
      await clock.advance(due - clock.now() - 1);
      sleeper.arm();
      await clock.advance(1);
      await sleeper.paused;
      await clock.advance(2 * 60_000);
      expect(await snapshots(shared)).toEqual([{ seq: 0, rows: 200 }]);
      // A window's rows are there for it to take.
      send(second, 200, 2);
      await second.flush();
      sleeper.wake();
      await clock.advance(0);
      await clock.advance(0);
      expect(await snapshots(shared)).toEqual([{ seq: 0, rows: 200 }]);
      await clock.advance(HOUR);
      expect(await snapshots(shared)).toEqual([
        { seq: 0, rows: 200 },
        { seq: 1, rows: 200 },
      ]);
    },
  );

  it('says in the status of each that options differ, until they are alike again', async () => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const told = (service: Service): boolean =>
      service.status().reasons.some((reason) => reason.includes('other options'));
    const first = replica(store, clock);
    const second = replica(store, clock);
    await clock.advance(120_000);
    expect([first, second].map(told)).toEqual([false, false]);
    const other = replica(store, clock, { minRows: 200 });
    await clock.advance(180_000);
    expect([first, second, other].map(told)).toEqual([true, true, true]);
    expect(first.status().ok).toBe(true);
    await other.close();
    await clock.advance(300_000);
    expect([first, second].map(told)).toEqual([false, false]);
  });
});
