import { isMainThread } from 'node:worker_threads';
import type { LoadSqlite } from './driver.js';
import { loadNodeSqlite } from './node.js';
import { loadNpmSqlite } from './npm.js';

const RISK =
  'leeway: in a worker thread the package sqlite3 ends the whole process if the worker ends while SQLite works; ' +
  'await close() before the worker ends, or use Node 22.5 or newer, whose node:sqlite is used instead';

/**
 * Whether npm `sqlite3` should not be used: in a worker thread it aborts the process where the thread ends while it works, and
 * there is `node:sqlite` to take its place.
 */
const prefersNodeSqlite = (): boolean =>
  !isMainThread && process.getBuiltinModule('node:sqlite') !== undefined;

/** A way to get at SQLite. */
export interface SqliteClient {
  readonly name: string;
  readonly load: LoadSqlite;
}

/** The clients that the default store tries, best first. */
export function sqliteClients(): readonly SqliteClient[] {
  const node = {
    name: 'node:sqlite, which blocks the event loop while it works',
    load: loadNodeSqlite,
  };
  return prefersNodeSqlite() ? [node] : [{ name: 'sqlite3', load: loadSqlite }, node];
}

/** The client of those who name none: npm `sqlite3`, and in a worker thread `node:sqlite` where there is one. */
export const loadSqlite: LoadSqlite = async () => {
  if (prefersNodeSqlite()) return loadNodeSqlite();
  if (!isMainThread) process.emitWarning(RISK, { code: 'LEEWAY_SQLITE_WORKER' });
  return loadNpmSqlite();
};
