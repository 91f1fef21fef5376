import { type Clock, systemClock } from '../../../leaves/clock.js';
import { LeewayError, shown } from '../../../leaves/errors.js';
import type { TrackingStore } from '../../store.js';
import { encodeText } from '../encode-text.js';
import type { Dialect, SqlWrites } from '../sql/dialect.js';
import { SqlPruner } from '../sql/prune.js';
import { SqlStore } from '../sql/store.js';
import { latestLeaseEnd } from '../store-time.js';
import { checkWhole } from '../validate.js';
import { appendEntries, type PlacedBatch } from './append.js';
import { sqliteClearing } from './clearing.js';
import { loadSqlite } from './client.js';
import { writeCommit } from './commit.js';
import { SqliteConnection } from './connection.js';
import { isFull, type LoadSqlite, type SqliteDriver, type SqlRow } from './driver.js';
import { sqliteFile } from './file.js';
import { loadNodeSqlite } from './node.js';
import { loadNpmSqlite } from './npm.js';
import { listParts, readPartBytes, readPredictions } from './parts.js';
import { type Bounds, findExperiment, narrow, readPage } from './query.js';
import { writeRestored } from './restore.js';
import { writeRewrite } from './rewrite.js';
import { readParts, sumWindow, writeFold } from './window.js';

export interface SqliteStoreOptions {
  /** The database file, relative to the working directory at the time of the call. Made, with its directory (0700). */
  readonly file: string;
  /** What leases run out by. @default the machine's clock */
  readonly clock?: Clock;
  /**
   * What the file may hold, in bytes, beside its write-ahead log. Where a write would exceed it, the oldest rows that are
   * in a fold go; where there are none, the write rejects. @default 1_000_000_000 (1 GB)
   */
  readonly maxBytes?: number;
  /** How long a call waits for another process that writes. @default 5_000 */
  readonly busyTimeoutMs?: number;
  /**
   * `'npm'` is the package `sqlite3`, which works on threads of its own; `'node'` is `node:sqlite` (from Node 22.5),
   * which blocks the event loop while it works.
   * @default 'npm'; in a worker thread 'node' where there is one, since `sqlite3` ends the process with such a thread
   */
  readonly driver?: 'npm' | 'node';
}

const DEFAULT_BUSY_TIMEOUT_MS = 5_000;
/** Folds take some kilobytes a column each. */
const PARTS_PER_PAGE = 16;
const DEFAULT_MAX_BYTES = 1_000_000_000;
/** An empty file takes a quarter of it. */
const LEAST_MAX_BYTES = 1_000_000;

const LOADERS: Readonly<Record<'npm' | 'node', LoadSqlite>> = {
  npm: loadNpmSqlite,
  node: loadNodeSqlite,
};

/** Where the file is full, room is made and the write tried again. What is no append may take the reserve then. */
function sqliteWrites(
  connection: SqliteConnection,
  pruner: SqlPruner<SqliteDriver>,
): SqlWrites<SqliteDriver> {
  return {
    async append(_entries, work) {
      try {
        return await connection.write(work);
      } catch (error) {
        if (!isFull(error) || (await pruner.makeRoom()).removed === 0) throw error;
        return connection.write(work);
      }
    },
    async upkeep(work) {
      try {
        return await connection.write(work);
      } catch (error) {
        if (!isFull(error)) throw error;
        await pruner.makeRoom();
        return connection.writeFromReserve(work);
      }
    },
  };
}

