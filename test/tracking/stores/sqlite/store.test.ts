import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeStore } from '../../../../src/testing/describe-store.js';
import type { LogEntry, NewEntry } from '../../../../src/tracking/log-entry.js';
import type { TrackingStore } from '../../../../src/tracking/store.js';
import type { SqlValue } from '../../../../src/tracking/stores/sql/rows.js';
import type { SqliteDriver } from '../../../../src/tracking/stores/sqlite/driver.js';
import { loadNpmSqlite } from '../../../../src/tracking/stores/sqlite/npm.js';
import { sqliteStore, sqliteStoreWith } from '../../../../src/tracking/stores/sqlite/store.js';
import { turns } from '../../../fixtures/turns.js';
import { buildStores } from '../build.js';

for (const driver of [
  'npm',
  ...(process.getBuiltinModule('node:sqlite') ? (['node'] as const) : []),
] as const) {
  describeStore(
    `sqlite (${driver})`,
    async ({ clock }) => {
      const directory = await mkdtemp(join(tmpdir(), 'leeway-sqlite-'));
      const open = () => sqliteStore({ file: join(directory, 'leeway.db'), clock, driver });
      return { store: open(), reopen: open, dispose: () => rm(directory, { recursive: true }) };
    },
    { describe, it, expect },
  );
}

function entry(fields: Partial<NewEntry> = {}): NewEntry {
  return { event: 'metric', key: 'k', value: null, dt: 1_000, node: 'n', userid: 'u', ...fields };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Fails unless positions and runs are all there, each once. */
async function expectGapless(store: TrackingStore): Promise<LogEntry[]> {
  const entries = await collect(store.query('e'));
  let run = 0;
  for (const [index, found] of entries.entries()) {
    expect([found.pos, found.run]).toEqual([index + 1, run + 1]);
    run += found.runs;
  }
  expect(await store.head('e')).toEqual({ pos: entries.length, run });
  return entries;
}

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'leeway-sqlite-'));
  file = join(directory, 'leeway.db');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** Runs SQL on the file with nothing of the store in between. */
async function raw<T>(work: (driver: SqliteDriver) => Promise<T>): Promise<T> {
  const driver = await (await loadNpmSqlite())(file, 1_000);
  try {
    return await work(driver);
  } finally {
    await driver.close();
  }
}

