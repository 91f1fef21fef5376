import { expect, it } from 'vitest';
import { Profile } from '../../src/profile/profile.js';
import { isProfile } from '../../src/profile/profile-format.js';
import { experiment } from '../../src/service/open-experiment.js';
import { Service } from '../../src/service/request-service.js';
import { decodeChunk, isChunk } from '../../src/tracking/chunk.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';
import { FaultInjector } from './fault.js';

const SECRET = 987_654.321;
const MINUTE = 60_000;

/** Where the secret still is: in chunks, and in live folds. */
async function found(store: TrackingStore): Promise<string[]> {
  const places: string[] = [];
  for await (const { bytes, pos } of store.query('e', { events: ['predict'] })) {
    if (
      bytes !== undefined &&
      isChunk(bytes) &&
      decodeChunk(bytes).columns.get('X_a')?.includes(SECRET)
    ) {
      places.push(`entry ${pos}`);
    }
  }
  for await (const { level, posFrom, bytes } of store.parts('e', {}, { withBytes: true })) {
    if (bytes === undefined || !isProfile(bytes)) continue;
    if (JSON.stringify(Profile.fromBytes(bytes)).includes(String(SECRET)))
      places.push(`fold ${level}:${posFrom}`);
  }
  return places;
}

async function setUp() {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const service = new Service(
    { experiment: 'e', model: 'm', store, schedule: false, onInfo: () => undefined },
    { clock },
  );
  for (let minute = 0; minute < 3; minute += 1) {
    service.record({ X: [{ a: minute }, { a: minute + 0.5 }], Y: [1, 1] });
    await clock.advance(2_000);
    service.record({ X: [{ a: SECRET }], Y: [1], id: 'victim' });
    await clock.advance(MINUTE);
  }
  await service.close();
  expect((await found(store)).some((place) => place.startsWith('fold'))).toBe(true);
  return { clock, store };
}

it('an erasure that was interrupted, wherever that was, can be made again', async () => {
  const counting = await setUp();
  const counter = new FaultInjector(counting.clock);
  await experiment('e', { store: counter.wrap(counting.store), clock: counting.clock }).erase({
    id: 'victim',
  });
  expect(await found(counting.store)).toEqual([]);
  const rewrites = counter.counts.get('rewrite') ?? 0;
  expect(rewrites).toBeGreaterThan(4);
  for (let nth = 1; nth <= rewrites; nth += 1) {
    for (const kind of ['fails', 'loses'] as const) {
      const { clock, store } = await setUp();
      const faulty = new FaultInjector(clock, { method: 'rewrite', nth, kind }).wrap(store);
      await expect(
        experiment('e', { store: faulty, clock }).erase({ id: 'victim' }),
      ).rejects.toThrow(/injected/);
      await experiment('e', { store, clock }).erase({ id: 'victim' });
      expect([nth, kind, await found(store)]).toEqual([nth, kind, []]);
    }
  }
});
