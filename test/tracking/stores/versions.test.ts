import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Profile } from '../../../src/profile/profile.js';
import { decodeChunk } from '../../../src/tracking/chunk.js';
import type { NewEntry } from '../../../src/tracking/log-entry.js';
import type { TrackingStore } from '../../../src/tracking/store.js';
import { postgresStore } from '../../../src/tracking/stores/postgres/store.js';
import { loadNpmSqlite } from '../../../src/tracking/stores/sqlite/npm.js';
import { sqliteStore } from '../../../src/tracking/stores/sqlite/store.js';
import { freshSchema, postgresUrl } from '../../fixtures/postgres.js';

const server = await postgresUrl();
const NAME = 'shop\0é';
const MONITOR = `monitors/${NAME}/price`;
const TABLES = [
  'entries',
  'experiments',
  'parts',
  'cuts',
  'monitors',
  'deliveries',
  'leases',
  'predictions',
] as const;

type Row = Readonly<Record<string, unknown>>;

/** A database that a store opens, and a way around the store. */
interface Place {
  open(): TrackingStore;
  sql(text: string): Promise<Row[]>;
  /** All that the database holds, to tell whether it was touched. */
  contents(): Promise<unknown>;
  dispose(): Promise<void>;
}

interface Database {
  readonly name: string;
  readonly skip: boolean;
  /** What the names of our tables begin with. */
  readonly prefix: string;
  /** This version's layout, written down. */
  readonly golden: string;
  /** Makes the layout look like one that a later leeway made. */
  readonly newer: (minWriter: number) => string;
  place(): Promise<Place>;
}

