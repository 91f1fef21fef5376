import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';
import type { Experiment } from '../../src/service/experiment.js';
import { experiment } from '../../src/service/open-experiment.js';
import { type Cell, encodeChunk } from '../../src/tracking/chunk.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'leeway-erasure-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

interface Call {
  readonly id: string | null;
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

async function record(log: Experiment, store: TrackingStore, calls: readonly Call[]): Promise<number> {
  const rows = calls.flatMap((call) => call.rows);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const [entry] = await store.append(log.experiment, [
    {
      ...log.entry('predict', 'm', null),
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
      predictions: calls.flatMap(({ id }, offset) => (id === null ? [] : [{ id, offset, value: [1], dt: 1 }])),
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

/** All bytes that a directory holds. */
async function everything(): Promise<string> {
  const files = await readdir(directory);
  return (await Promise.all(files.map((file) => readFile(join(directory, file), 'latin1')))).join('');
}

for (const [name, open] of [
  ['memory', () => memoryStore()],
  ['sqlite', () => sqliteStore({ file: join(directory, 'leeway.db') })],
] as const) {
  describe(`erase() in ${name}`, () => {
    async function setUp() {
      const store = open();
      const log = experiment('shop', { store });
      const pos = await record(log, store, calls);
      return { store, log, pos };
    }

    it('takes a call by its id, with its answer for late labels; its run stays, without rows', async () => {
      const { store, log } = await setUp();
      expect(await log.erase({ id: 'second' })).toEqual({ calls: 1, rows: 2, sampledRows: 0 });
      const rows = (await log.data({ event: 'predict' })).rows.map(({ run, value }) => [run, value]);
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
      expect(await log.erase({ where: { X_name: 'canary-8141' } })).toEqual({ calls: 2, rows: 2, sampledRows: 0 });
      const rows = (await log.data({ event: 'predict' })).rows.map(({ value }) => (value as { X: unknown[] }).X);
      expect(rows).toEqual([[{ name: 'ann' }], [{ name: 'bob' }], []]);
      const [logged] = (await log.data({ event: 'system', key: 'erasure' })).rows;
      expect(logged?.value).toEqual({ by: 'where', columns: ['X_name'], calls: 2, rows: 2, sampledRows: 0 });
      expect(await log.erase({ where: (row) => row.Y_p === 99 })).toEqual({ calls: 0, rows: 0, sampledRows: 0 });
      await log.close();
      await store.close();
    });

    it('empties the rows in the samples of folds and snapshots, also those of calls erased by id', async () => {
      const { store, log, pos } = await setUp();
      const sampled = () =>
        profileTable(
          calls.flatMap((call) => call.rows),
          { reservoir: 10 },
        ).toBytes();
      const replaces = [{ level: 0, posFrom: pos }];
      await store.fold({ experiment: 'shop', key: 'm', level: 1, replaces, bytes: sampled() });
      await store.append('shop', [{ ...log.entry('snapshot', 'm', { seq: 0 }), step: 0, bytes: sampled() }]);
      expect(await log.erase({ id: ['second', 'nobody'] })).toMatchObject({ calls: 1, rows: 2, sampledRows: 4 });
      const profiles: Profile[] = [];
      for await (const part of store.windowParts('shop', 'm', 0, 99)) profiles.push(Profile.fromBytes(part.bytes));
      for await (const entry of store.query('shop', { events: ['snapshot'] })) {
        profiles.push(Profile.fromBytes(entry.bytes as Uint8Array));
      }
      expect(profiles).toHaveLength(2);
      for (const profile of profiles) {
        const names = profile.sample(10).map((row) => row.X_name);
        expect(names.sort()).toEqual(['ann', 'canary-8141', null, null]);
        expect(profile.rows).toBe(4);
      }
      await log.close();
      await store.close();
    });

    it('refuses to erase nothing, or everything by mistake', async () => {
      const { store, log } = await setUp();
      await expect(log.erase({})).rejects.toThrow(/\{ id \} or \{ where \}/);
      await expect(log.erase({ id: 'a', where: { X_name: 'b' } })).rejects.toThrow(/one of the two/);
      await expect(log.erase({ where: {} })).rejects.toThrow(/must name columns/);
      await expect(log.erase({ id: '' })).rejects.toThrow(/id must be/);
      await expect(log.erase({ ids: 'a' } as never)).rejects.toThrow(/did you mean "id"/);
      await log.close();
      await store.close();
    });
  });
}

describe('after erase()', () => {
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
