import { describe, expect, it } from 'vitest';
import type { NewEntry } from '../../src/tracking/log-entry.js';
import type { Retention } from '../../src/tracking/retention.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { type ReadPart, Upkeep } from '../../src/tracking/upkeep.js';
import { type FakeClock, fakeClock } from '../fixtures/fake-clock.js';

const DAY = 86_400_000;

/** Chunks hold their rows as bytes, and a merge puts them one after the other. */
const merge = async (parts: readonly ReadPart[]): Promise<Uint8Array> =>
  Uint8Array.from(parts.flatMap((part) => [...part.bytes]));

function setUp(retention: Retention = {}) {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const upkeep = (owner: string, more = {}) =>
    new Upkeep({ store, experiment: 'e', clock, owner, retention, merge, ...more });
  return { clock, store, upkeep };
}

function chunk(clock: FakeClock, row: number, fields: Partial<NewEntry> = {}): NewEntry {
  const bytes = new Uint8Array([row]);
  return {
    event: 'predict',
    key: 'm',
    rows: 1,
    bytes,
    value: null,
    dt: clock.now(),
    node: 'n',
    userid: 'u',
    ...fields,
  };
}

async function told(store: TrackingStore): Promise<string[]> {
  const all: string[] = [];
  for await (const part of store.parts('e', {}, { withBytes: true })) {
    all.push(`${part.level}:${part.posFrom}-${part.posTo} ${part.bytes?.join()}`);
  }
  return all;
}

async function rounds(upkeep: Upkeep, clock: FakeClock, count: number): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    await upkeep.round();
    await clock.advance(60_000);
  }
}

