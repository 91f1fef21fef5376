import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportLines } from '../../src/tracking/export-lines.js';
import { importLines } from '../../src/tracking/import-lines.js';
import type { LogEntry, NewEntry } from '../../src/tracking/log-entry.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { postgresStore } from '../../src/tracking/stores/postgres/store.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
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
    await store.append(name, [
      chunk,
      chunk,
      { ...base, event: 'metric', step: -0.5, run: 2, parent: 1 },
    ]);
    await store.commitWindow({
      experiment: name,
      monitor: 'm',
      key: name,
      expectedVersion: 0,
      tick: 30_000,
      next: { seq: 0, cursor: 3, captured: 0 },
      // A capture without entries takes a run, which leaves a gap.
      entries: [],
      deliveries: [
        { id: `second ${name}`, payload: name },
        { id: `first ${name}`, payload: { name } },
      ],
    });
    await store.settleDelivery(`first ${name}`, { done: false });
    await store.append(name, [chunk, chunk]);
    const next = { seq: 1, cursor: 5, captured: 1 };
    const window = { experiment: name, monitor: 'm', key: name, entries: [], deliveries: [] };
    await store.commitWindow({ ...window, expectedVersion: 1, tick: 60_000, next });
    await store.append(name, [chunk]);
    await store.append(
      name,
      Array.from({ length: 150 }, (_, step) => ({ ...base, event: 'metric' as const, step })),
    );
    await store.fold({
      experiment: name,
      key: name,
      level: 1,
      replaces: folded,
      bytes: new Uint8Array([1]),
    });
  }
}

async function contents(store: TrackingStore): Promise<unknown> {
  const all: [string, unknown, LogEntry[], unknown][] = [];
  for (const name of await store.experiments()) {
    const predictions = await collect(store.predictions(name));
    const windows = [
      await collect(store.parts(name, {}, { withBytes: true })),
      await store.monitors(name),
    ];
    const deliveries = await store.pendingDeliveries(name, 99);
    all.push([
      name,
      await store.head(name),
      await collect(store.query(name)),
      [predictions, windows, deliveries],
    ]);
  }
  return all;
}

