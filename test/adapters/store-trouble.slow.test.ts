import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import express from 'express';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { driftMiddleware as expressMiddleware } from '../../adapters/express.js';
import { driftMiddleware as honoMiddleware } from '../../adapters/hono.js';
import { LeewayError } from '../../src/leaves/errors.js';
import type { Drift } from '../../src/service/middleware-controls.js';
import type { DriftOptions } from '../../src/service/options.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { postgresStore } from '../../src/tracking/stores/postgres/store.js';
import { loadNpmSqlite } from '../../src/tracking/stores/sqlite/npm.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import { freshSchema, postgresUrl } from '../fixtures/postgres.js';

const postgres = await postgresUrl();
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** A model server: what it predicts is the sum of each row. */
interface Host {
  readonly drift: Drift;
  readonly url: string;
}

const sums = (body: { instances: number[][] }): { predictions: number[] } => ({
  predictions: body.instances.map((row) => row.reduce((sum, value) => sum + value, 0)),
});

async function onExpress(options: DriftOptions): Promise<Host> {
  const drift = expressMiddleware(options);
  const app = express()
    .use(drift)
    .use(express.json({ limit: '50mb' }));
  app.post('/predict', (req, res) => void res.json(sums(req.body)));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  cleanups.push(
    () => drift.close({ timeout: '0.5s' }),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { drift, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function onHono(options: DriftOptions): Promise<Host> {
  const drift = honoMiddleware(options);
  const app = new Hono();
  app.use(drift);
  app.post('/predict', async (c) => c.json(sums(await c.req.json())));
  const url = await new Promise<string>((resolve) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
      cleanups.push(
        () => drift.close({ timeout: '0.5s' }),
        () => server.close(),
      );
      resolve(`http://127.0.0.1:${port}`);
    });
  });
  return { drift, url };
}

/** Sends a call and sees that it's answered as if there were no store. */
async function predict({ url }: Host, instances: number[][]): Promise<void> {
  const body = JSON.stringify({ instances });
  const response = await fetch(`${url}/predict`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual(sums({ instances }));
}

/** A store in trouble, and what mends it. */
interface Trouble {
  readonly store: string | TrackingStore;
  /** What the host is told; left out where calls only wait. */
  readonly says?: { readonly code: string; readonly message: unknown };
  /** Throws where the trouble made us touch what we were to leave alone. */
  untouched?(): void;
  mend(): unknown;
  /** A way to what was stored in the end. */
  reopen?(): TrackingStore;
}

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-trouble-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const contents = (directory: string) =>
  readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'hex')]);

async function raw(file: string, sql: string): Promise<void> {
  const driver = await (await loadNpmSqlite())(file, 1_000);
  await driver.exec(sql);
  await driver.close();
}

async function laidOut(): Promise<{ directory: string; file: string }> {
  const directory = newDirectory();
  const file = join(directory, 'a.db');
  const store = sqliteStore({ file });
  await store.append('other', [
    { event: 'metric', key: 'k', value: 1, dt: 1, node: 'n', userid: '' },
  ]);
  await store.close();
  return { directory, file };
}

/** A file that is to be left alone, and goes in the end. */
function refused(directory: string, file: string, says: Trouble['says']): Trouble {
  const before = contents(directory);
  return {
    store: `sqlite:${file}`,
    ...(says !== undefined && { says }),
    untouched: () => expect(contents(directory)).toEqual(before),
    mend: () => rmSync(file),
    reopen: () => sqliteStore({ file }),
  };
}

/** A store whose `append` goes through a gate. */
function gated(inner: TrackingStore, gate: () => Promise<void>): TrackingStore {
  return new Proxy(inner, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      const call = value.bind(target);
      return name === 'append'
        ? async (...args: unknown[]) => gate().then(() => call(...args))
        : call;
    },
  });
}

