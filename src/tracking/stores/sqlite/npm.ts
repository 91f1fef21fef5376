import { LeewayError } from '../../../leaves/errors.js';
import type { SqlRow, SqlValue } from '../sql/rows.js';
import { sqliteDialect } from './dialect.js';
import type { OpenSqlite, SqliteDriver } from './driver.js';

type Database = import('sqlite3').Database;
type Statement = import('sqlite3').Statement;

/** As many as flushes, folds, captures and the queries of a dashboard use. */
const MAX_READY = 32;
/** A statement holds what was bound to it last, so one that was bound to more is not kept. */
const MAX_BOUND_BYTES = 1_000_000;

/** npm `sqlite3`: works on its own threads, so that it never blocks the event loop. */
export async function loadNpmSqlite(): Promise<OpenSqlite> {
  let module: typeof import('sqlite3');
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    const loaded = await import('sqlite3');
    module = (loaded as { default?: typeof import('sqlite3') }).default ?? loaded;
  } catch (cause) {
    // What looks for the native part puts functions of its own there, and leaves them where it fails: the next error of the host
    // whose stack is read would then throw.
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
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

function npmDriver(database: Database): SqliteDriver {
  const statements = new Statements(database);
  return {
    dialect: sqliteDialect,
    exec: (sql) =>
      new Promise((resolve, reject) => {
        database.exec(sql, (failure) => (failure === null ? resolve() : reject(failure)));
      }),
    all: (sql, values) => statements.all(sql, values),
    close: () =>
      new Promise((resolve, reject) => {
        statements.finalize();
        database.close((failure) => (failure === null ? resolve() : reject(failure)));
      }),
  };
}

/** The statements of a connection: to make one takes a thread's turn, so they are kept to be bound again. */
class Statements {
  readonly #database: Database;
  /** Those that are not at work, the one used longest ago first. */
  readonly #ready: Map<string, Statement> = new Map();

  constructor(database: Database) {
    this.#database = database;
  }

  all(sql: string, values: readonly SqlValue[]): Promise<SqlRow[]> {
    return new Promise((resolve, reject) => {
      const statement = this.#take(sql, reject);
      statement.all(values, (failure: Error | null, rows: SqlRow[]) => {
        if (failure === null && boundBytes(values) <= MAX_BOUND_BYTES) this.#keep(sql, statement);
        else statement.finalize();
        if (failure === null) resolve(rows);
        else reject(failure);
      });
    });
  }

  finalize(): void {
    for (const statement of this.#ready.values()) statement.finalize();
    this.#ready.clear();
  }

  #take(sql: string, onFailure: (failure: Error) => void): Statement {
    const ready = this.#ready.get(sql);
    this.#ready.delete(sql);
    return (
      ready ??
      this.#database.prepare(sql, (failure: Error | null) => failure !== null && onFailure(failure))
    );
  }

  #keep(sql: string, statement: Statement): void {
    this.#ready.get(sql)?.finalize();
    this.#ready.set(sql, statement);
    const [oldest] = this.#ready.keys();
    if (this.#ready.size <= MAX_READY || oldest === undefined) return;
    this.#ready.get(oldest)?.finalize();
    this.#ready.delete(oldest);
  }
}

function boundBytes(values: readonly SqlValue[]): number {
  let bytes = 0;
  for (const value of values)
    if (value !== null && typeof value !== 'number') bytes += value.length;
  return bytes;
}