async function withStore<T>(work: (store: TrackingStore) => Promise<T>): Promise<T> {
  const store = sqliteStore({ file });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

describe('sqliteStore: the file', () => {
  it('is not touched before the first call', async () => {
    const store = sqliteStore({ file });
    await store.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('is resolved when the store is made, and shown as its location', () => {
    expect(sqliteStore({ file: 'a.db' }).location).toBe(`sqlite:${join(process.cwd(), 'a.db')}`);
  });

  it.each([
    ['text', Buffer.from('this is no database, but a letter to a friend. '.repeat(40))],
    [
      'a header and then noise',
      Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(8_192, 7)]),
    ],
  ])(
    'that holds %s is refused, left as it is, and used once it was moved away',
    async (_, content) => {
      await writeFile(file, content);
      const store = sqliteStore({ file });
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await expect(store.append('e', [entry()])).rejects.toMatchObject({
          code: 'ERR_LEEWAY_STORE',
          message: expect.stringMatching(/move it away/),
        });
      }
      expect(await readFile(file)).toEqual(content);
      await rm(file);
      expect(await store.append('e', [entry()])).toEqual([{ pos: 1, run: 1 }]);
      await store.close();
    },
  );

  it('of a newer leeway is refused and left as it is', async () => {
    await withStore((store) => store.append('e', [entry()]));
    await raw((driver) =>
      driver.exec("PRAGMA user_version = 99; UPDATE meta SET value = 98 WHERE name = 'min_writer'"),
    );
    const before = await readFile(file);
    await withStore(async (store) => {
      await expect(store.head('e')).rejects.toMatchObject({
        code: 'ERR_LEEWAY_FORMAT',
        message: expect.stringContaining('schema version 99'),
      });
    });
    expect(await readFile(file)).toEqual(before);
  });

  it('of a newer leeway that lets this one write is used', async () => {
    await withStore((store) => store.append('e', [entry()]));
    await raw((driver) => driver.exec('PRAGMA user_version = 3'));
    await withStore(async (store) => expect((await store.head('e')).pos).toBe(1));
    expect(await raw((driver) => driver.all('PRAGMA user_version', []))).toEqual([
      { user_version: 3 },
    ]);
  });

  it('of another program is refused and left as it is', async () => {
    await raw((driver) => driver.exec('CREATE TABLE invoices (id INTEGER PRIMARY KEY)'));
    const before = await readFile(file);
    await withStore(async (store) => {
      await expect(store.head('e')).rejects.toMatchObject({
        code: 'ERR_LEEWAY_STORE',
        message: expect.stringContaining('another program'),
      });
    });
    expect(await readFile(file)).toEqual(before);
  });

  it('laid out by another process while it is looked at is ours all the same', async () => {
    const other = sqliteStore({ file });
    const open = await loadNpmSqlite();
    let laidOut: Promise<unknown> | undefined;
    const store = sqliteStoreWith(
      async () => async (path, busyTimeoutMs) => {
        const driver = await open(path, busyTimeoutMs);
        return {
          ...driver,
          async all(sql, values) {
            const rows = await driver.all(sql, values);
            if (sql.includes('application_id') && laidOut === undefined) {
              laidOut = other.append('e', [entry()]);
              // Long enough for a layout, where nothing holds it up.
              await Promise.race([laidOut, turns(30)]);
            }
            return rows;
          },
        };
      },
      { file },
    );
    await store.append('e', [entry()]);
    await laidOut;
    expect(await store.head('e')).toEqual({ pos: 2, run: 2 });
    await store.close();
    await other.close();
  });

  it('can not be opened for a while: each call says so, and the first one after works', async () => {
    await mkdir(file);
    const store = sqliteStore({ file });
    await expect(store.append('e', [entry()])).rejects.toMatchObject({
      code: 'ERR_LEEWAY_STORE',
      message: expect.stringContaining('could not be opened'),
    });
    await rm(file, { recursive: true });
    expect(await store.append('e', [entry()])).toEqual([{ pos: 1, run: 1 }]);
    await store.close();
  });

  it('has a parent that is a file: says so, and recovers', async () => {
    const parent = join(directory, 'parent');
    await writeFile(parent, '');
    const store = sqliteStore({ file: join(parent, 'a.db') });
    await expect(store.head('e')).rejects.toMatchObject({ code: 'ERR_LEEWAY_STORE' });
    await rm(parent);
    expect(await store.head('e')).toEqual({ pos: 0, run: 0 });
    expect((await stat(parent)).mode & 0o777).toBe(0o700);
    await store.close();
  });

  // Root may write everywhere.
  it.skipIf(process.getuid?.() === 0)(
    'lies in a read-only directory: says so, and recovers',
    async () => {
      await chmod(directory, 0o500);
      const store = sqliteStore({ file });
      await expect(store.append('e', [entry()])).rejects.toMatchObject({
        code: 'ERR_LEEWAY_STORE',
      });
      await chmod(directory, 0o700);
      expect(await store.append('e', [entry()])).toEqual([{ pos: 1, run: 1 }]);
      await store.close();
    },
  );

  it('held by another process: waits for it, up to the busy timeout', async () => {
    const patient = sqliteStore({ file });
    const hasty = sqliteStore({ file, busyTimeoutMs: 30 });
    await patient.append('e', [entry()]);
    await hasty.head('e');
    await raw(async (driver) => {
      await driver.exec('BEGIN IMMEDIATE');
      await expect(hasty.append('e', [entry()])).rejects.toMatchObject({
        code: 'ERR_LEEWAY_STORE',
        message: expect.stringContaining('another process'),
      });
      expect(await hasty.head('e')).toEqual({ pos: 1, run: 1 });
      const waiting = patient.append('e', [entry()]);
      await driver.exec('COMMIT');
      expect(await waiting).toEqual([{ pos: 2, run: 2 }]);
    });
    expect(await hasty.append('e', [entry()])).toEqual([{ pos: 3, run: 3 }]);
    await Promise.all([patient.close(), hasty.close()]);
  });

  it('that could not be read or written is opened anew by the next call', async () => {
    const open = await loadNpmSqlite();
    let opened = 0;
    let broken = false;
    const load = async () => async (path: string, busyTimeoutMs: number) => {
      const driver = await open(path, busyTimeoutMs);
      opened += 1;
      const mine = opened;
      const failure = Object.assign(new Error('disk I/O error'), {
        code: 'SQLITE_IOERR',
        errno: 10,
      });
      return {
        ...driver,
        all: (sql: string, values: readonly SqlValue[]) =>
          broken && mine === 1 ? Promise.reject(failure) : driver.all(sql, values),
      };
    };
    const store = sqliteStoreWith(load, { file });
    await store.append('e', [entry()]);
    broken = true;
    await expect(store.append('e', [entry()])).rejects.toMatchObject({ code: 'ERR_LEEWAY_STORE' });
    expect(await store.append('e', [entry()])).toEqual([{ pos: 2, run: 2 }]);
    expect(opened).toBe(2);
    await store.close();
  });

  it('of the first release is brought on, and stays writable to that one', async () => {
    const sql = await readFile(join(import.meta.dirname, '../golden-v1.sql'), 'utf8');
    await raw((driver) => driver.exec(sql));
    await withStore(async (store) =>
      expect(await store.migrate()).toEqual({ from: 1, to: 2, minWriter: 1 }),
    );
    // What the first release writes when a monitor commits: it names its columns, and knows no ticks.
    await raw((driver) =>
      driver.exec(
        "INSERT INTO monitors (experiment, name, key, version, seq, cursor, captured) VALUES (1, 'old', 'm', 1, 0, 2, 0)",
      ),
    );
    await withStore(async (store) => {
      expect(await store.migrate()).toEqual({ from: 2, to: 2, minWriter: 1 });
      expect(await store.monitorHead('héllo\0', 'old')).toEqual({
        version: 1,
        seq: 0,
        cursor: 2,
        captured: 0,
        tick: 0,
      });
    });
  });

  it('written by the first release reads as it did, and goes on', async () => {
    const sql = await readFile(join(import.meta.dirname, '../golden-v1.sql'), 'utf8');
    await raw((driver) => driver.exec(sql));
    await withStore(async (store) => {
      const entries = await collect(store.query('héllo\0', { events: ['predict', 'snapshot'] }));
      expect(entries.map(({ pos, run, runs, key, rows }) => [pos, run, runs, key, rows])).toEqual([
        [1, 1, 3, 'm', 3],
        [2, 4, 2, 'm', 2],
        [3, 6, 1, 'm', 1],
        [4, 7, 1, 'm', 0],
      ]);
      expect(entries[0]).toMatchObject({
        value: { a: ['🛥️'] },
        parent: 1,
        step: 0.5,
        bytes: new Uint8Array([1, 2, 3]),
      });
      const parts = await collect(store.windowParts('héllo\0', 'm', 0, 3));
      expect(parts.map(({ level, posFrom, posTo, rows }) => [level, posFrom, posTo, rows])).toEqual(
        [
          [1, 1, 2, 5],
          [0, 3, 3, 1],
        ],
      );
      expect(await store.monitorHead('héllo\0', 'mon')).toEqual({
        version: 1,
        seq: 0,
        cursor: 2,
        captured: 0,
        tick: 0,
      });
      expect(await store.pendingDeliveries('héllo\0', 9)).toMatchObject([
        { id: 'd', payload: [1], attempts: 1 },
      ]);
      expect(await store.append('héllo\0', [entry()])).toEqual([{ pos: 5, run: 8 }]);
    });
  });
});