const NONE = new Uint8Array(0);
const ACROSS = [
  { level: 1, posFrom: 1 },
  { level: 0, posFrom: 4 },
];

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
      expect([...given.values()]).toEqual(NAMES.map(() => 156));
      expect(await contents(store)).toEqual(wanted);
      expect(read(await collect(exportLines(store, await store.experiments())))).toEqual(
        read(lines),
      );
      expect(
        await store.append('plain', [
          { event: 'metric', key: 'k', value: 1, dt: 1, node: '', userid: '' },
        ]),
      ).toEqual([{ pos: 157, run: 168 }]);
      // A monitor goes on where it stood: its tick is taken, its version follows, and no fold crosses its cut.
      const commit = {
        experiment: 'plain',
        monitor: 'm',
        key: 'plain',
        entries: [],
        deliveries: [],
      };
      const next = { seq: 2, cursor: 6, captured: 2 };
      expect(await store.commitWindow({ ...commit, expectedVersion: 2, tick: 60_000, next })).toBe(
        undefined,
      );
      expect(
        await store.fold({
          experiment: 'plain',
          key: 'plain',
          level: 2,
          replaces: ACROSS,
          bytes: NONE,
        }),
      ).toBe(false);
      expect(
        await store.commitWindow({ ...commit, expectedVersion: 2, tick: 120_000, next }),
      ).toMatchObject({
        version: 3,
      });
      await expect(importLines(store, from(lines))).rejects.toMatchObject({
        code: 'ERR_LEEWAY_CONFLICT',
      });
      await store.clear('plain');
      await importLines(store, exportLines(first, ['plain']));
    }
    for (const store of stores) await store.close();
    await schema?.drop();
    await rm(directory, { recursive: true });
  });

  it.each([
    ['nonsense', 'line 1 can'],
    ['[]', 'not an object'],
    ['{"pos":1}', 'name the experiment'],
    [
      '{"leeway":"log","version":3,"experiment":"e","head":{"pos":1,"run":1}}',
      'a log that this version',
    ],
    [
      '{"leeway":"log","version":2,"experiment":"e","head":{"pos":1,"run":1}}\n{"fold":[]}',
      'line 2',
    ],
    ['{"leeway":"log","version":2,"experiment":"e","head":{"pos":1,"run":1}}\n{"cut":3}', 'line 2'],
    ['{"leeway":"log","version":1,"experiment":"e","head":{"pos":1}}', 'a log that this version'],
    [
      '{"leeway":"log","version":1,"experiment":"e","head":{"pos":1,"run":1}}\n{"pos":1,"run":1,"bytes":5}',
      'line 2',
    ],
  ])('that is %j is refused', async (text, says) => {
    const store = memoryStore();
    await expect(importLines(store, from(text.split('\n')))).rejects.toMatchObject({
      code: 'ERR_LEEWAY_FORMAT',
      message: expect.stringContaining(says),
    });
    expect(await store.experiments()).toEqual([]);
  });

  it.each([
    { monitors: 5 },
    { monitors: [null] },
    {
      monitors: [{ monitor: 'm', key: 'k', version: 1, seq: 0, cursor: 99, captured: 0, tick: 0 }],
    },
    { deliveries: { length: 1 } },
  ])('whose first line says %j is refused', async (wrong) => {
    const line = JSON.stringify({
      leeway: 'log',
      version: 2,
      experiment: 'e',
      head: { pos: 1, run: 1 },
      ...wrong,
    });
    await expect(importLines(memoryStore(), from([line]))).rejects.toMatchObject({
      code: 'ERR_LEEWAY_OPTION',
    });
  });

  it('of the first version still comes in, each chunk a part of its own', async () => {
    const entry = {
      pos: 1,
      run: 1,
      runs: 2,
      event: 'predict',
      key: 'm',
      rows: 2,
      value: null,
      dt: 1,
      dtEnd: 2,
    };
    const lines = [
      '{"leeway":"log","version":1,"experiment":"e","head":{"pos":3,"run":9}}',
      JSON.stringify({ ...entry, node: 'n', userid: '', bytes: 'AQID' }),
    ];
    const store = memoryStore();
    await importLines(store, from(lines));
    expect(await store.head('e')).toEqual({ pos: 3, run: 9 });
    expect(await collect(store.windowParts('e', 'm', 0, 9))).toMatchObject([
      { level: 0, rows: 2, bytes: new Uint8Array([1, 2, 3]) },
    ]);
  });

  it('that is written, folded and captured meanwhile is exported as it stood at one position', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'leeway-lines-'));
    const source = sqliteStore({ file: join(directory, 'a.db') });
    const base = { key: 'm', value: null, dt: 1, node: 'n', userid: '' };
    const chunk = (rows: number): NewEntry => ({
      ...base,
      event: 'predict',
      rows,
      bytes: new Uint8Array(9),
    });
    await source.append('e', [1, 2, 3, 4, 5, 6, 7, 8].map(chunk));
    let version = 0;
    let steps = 0;
    async function goOn(): Promise<void> {
      await source.append('e', [chunk(9)]);
      const live = await collect(source.parts('e'));
      const [first, second] = live.filter((part) => part.cutBefore === live.at(-1)?.cutBefore);
      if (first !== undefined && second !== undefined) {
        const level = Math.max(first.level, second.level) + 1;
        await source.fold({
          experiment: 'e',
          key: 'm',
          level,
          replaces: [first, second],
          bytes: NONE,
        });
      }
      const { pos } = await source.head('e');
      const next = { seq: version, cursor: pos, captured: version };
      const window = {
        experiment: 'e',
        monitor: 'mon',
        key: 'm',
        deliveries: [],
        entries: [{ ...base, event: 'snapshot' as const }],
      };
      steps += 1;
      if (
        steps % 4 === 1 &&
        (await source.commitWindow({ ...window, expectedVersion: version, next }))
      )
        version += 1;
    }
    await goOn();
    const lines: string[] = [];
    for await (const line of exportLines(source, ['e'])) {
      lines.push(line);
      await goOn();
    }
    const copy = memoryStore();
    await importLines(copy, from(lines));
    const { pos } = await copy.head('e');
    expect(pos).toBeLessThan((await source.head('e')).pos);
    const entries = await collect(copy.query('e'));
    expect(entries.map((entry) => entry.pos)).toEqual(entries.map((_, index) => index + 1));
    const recorded = entries
      .filter(({ event }) => event === 'predict')
      .reduce((sum, { rows }) => sum + rows, 0);
    expect(await copy.windowRows('e', 'm', 0, pos)).toBe(recorded);
    expect(entries.filter(({ event }) => event === 'snapshot')).toHaveLength(
      (await copy.monitorHead('e', 'mon')).version,
    );
    await source.close();
    await rm(directory, { recursive: true });
  });
});