/** Makes a path read-only, and gives what makes it writable again. Root may write everywhere but to what is immutable. */
function protect(path: string, modes: readonly [readOnly: number, writable: number]): () => void {
  const root = process.getuid?.() === 0;
  const set = (readOnly: boolean): void => {
    if (root) execFileSync('chattr', [readOnly ? '+i' : '-i', path], { stdio: 'ignore' });
    else chmodSync(path, modes[readOnly ? 0 : 1]);
  };
  set(true);
  return () => set(false);
}

function canProtect(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-trouble-'));
  try {
    protect(directory, [0o500, 0o700])();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const TROUBLES: Readonly<Record<string, () => Promise<Trouble>>> = {
  async 'of a newer schema'() {
    const { directory, file } = await laidOut();
    await raw(
      file,
      "PRAGMA user_version = 99; UPDATE meta SET value = 98 WHERE name = 'min_writer'",
    );
    return refused(directory, file, {
      code: 'ERR_LEEWAY_FORMAT',
      message: expect.stringContaining('newer leeway'),
    });
  },
  async 'in a corrupt file'() {
    const directory = newDirectory();
    const file = join(directory, 'a.db');
    writeFileSync(file, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(8_192, 7)]));
    return refused(directory, file, {
      code: 'ERR_LEEWAY_STORE',
      message: expect.stringContaining('move it away'),
    });
  },
  async 'on a full disk'() {
    const { file } = await laidOut();
    await raw(
      file,
      'CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (randomblob(900000))',
    );
    return {
      store: sqliteStore({ file, maxBytes: 1_000_000 }),
      says: { code: 'ERR_LEEWAY_STORE', message: expect.stringContaining('disk is full') },
      mend: () => raw(file, 'DROP TABLE filler'),
    };
  },
  async 'that takes for ever'() {
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { store: gated(memoryStore(), () => gate), mend: () => open() };
  },
  async 'that is down'() {
    let down = true;
    const failure = new LeewayError('ERR_LEEWAY_STORE', 'down');
    return {
      store: gated(memoryStore(), async () => {
        if (down) throw failure;
      }),
      says: { code: 'ERR_LEEWAY_STORE', message: 'down' },
      mend: () => {
        down = false;
      },
    };
  },
};

/** PostgreSQL behind a wire that can be cut. */
async function unreachable(server: string): Promise<Trouble> {
  const schema = await freshSchema(server);
  const target = new URL(schema.url);
  let cut = true;
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (cut) {
      socket.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    upstream.on('error', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () => schema.drop(),
    () => proxy.close(),
    () => sockets.forEach((socket) => void socket.destroy()),
  );
  const url = new URL(schema.url);
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    store: url.href,
    says: { code: 'ERR_LEEWAY_STORE', message: expect.stringContaining('postgres://') },
    mend: () => {
      cut = false;
    },
    reopen: () => postgresStore({ url: schema.url }),
  };
}

const READ_ONLY: typeof TROUBLES = {
  async 'in a read-only file'() {
    const { directory, file } = await laidOut();
    const mend = protect(file, [0o400, 0o600]);
    cleanups.push(mend);
    const before = contents(directory);
    return {
      store: `sqlite:${file}`,
      says: {
        code: 'ERR_LEEWAY_STORE',
        message: expect.stringContaining('check the permissions of the file'),
      },
      untouched: () => expect(contents(directory)).toEqual(before),
      mend,
      reopen: () => sqliteStore({ file }),
    };
  },
  async 'in a read-only directory'() {
    const { directory, file } = await laidOut();
    const mend = protect(directory, [0o500, 0o700]);
    cleanups.push(mend);
    const before = contents(directory);
    return {
      store: `sqlite:${file}`,
      says: {
        code: 'ERR_LEEWAY_STORE',
        message: expect.stringMatching(/its directory|the directory can be written/),
      },
      untouched: () => expect(contents(directory)).toEqual(before),
      mend,
      reopen: () => sqliteStore({ file }),
    };
  },
};