describe('sqliteStore: a full file', () => {
  it('makes room by itself: the oldest rows that are in a fold go, windows stay whole', async () => {
    let now = 0;
    const store = sqliteStore({
      file,
      maxBytes: 2_000_000,
      clock: { now: () => now, setTimer: () => ({ cancel() {} }) },
    });
    const chunk = entry({ event: 'predict', key: 'm', rows: 1, bytes: new Uint8Array(50_000) });
    for (let pos = 1; pos <= 200; pos += 1) {
      await store.append('e', [chunk]);
      const replaces = [{ level: 0, posFrom: pos }];
      expect(
        await store.fold({
          experiment: 'e',
          key: 'm',
          level: 1,
          replaces,
          bytes: new Uint8Array(10),
        }),
      ).toBe(true);
      // Past the time that a replaced part is kept for readers.
      now += 700_000;
    }
    expect(await store.windowRows('e', 'm', 0, 200)).toBe(200);
    const left = (await collect(store.query('e'))).map(({ pos }) => pos);
    expect(left.length).toBeLessThan(40);
    expect(left.at(-1)).toBe(200);
    await store.close();
    expect((await stat(file)).size).toBeLessThanOrEqual(2_000_000);
  });

  it('says so where no row can go', async () => {
    const store = sqliteStore({ file, maxBytes: 1_000_000 });
    const chunk = entry({ event: 'predict', key: 'm', rows: 1, bytes: new Uint8Array(100_000) });
    const fill = async (): Promise<void> => {
      for (let pos = 1; pos <= 20; pos += 1) await store.append('e', [chunk]);
    };
    await expect(fill()).rejects.toMatchObject({
      code: 'ERR_LEEWAY_STORE',
      message: expect.stringContaining('maxBytes'),
    });
    await expectGapless(store);
    await store.close();
  });
});

