import { type Clock, systemClock } from '../../../leaves/clock.js';
import { LeewayError, shown } from '../../../leaves/errors.js';
import type { TrackingStore } from '../../store.js';
import type { SqlBackend, SqlDriver } from '../sql/dialect.js';
import { SqlPruner } from '../sql/prune.js';
import { SqlStore } from '../sql/store.js';
import { checkWhole } from '../validate.js';
import { sqliteClearing } from './clearing.js';
import { loadSqlite } from './client.js';
import { SqliteConnection } from './connection.js';
import { sqliteDialect } from './dialect.js';
import { isFull, type LoadSqlite } from './driver.js';
import { sqliteFile } from './file.js';
import { loadNodeSqlite } from './node.js';
import { loadNpmSqlite } from './npm.js';
import { sumWindow } from './window.js';

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
const DEFAULT_MAX_BYTES = 1_000_000_000;
/** An empty file takes a quarter of it. */
const LEAST_MAX_BYTES = 1_000_000;

const LOADERS: Readonly<Record<'npm' | 'node', LoadSqlite>> = {
  npm: loadNpmSqlite,
  node: loadNodeSqlite,
};

/** Where the file is full, room is made and the write tried again. What is no append may take the reserve then. */
function sqliteBackend(connection: SqliteConnection, pruner: SqlPruner, clock: Clock): SqlBackend {
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
    async listWindow(experiment, window) {
      const ids = await connection.snapshot(async (driver) =>
        (await sumWindow(driver, experiment, window)).ids(),
      );
      return ids.map((id) => [id]);
    },
    sumWindow: async (experiment, window) =>
      (await connection.snapshot((driver) => sumWindow(driver, experiment, window))).rows,
    scrub: () => connection.read(emptyLog),
    now: async () => clock.now(),
  };
}

/** Pages that are given back are overwritten (`secure_delete`); older ones still lie in the log beside the file. */
async function emptyLog(driver: SqlDriver): Promise<boolean> {
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
  const pruner = new SqlPruner(connection, sqliteDialect, sqliteClearing(clock), maxBytes);
  const backend = sqliteBackend(connection, pruner, clock);
  return new SqlStore(location, connection, sqliteDialect, { backend, pruner });
}
