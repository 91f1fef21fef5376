import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeStore } from '../../../src/tracking/contract/describe-store.js';
import type { NewEntry, TrackingStore } from '../../../src/tracking/store.js';
import { type PostgresStoreOptions, postgresStore } from '../../../src/tracking/stores/postgres.js';
import type { PgPool } from '../../../src/tracking/stores/postgres-driver.js';
import { freshSchema, type PostgresSchema, postgresUrl } from '../../fixtures/postgres.js';

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

const entry: NewEntry = { event: 'metric', key: 'k', value: null, dt: 1_000, node: 'n', userid: 'u' };

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
    const stores = Array.from({ length: 24 }, () => postgresStore({ url: schema.url, maxConnections: 1 }));
    await Promise.all(stores.map((store) => store.append('e', [entry])));
    expect(await stores[0]?.head('e')).toEqual({ pos: 24, run: 24 });
    await Promise.all(stores.map((store) => store.close()));
  });

  it('works on a pool of the host`s, parsers and all, and leaves it open', async () => {
    const pool = new pg.Pool({ connectionString: schema.url, types: { getTypeParser: () => () => 'nonsense' } });
    const store = postgresStore({ pool });
    expect(await store.append('e', [{ ...entry, bytes: new Uint8Array([1, 255]) }])).toEqual([{ pos: 1, run: 1 }]);
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
    await schema.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doomed'");
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
            if (query.text !== 'COMMIT' || lose === undefined) return client.query(query as pg.QueryConfig);
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
            if (query.text !== 'COMMIT' || conflicts === 0) return client.query(query as pg.QueryConfig);
            conflicts -= 1;
            return client
              .query('ROLLBACK')
              .then(() => Promise.reject(Object.assign(new Error('restart transaction'), { code: '40001' })));
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

  it('clears the oldest rows when it holds its maxBytes', async () => {
    const store = postgresStore({ url: schema.url, maxBytes: 100_000 });
    for (let index = 0; index < 100; index += 1) {
      await store.append('e', [{ ...entry, event: 'predict', rows: 1, bytes: new Uint8Array(2_000) }]);
    }
    for (let pos = 1; pos < 100; pos += 2) {
      const replaces = [pos, pos + 1].map((posFrom) => ({ level: 0, posFrom }));
      await store.fold({ experiment: 'e', key: 'k', level: 1, replaces, bytes: new Uint8Array(10) });
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