describe('sqliteStore: what is erased', () => {
  it('is found neither in the file nor beside it', async () => {
    const secret = 'canary-4711-canary';
    const store = sqliteStore({ file });
    const bytes = Buffer.from(secret.repeat(500));
    const predictions = [{ id: secret, offset: 0, value: secret, dt: 1 }];
    await store.append('e', [
      entry({ event: 'predict', key: 'm', rows: 1, bytes, predictions }),
      entry({ value: secret }),
    ]);
    await store.fold({
      experiment: 'e',
      key: 'm',
      level: 1,
      replaces: [{ level: 0, posFrom: 1 }],
      bytes,
    });
    const found = async (): Promise<boolean[]> =>
      Promise.all(
        (await readdir(directory)).map(async (name) =>
          (await readFile(join(directory, name))).includes(secret),
        ),
      );
    expect(await found()).toContain(true);
    const none = new Uint8Array(3);
    const done = await store.rewrite({
      experiment: 'e',
      entries: [
        { pos: 1, before: bytes, bytes: none },
        { pos: 2, value: null },
      ],
      folds: [{ key: 'm', level: 1, posFrom: 1, before: bytes, bytes: none }],
      predictions: { ids: [secret] },
      log: [],
    });
    expect(done).toBe(true);
    expect(await store.scrub()).toBe(true);
    expect(await found()).not.toContain(true);
    await store.close();
    expect(await found()).not.toContain(true);
  });

  it('stays beside the file as long as somebody reads what was there, which is told', async () => {
    const store = sqliteStore({ file, busyTimeoutMs: 0 });
    await store.append('e', [entry({ value: 'canary' })]);
    await raw(async (reader) => {
      await reader.exec('BEGIN');
      await reader.all('SELECT * FROM entries', []);
      await store.rewrite({
        experiment: 'e',
        entries: [{ pos: 1, value: null }],
        folds: [],
        predictions: {},
        log: [],
      });
      expect(await store.scrub()).toBe(false);
      await reader.exec('COMMIT');
    });
    expect(await store.scrub()).toBe(true);
    await store.close();
  });
});

