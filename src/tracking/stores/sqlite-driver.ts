import { LeewayError } from '../../errors.js';

export type SqlValue = string | number | null | Uint8Array;
/** A row by the names of its columns, which are ours and so never a stranger's. */
export type SqlRow = Record<string, SqlValue>;

/** What the SQLite store needs of a client library: one connection, nothing prepared, values always bound. */
export interface SqliteDriver {
  exec(sql: string): Promise<void>;
  run(sql: string, values: readonly SqlValue[]): Promise<void>;
  all(sql: string, values: readonly SqlValue[]): Promise<SqlRow[]>;
  close(): Promise<void>;
}

/** A client library that was loaded: opens a file, which is made where it does not exist. */
export type OpenSqlite = (file: string, busyTimeoutMs: number) => Promise<SqliteDriver>;

/** Loads a client library. Rejects with `ERR_LEEWAY_STORE` where that can't be done. */
export type LoadSqlite = () => Promise<OpenSqlite>;

/** SQLite's primary result codes that are told apart here. */
export const SQLITE_BUSY = 5;
export const SQLITE_READONLY = 8;
export const SQLITE_CORRUPT = 11;
export const SQLITE_FULL = 13;
export const SQLITE_CANTOPEN = 14;
export const SQLITE_NOTADB = 26;

/** The primary result code of an error of either library, `undefined` where it isn't SQLite's. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { errno, errcode, code } = error as { errno?: unknown; errcode?: unknown; code?: unknown };
  if (typeof code !== 'string' || !code.includes('SQLITE')) return undefined;
  const full = errcode ?? errno;
  return typeof full === 'number' ? full & 0xff : undefined;
}

/** npm `sqlite3`: works on its own threads, so that it never blocks the event loop. */
export async function loadNpmSqlite(): Promise<OpenSqlite> {
  let module: typeof import('sqlite3');
  try {
    const loaded = await import('sqlite3');
    module = (loaded as { default?: typeof import('sqlite3') }).default ?? loaded;
  } catch (cause) {
    throw new LeewayError(
      'ERR_LEEWAY_STORE',
      "the package sqlite3 can't be loaded; run `npm rebuild sqlite3`, or allow its install script (pnpm: " +
        "`pnpm approve-builds`) and install again, or choose another store ('memory:' or one of your own)",
      { cause },
    );
  }
  return (file, busyTimeoutMs) =>
    new Promise((resolve, reject) => {
      const database = new module.Database(file, (failure) => {
        if (failure !== null) return reject(failure);
        database.configure('busyTimeout', busyTimeoutMs);
        resolve(npmDriver(database));
      });
    });
}

function npmDriver(database: import('sqlite3').Database): SqliteDriver {
  return {
    exec: (sql) =>
      new Promise((resolve, reject) => {
        database.exec(sql, (failure) => (failure === null ? resolve() : reject(failure)));
      }),
    run: (sql, values) =>
      new Promise((resolve, reject) => {
        database.run(sql, values, (failure: Error | null) => (failure === null ? resolve() : reject(failure)));
      }),
    all: (sql, values) =>
      new Promise((resolve, reject) => {
        database.all(sql, values, (failure: Error | null, rows: SqlRow[]) =>
          failure === null ? resolve(rows) : reject(failure),
        );
      }),
    close: () =>
      new Promise((resolve, reject) => {
        database.close((failure) => (failure === null ? resolve() : reject(failure)));
      }),
  };
}

/** The part of `node:sqlite` used here; Node 20's types don't know it. */
interface NodeDatabase {
  exec(sql: string): void;
  prepare(sql: string): {
    run(...values: readonly SqlValue[]): unknown;
    all(...values: readonly SqlValue[]): unknown[];
  };
  close(): void;
}

/** `node:sqlite`, from Node 22.5 on. It blocks the event loop while it works. */
export async function loadNodeSqlite(): Promise<OpenSqlite> {
  const module = process.getBuiltinModule('node:sqlite') as
    | { readonly DatabaseSync: new (file: string) => NodeDatabase }
    | undefined;
  if (module === undefined) {
    throw new LeewayError('ERR_LEEWAY_STORE', `Node ${process.versions.node} has no node:sqlite; it takes Node 22.5`);
  }
  const { DatabaseSync } = module;
  // No busy timeout: waiting inside SQLite would stop the host. The connection waits between its own tries.
  return async (file) => nodeDriver(new DatabaseSync(file));
}

function nodeDriver(database: NodeDatabase): SqliteDriver {
  // Each call takes its own turn of the event loop, so that a long series of them doesn't keep the host from its work.
  async function inTurn<T>(work: () => T): Promise<T> {
    await new Promise((resolve) => setImmediate(resolve));
    return work();
  }
  return {
    exec: (sql) => inTurn(() => database.exec(sql)),
    run: (sql, values) => inTurn(() => void database.prepare(sql).run(...values)),
    all: (sql, values) => inTurn(() => database.prepare(sql).all(...values) as SqlRow[]),
    close: () => inTurn(() => database.close()),
  };
}
