import type { Clock } from '../../../leaves/clock.js';
import { LeewayError } from '../../../leaves/errors.js';
import { withTimeLimit } from '../../../leaves/time-limit.js';
import type { SqlDriver } from '../sql/dialect.js';
import type { SqlRow, SqlValue } from '../sql/rows.js';
import { postgresDialect } from './dialect.js';

export interface PgQuery {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly types: { getTypeParser(oid: number, format?: string): (value: never) => unknown };
}

/** A connection of `pg`, as far as it's used here. */
export interface PgClient {
  query(query: PgQuery): Promise<{ readonly rows: SqlRow[] }>;
  release(broken?: boolean): void;
  on?(event: 'error', listener: (error: Error) => void): unknown;
  off?(event: 'error', listener: (error: Error) => void): unknown;
}

/** A pool of connections, as `pg.Pool` is one. */
export interface PgPool {
  connect(): Promise<PgClient>;
  end(): Promise<void>;
}

const CONNECT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;

const INT8 = 20;
const BYTEA = 17;
const FLOAT8 = 701;
const asText = (value: string): string => value;
const asNumber = (value: string): number => Number(value);
const asBytes = (value: string): Uint8Array => {
  const bytes = Buffer.from(value.slice(2), 'hex');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

/** What the columns of our tables hold, whatever parsers the host has set for the whole process. */
const types = {
  getTypeParser(oid: number): (value: never) => unknown {
    if (oid === INT8 || oid === FLOAT8 || oid === 23) return asNumber as (value: never) => unknown;
    return (oid === BYTEA ? asBytes : asText) as (value: never) => unknown;
  },
};

/** Runs statements with bound values on one connection. */
export interface PgDriver extends SqlDriver {
  /** Runs a statement; its values are bound to `$1`, `$2` …, or to the `?` in it, in order. */
  all(text: string, values?: readonly SqlValue[]): Promise<SqlRow[]>;
}

/** The code of an error of a connection that does not answer. */
export const HUNG = 'LEEWAY_HUNG';

/** A driver whose statements end in time; of one that does not the connection is of no more use. */
export function driverOf(
  client: PgClient,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): PgDriver {
  const late = (): Error =>
    Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: HUNG });
  return {
    dialect: postgresDialect,
    async all(text, values = []) {
      const query = { text: numbered(text), values, types };
      return (await withTimeLimit(() => client.query(query), { clock, ms: timeoutMs, late })).rows;
    },
  };
}

/** Gives each `?` its number. No statement of ours has one in a literal. */
function numbered(text: string): string {
  let count = 0;
  return text.replace(/\?/g, () => {
    count += 1;
    return `$${count}`;
  });
}

/** Loads `pg` and makes a pool for a URL. */
export async function loadPgPool(
  url: string,
  { maxConnections, timeoutMs }: { readonly maxConnections: number; readonly timeoutMs: number },
): Promise<PgPool> {
  let module: { readonly Pool: typeof import('pg').Pool };
  try {
    const loaded = await import('pg');
    module = loaded.default ?? loaded;
  } catch (cause) {
    throw new LeewayError(
      'ERR_LEEWAY_STORE',
      "the package pg can't be loaded; install it with `npm install pg`",
      {
        cause,
      },
    );
  }
  const pool = new module.Pool({
    connectionString: url,
    max: maxConnections,
    allowExitOnIdle: true,
    connectionTimeoutMillis: Math.min(CONNECT_MS, timeoutMs),
    // So that the system notices a peer that is gone without a word, also on connections that nobody uses.
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: 'leeway',
  });
  // An idle connection that breaks is replaced; without a listener it would end the host.
  pool.on('error', () => {});
  return pool as unknown as PgPool;
}

/** An error's SQLSTATE, or the system's code of a broken connection. */
export function sqlState(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Whether the server closes the connection with this error. */
export const isFatal = (error: unknown): boolean =>
  ['FATAL', 'PANIC'].includes(String((error as { severity?: unknown } | null)?.severity));

/** Whether the same transaction may well succeed when it is run again: a conflict, a deadlock. */
export const isConflict = (error: unknown): boolean =>
  ['40001', '40P01', 'CR000'].includes(sqlState(error) ?? '');

/** What two that lay the tables out at once meet: a row of a catalogue, or the table itself, is there already. */
export const isRace = (error: unknown): boolean =>
  isConflict(error) || ['23505', '42P07', '42710', 'XX000'].includes(sqlState(error) ?? '');