const sqlite: Database = {
  name: 'sqlite',
  skip: false,
  prefix: '',
  golden: 'golden-v2.sql',
  newer: (minWriter) =>
    `PRAGMA user_version = 3; UPDATE meta SET value = ${minWriter} WHERE name = 'min_writer'`,
  async place() {
    const directory = await mkdtemp(join(tmpdir(), 'leeway-versions-'));
    const file = join(directory, 'leeway.db');
    return {
      open: () => sqliteStore({ file }),
      async sql(text) {
        const driver = await (await loadNpmSqlite())(file, 1_000);
        try {
          if (/^(SELECT|PRAGMA \w+\()/.test(text)) return await driver.all(text, []);
          await driver.exec(text);
          return [];
        } finally {
          await driver.close();
        }
      },
      async contents() {
        const names = (await readdir(directory)).sort();
        return Promise.all(
          names.map(async (name) => [
            name,
            (await readFile(join(directory, name))).toString('hex'),
          ]),
        );
      },
      dispose: () => rm(directory, { recursive: true }),
    };
  },
};

const postgres: Database = {
  name: 'postgres',
  skip: server === undefined,
  prefix: 'leeway_',
  golden: 'golden-postgres-v1.sql',
  newer: (minWriter) => `UPDATE leeway_meta SET value = 2 WHERE name = 'version';
    UPDATE leeway_meta SET value = ${minWriter} WHERE name = 'min_writer'`,
  async place() {
    const schema = await freshSchema(server as string);
    return {
      open: () => postgresStore({ url: schema.url }),
      sql: (text) => schema.query(text),
      async contents() {
        const tables: Row[][] = [];
        for (const table of ['meta', ...TABLES]) {
          tables.push(
            await schema.query(
              `SELECT t::text AS row, xmin::text, ctid::text FROM leeway_${table} AS t`,
            ),
          );
        }
        return tables;
      },
      dispose: () => schema.drop(),
    };
  },
};

const read = (file: string): Promise<string> => readFile(join(import.meta.dirname, file), 'utf8');

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function entry(fields: Partial<NewEntry> = {}): NewEntry {
  return { event: 'metric', key: 'k', value: null, dt: 1_000, node: 'n', userid: 'u', ...fields };
}

/** Does all that writes, after the log that a golden file holds. */
async function writeAll(store: TrackingStore): Promise<void> {
  const chunk = entry({ event: 'predict', key: 'price', rows: 1, bytes: new Uint8Array([1]) });
  const predictions = [{ id: 'new', offset: 0, value: 1, dt: 1 }];
  expect(await store.append(NAME, [{ ...chunk, predictions }, chunk])).toEqual([
    { pos: 7, run: 10 },
    { pos: 8, run: 11 },
  ]);
  const replaces = [7, 8].map((posFrom) => ({ level: 0, posFrom }));
  expect(
    await store.fold({
      experiment: NAME,
      key: 'price',
      level: 1,
      replaces,
      bytes: new Uint8Array([2]),
    }),
  ).toBe(true);
  const next = { seq: 1, cursor: 8, captured: 1 };
  const deliveries = [{ id: 'd2', payload: 1 }];
  const window = {
    experiment: NAME,
    monitor: MONITOR,
    key: 'price',
    entries: [entry()],
    deliveries,
    next,
  };
  expect(
    await store.commitWindow({ ...window, expectedVersion: 1, tick: 1_700_000_060_000 }),
  ).toMatchObject({
    version: 2,
  });
  await store.settleDelivery('d', { done: true });
  expect(await store.takeLease('another', 'o', 1_000)).toBe(true);
  await store.releaseLease('another', 'o');
  const erased = { experiment: NAME, folds: [], predictions: { ids: ['new'] }, log: [entry()] };
  expect(await store.rewrite({ ...erased, entries: [{ pos: 9, value: 'x' }] })).toBe(true);
  const entries = [{ ...chunk, pos: 2, run: 3, runs: 1, rows: 1, dtEnd: 1 }];
  await store.restore('restored', { entries, head: { pos: 2, run: 3 } });
  await store.append('gone', [entry()]);
  await store.clear('gone');
  await store.prune(NAME, { rowsMs: 1e15 });
}

for (const database of [sqlite, postgres]) {
  const { name, prefix } = database;
  const table = (plain: string): string => prefix + plain;

  describe.skipIf(database.skip)(`a store in ${name}`, () => {
    let place: Place;
    beforeEach(async () => {
      place = await database.place();
    });
    afterEach(() => place.dispose());

    async function withStore<T>(work: (store: TrackingStore) => Promise<T>): Promise<T> {
      const store = place.open();
      try {
        return await work(store);
      } finally {
        await store.close();
      }
    }

    it('of an earlier release reads as it did, rows, profiles and all, and goes on', async () => {
      await place.sql(await read(database.golden));
      await withStore(async (store) => {
        const entries = await collect(store.query(NAME));
        expect(
          entries.map(({ pos, run, runs, event, key, rows }) => [pos, run, runs, event, key, rows]),
        ).toEqual([
          [1, 1, 2, 'predict', 'price', 4],
          [2, 3, 2, 'predict', 'price', 4],
          [3, 5, 2, 'predict', 'price', 4],
          [4, 1, 1, 'metric', 'acc', 0],
          [5, 7, 1, 'snapshot', 'price', 0],
          [6, 8, 2, 'predict', 'price', 4],
        ]);
        expect(entries[3]).toMatchObject({
          value: 0.5,
          step: 0.5,
          parent: 1,
          node: 'n',
          userid: 'u',
          dt: 1.7e12,
        });
        const chunk = decodeChunk(entries[1]?.bytes as Uint8Array);
        expect(chunk.calls).toMatchObject([
          { rows: 2, at: 1.7e12, latencyMs: 1.5, status: 200, requestId: null, parent: null },
          { rows: 1, latencyMs: Number.NaN, requestId: 'id 2', parent: 1, version: 'v1' },
        ]);
        expect([...(chunk.weights ?? [])]).toEqual([1, 2, 1]);
        expect([...chunk.columns]).toEqual([
          ['X_age', [2, 2.5, null]],
          ['X_city', ['Bern', true, 'é2']],
          ['Y_0', [-0, 1e300, Number.POSITIVE_INFINITY]],
        ]);
        const parts = await collect(store.windowParts(NAME, 'price', 0, 6));
        expect(
          parts.map(({ level, posFrom, posTo, rows }) => [level, posFrom, posTo, rows]),
        ).toEqual([
          [1, 1, 2, 8],
          [0, 3, 3, 4],
          [0, 6, 6, 4],
        ]);
        const profile = Profile.fromBytes(parts[0]?.bytes as Uint8Array);
        expect([profile.rows, profile.columnNames]).toEqual([8, ['X_age', 'X_city', 'Y_0']]);
        expect(Profile.fromBytes(entries[4]?.bytes as Uint8Array).rows).toBe(12);
        const head = { version: 1, seq: 0, cursor: 3, captured: 0, tick: 1_700_000_000_000 };
        expect(await store.monitorHead(NAME, MONITOR)).toEqual(head);
        expect(await collect(store.predictions(NAME))).toEqual([
          { key: 'price', id: 'id 2', run: 4, value: [{ 0: 1 }], dt: 5, version: 'v1' },
        ]);
        expect(await store.pendingDeliveries(NAME, 9)).toMatchObject([
          { id: 'd', payload: ['pager'], attempts: 1 },
        ]);
        await writeAll(store);
      });
    });

    it('that a newer leeway made and lets us write is read and written; what we do not know of stays', async () => {
      await place.sql(await read(database.golden));
      for (const known of TABLES) {
        await place.sql(`ALTER TABLE ${table(known)} ADD COLUMN mood TEXT NOT NULL DEFAULT 'new'`);
        await place.sql(`UPDATE ${table(known)} SET mood = 'old'`);
      }
      await place.sql(`CREATE TABLE ${table('dreams')} (dream TEXT)`);
      await place.sql(`INSERT INTO ${table('dreams')} VALUES ('of a later version')`);
      await place.sql(`CREATE INDEX ${table('entries_mood')} ON ${table('entries')} (mood)`);
      await place.sql(database.newer(1));
      await place.sql(`INSERT INTO ${table('meta')} (name, value) VALUES ('later', 7)`);
      await withStore(async (store) => {
        expect((await store.migrate()).minWriter).toBe(1);
        await writeAll(store);
      });
      expect(await place.sql(`SELECT dream FROM ${table('dreams')}`)).toEqual([
        { dream: 'of a later version' },
      ]);
      expect(
        await place.sql(`SELECT value FROM ${table('meta')} WHERE name = 'later'`),
      ).toHaveLength(1);
      const moods = async (known: string) =>
        (await place.sql(`SELECT mood FROM ${table(known)}`)).map(({ mood }) => mood).sort();
      expect(await moods('entries')).toEqual([...Array(5).fill('new'), ...Array(6).fill('old')]);
      expect(await moods('monitors')).toEqual(['old']);
      expect(await moods('deliveries')).toEqual(['new']);
      const { to } = await withStore((store) => store.migrate());
      expect(to).toBe(name === 'sqlite' ? 3 : 2);
    });

    it('that a newer leeway made and that we must not write is refused, and not touched', async () => {
      await place.sql(await read(database.golden));
      await place.sql(database.newer(99));
      const before = await place.contents();
      await withStore(async (store) => {
        const refused = {
          code: 'ERR_LEEWAY_FORMAT',
          message: expect.stringContaining('newer leeway'),
        };
        await expect(store.append(NAME, [entry()])).rejects.toMatchObject(refused);
        await expect(store.migrate()).rejects.toMatchObject(refused);
        await expect(collect(store.query(NAME))).rejects.toMatchObject(refused);
      });
      expect(await place.contents()).toEqual(before);
    });
  });
}

describe('the layout in sqlite', () => {
  it.each(['golden-v1.sql', 'golden-v2.sql'])(
    'has all that the statements of %s`s version name',
    async (golden) => {
      const old = await sqlite.place();
      const now = await sqlite.place();
      await old.sql(await read(golden));
      const store = now.open();
      await store.head('e');
      await store.close();
      const master = 'SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL';
      const there = new Map((await now.sql(master)).map((row) => [row.name, row]));
      for (const { type, name, sql } of await old.sql(master)) {
        // Old statements name their indexes, and a row must go on fitting where it did.
        if (type === 'index') expect(there.get(name)?.sql).toBe(sql);
        const columns = (where: Place) => where.sql(`PRAGMA table_info(${name})`);
        const before = await columns(old);
        const after = await columns(now);
        for (const column of before) expect(after).toContainEqual(column);
        const added = after.filter((column) => !before.some((known) => known.name === column.name));
        for (const column of added)
          expect(column.notnull === 0 || column.dflt_value !== null).toBe(true);
      }
      await Promise.all([old.dispose(), now.dispose()]);
    },
  );
});