function sqliteDialect(
  connection: SqliteConnection,
  pruner: SqlPruner<SqliteDriver>,
  clock: Clock,
): Dialect<SqliteDriver, PlacedBatch, number> {
  return {
    prefix: '',
    nameId: 'name',
    experimentId: '(SELECT id FROM experiments WHERE name = ?)',
    idOf: encodeText,
    outbox: 'id',
    // A transaction that writes has the file alone.
    forUpdate: '',
    lendsMemory: true,
    partsPerPage: PARTS_PER_PAGE,
    readsByKey: false,
    findExperiment,
    appendEntries,
    writeCommit: async (driver, commit, now) => writeCommit(driver, commit, await now()),
    pages(experiment, query) {
      let bounds: Bounds | undefined;
      return async (driver, place) => {
        const found = await findExperiment(driver, experiment);
        if (found === undefined) return [];
        bounds ??= await narrow(driver, found, query);
        return readPage(driver, found.id, query, bounds, place);
      };
    },
    listWindow: (experiment, window) =>
      connection.snapshot(async (driver) => (await sumWindow(driver, experiment, window)).ids()),
    sumWindow: async (experiment, window) =>
      (await connection.snapshot((driver) => sumWindow(driver, experiment, window))).rows,
    readParts: (driver, _place, ids) => readParts(driver, ids),
    writeFold,
    listParts,
    readPartBytes: (driver, _experiment, listed) => readPartBytes(driver, listed),
    readPredictions,
    holdLease,
    prune: (experiment, retention) => pruner.prune(experiment, retention),
    writeRewrite,
    writeRestored,
    scrub: () => connection.read(emptyLog),
    now: async () => clock.now(),
  };
}

/** Leases that ran out go first, so that the table holds no more than are in use. */
async function holdLease(
  driver: SqliteDriver,
  { name, owner, ttlMs }: { readonly name: string; readonly owner: string; readonly ttlMs: number },
  now: number,
): Promise<SqlRow[]> {
  const sql = 'DELETE FROM leases WHERE until <= ? OR (name = ? AND until > ?)';
  await driver.run(sql, [now, encodeText(name), latestLeaseEnd(now, ttlMs)]);
  return driver.all(
    `INSERT INTO leases (name, owner, until) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET until = excluded.until WHERE owner = excluded.owner RETURNING owner`,
    [encodeText(name), encodeText(owner), now + ttlMs],
  );
}

/** Pages that are given back are overwritten (`secure_delete`); older ones still lie in the log beside the file. */
async function emptyLog(driver: SqliteDriver): Promise<boolean> {
  const [row] = await driver.all('PRAGMA wal_checkpoint(TRUNCATE)', []);
  return row?.busy === 0;
}

/**
 * A tracking store in a SQLite file: the embedded default. The client library is loaded, and the file opened, by the
 * first call. Any number of processes of one machine may use the same file; it must not lie on a network disk.
 *
 * Transactions are WAL with `synchronous = NORMAL`: a killed process loses nothing that was acknowledged, a power cut
 * may lose the last moments but never tears an entry.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is of no use
 * @example
 * const store = sqliteStore({ file: './leeway.db' });
 */
export function sqliteStore(options: SqliteStoreOptions): TrackingStore {
  const { driver } = options;
  if (driver !== undefined && driver !== 'npm' && driver !== 'node') {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `driver must be 'npm' or 'node', got ${shown(driver)}`,
    );
  }
  return sqliteStoreWith(driver === undefined ? loadSqlite : LOADERS[driver], options);
}

/** The same with a client library of the caller's choice. */
export function sqliteStoreWith(load: LoadSqlite, options: SqliteStoreOptions): TrackingStore {
  const { file, clock = systemClock, busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS } = options;
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  const path = sqliteFile(file);
  checkWhole(busyTimeoutMs, 'busyTimeoutMs', 0);
  checkWhole(maxBytes, 'maxBytes', LEAST_MAX_BYTES);
  const location = `sqlite:${path}`;
  const connection = new SqliteConnection({ file: path, location, busyTimeoutMs, maxBytes, load });
  const pruner = new SqlPruner(connection, sqliteClearing(clock), maxBytes);
  const dialect = sqliteDialect(connection, pruner, clock);
  return new SqlStore(location, connection, dialect, sqliteWrites(connection, pruner));
}
