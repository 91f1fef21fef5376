import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Experiment } from '../../src/experiment/experiment.js';
import { systemClock } from '../../src/leaves/clock.js';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { experiment } from '../../src/service/open-experiment.js';
import { Service } from '../../src/service/request-service.js';
import { type Cell, encodeChunk } from '../../src/tracking/chunk.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { postgresStore } from '../../src/tracking/stores/postgres/store.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';
import { freshSchema, postgresUrl } from '../fixtures/postgres.js';

const server = await postgresUrl();
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'leeway-erasure-'));
});
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
  await rm(directory, { recursive: true, force: true });
});

interface Call {
  readonly id: string | null;
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

async function record(
  log: Experiment,
  store: TrackingStore,
  calls: readonly Call[],
  node = 'n',
): Promise<number> {
  const rows = calls.flatMap((call) => call.rows);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const [entry] = await store.append(log.experiment, [
    {
      ...log.entry('predict', 'm', null),
      node,
      runs: calls.length,
      rows: rows.length,
      bytes: encodeChunk({
        calls: calls.map(({ id, rows: own }) => ({
          rows: own.length,
          at: log.entry('predict', 'm', null).dt,
          latencyMs: 1,
          status: 200,
          requestId: id,
          parent: null,
        })),
        rows: rows.length,
        columns: new Map(names.map((name) => [name, rows.map((row) => row[name] ?? null)])),
      }),
      predictions: calls.flatMap(({ id }, offset) =>
        id === null ? [] : [{ id, offset, value: [1], dt: 1 }],
      ),
    },
  ]);
  return (entry as { pos: number }).pos;
}

const calls: readonly Call[] = [
  { id: 'first', rows: [{ X_name: 'ann', Y_p: 1 }] },
  {
    id: 'second',
    rows: [
      { X_name: 'canary-8141', Y_p: 2 },
      { X_name: 'bob', Y_p: 3 },
    ],
  },
  { id: null, rows: [{ X_name: 'canary-8141', Y_p: 4 }] },
];

const NOTHING = { calls: 0, rows: 0, sampledRows: 0, rebuiltProfiles: 0, unchangedProfiles: 0 };

/** All bytes that a directory holds. */
async function everything(): Promise<string> {
  const files = await readdir(directory);
  return (await Promise.all(files.map((file) => readFile(join(directory, file), 'latin1')))).join(
    '',
  );
}

/** Far from now, so that what a fold replaced is kept no longer. */
let ahead = 0;
const clock = { ...systemClock, now: () => Date.now() + ahead };
async function expireReplaced(store: TrackingStore): Promise<void> {
  ahead += 1_000_000;
  await store.prune('shop', {});
}

/** One for each case; what it lies in goes after the case. */
const stores: Readonly<Record<string, () => Promise<TrackingStore>>> = {
  memory: async () => memoryStore({ clock }),
  sqlite: async () => sqliteStore({ file: join(directory, 'leeway.db'), clock }),
  ...(server !== undefined && {
    postgres: async () => {
      const schema = await freshSchema(server);
      cleanups.push(() => schema.drop());
      return postgresStore({ url: schema.url, clock });
    },
  }),
};

for (const [name, open] of Object.entries(stores)) {
  describe(`erase() in ${name}`, () => {
    async function setUp() {
      const store = await open();
      const log = experiment('shop', { store });
      const pos = await record(log, store, calls);
      return { store, log, pos };
    }

    it('takes a call by its id, with its answer for late labels; its run stays, without rows', async () => {
      const { store, log } = await setUp();
      expect(await log.erase({ id: 'second' })).toEqual({
        ...NOTHING,
        scrubbed: true,
        calls: 1,
        rows: 2,
      });
      const rows = (await log.data({ event: 'predict' })).rows.map(({ run, value }) => [
        run,
        value,
      ]);
      expect(rows).toMatchObject([
        [1, { X: [{ name: 'ann' }], requestId: 'first' }],
        [2, { X: [], Y: [], requestId: null }],
        [3, { X: [{ name: 'canary-8141' }] }],
      ]);
      const left: string[] = [];
      for await (const { id } of store.predictions('shop')) left.push(id);
      expect(left).toEqual(['first']);
      expect(await store.windowRows('shop', 'm', 0, 99)).toBe(2);
      await log.close();
      await store.close();
    });

    it('takes rows by what is in them, and logs that it did, without the value', async () => {
      const { store, log } = await setUp();
      expect(await log.erase({ where: { X_name: 'canary-8141' } })).toEqual({
        ...NOTHING,
        scrubbed: true,
        calls: 2,
        rows: 2,
      });
      const rows = (await log.data({ event: 'predict' })).rows.map(
        ({ value }) => (value as { X: unknown[] }).X,
      );
      expect(rows).toEqual([[{ name: 'ann' }], [{ name: 'bob' }], []]);
      const [logged] = (await log.data({ event: 'system', key: 'erasure' })).rows;
      expect(logged?.value).toEqual({
        by: 'where',
        columns: ['X_name'],
        ...NOTHING,
        calls: 2,
        rows: 2,
      });
      expect(await log.erase({ where: (row) => row.Y_p === 99 })).toEqual({
        ...NOTHING,
        scrubbed: true,
      });
      await log.close();
      await store.close();
    });

    const sampled = () =>
      profileTable(
        calls.flatMap((call) => call.rows),
        { reservoir: 10 },
      ).toBytes();

    async function foldChunks(
      store: TrackingStore,
      level: number,
      positions: readonly number[],
      bytes: Uint8Array,
    ) {
      const replaces = positions.map((posFrom) => ({ level: level - 1, posFrom }));
      expect(await store.fold({ experiment: 'shop', key: 'm', level, replaces, bytes })).toBe(true);
    }

    async function foldProfiles(store: TrackingStore): Promise<Profile[]> {
      const profiles: Profile[] = [];
      for await (const part of store.windowParts('shop', 'm', 0, 99)) {
        if (part.level > 0) profiles.push(Profile.fromBytes(part.bytes));
      }
      return profiles;
    }

    it('makes folds anew from the rows that are left, and empties the samples of snapshots and of logged baselines', async () => {
      const { store, log, pos } = await setUp();
      await foldChunks(store, 1, [pos], sampled());
      for (const event of ['snapshot', 'system'] as const) {
        await store.append('shop', [
          { ...log.entry(event, 'm', { seq: 0 }), step: 0, bytes: sampled() },
        ]);
      }
      expect(await log.erase({ id: ['second', 'nobody'] })).toEqual({
        calls: 1,
        rows: 2,
        sampledRows: 4,
        rebuiltProfiles: 1,
        unchangedProfiles: 2,
        scrubbed: true,
      });
      const [fold, ...others] = await foldProfiles(store);
      expect(others).toEqual([]);
      expect(fold?.rows).toBe(2);
      expect(
        fold
          ?.sample(10)
          .map((row) => row.X_name)
          .sort(),
      ).toEqual(['ann', 'canary-8141']);
      expect(await store.windowRows('shop', 'm', 0, 99)).toBe(2);
      for await (const entry of store.query('shop', { events: ['snapshot', 'system'] })) {
        if (entry.bytes === undefined) continue;
        const profile = Profile.fromBytes(entry.bytes);
        expect(
          profile
            .sample(10)
            .map((row) => row.X_name)
            .sort(),
        ).toEqual(['ann', 'canary-8141', null, null]);
        expect(profile.rows).toBe(4);
      }
      await log.close();
      await store.close();
    });

    it('finds the rows of folds of several writers that lie across each other, by node and by their number', async () => {
      const { store, log } = await setUp();
      const row = (name: string) => ({ id: null, rows: [{ X_name: name, Y_p: 0 }] });
      const at: Record<string, number[]> = { a: [], b: [] };
      for (const [node, names] of [
        ['a', ['ada', 'canary-8141']],
        ['b', ['bea', 'bob', 'ben']],
        ['a', ['ada']],
        ['b', ['bea']],
      ] as const) {
        const pos = await record(log, store, names.map(row), node);
        at[node]?.push(pos);
      }
      for (const [node, names] of [
        ['a', ['ada', 'canary-8141', 'ada']],
        ['b', ['bea', 'bob', 'ben', 'bea']],
      ] as const) {
        const table = profileTable(names.flatMap((name) => row(name).rows));
        await foldChunks(store, 1, at[node] ?? [], table.toBytes());
      }
      const erased = await log.erase({ where: { X_name: 'canary-8141' } });
      expect(erased).toMatchObject({ rows: 3, rebuiltProfiles: 1, unchangedProfiles: 0 });
      const [a, b] = await foldProfiles(store);
      expect([a?.rows, b?.rows]).toEqual([2, 4]);
      expect(JSON.stringify(a)).not.toContain('canary');
      expect(JSON.stringify(b)).toContain('ben');
      await log.close();
      await store.close();
    });

    it('says how many profiles may go on holding single values, where their rows are kept no longer', async () => {
      const { store, log, pos } = await setUp();
      await foldChunks(store, 1, [pos], sampled());
      await expireReplaced(store);
      await store.prune('shop', { maxRows: 0 });
      const kept = await record(log, store, calls);
      await foldChunks(store, 1, [kept], sampled());
      expect((await foldProfiles(store)).length).toBe(2);
      expect(await log.erase({ where: { X_name: 'canary-8141' } })).toEqual({
        calls: 2,
        rows: 2,
        sampledRows: 2,
        rebuiltProfiles: 1,
        unchangedProfiles: 1,
        scrubbed: true,
      });
      const [old, anew] = await foldProfiles(store);
      expect(JSON.stringify(old)).toContain('canary-8141');
      expect(JSON.stringify(anew)).not.toContain('canary-8141');
      await log.close();
      await store.close();
    });

    it('refuses to erase nothing, or everything by mistake', async () => {
      const { store, log } = await setUp();
      await expect(log.erase({})).rejects.toThrow(/\{ id \} or \{ where \}/);
      await expect(log.erase({ id: 'a', where: { X_name: 'b' } })).rejects.toThrow(
        /either \{ id \} or \{ where \}/,
      );
      await expect(log.erase({ where: {} })).rejects.toThrow(/must name columns/);
      await expect(log.erase({ id: '' })).rejects.toThrow(/id must be/);
      await expect(log.erase({ ids: 'a' } as never)).rejects.toThrow(/did you mean "id"/);
      await log.close();
      await store.close();
    });
  });
}

describe('after erase()', () => {
  it('nothing of it comes back with what a server has folded in memory', async () => {
    const clock = fakeClock();
    const store = sqliteStore({ file: join(directory, 'leeway.db'), clock });
    const options = {
      experiment: 'shop',
      model: 'm',
      match: 'POST /predict',
      schedule: false,
      store,
    } as const;
    const service = new Service({ ...options, onError: () => undefined }, { clock });
    const number = 8141.0625;
    const canaries = [Buffer.from('canary-8141'), Buffer.from(new Float64Array([number]).buffer)];
    const holds = async (): Promise<boolean> => {
      const files = await readdir(directory);
      const all = await Promise.all(files.map((file) => readFile(join(directory, file))));
      return canaries.some((canary) => all.some((bytes) => bytes.includes(canary)));
    };
    const foldsWithCanary = async (): Promise<number> => {
      let folds = 0;
      for await (const { level, bytes } of store.parts('shop', {}, { withBytes: true })) {
        if (level === 0 || bytes === undefined) continue;
        if (JSON.stringify(Profile.fromBytes(bytes)).includes('canary-8141')) folds += 1;
      }
      return folds;
    };
    const go = async (minutes: number): Promise<void> => {
      for (let minute = 0; minute < minutes; minute += 1) {
        service.record({ X: [{ name: 'ann', age: minute }], Y: [1] });
        await clock.advance(60_000);
        await service.flush();
        await store.head('shop');
      }
    };
    await go(3);
    service.record({ X: [{ name: 'canary-8141', age: number }], Y: [2], id: 'second' });
    const levels = async (): Promise<number[]> => {
      const all: number[] = [];
      for await (const { level } of store.parts('shop')) all.push(level);
      return all;
    };
    await go(3);
    // The folds of the last minute are under way: the second row comes after them.
    while ((await levels()).includes(0)) await setImmediate();
    service.record({ X: [{ name: 'canary-8141', age: number }], Y: [2] });
    expect(await service.flush()).toBe(true);
    expect(await holds()).toBe(true);
    expect(await foldsWithCanary()).toBe(1);
    const erased = await service.experiment.erase({ where: { X_name: 'canary-8141' } });
    expect(erased).toMatchObject({ rows: 2, rebuiltProfiles: 1, unchangedProfiles: 0 });
    expect(await foldsWithCanary()).toBe(0);
    expect(await holds()).toBe(false);
    await go(20);
    expect(await levels()).toContain(2);
    expect(await store.windowRows('shop', 'm', 0, 999)).toBe(26);
    expect(await holds()).toBe(false);
    await service.close();
    await store.close();
  });

  it('nothing of it is left in the files of the database', async () => {
    const store = sqliteStore({ file: join(directory, 'leeway.db') });
    const log = experiment('shop', { store });
    await record(log, store, calls);
    expect(await everything()).toContain('canary-8141');
    await log.erase({ where: { X_name: 'canary-8141' } });
    expect(await everything()).not.toContain('canary-8141');
    await log.close();
    await store.close();
    expect(await everything()).not.toContain('canary-8141');
  });
});
