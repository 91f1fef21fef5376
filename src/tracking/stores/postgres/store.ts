import type { Clock } from '../../../leaves/clock.js';
import { LeewayError, shown } from '../../../leaves/errors.js';
import type { TrackingStore } from '../../store.js';
import { payloadBytes } from '../sql/append.js';
import type { SqlBackend, SqlDriver } from '../sql/dialect.js';
import { SqlPruner } from '../sql/prune.js';
import { SqlStore } from '../sql/store.js';
import { idOfPart } from '../sql/window.js';
import { checkWhole } from '../validate.js';
import { postgresClearing } from './clearing.js';
import { PostgresConnection } from './connection.js';
import { postgresDialect } from './dialect.js';
import { loadPgPool, type PgPool } from './driver.js';
import { FullStoreError, PostgresRoom } from './room.js';
import { publicUrl } from './url.js';
import { vacuum } from './vacuum.js';
import { listWindow } from './window.js';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`; the password is shown nowhere. One of `url` and `pool` is needed. */
  readonly url?: string;
  /** A pool of `pg` that the host has already. The store never ends it. */
  readonly pool?: PgPool;
  /** What leases and retention go by. @default the database's clock, so that replicas need not agree on the time */
  readonly clock?: Clock;
  /** Connections that a pool made from `url` opens at most. @default 4 */
  readonly maxConnections?: number;
  /**
   * How long one statement may take, in ms, waiting for others included; after that it fails and is tried again later. The
   * server ends a transaction that its client leaves alone for as long, so that a process that is frozen, or whose host is
   * lost, does not keep the others from writing. @default 15_000
   */
  readonly timeoutMs?: number;
  /**
   * What payloads may take, in bytes, over all experiments. Where a write would exceed it, the oldest rows that are in a fold
   * go; where there are none, the write rejects. Each writer may be a hundredth late to see what others wrote. @default 1_000_000_000 (1 GB)
   */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_CONNECTIONS = 4;
const DEFAULT_TIMEOUT_MS = 15_000;
const LEAST_TIMEOUT_MS = 10;
const DEFAULT_MAX_BYTES = 1_000_000_000;

/** Appends look whether there is room; where there is none it is made, once, and the write tried again. */
function postgresBackend(
  connection: PostgresConnection,
  pruner: SqlPruner,
  room: PostgresRoom,
  nowOn: (driver: SqlDriver) => Promise<number>,
): SqlBackend {
  return {
    async append(entries, work, happened) {
      const bytes = payloadBytes(entries);
      const attempt = async () => {
        const written = await connection.write(async (driver) => {
          await room.check(driver, bytes);
          return work(driver);
        }, happened);
        room.wrote(bytes);
        return written;
      };
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof FullStoreError) || (await pruner.makeRoom(bytes)).removed === 0)
          throw error;
        return attempt();
      }
    },
    upkeep: (work, happened) => connection.write(work, happened),
    listWindow: (experiment, window) =>
      connection.read(async (driver) => {
        const listed = await listWindow(driver, experiment, window);
        return listed.map((row) => idOfPart(driver, row));
      }),
    async sumWindow(experiment, window) {
      const listed = await connection.read((driver) => listWindow(driver, experiment, window));
      return listed.reduce((sum, row) => sum + (row.rows as number), 0);
    },
    scrub: () => connection.readSlowly(vacuum),
    now: (driver) => (driver === undefined ? connection.read(nowOn) : nowOn(driver)),
  };
}

async function databaseTime(driver: SqlDriver): Promise<number> {
  const sql = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::FLOAT8 AS now';
  const [row] = await driver.all(sql, []);
  return row?.now as number;
}

/**
 * A tracking store in a PostgreSQL database, for a fleet of replicas on one log; its SQL is such that CockroachDB and
 * YugabyteDB run it too. The package `pg` is loaded, and the tables (`leeway_…`, in the first schema of the search path)
 * are made, by the first call.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is of no use
 * @example
 * const store = postgresStore({ url: process.env.DATABASE_URL });
 */
export function postgresStore(options: PostgresStoreOptions): TrackingStore {
  const {
    url,
    pool,
    clock,
    maxConnections = DEFAULT_MAX_CONNECTIONS,
    maxBytes = DEFAULT_MAX_BYTES,
  } = options;
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if ((url === undefined) === (pool === undefined)) {
    throw new LeewayError('ERR_LEEWAY_OPTION', 'postgresStore takes either a url or a pool');
  }
  if (pool !== undefined && typeof pool?.connect !== 'function') {
    throw new LeewayError('ERR_LEEWAY_OPTION', `pool must be a pool of pg, got ${shown(pool)}`);
  }
  checkWhole(maxConnections, 'maxConnections', 1);
  checkWhole(maxBytes, 'maxBytes', 1);
  checkWhole(timeoutMs, 'timeoutMs', LEAST_TIMEOUT_MS);
  const location = url === undefined ? 'postgres:(pool)' : publicUrl(url);
  const connection = new PostgresConnection({
    location,
    owned: pool === undefined,
    timeoutMs,
    pool: async () => pool ?? loadPgPool(url as string, { maxConnections, timeoutMs }),
  });
  const now = clock === undefined ? databaseTime : async () => clock.now();
  const pruner = new SqlPruner(connection, postgresDialect, postgresClearing(now), maxBytes);
  const room = new PostgresRoom(location, maxBytes);
  const backend = postgresBackend(connection, pruner, room, now);
  return new SqlStore(location, connection, postgresDialect, { backend, pruner });
}