describe('Upkeep', () => {
  it('folds what a dead writer left, after some minutes, but nothing that came since, nor across a cut', async () => {
    const { clock, store, upkeep } = setUp();
    await store.append(
      'e',
      [1, 2, 3, 4].map((row) => chunk(clock, row)),
    );
    const next = { seq: 0, cursor: 2, captured: 0 };
    await store.commitWindow({
      experiment: 'e',
      monitor: 'a',
      key: 'm',
      expectedVersion: 0,
      next,
      entries: [],
      deliveries: [],
    });
    const mine = upkeep('a');
    await rounds(mine, clock, 4);
    await store.append('e', [chunk(clock, 5)]);
    expect(await told(store)).toEqual(['0:1-1 1', '0:2-2 2', '0:3-3 3', '0:4-4 4', '0:5-5 5']);
    await rounds(mine, clock, 1);
    expect(await told(store)).toEqual(['1:1-2 1,2', '1:3-4 3,4', '0:5-5 5']);
    await rounds(mine, clock, 4);
    expect(await told(store)).toEqual(['1:1-2 1,2', '1:3-4 3,4', '1:5-5 5']);
  });

  it('folds what is left of an hour into one, and hours into days once they are thirty days old', async () => {
    const { clock, store, upkeep } = setUp();
    const mine = upkeep('a');
    const midnight = Math.ceil(clock.now() / DAY) * DAY;
    await clock.advance(midnight - clock.now());
    for (let hour = 0; hour < 26; hour += 1) {
      for (let minute = 0; minute < 2; minute += 1) {
        const [placed] = await store.append('e', [chunk(clock, hour)]);
        const replaces = [{ level: 0, posFrom: placed?.pos as number }];
        await store.fold({
          experiment: 'e',
          key: 'm',
          level: 1,
          replaces,
          bytes: new Uint8Array([hour]),
        });
        await clock.advance(20 * 60_000);
      }
      await clock.advance(20 * 60_000);
    }
    await rounds(mine, clock, 132);
    expect((await told(store)).slice(0, 2)).toEqual(['4:1-2 0,0', '4:3-4 1,1']);
    expect((await told(store)).length).toBe(26);
    await clock.advance(31 * DAY);
    await rounds(mine, clock, 1);
    expect((await told(store)).map((part) => part.split(' ')[0])).toEqual(['5:1-48', '5:49-52']);
    expect(await store.windowRows('e', 'm', 0, 52)).toBe(52);
  });

  it('looks for days to fold once an hour, not every minute', async () => {
    const { clock, store } = setUp();
    let looks = 0;
    const counted: TrackingStore = Object.create(store, {
      parts: {
        value: (...asked: Parameters<TrackingStore['parts']>) => {
          if (asked[1]?.olderThanMs !== undefined) looks += 1;
          return store.parts(...asked);
        },
      },
    });
    for (const name of ['takeLease', 'head', 'prune', 'query', 'now'] as const) {
      Object.defineProperty(counted, name, { value: store[name]?.bind(store) });
    }
    const options = { experiment: 'e', clock, owner: 'a', retention: {}, merge };
    await rounds(new Upkeep({ ...options, store: counted }), clock, 180);
    expect(looks).toBe(3);
  });

  it('prunes also where folds fail, and says that they did', async () => {
    const { clock, store } = setUp();
    let pruned = 0;
    const failing = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('full')) }),
    };
    const full = new Proxy(store, {
      get(target, name) {
        if (name === 'parts') return () => failing;
        if (name === 'prune') pruned += 1;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const mine = new Upkeep({
      store: full,
      experiment: 'e',
      clock,
      owner: 'a',
      retention: {},
      merge,
    });
    for (let round = 0; round < 3; round += 1) await expect(mine.round()).rejects.toThrow('full');
    expect(pruned).toBe(3);
  });

  it('prunes at first and then every ten rounds', async () => {
    const { clock, store, upkeep } = setUp({ rowsMs: DAY });
    const mine = upkeep('a');
    await store.append('e', [chunk(clock, 1)]);
    await rounds(mine, clock, 6);
    await clock.advance(2 * DAY);
    const pruned: (number | undefined)[] = [];
    for (let round = 0; round < 14; round += 1) pruned.push((await mine.round())?.chunks);
    expect(pruned.filter((chunks) => chunks !== undefined)).toEqual([1]);
    expect(await store.windowRows('e', 'm', 0, 1)).toBe(1);
  });

  it('is done by one replica, by another when that one is gone or stops', async () => {
    const { clock, upkeep } = setUp();
    const first = upkeep('a');
    const second = upkeep('b');
    const third = upkeep('c');
    expect(await first.round()).toBeDefined();
    expect(await second.round()).toBeUndefined();
    await clock.advance(119_000);
    expect(await second.round()).toBeUndefined();
    await clock.advance(1_000);
    expect(await second.round()).toBeDefined();
    await second.stop();
    expect(await third.round()).toBeDefined();
    expect(await first.round()).toBeUndefined();
  });

  it('takes no newcomer`s chunks for orphans: what it saw before it lost the lease says nothing', async () => {
    const { clock, store, upkeep } = setUp();
    const mine = upkeep('a');
    const other = upkeep('b');
    await store.append('e', [chunk(clock, 1)]);
    await rounds(mine, clock, 4);
    await clock.advance(120_000);
    await other.round();
    await mine.round();
    await other.stop();
    await rounds(mine, clock, 3);
    expect(await told(store)).toEqual(['0:1-1 1']);
  });

  it('leaves parts that can not be joined, and does not try them again', async () => {
    let tried = 0;
    const { clock, store, upkeep } = setUp();
    const mine = upkeep('a', {
      merge: async () => {
        tried += 1;
        return undefined;
      },
    });
    await store.append('e', [chunk(clock, 1), chunk(clock, 2)]);
    await rounds(mine, clock, 20);
    expect(await told(store)).toEqual(['0:1-1 1', '0:2-2 2']);
    expect(tried).toBe(1);
  });

  it('reaches what lies behind more parts than a round looks at, none of which can be folded', async () => {
    const { clock, store, upkeep } = setUp();
    const mine = upkeep('a');
    const addFolded = async (key: string, row: number): Promise<void> => {
      const [placed] = await store.append('e', [chunk(clock, row, { key })]);
      const replaces = [{ level: 0, posFrom: placed?.pos as number }];
      const bytes = new Uint8Array([row]);
      await store.fold({ experiment: 'e', key, level: 1, replaces, bytes });
    };
    // One part each of many models, and at last two of one model.
    for (let model = 0; model < 9_000; model += 1) await addFolded(`m${model}`, 1);
    await addFolded('z', 2);
    await addFolded('z', 3);
    await rounds(mine, clock, 140);
    expect((await told(store)).at(-1)).toBe('4:9001-9002 2,3');
    // What comes later is reached in the next walk.
    await addFolded('m1', 4);
    await addFolded('y', 5);
    await addFolded('y', 6);
    await rounds(mine, clock, 140);
    expect((await told(store)).at(-2)).toBe('4:9004-9005 5,6');
  });
});
