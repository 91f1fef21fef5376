import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportLines, importLines } from '../../src/tracking/log-lines.js';
import type { LogEntry, NewEntry, TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory.js';
import { postgresStore } from '../../src/tracking/stores/postgres.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite.js';
import { freshSchema, postgresUrl } from '../fixtures/postgres.js';

const server = await postgresUrl();
const NAMES = ['plain', '__proto__', 'a\0b "\'\u2028 \ud800 🛥️', 'x'.repeat(10_000)];

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* from(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function fill(store: TrackingStore): Promise<void> {
  for (const name of NAMES) {
    const base = { key: name, value: { name }, dt: 1.5, node: name, userid: name };
    const predictions = [{ id: name, offset: 1, value: [{ y: 1 }], dt: 2, version: name }];
    const chunk: NewEntry = {
      ...base,
      event: 'predict',
      runs: 3,
      rows: 2,
      bytes: new Uint8Array([0, 255]),
      predictions,
    };
    const folded = [1, 2].map((posFrom) => ({ level: 0, posFrom }));
    await store.append(name, [chunk, chunk, { ...base, event: 'metric', step: -0.5, run: 2, parent: 1 }]);
    await store.commitWindow({
      experiment: name,
      monitor: 'm',
      key: name,
      expectedVersion: 0,
      next: { seq: 0, cursor: 3, captured: 0 },
      // A capture without entries takes a run, which leaves a gap.
      entries: [],
      deliveries: [],
    });
    await store.append(
      name,
      Array.from({ length: 150 }, (_, step) => ({ ...base, event: 'metric' as const, step })),
    );
    await store.fold({ experiment: name, key: name, level: 1, replaces: folded, bytes: new Uint8Array([1]) });
  }
}

async function contents(store: TrackingStore): Promise<unknown> {
  const all: [string, unknown, LogEntry[], unknown][] = [];
  for (const name of await store.experiments()) {
    const predictions = await collect(store.predictions(name));
    all.push([name, await store.head(name), await collect(store.query(name)), predictions]);
  }
  return all;
}

describe('a log as lines', () => {
  it('goes from store to store and back, exactly as it was', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'leeway-lines-'));
    const schema = server === undefined ? undefined : await freshSchema(server);
    const stores = [
      memoryStore(),
      sqliteStore({ file: join(directory, 'a.db') }),
      ...(schema === undefined ? [] : [postgresStore({ url: schema.url })]),
      memoryStore(),
    ];
    const [first] = stores as [TrackingStore];
    await fill(first);
    const wanted = await contents(first);
    const lines = await collect(exportLines(first, await first.experiments()));
    const read = (all: readonly string[]): unknown[] => all.map((line) => JSON.parse(line));
    for (const [index, store] of stores.slice(1).entries()) {
      const source = stores[index] as TrackingStore;
      const given = await importLines(store, exportLines(source, await source.experiments()));
      expect([...given.values()]).toEqual(NAMES.map(() => 153));
      expect(await contents(store)).toEqual(wanted);
      expect(read(await collect(exportLines(store, await store.experiments())))).toEqual(read(lines));
      expect(
        await store.append('plain', [{ event: 'metric', key: 'k', value: 1, dt: 1, node: '', userid: '' }]),
      ).toEqual([{ pos: 154, run: 158 }]);
      await expect(importLines(store, from(lines))).rejects.toMatchObject({ code: 'ERR_LEEWAY_CONFLICT' });
      await store.clear('plain');
      await importLines(store, exportLines(first, ['plain']));
    }
    for (const store of stores) await store.close();
    await schema?.drop();
    await rm(directory, { recursive: true });
  });

  it.each([
    ['nonsense', 'line 1 can'],
    ['[]', 'no object'],
    ['{"pos":1}', 'which experiment'],
    ['{"leeway":"log","version":2,"experiment":"e","head":{"pos":1,"run":1}}', 'no log that this version'],
    ['{"leeway":"log","version":1,"experiment":"e","head":{"pos":1}}', 'no log that this version'],
    ['{"leeway":"log","version":1,"experiment":"e","head":{"pos":1,"run":1}}\n{"pos":1,"run":1,"bytes":5}', 'line 2'],
  ])('that is %j is refused', async (text, says) => {
    const store = memoryStore();
    await expect(importLines(store, from(text.split('\n')))).rejects.toMatchObject({
      code: 'ERR_LEEWAY_FORMAT',
      message: expect.stringContaining(says),
    });
    expect(await store.experiments()).toEqual([]);
  });
});