describe('sqliteStore: a window read very slowly', () => {
  it('keeps replaced parts for ten minutes and then says that they are gone, so that they do not pile up', async () => {
    let now = 0;
    const store = sqliteStore({
      file,
      clock: { now: () => now, setTimer: () => ({ cancel() {} }) },
    });
    const chunk = entry({ event: 'predict', key: 'm', rows: 1, bytes: new Uint8Array(1) });
    await store.append('e', Array(40).fill(chunk));
    const fold = (posFrom: number) => {
      const replaces = [{ level: 0, posFrom }];
      return store.fold({
        experiment: 'e',
        key: 'm',
        level: 1,
        replaces,
        bytes: new Uint8Array(1),
      });
    };
    const quick = store.windowParts('e', 'm', 0, 40)[Symbol.asyncIterator]();
    const slow = store.windowParts('e', 'm', 0, 40)[Symbol.asyncIterator]();
    await Promise.all([quick.next(), slow.next()]);
    await fold(39);
    now = 600_000;
    await fold(1);
    let parts = 1;
    while (!(await quick.next()).done) parts += 1;
    expect(parts).toBe(40);
    now = 600_001;
    await fold(2);
    const finish = async () => {
      while (!(await slow.next()).done);
    };
    await expect(finish()).rejects.toMatchObject({ code: 'ERR_LEEWAY_CONFLICT' });
    expect(await store.windowRows('e', 'm', 0, 40)).toBe(40);
    await store.close();
  });
});

