import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Service } from '../../src/service/request-service.js';
import type { NewEntry } from '../../src/tracking/log-entry.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { postgresStore } from '../../src/tracking/stores/postgres/store.js';
import { freshSchema, type PostgresSchema, postgresUrl } from '../fixtures/postgres.js';
import { type TcpProxy, tcpProxy } from '../fixtures/tcp-proxy.js';

const server = await postgresUrl();
const TIMEOUT_MS = 60_000;
/** Real waits, so that they are short. */
const ANSWER_MS = 400;

let schema: PostgresSchema;
let proxy: TcpProxy;
const opened: TrackingStore[] = [];

beforeEach(async () => {
  if (server === undefined) return;
  schema = await freshSchema(server);
  proxy = await tcpProxy(schema.url);
});
afterEach(async () => {
  if (server === undefined) return;
  proxy.mend();
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await proxy.close();
  await schema.drop();
});

function open(url: string): TrackingStore {
  const store = postgresStore({ url, timeoutMs: ANSWER_MS });
  opened.push(store);
  return store;
}

function chunk(batch: string, rows = 10): NewEntry {
  const entry = {
    event: 'predict',
    key: 'm',
    value: null,
    dt: Date.now(),
    node: 'n',
    userid: '',
  } as const;
  return { ...entry, rows, bytes: new Uint8Array(rows), batch };
}

const rowsIn = (store: TrackingStore): Promise<number> =>
  store.windowRows('e', 'm', 0, Number.MAX_SAFE_INTEGER);

/** Appends until it is answered, under one name. */
async function insist(store: TrackingStore, batch: string): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS / 2;
  for (;;) {
    try {
      await store.append('e', [chunk(batch)]);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe.skipIf(server === undefined)('PostgreSQL', () => {
  it(
    'that answers nothing any more, without a reset, is left, and captures go on with the right rows',
    async () => {
      const store = open(proxy.url);
      const errors: string[] = [];
      const service = new Service({
        experiment: 'shop',
        model: 'price',
        match: 'POST /predict',
        schedule: '1s',
        minRows: 5,
        store,
        baseline: Array.from({ length: 200 }, (_, row) => ({ X_a: row, Y_0: 1 })),
        onError: (error) => errors.push(String(error)),
        onInfo: () => undefined,
      });
      let sent = 0;
      const traffic = setInterval(() => {
        service.record({ X: [{ a: sent % 200 }], Y: [1] });
        sent += 1;
      }, 20);
      const captures = () => service.monitor().length;
      await expect.poll(captures, { timeout: 20_000 }).toBeGreaterThan(2);
      proxy.swallow();
      await expect.poll(() => service.status().ok, { timeout: 20_000 }).toBe(false);
      expect(service.status().reasons.join()).toMatch(
        /does not answer|not accepted|no capture|can't be read/,
      );
      // What is connected stays dead; what connects anew is answered.
      proxy.serveNew();
      const before = captures();
      await expect.poll(captures, { timeout: 20_000 }).toBeGreaterThan(before + 2);
      clearInterval(traffic);
      await expect.poll(() => service.flush(), { timeout: 20_000 }).toBe(true);
      const { droppedRows, unconfirmedRows } = service.status().counters;
      expect([droppedRows, unconfirmedRows]).toEqual([0, 0]);
      expect(await store.windowRows('shop', 'price', 0, Number.MAX_SAFE_INTEGER)).toBe(sent);
      await expect.poll(() => service.status().ok, { timeout: 20_000 }).toBe(true);
      await service.close();
    },
    TIMEOUT_MS,
  );

  it(
    'whose connection breaks during thirty-one commits has each row once',
    async () => {
      const store = open(proxy.url);
      await store.append('e', [chunk('first')]);
      for (let batch = 0; batch < 31; batch += 1) {
        // In turns the commit gets there and its answer does not, it does not get there, or it takes its time.
        if (batch % 3 === 2) await schema.query(SLOW_COMMITS);
        proxy.cutAtCommit(batch % 3 === 1 ? 'before' : 'after');
        await insist(store, `batch ${batch}`);
        if (batch % 3 === 2) await schema.query('DROP TRIGGER slow ON leeway_entries');
      }
      expect(await rowsIn(store)).toBe(10 * 32);
      expect(await store.head('e')).toEqual({ pos: 32, run: 32 });
    },
    TIMEOUT_MS,
  );

  it(
    'to which a frozen process holds a transaction open lets the others write again',
    async () => {
      const store = open(schema.url);
      await store.append('e', [chunk('first')]);
      const script = join(import.meta.dirname, '../fixtures/frozen-writer.js');
      const writer = fork(script, [schema.url, String(ANSWER_MS)]);
      await once(writer, 'message');
      writer.kill('SIGSTOP');
      try {
        const start = performance.now();
        await insist(store, 'second');
        expect(performance.now() - start).toBeLessThan(10 * ANSWER_MS);
        expect(await rowsIn(store)).toBe(20);
      } finally {
        writer.kill('SIGKILL');
      }
    },
    TIMEOUT_MS,
  );

  it(
    'has its transactions ended by the server where a process is frozen in one of ours',
    async () => {
      const store = open(schema.url);
      await store.append('e', [chunk('first')]);
      await schema.query(`CREATE TABLE seen (name TEXT, value TEXT);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          INSERT INTO seen SELECT name, setting FROM pg_settings WHERE name IN
            ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'); RETURN NULL; END $$;
        CREATE TRIGGER note AFTER INSERT ON leeway_entries FOR EACH ROW EXECUTE FUNCTION note()`);
      await store.append('e', [chunk('second')]);
      expect(await schema.query('SELECT name, value FROM seen ORDER BY name')).toEqual(
        ['idle_in_transaction_session_timeout', 'lock_timeout', 'statement_timeout'].map(
          (name) => ({
            name,
            value: String(ANSWER_MS),
          }),
        ),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'takes an append that is repeated under its name once, also where the first is still under way',
    async () => {
      const store = open(schema.url);
      const [first, second] = await Promise.all([
        store.append('e', [chunk('same')]),
        store.append('e', [chunk('same')]),
      ]);
      expect(second).toEqual(first);
      expect(await store.append('e', [chunk('same')])).toEqual(first);
      expect(await rowsIn(store)).toBe(10);
    },
    TIMEOUT_MS,
  );
});

const SLOW_COMMITS = `
  CREATE OR REPLACE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END';
  CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON leeway_entries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION slow()`;
