import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../leaves/clock.js';
import { LeewayError, shown } from '../leaves/errors.js';
import type { TrackingStore } from './store.js';
import { deferredStore } from './stores/deferred.js';
import { publicUrl } from './stores/postgres/url.js';
import type { SqliteClient } from './stores/sqlite/client.js';
import { sqliteFile } from './stores/sqlite/file.js';

export interface OpenStoreOptions {
  /** Told once where the default store can't be used and a lesser one takes its place. */
  readonly onWarning: (warning: LeewayError) => void;
  readonly clock?: Clock;
  /** The SQLite clients that the default store tries, best first. @default npm `sqlite3`, then `node:sqlite` */
  readonly clients?: readonly SqliteClient[];
}

/** A store and who has to close it. */
export interface OpenedStore {
  readonly store: TrackingStore;
  /** `true` where `openStore` made the store, so that its user closes it; `false` where it was handed in. */
  readonly owned: boolean;
  /** Why the store is less than the default one. It is known after the store's first call, so read it late. */
  readonly degraded: string | undefined;
}

const DEFAULT_DIRECTORY = '.leeway';

const METHODS = [
  'append',
  'head',
  'query',
  'experiments',
  'monitorHead',
  'monitors',
  'windowParts',
  'windowRows',
  'fold',
  'commitWindow',
  'pendingDeliveries',
  'settleDelivery',
  'takeLease',
  'releaseLease',
  'parts',
  'predictions',
  'prune',
  'rewrite',
  'scrub',
  'restore',
  'migrate',
  'clear',
  'close',
] as const satisfies readonly (keyof TrackingStore)[];

const EXPECTED = "'memory:', 'sqlite:FILE', 'postgres://…' or a TrackingStore";

/**
 * Turns the option `store` into a store. Nothing is opened yet: that is up to the store's first call.
 *
 * - `'memory:'`: this process's memory, bounded
 * - `'sqlite:FILE'`: a SQLite file; where npm `sqlite3` can't be loaded its calls reject with what to do
 * - `'postgres://user:password@host:port/database'`: a PostgreSQL database; `pg` is loaded by the first call
 * - a `TrackingStore`: itself; whoever made it closes it
 * - nothing: SQLite in `./.leeway/leeway.db`; where npm `sqlite3` can't be loaded `node:sqlite`, and where there is none
 *   of it either, memory, with one warning and `degraded`
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION`
 */
export function openStore(
  spec: string | TrackingStore | undefined,
  options: OpenStoreOptions,
): OpenedStore {
  const clock = options.clock === undefined ? {} : { clock: options.clock };
  if (spec === undefined) return defaultStore(options);
  if (typeof spec === 'object' && spec !== null) {
    const missing = METHODS.filter((method) => typeof spec[method] !== 'function');
    if (missing.length > 0) refuse(EXPECTED, `an object without ${missing.join(', ')}`);
    return { store: spec, owned: false, degraded: undefined };
  }
  if (typeof spec !== 'string') return refuse(EXPECTED, shown(spec));
  return namedStore(spec.trim(), clock);
}

function namedStore(spec: string, clock: { readonly clock?: Clock }): OpenedStore {
  if (spec === 'memory:') return loadedLater('memory', () => loadMemoryStore(clock));
  if (/^postgres(ql)?:\/\/[^\s/]/i.test(spec)) {
    return loadedLater(publicUrl(spec), async () => {
      const { postgresStore } = await import('./stores/postgres/store.js');
      return postgresStore({ url: spec, ...clock });
    });
  }
  const file = /^sqlite:(?!\/\/)(.+)$/s.exec(spec)?.[1];
  if (file === undefined) return refuse(EXPECTED, described(spec));
  const path = sqliteFile(file);
  return loadedLater(`sqlite:${path}`, async () => {
    const { sqliteStore } = await import('./stores/sqlite/store.js');
    return sqliteStore({ file: path, ...clock });
  });
}

/** A store whose code is loaded by its first call: a server uses one kind of the three. */
function loadedLater(location: string, load: () => Promise<TrackingStore>): OpenedStore {
  return { store: deferredStore(location, load), owned: true, degraded: undefined };
}

