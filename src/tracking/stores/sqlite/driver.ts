import { LeewayError } from '../../../leaves/errors.js';
import type { SqlDriver } from '../sql/dialect.js';

/** What the SQLite store needs of a client library: one connection, nothing prepared, values always bound. */
export interface SqliteDriver extends SqlDriver {
  exec(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** A client library that was loaded: opens a file, which is made where it does not exist. */
export type OpenSqlite = (file: string, busyTimeoutMs: number) => Promise<SqliteDriver>;

/** Loads a client library. Rejects with `ERR_LEEWAY_STORE` where that can't be done. */
export type LoadSqlite = () => Promise<OpenSqlite>;

/** SQLite's primary result codes that are told apart here. */
export const SQLITE_BUSY = 5;
export const SQLITE_READONLY = 8;
export const SQLITE_IOERR = 10;
export const SQLITE_CORRUPT = 11;
export const SQLITE_FULL = 13;
export const SQLITE_CANTOPEN = 14;
export const SQLITE_NOTADB = 26;

/** Whether a write failed because the file may grow no further, or the disk is full. */
export const isFull = (error: unknown): boolean =>
  error instanceof LeewayError && resultCode(error.cause) === SQLITE_FULL;

/** The primary result code of an error of either library, `undefined` where it isn't SQLite's. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { errno, errcode, code } = error as { errno?: unknown; errcode?: unknown; code?: unknown };
  if (typeof code !== 'string' || !code.includes('SQLITE')) return undefined;
  const full = errcode ?? errno;
  return typeof full === 'number' ? full & 0xff : undefined;
}