describe('sqliteStore: its statements', () => {
  it('walk along an index in the order asked for, without sorting the log', async () => {
    const plans: string[] = [];
    const load = async () => {
      const open = await loadNpmSqlite();
      return async (path: string, busyTimeoutMs: number): Promise<SqliteDriver> => {
        const driver = await open(path, busyTimeoutMs);
        return {
          ...driver,
          async all(sql, values) {
            if (sql.includes('FROM entries')) {
              const plan = await driver.all(`EXPLAIN QUERY PLAN ${sql}`, values);
              plans.push(...plan.map((row) => String(row.detail)));
            }
            return driver.all(sql, values);
          },
        };
      };
    };
    const store = sqliteStoreWith(load, { file });
    await store.append(
      'e',
      Array.from({ length: 50 }, () => entry({ event: 'predict' })),
    );
    const filters = [
      {},
      { events: ['predict'] },
      { keys: ['k'] },
      { events: ['predict', 'drift'], keys: ['k', 'x'] },
    ];
    for (const filter of filters) {
      for (const order of ['oldest-first', 'newest-first', 'latest-run-first'] as const) {
        // 50 entries take more than one page, so the statements of later pages are seen too.
        expect((await collect(store.query('e', filter as object, { order }))).length).toBe(50);
      }
    }
    await collect(store.query('e', { since: 1, runFrom: 2, runTo: 3 }));
    await store.close();
    expect(plans.length).toBeGreaterThan(50);
    expect(plans.filter((step) => /SCAN entries|AUTOMATIC/.test(step))).toEqual([]);
    // A page may be sorted when walks are merged, a walk itself never is.
    const walks = plans.flatMap((step, index) =>
      step.startsWith('SEARCH entries') ? [plans[index + 1] ?? ''] : [],
    );
    expect(walks.length).toBeGreaterThan(50);
    expect(walks.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
  });

  it('say what to do where the package can not be loaded', async () => {
    const load = async () => {
      throw Object.assign(new Error('no native module'), { code: 'MODULE_NOT_FOUND' });
    };
    const store = sqliteStoreWith(load, { file });
    await expect(store.head('e')).rejects.toMatchObject({ code: 'ERR_LEEWAY_STORE' });
    await store.close();
  });

  it.each([
    { file: '' },
    { file: ':memory:' },
    { file: 'a\0b' },
    { file: 5 },
    { file: 'a', busyTimeoutMs: -1 },
  ])('are refused for options %j', (options) => {
    expect(() => sqliteStore(options as { file: string })).toThrow(/must be/);
  });

  it('are refused for an unknown driver', () => {
    expect(() => sqliteStore({ file, driver: 'better' as 'npm' })).toThrow(
      "driver must be 'npm' or 'node'",
    );
  });
});

describe('sqliteStore: other processes', () => {
  let built: string;
  let modules: string;
  const children = new Set<ChildProcess>();

  beforeAll(async () => {
    built = await mkdtemp(join(tmpdir(), 'leeway-built-'));
    modules = await buildStores(built);
  });

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(built, { recursive: true });
  });

  /** Runs code that has `store`, `sqliteStore`, `entry` and `say` in a process of its own. */
  function child(code: string): {
    process: ChildProcess;
    lines: AsyncIterable<string>;
    exited: Promise<unknown[]>;
  } {
    const source = `
      import { sqliteStore } from ${JSON.stringify(join(modules, 'stores/sqlite/store.js'))};
      const store = sqliteStore({ file: ${JSON.stringify(file)} });
      const entry = { event: 'metric', key: 'k', value: 'x'.repeat(300), dt: 1, node: String(process.pid), userid: 'u' };
      const say = (text) => process.stdout.write(text + '\\n');
      ${code}`;
    const started = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.add(started);
    const exited = once(started, 'exit');
    exited.then(() => children.delete(started)).catch(() => {});
    return { process: started, lines: createInterface({ input: started.stdout }), exited };
  }

  it('write at once: positions and runs stay unique and gapless', async () => {
    const code = `
      for (let round = 0; round < 60; round += 1) {
        await Promise.all([store.append('e', [entry, { ...entry, runs: 3 }]), store.append('e', [entry])]);
      }
      await store.close();`;
    const exits = await Promise.all([child(code).exited, child(code).exited, child(code).exited]);
    expect(exits).toEqual(Array(3).fill([0, null]));
    await withStore(async (store) => {
      const entries = await expectGapless(store);
      expect(entries.length).toBe(3 * 60 * 3);
      expect(new Set(entries.map(({ node }) => node)).size).toBe(3);
    });
  });

  it('killed while writing lose nothing acknowledged and tear nothing', async () => {
    let acknowledged = 0;
    for (let round = 0; round < 5; round += 1) {
      const writer = child(`
        for (;;) {
          const placed = await store.append('e', [entry, { ...entry, bytes: new Uint8Array(40000), runs: 2 }, entry]);
          say(String(placed.at(-1).pos));
        }`);
      let count = 0;
      for await (const line of writer.lines) {
        acknowledged = Math.max(acknowledged, Number(line));
        count += 1;
        if (count === 20 + round * 7) writer.process.kill('SIGKILL');
      }
      expect(await writer.exited).toEqual([null, 'SIGKILL']);
      await withStore(async (store) => {
        const entries = await expectGapless(store);
        expect(entries.length).toBeGreaterThanOrEqual(acknowledged);
        expect(entries.length % 3).toBe(0);
      });
    }
    expect(acknowledged).toBeGreaterThan(300);
    expect(await raw((driver) => driver.all('PRAGMA integrity_check', []))).toEqual([
      { integrity_check: 'ok' },
    ]);
  });

  it('are let go by an idle open store, which listens for no signal and loads its client late', async () => {
    const idle = child(`
      import { createRequire } from 'node:module';
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('sqlite3'));
      const listeners = () => process.eventNames().length;
      const before = listeners();
      say('loaded ' + loaded());
      await store.append('e', [entry]);
      say('loaded ' + loaded());
      say('listeners ' + (listeners() - before));`);
    const lines: string[] = [];
    for await (const line of idle.lines) lines.push(line);
    expect(await idle.exited).toEqual([0, null]);
    expect(lines).toEqual(['loaded false', 'loaded true', 'listeners 0']);
    await withStore(async (store) => expect((await store.head('e')).pos).toBe(1));
  });
});