const troubles: Readonly<Record<string, () => Promise<Trouble>>> = {
  ...TROUBLES,
  ...(canProtect() && READ_ONLY),
  ...(postgres !== undefined && {
    'that can not be reached (PostgreSQL)': () => unreachable(postgres),
  }),
};

function optionsFor(store: Trouble['store'], errors: unknown[]): DriftOptions {
  return {
    experiment: 'shop',
    model: 'price',
    match: 'POST /predict',
    schedule: false,
    store,
    budget: { rowsPerSecond: 1_000_000 },
    onError: (error) => errors.push(error),
  };
}

async function storedRows(store: TrackingStore): Promise<number> {
  return store.windowRows('shop', 'price', 0, Number.POSITIVE_INFINITY);
}

const hosts = { express: onExpress, hono: onHono };
const cases = Object.entries(hosts).flatMap(([host, start]) =>
  Object.entries(troubles).map(([trouble, make]) => ({ host, start, trouble, make })),
);

describe('a model server whose store is', () => {
  it.each(cases)(
    '$trouble answers, says so, and goes on when it is mended ($host)',
    async ({ start, make }) => {
      const trouble = await make();
      const errors: unknown[] = [];
      const host = await start(optionsFor(trouble.store, errors));
      const { drift } = host;
      const many = Array.from({ length: 500 }, (_, row) => [row, 2]);
      await predict(host, many);
      const first = drift.flush();
      if (trouble.says !== undefined) {
        expect(await first).toBe(false);
        expect(errors[0]).toMatchObject(trouble.says);
        expect(drift.status()).toMatchObject({ ok: false, store: { failing: true } });
      }
      // Every answer here comes while the store is away, or has not answered yet.
      for (let call = 1; call <= 20; call += 1)
        await predict(host, [
          [call, 2],
          [call, 3],
        ]);
      expect(drift.status()).toMatchObject({
        counters: { recorded: 21, rows: 540, droppedRows: 0 },
        store: { unflushedRows: 540 },
      });
      trouble.untouched?.();

      await trouble.mend();
      await first;
      await expect.poll(() => drift.flush()).toBe(true);
      expect(drift.status()).toMatchObject({
        ok: true,
        store: { failing: false, unflushedRows: 0 },
      });
      const store = trouble.reopen?.() ?? (trouble.store as TrackingStore);
      expect(await storedRows(store)).toBe(540);
      await predict(host, [[1, 2]]);
      expect(await drift.flush()).toBe(true);
      expect(await storedRows(store)).toBe(541);
      await drift.close();
      await store.close();
    },
  );

  it.each(Object.entries(hosts))(
    'away for long: holds a bounded number of rows, and counts the rest (%s)',
    async (_, start) => {
      let down = true;
      const inner = memoryStore();
      const store = gated(inner, async () => {
        if (down) throw new LeewayError('ERR_LEEWAY_STORE', 'down');
      });
      const host = await start(optionsFor(store, []));
      const { drift } = host;
      const rows = Array.from({ length: 2_000 }, (_, row) =>
        Array.from({ length: 30 }, (_, column) => row + column),
      );
      const held: number[] = [];
      for (let call = 0; call < 120; call += 1) {
        await predict(host, rows);
        if (call % 20 === 19) {
          await drift.flush();
          held.push(drift.status().store.unflushedRows);
        }
      }
      const { counters } = drift.status();
      expect(counters.rows).toBe(240_000);
      expect(counters.droppedRows).toBeGreaterThan(100_000);
      // Two copies of 31 columns of 8 bytes: 48 MB hold about as many rows.
      expect(Math.max(...held)).toBeLessThan(110_000);
      down = false;
      await expect.poll(() => drift.flush()).toBe(true);
      expect((await storedRows(inner)) + counters.droppedRows).toBe(240_000);
      const before = await storedRows(inner);
      await predict(host, rows);
      expect(await drift.flush()).toBe(true);
      expect(await storedRows(inner)).toBe(before + 2_000);
      expect(drift.status()).toMatchObject({
        ok: true,
        counters: { droppedRows: counters.droppedRows },
      });
    },
  );
});
