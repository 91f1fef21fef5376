import type { Clock } from '../../../leaves/clock.js';
import { LeewayError, shown } from '../../../leaves/errors.js';
import type { TrackingStore } from '../../store.js';
import { encodeText } from '../encode-text.js';
import type { Dialect, SqlWrites } from '../sql/dialect.js';
import { SqlPruner } from '../sql/prune.js';
import { SqlStore } from '../sql/store.js';
import { latestLeaseEnd } from '../store-time.js';
import { checkWhole } from '../validate.js';
import { type AppendedBatch, appendEntries, isWritten, sizeOf } from './append.js';
import { postgresClearing } from './clearing.js';
import { writeCommit } from './commit.js';
import { PostgresConnection } from './connection.js';
import { loadPgPool, type PgDriver, type PgPool, type PgRow } from './driver.js';
import { listParts, readPartBytes, readPredictions } from './parts.js';
import { findExperiment, idOf, narrow, type PgBounds, readPage } from './query.js';
import { writeRestored } from './restore.js';
import { vacuum, writeRewrite } from './rewrite.js';
import { FullStoreError, PostgresRoom } from './room.js';
import { publicUrl } from './url.js';
import { forgetReplaced, listWindow, readParts, writeFold } from './window.js';

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
const PARTS_PER_PAGE = 64;

/** Appends look whether there is room; where there is none it is made, once, and the write tried again. */
function postgresWrites(
  connection: PostgresConnection,
  pruner: SqlPruner<PgDriver>,
  room: PostgresRoom,
): SqlWrites<PgDriver> {
  return {
    async append(entries, work, happened) {
      const bytes = sizeOf(entries);
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
  };
}

function postgresDialect(
  connection: PostgresConnection,
  pruner: SqlPruner<PgDriver>,
  nowOn: (driver: PgDriver) => Promise<number>,
): Dialect<PgDriver, AppendedBatch, PgRow> {
  return {
    prefix: 'leeway_',
    nameId: 'id',
    experimentId: '?',
    idOf,
    outbox: '(pos, place)',
    forUpdate: ' FOR UPDATE',
    // A connection that was given up may still send what was bound on it.
    lendsMemory: false,
    partsPerPage: PARTS_PER_PAGE,
    readsByKey: true,
    findExperiment,
    appendEntries,
    isWritten,
    writeCommit,
    pages(experiment, query) {
      let bounds: PgBounds | undefined;
      return async (driver, place) => {
        if (bounds === undefined) {
          const found = await findExperiment(driver, experiment);
          if (found === undefined) return [];
          bounds = await narrow(driver, found, query);
        }
        return readPage(driver, idOf(experiment), query, bounds, place);
      };
    },
    listWindow: (experiment, window) =>
      connection.read((driver) => listWindow(driver, experiment, window)),
    async sumWindow(experiment, window) {
      const listed = await connection.read((driver) => listWindow(driver, experiment, window));
      return listed.reduce((sum, row) => sum + (row.rows as number), 0);
    },
    readParts,
    async writeFold(driver, fold, now) {
      await forgetReplaced(driver, now);
      return writeFold(driver, fold, now);
    },
    listParts,
    readPartBytes,
    readPredictions,
    holdLease,
    prune: (experiment, retention) => pruner.prune(experiment, retention),
    writeRewrite,
    writeRestored,
    scrub: () => connection.readSlowly(vacuum),
    now: (driver) => (driver === undefined ? connection.read(nowOn) : nowOn(driver)),
  };
}

async function holdLease(
  driver: PgDriver,
  { name, owner, ttlMs }: { readonly name: string; readonly owner: string; readonly ttlMs: number },
  now: number,
): Promise<PgRow[]> {
  return driver.all(
    `INSERT INTO leeway_leases (id, name, owner, until) VALUES ($1, $2, $3, $4::FLOAT8)
     ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, until = excluded.until
     WHERE leeway_leases.owner = excluded.owner OR leeway_leases.until <= $5::FLOAT8
       OR leeway_leases.until > $6::FLOAT8 RETURNING id`,
    [idOf(name), encodeText(name), encodeText(owner), now + ttlMs, now, latestLeaseEnd(now, ttlMs)],
  );
}

async function databaseTime(driver: PgDriver): Promise<number> {
  const sql = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::FLOAT8 AS now';
  const [row] = await driver.all(sql);
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
  const pruner = new SqlPruner(connection, postgresClearing(now), maxBytes);
  const writes = postgresWrites(connection, pruner, new PostgresRoom(location, maxBytes));
  return new SqlStore(location, connection, postgresDialect(connection, pruner, now), writes);
}
