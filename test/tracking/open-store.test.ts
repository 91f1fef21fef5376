import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeewayError } from '../../src/leaves/errors.js';
import { describeStore } from '../../src/testing/describe-store.js';
import type { NewEntry } from '../../src/tracking/log-entry.js';
import { type OpenStoreOptions, openStore } from '../../src/tracking/open-store.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { deferredStore } from '../../src/tracking/stores/deferred.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { loadNpmSqlite } from '../../src/tracking/stores/sqlite/npm.js';

const entry: NewEntry = { event: 'metric', key: 'k', value: 1, dt: 1, node: 'n', userid: 'u' };

const unloadable = {
  name: 'broken',
  load: async () => {
    throw new LeewayError('ERR_LEEWAY_STORE', "the package sqlite3 can't be loaded");
  },
};

describeStore(
  'deferred',
  ({ clock }) => ({ store: deferredStore('later', async () => memoryStore({ clock })) }),
  {
    describe,
    it,
    expect,
  },
);

describe('openStore', () => {
  const home = process.cwd();
  let directory: string;
  let warnings: LeewayError[];
  let options: OpenStoreOptions;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'leeway-open-'));
    process.chdir(directory);
    warnings = [];
    options = { onWarning: (warning) => void warnings.push(warning) };
  });

  afterEach(async () => {
    process.chdir(home);
    await rm(directory, { recursive: true, force: true });
  });

  it.each([
    'postgres://me:pa/sec%ret@host/db',
    'postgres://me:sec#ret@host/db',
    'postgres://me:1#secret@host/db',
    'postgres://me:1?secret@host/db',
    'postgres://me:1/secret@host/db',
    'postgres://me:secret@host:port/db',
    'postgres://me:secret@host/db#secret',
    ' postgres://me:1#secret@host/db',
    '"postgres://me:secret@host/db"',
    'DATABASE_URL=postgres://me:secret@host/db',
    'me:secret@host/db',
    'mysql://me:secret@host/db',
    '//me:secret@host/db',
    'postgres:/me:secret@host/db',
    'sqlite://me:secret@host',
    'file:me:secret@host',
    'host=localhost password=secret',
    'Server=db;Pwd=secret',
  ])('shows nothing of a URL that is none, since it holds a password: %s', (spec) => {
    let error: unknown;
    try {
      openStore(spec, { onWarning: () => undefined });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'ERR_LEEWAY_OPTION' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/secret|sec%ret|sec#ret/);
  });

  it('takes a URL with blanks around it', () => {
    expect(
      openStore(' postgres://me:secret@host/db\n', { onWarning: () => undefined }).store.location,
    ).toBe('postgres://host/db');
  });

  it('keeps in memory what goes to memory:', async () => {
    const { store, owned, degraded } = openStore('memory:', options);
    expect([store.location, owned, degraded]).toEqual(['memory', true, undefined]);
    expect(await store.append('e', [entry])).toEqual([{ pos: 1, run: 1 }]);
    await store.close();
  });

  it('opens a SQLite file relative to the working directory, and makes its directory', async () => {
    const { store, owned } = openStore('sqlite:some/where/a.db', options);
    expect(owned).toBe(true);
    await store.append('e', [entry]);
    await store.close();
    expect((await stat('some/where')).mode & 0o777).toBe(0o700);
    expect((await stat('some/where/a.db')).isFile()).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('takes a PostgreSQL database, whose password it never shows, and touches nothing yet', async () => {
    const { store, owned } = openStore(
      'postgres://me:secret@127.0.0.1:1/db?application_name=secret',
      options,
    );
    expect([store.location, owned]).toEqual(['postgres://127.0.0.1:1/db', true]);
    const said = await store
      .head('e')
      .catch((error: LeewayError) => `${error.code} ${error.message}`);
    expect(said).toMatch(
      /^ERR_LEEWAY_STORE postgres:\/\/127\.0\.0\.1:1\/db: nothing answers there/,
    );
    expect(said).not.toContain('secret');
    await store.close();
  });

  it('hands a store back as it is, not owned', () => {
    const mine = memoryStore();
    expect(openStore(mine, options)).toEqual({ store: mine, owned: false, degraded: undefined });
    expect(openStore(mine, options).store).toBe(mine);
  });

  it('keeps to .leeway by default, closed to others and out of version control', async () => {
    const opened = openStore(undefined, options);
    await expect(stat('.leeway')).rejects.toThrow('ENOENT');
    await opened.store.append('e', [entry]);
    await opened.store.close();
    expect((await stat('.leeway')).mode & 0o777).toBe(0o700);
    expect(await readFile('.leeway/.gitignore', 'utf8')).toBe('*\n');
    expect((await stat('.leeway/leeway.db')).isFile()).toBe(true);
    expect([opened.owned, opened.degraded, warnings]).toEqual([true, undefined, []]);

    const again = openStore(undefined, options);
    expect(await again.store.head('e')).toEqual({ pos: 1, run: 1 });
    await again.store.close();
  });

  it('falls back to memory with one warning where no SQLite client can be loaded', async () => {
    const opened = openStore(undefined, { ...options, clients: [unloadable, unloadable] });
    expect(opened.degraded).toBe(undefined);
    await Promise.all([opened.store.append('e', [entry]), opened.store.append('e', [entry])]);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      ['ERR_LEEWAY_STORE', opened.degraded],
    ]);
    expect(opened.degraded).toMatch(/memory, .* because the package sqlite3 can't be loaded/);
    expect(opened.store.location).toBe('memory');
    await expect(stat('.leeway')).rejects.toThrow('ENOENT');
    await opened.store.close();
    await expect(opened.store.head('e')).rejects.toMatchObject({ code: 'ERR_LEEWAY_CLOSED' });
  });

  it('takes the next client where the first can not be loaded, with one warning', async () => {
    const opened = openStore(undefined, {
      ...options,
      clients: [unloadable, { name: 'second', load: loadNpmSqlite }],
    });
    await opened.store.append('e', [entry]);
    expect(opened.degraded).toMatch(/is second, because the package sqlite3 can't be loaded/);
    expect(warnings.length).toBe(1);
    expect(opened.store.location).toBe(`sqlite:${join(process.cwd(), '.leeway', 'leeway.db')}`);
    await opened.store.close();
  });

  it('survives a warning that throws', async () => {
    const onWarning = () => {
      throw new Error('no');
    };
    const opened = openStore(undefined, { onWarning, clients: [] });
    expect(await opened.store.append('e', [entry])).toEqual([{ pos: 1, run: 1 }]);
    await opened.store.close();
  });

  it('says what to do where .leeway can not be made, and recovers when it can', async () => {
    await writeFile('.leeway', 'a file in the way');
    const { store } = openStore(undefined, options);
    await expect(store.append('e', [entry])).rejects.toMatchObject({
      code: 'ERR_LEEWAY_STORE',
      message: expect.stringContaining('choose a store'),
    });
    await rm('.leeway');
    expect(await store.append('e', [entry])).toEqual([{ pos: 1, run: 1 }]);
    await store.close();
  });

  it.each([
    ['', "write 'sqlite:./leeway.db'"],
    ['memory', "write 'memory:'"],
    [':memory:', "write 'memory:'"],
    ['memory://', "write 'memory:'"],
    ['sqlite:', "write 'sqlite:./leeway.db'"],
    ['sqlite:///data/a.db', "write 'sqlite:/data/a.db'"],
    ['sqlite3:a.db', "write 'sqlite:a.db'"],
    ['file:a.db', "write 'sqlite:a.db'"],
    ['./a.db', "write 'sqlite:./a.db'"],
    ['C:\\a.db', "write 'sqlite:C:\\a.db'"],
    ['postgres:me:secret@host/db', 'a postgres: URL without a host'],
    ['mysql://me:secret@host/db', 'a mysql: URL, which is not supported'],
  ])('refuses %j and names the nearest valid form', (spec, hint) => {
    let thrown: unknown;
    try {
      openStore(spec, options);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'ERR_LEEWAY_OPTION',
      message: expect.stringContaining(hint),
    });
    expect((thrown as Error).message).toMatch(
      /^store must be 'memory:', 'sqlite:FILE', 'postgres:\/\/…' or a TrackingStore, got /,
    );
    expect((thrown as Error).message).not.toContain('secret');
  });

  it.each([null, 5, {}, { append() {} }, () => {}])('refuses %s as a store', (spec) => {
    expect(() => openStore(spec as unknown as TrackingStore, options)).toThrow(/^store must be/);
  });
});
