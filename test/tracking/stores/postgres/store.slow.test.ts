import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeStore } from '../../../../src/testing/describe-store.js';
import type { NewEntry } from '../../../../src/tracking/log-entry.js';
import type { TrackingStore } from '../../../../src/tracking/store.js';
import type { PgPool } from '../../../../src/tracking/stores/postgres/driver.js';
import {
  type PostgresStoreOptions,
  postgresStore,
} from '../../../../src/tracking/stores/postgres/store.js';
import { freshSchema, type PostgresSchema, postgresUrl } from '../../../fixtures/postgres.js';

const server = await postgresUrl();

describe.skipIf(server === undefined)('on a real PostgreSQL', () => {
  describeStore(
    'postgres',
    async ({ clock }) => {
      const schema = await freshSchema(server as string);
      const open = () => postgresStore({ url: schema.url, clock });
      return { store: open(), reopen: open, dispose: () => schema.drop() };
    },
    { describe, it, expect },
  );
});

const entry: NewEntry = {
  event: 'metric',
  key: 'k',
  value: null,
  dt: 1_000,
  node: 'n',
  userid: 'u',
};

describe.skipIf(server === undefined)('postgresStore', () => {
  let schema: PostgresSchema;
  beforeEach(async () => {
    schema = await freshSchema(server as string);
  });
  afterEach(() => schema.drop());

  async function withStore<T>(work: (store: TrackingStore) => Promise<T>): Promise<T> {
    const store = postgresStore({ url: schema.url });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  it('makes its tables once, whoever comes first', async () => {
    const stores = Array.from({ length: 24 }, () =>
      postgresStore({ url: schema.url, maxConnections: 1 }),
    );
    await Promise.all(stores.map((store) => store.append('e', [entry])));
    expect(await stores[0]?.head('e')).toEqual({ pos: 24, run: 24 });
    await Promise.all(stores.map((store) => store.close()));
  });

  it('works on a pool of the host`s, parsers and all, and leaves it open', async () => {
    const pool = new pg.Pool({
      connectionString: schema.url,
      types: { getTypeParser: () => () => 'nonsense' },
    });
    const store = postgresStore({ pool });
    expect(await store.append('e', [{ ...entry, bytes: new Uint8Array([1, 255]) }])).toEqual([
      { pos: 1, run: 1 },
    ]);
    for await (const back of store.query('e'))
      expect(back).toMatchObject({ dt: 1_000, bytes: new Uint8Array([1, 255]) });
    await store.close();
    await expect(store.head('e')).rejects.toMatchObject({ code: 'ERR_LEEWAY_CLOSED' });
    expect((await pool.query('SELECT 1 AS one')).rows.length).toBe(1);
    await pool.end();
  });

  it('goes by the database`s clock, not by the machine`s', async () => {
    await withStore(async (store) => {
      await store.takeLease('l', 'a', 60_000);
      const [row] = await schema.query(
        'SELECT until - extract(epoch FROM clock_timestamp()) * 1000 AS left FROM leeway_leases',
      );
      expect(Number(row?.left)).toBeGreaterThan(50_000);
      expect(Number(row?.left)).toBeLessThanOrEqual(60_000);
    });
  });

  it('of a newer leeway is refused and left as it is; one that lets this one write is used', async () => {
    await withStore((store) => store.append('e', [entry]));
    await schema.query("UPDATE leeway_meta SET value = 99 WHERE name = 'version'");
    await withStore(async (store) => {
      expect((await store.head('e')).pos).toBe(1);
      expect(await store.migrate()).toEqual({ from: 99, to: 99, minWriter: 1 });
    });
    await schema.query("UPDATE leeway_meta SET value = 98 WHERE name = 'min_writer'");
    await withStore(async (store) => {
      await expect(store.append('e', [entry])).rejects.toMatchObject({
        code: 'ERR_LEEWAY_FORMAT',
        message: expect.stringContaining('schema version 99'),
      });
    });
    expect(await schema.query('SELECT pos FROM leeway_entries')).toEqual([{ pos: '1' }]);
  });

  it('loses its connections and goes on with new ones', async () => {
    const store = postgresStore({ url: `${schema.url}&application_name=doomed` });
    await store.append('e', [entry]);
    await schema.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doomed'",
    );
    let written = 1;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const placed = await store.append('e', [entry]).catch(() => []);
      written += placed.length;
      if (placed.length > 0) expect(placed).toEqual([{ pos: written, run: written }]);
    }
    expect(written).toBeGreaterThan(10);
    expect(await store.head('e')).toEqual({ pos: written, run: written });
    await store.close();
  });

  it('knows of a commit whose answer was lost that it happened, and of one that failed that it did not', async () => {
    const pool = new pg.Pool({ connectionString: schema.url });
    let lose: 'answer' | 'request' | undefined;
    const flaky: PgPool = {
      end: () => pool.end(),
      async connect() {
        const client = await pool.connect();
        return {
          release: (broken) => client.release(broken),
          async query(query) {
            if (query.text !== 'COMMIT' || lose === undefined)
              return client.query(query as pg.QueryConfig);
            if (lose === 'answer') await client.query('COMMIT');
            lose = undefined;
            throw new Error('Connection terminated unexpectedly');
          },
        };
      },
    };
    const store = postgresStore({ pool: flaky });
    await store.head('e');
    lose = 'answer';
    expect(await store.append('e', [entry])).toEqual([{ pos: 1, run: 1 }]);
    lose = 'request';
    await expect(store.append('e', [entry])).rejects.toMatchObject({ code: 'ERR_LEEWAY_STORE' });
    expect(await store.append('e', [entry])).toEqual([{ pos: 2, run: 2 }]);
    await store.close();
    await pool.end();
  });

  it('tries again where the database calls a conflict, and says so where it never ends', async () => {
    const pool = new pg.Pool({ connectionString: schema.url });
    let conflicts = 0;
    const busy: PgPool = {
      end: () => pool.end(),
      async connect() {
        const client = await pool.connect();
        return {
          release: (broken) => client.release(broken),
          query(query) {
            if (query.text !== 'COMMIT' || conflicts === 0)
              return client.query(query as pg.QueryConfig);
            conflicts -= 1;
            return client
              .query('ROLLBACK')
              .then(() =>
                Promise.reject(Object.assign(new Error('restart transaction'), { code: '40001' })),
              );
          },
        };
      },
    };
    const store = postgresStore({ pool: busy });
    await store.head('e');
    conflicts = 3;
    expect(await store.append('e', [entry])).toEqual([{ pos: 1, run: 1 }]);
    conflicts = 1_000;
    await expect(store.append('e', [entry])).rejects.toThrow('restart transaction');
    conflicts = 0;
    expect(await store.head('e')).toEqual({ pos: 1, run: 1 });
    await store.close();
    await pool.end();
  });

  it('keeps names longer than an index takes apart', async () => {
    const name = (last: string): string =>
      Array.from({ length: 10_000 }, (_, index) => (index * 7919).toString(36)).join('') + last;
    await withStore(async (store) => {
      await store.append(name('a'), [{ ...entry, key: name('k') }]);
      expect((await store.head(name('b'))).pos).toBe(0);
      expect(await store.experiments()).toEqual([name('a')]);
      expect(await store.takeLease(name('a'), name('o'), 1_000)).toBe(true);
      expect(await store.takeLease(name('a'), name('p'), 1_000)).toBe(false);
    });
  });

  describe('holding its maxBytes', () => {
    const maxBytes = 200_000;
    const chunk = (size = 2_000): NewEntry => ({
      ...entry,
      event: 'predict',
      rows: 1,
      bytes: new Uint8Array(size),
    });
    const held = async (): Promise<number> => {
      const [row] = await schema.query('SELECT sum(bytes)::INT8 AS held FROM leeway_experiments');
      return Number(row?.held);
    };
    /** Folds chunks as they come, and lets the time pass that what was replaced is kept for readers. */
    async function foldAt(
      store: TrackingStore,
      experiment: string,
      posFrom: number,
    ): Promise<void> {
      const replaces = [{ level: 0, posFrom }];
      await store.fold({ experiment, key: 'k', level: 1, replaces, bytes: new Uint8Array(10) });
      await schema.query('UPDATE leeway_parts SET replaced_at = 0 WHERE replaced_at IS NOT NULL');
    }

    it('lets the oldest folded rows go with each write that needs room, and never holds more', async () => {
      const store = postgresStore({ url: schema.url, maxBytes });
      for (let index = 1; index <= 150; index += 1) {
        const [placed] = await store.append('e', [chunk()]);
        await foldAt(store, 'e', placed?.pos as number);
        expect(await held()).toBeLessThanOrEqual(maxBytes + 10);
      }
      expect(await store.windowRows('e', 'k', 0, 150)).toBe(150);
      await store.close();
    });

    it('refuses a write where no rows can go, and goes on once some can', async () => {
      const store = postgresStore({ url: schema.url, maxBytes });
      const fill = async (): Promise<void> => {
        for (;;) await store.append('e', [chunk(9_000)]);
      };
      const refused = {
        code: 'ERR_LEEWAY_STORE',
        message: expect.stringContaining('maxBytes (200000)'),
      };
      await expect(fill()).rejects.toMatchObject(refused);
      const { pos } = await store.head('e');
      expect(pos).toBe(Math.floor(maxBytes / 9_004));
      await expect(store.append('e', [chunk(9_000)])).rejects.toMatchObject(refused);
      expect(await store.append('e', [entry])).toMatchObject([{ pos: pos + 1 }]);
      for (let from = 1; from <= 5; from += 1) await foldAt(store, 'e', from);
      expect(await store.append('e', [chunk(9_000)])).toMatchObject([{ pos: pos + 2 }]);
      expect(await store.windowRows('e', 'k', 0, 99)).toBe(pos + 1);
      await store.close();
    });

    it('counts what other writers and experiments hold: at most a hundredth a writer is late', async () => {
      const stores = Array.from({ length: 4 }, () =>
        postgresStore({ url: schema.url, maxBytes, maxConnections: 1 }),
      );
      const fill = async (store: TrackingStore, experiment: string): Promise<void> => {
        for (;;) await store.append(experiment, [chunk(500)]);
      };
      const filled = await Promise.allSettled(
        stores.map((store, index) => fill(store, `e${index % 2}`)),
      );
      expect(filled.map(({ status }) => status)).toEqual(stores.map(() => 'rejected'));
      expect(await held()).toBeGreaterThan(maxBytes * 0.99);
      expect(await held()).toBeLessThanOrEqual(maxBytes * 1.04 + 4 * 504);
      await Promise.all(stores.map((store) => store.close()));
    });
  });

  it('drops dead rows where the user may, and says so where it may not', async () => {
    const store = postgresStore({ url: schema.url });
    await store.append('e', [{ ...entry, value: 'canary' }]);
    await store.rewrite({
      experiment: 'e',
      entries: [{ pos: 1, value: null }],
      folds: [],
      predictions: {},
      log: [],
    });
    expect(await store.scrub()).toBe(true);
    const vacuumed = await schema.query(
      `SELECT relname, vacuum_count::INT FROM pg_stat_user_tables WHERE schemaname = current_schema AND vacuum_count > 0
       ORDER BY relname`,
    );
    expect(vacuumed).toEqual(
      ['entries', 'parts', 'predictions'].map((table) => ({
        relname: `leeway_${table}`,
        vacuum_count: 1,
      })),
    );

    const [place] = await schema.query('SELECT current_schema AS name');
    const role = `stranger_${place?.name}`;
    await schema.query(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`);
    await schema.query(`GRANT USAGE ON SCHEMA ${place?.name} TO ${role}`);
    await schema.query(`GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA ${place?.name} TO ${role}`);
    await schema
      .query(`REVOKE MAINTAIN ON ALL TABLES IN SCHEMA ${place?.name} FROM ${role}`)
      .catch(() => undefined);
    const url = new URL(schema.url);
    url.username = role;
    url.password = 'p';
    const theirs = postgresStore({ url: url.href });
    expect((await theirs.head('e')).pos).toBe(1);
    expect(await theirs.scrub()).toBe(false);
    await Promise.all([store.close(), theirs.close()]);
    await schema.query(`DROP OWNED BY ${role}`);
    await schema.query(`DROP ROLE ${role}`);
  });

  it('does not take a database at its word that takes VACUUM and does nothing', async () => {
    const pool = new pg.Pool({ connectionString: schema.url });
    const yugabyte: PgPool = {
      end: () => pool.end(),
      async connect() {
        const client = await pool.connect();
        return {
          release: (broken) => client.release(broken),
          query: (query) =>
            client.query({
              ...query,
              text: query.text.replace('version()', "'PostgreSQL 15.2-YB-2.25'"),
            } as pg.QueryConfig),
        };
      },
    };
    const store = postgresStore({ pool: yugabyte });
    expect(await store.scrub()).toBe(false);
    await store.close();
    await pool.end();
  });

  it('clears the oldest rows when it is pruned and holds more than its maxBytes', async () => {
    const larger = postgresStore({ url: schema.url });
    for (let index = 0; index < 100; index += 1) {
      await larger.append('e', [
        { ...entry, event: 'predict', rows: 1, bytes: new Uint8Array(2_000) },
      ]);
    }
    await larger.close();
    const store = postgresStore({ url: schema.url, maxBytes: 100_000 });
    for (let pos = 1; pos < 100; pos += 2) {
      const replaces = [pos, pos + 1].map((posFrom) => ({ level: 0, posFrom }));
      await store.fold({
        experiment: 'e',
        key: 'k',
        level: 1,
        replaces,
        bytes: new Uint8Array(10),
      });
    }
    await schema.query('UPDATE leeway_parts SET replaced_at = 0 WHERE replaced_at IS NOT NULL');
    const { chunks } = await store.prune('e', {});
    expect(chunks).toBeGreaterThanOrEqual(50);
    const [held] = await schema.query('SELECT bytes FROM leeway_experiments');
    const [real] =
      await schema.query(`SELECT (SELECT sum(octet_length(value) + coalesce(length(bytes), 0)) FROM leeway_entries)
      + (SELECT sum(coalesce(length(bytes), 0)) FROM leeway_parts) AS bytes`);
    expect(held?.bytes).toBe(String(real?.bytes));
    expect(Number(held?.bytes)).toBeLessThanOrEqual(100_000);
    expect(await store.windowRows('e', 'k', 0, 100)).toBe(100);
    await store.close();
  });

  it.each([
    {},
    { url: 'postgres://a/b', pool: {} },
    { url: 'http://a/b' },
    { pool: {} },
    { url: 'postgres://a/b', maxConnections: 0 },
    { url: 'postgres://a/b', maxBytes: 0.5 },
  ])('is refused for options %j', (options) => {
    expect(() => postgresStore(options as PostgresStoreOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_OPTION' }),
    );
  });
});