async function loadMemoryStore(clock: { readonly clock?: Clock }): Promise<TrackingStore> {
  const { memoryStore } = await import('./stores/memory/store.js');
  return memoryStore(clock);
}

function refuse(expected: string, got: string): never {
  throw new LeewayError('ERR_LEEWAY_OPTION', `store must be ${expected}, got ${got}`);
}

const FILE_SCHEMES: ReadonlySet<string> = new Set(['sqlite', 'sqlite3', 'file']);

/** What was given, and the valid form next to it. A URL may hold a password, so only its scheme is shown. */
function described(spec: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(spec)?.[1]?.toLowerCase();
  if (scheme === undefined && spec.includes('@')) {
    return 'text that is not a URL (it contains an @, so it is not shown)';
  }
  if (scheme === 'postgres' || scheme === 'postgresql' || scheme === 'pg') {
    return `a ${scheme}: URL without a host; write 'postgres://user:password@host:5432/database'`;
  }
  if (
    /@|pass|pwd/i.test(spec) &&
    (scheme === undefined || scheme.length === 1 || FILE_SCHEMES.has(scheme))
  ) {
    return "text that may hold a password, so it is not shown; write 'sqlite:./leeway.db'";
  }
  const path = spec.replace(/^[a-z][a-z0-9+.-]+:(\/\/(?=.))?/i, '');
  if (spec === '' || spec === 'sqlite:' || spec === 'sqlite')
    return `${shown(spec)}; write 'sqlite:./leeway.db'`;
  if (scheme === 'memory' || /^:?memory:?$/i.test(spec)) return `${shown(spec)}; write 'memory:'`;
  if (scheme !== undefined && FILE_SCHEMES.has(scheme)) {
    return `${shown(spec)}; write '${`sqlite:${path === '' || path === '//' ? './leeway.db' : path}`}'`;
  }
  if (scheme === undefined || scheme.length === 1) return `${shown(spec)}; write 'sqlite:${spec}'`;
  return `a ${scheme}: URL, which is not supported; write 'sqlite:./leeway.db' or pass a TrackingStore`;
}

function defaultStore({ onWarning, clock: ownClock, clients }: OpenStoreOptions): OpenedStore {
  const directory = resolve(DEFAULT_DIRECTORY);
  const file = join(directory, 'leeway.db');
  const clock = ownClock === undefined ? {} : { clock: ownClock };
  let degraded: string | undefined;

  function warn(reason: LeewayError, instead: string): void {
    degraded = `the default store is ${instead}, because ${reason.message}`;
    try {
      onWarning(new LeewayError('ERR_LEEWAY_STORE', degraded, { cause: reason }));
    } catch {
      // A warning that can't be delivered must not cost the data it warns about.
    }
  }

  async function choose(): Promise<TrackingStore> {
    let reason: LeewayError | undefined;
    const { sqliteClients } = await import('./stores/sqlite/client.js');
    for (const { name, load } of clients ?? sqliteClients()) {
      const loaded = await load().catch((error: LeewayError) => {
        reason ??= error;
      });
      if (loaded === undefined) continue;
      await makeDirectory(directory);
      if (reason !== undefined) warn(reason, name);
      const { sqliteStoreWith } = await import('./stores/sqlite/store.js');
      return sqliteStoreWith(async () => loaded, { file, ...clock });
    }
    const none = new LeewayError('ERR_LEEWAY_STORE', 'there is no SQLite client');
    warn(reason ?? none, 'memory, which is bounded and ends with the process');
    return loadMemoryStore(clock);
  }

  return {
    store: deferredStore(`sqlite:${file}`, choose),
    owned: true,
    get degraded() {
      return degraded;
    },
  };
}

/** Makes the directory, ours alone and out of version control. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { mode } = await stat(directory);
    if ((mode & 0o077) !== 0) await chmod(directory, 0o700);
    await writeFile(join(directory, '.gitignore'), '*\n', { flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  } catch (cause) {
    const advice = "check its permissions, or choose a store: 'memory:' or 'sqlite:FILE'";
    throw new LeewayError(
      'ERR_LEEWAY_STORE',
      `the directory ${directory} can't be created, or not for this user alone; ${advice}`,
      { cause },
    );
  }
}
