import { yieldToEventLoop } from '../../../leaves/async.js';
import { LeewayError } from '../../../leaves/errors.js';
import type { SqlRow, SqlValue } from '../sql/rows.js';
import { sqliteDialect } from './dialect.js';
import type { OpenSqlite, SqliteDriver } from './driver.js';

/** The part of `node:sqlite` used here; Node 20's types don't know it. */
interface NodeDatabase {
  exec(sql: string): void;
  prepare(sql: string): {
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
    throw new LeewayError(
      'ERR_LEEWAY_STORE',
      `Node ${process.versions.node} has no node:sqlite; it needs Node 22.5`,
    );
  }
  const { DatabaseSync } = module;
  // No busy timeout: waiting inside SQLite would stop the host. The connection waits between its own tries.
  return async (file) => nodeDriver(new DatabaseSync(file));
}

function nodeDriver(database: NodeDatabase): SqliteDriver {
  // Each call takes its own turn of the event loop, so that a long series of them doesn't keep the host from its work.
  async function inTurn<T>(work: () => T): Promise<T> {
    await yieldToEventLoop();
    return work();
  }
  return {
    dialect: sqliteDialect,
    exec: (sql) => inTurn(() => database.exec(sql)),
    all: (sql, values) => inTurn(() => database.prepare(sql).all(...values) as SqlRow[]),
    close: () => inTurn(() => database.close()),
  };
}
