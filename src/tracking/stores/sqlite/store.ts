import { type Clock, systemClock } from '../../../leaves/clock.js';
import { LeewayError, shown } from '../../../leaves/errors.js';
import type { EntryFilter, LogEntry, LogHead, NewEntry, QueryOptions } from '../../log-entry.js';
import type { Prediction, PredictionFilter } from '../../prediction.js';
import type { Restored, StoredMonitor } from '../../restored.js';
import type { Pruned, Retention } from '../../retention.js';
import type { Rewrite } from '../../rewrite.js';
import type { Migration, TrackingStore } from '../../store.js';
import type { Delivery, MonitorHead, WindowCommit } from '../../window-commit.js';
import type { Fold, LivePart, PartFilter, WindowPart } from '../../window-part.js';
import { BatchBook } from '../batch-book.js';
import { checkRestored } from '../check-restored.js';
import { decodeText, encodeText } from '../encode-text.js';
import { PayloadMemory } from '../payload-memory.js';
import { rowSize, toEntry, toMonitors } from '../sql/rows.js';
import { latestLeaseEnd } from '../store-time.js';
import {
  checkEntries,
  checkedCommit,
  checkFold,
  checkLease,
  checkLimit,
  checkPartFilter,
  checkPredictionFilter,
  checkQuery,
  checkRetention,
  checkRewrite,
  checkText,
  checkWhole,
  lostPartsError,
} from '../validate.js';
import { appendEntries } from './append.js';
import { loadSqlite } from './client.js';
import { writeCommit } from './commit.js';
import { SqliteConnection } from './connection.js';
import { isFull, type LoadSqlite, type SqliteDriver, type SqlRow } from './driver.js';
import { sqliteFile } from './file.js';
import { loadNodeSqlite } from './node.js';
import { loadNpmSqlite } from './npm.js';
import { listParts, readPartBytes, readPredictions, toPrediction } from './parts.js';
import { SqlitePruner } from './prune.js';
import { type Bounds, findExperiment, narrow, type PageStart, readPage } from './query.js';
import { writeRestored } from './restore.js';
import { writeRewrite } from './rewrite.js';
import { readParts, sumWindow, toPart, writeFold } from './window.js';

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
/** A page aims at so many bytes: enough to be quick, little enough to hold in memory and to share the file. */
const PAGE_BYTES = 4 * 1024 * 1024;
const FIRST_PAGE = 8;
const MAX_PAGE = 500;
/** Folds take some kilobytes a column each. */
const PARTS_PER_PAGE = 16;
const DEFAULT_MAX_BYTES = 1_000_000_000;
/** An empty file takes a quarter of it. */
const LEAST_MAX_BYTES = 1_000_000;

const LOADERS: Readonly<Record<'npm' | 'node', LoadSqlite>> = {
  npm: loadNpmSqlite,
  node: loadNodeSqlite,
};

/** How long the next page should be, given what this one weighed. */
function nextPageSize(page: readonly SqlRow[]): number {
  const bytes = page.reduce((sum, row) => sum + rowSize(row), 0);
  const average = Math.max(1, bytes / Math.max(1, page.length));
  return Math.min(MAX_PAGE, Math.max(1, Math.floor(PAGE_BYTES / average)));
}

class SqliteStore implements TrackingStore {
  readonly location: string;
  readonly #clock: Clock;
  readonly #connection: SqliteConnection;
  readonly #pruner: SqlitePruner;
  readonly #memory: PayloadMemory = new PayloadMemory();
  readonly #batches: BatchBook = new BatchBook();

  constructor(location: string, clock: Clock, connection: SqliteConnection, pruner: SqlitePruner) {
    this.location = location;
    this.#clock = clock;
    this.#connection = connection;
    this.#pruner = pruner;
  }

  async append(
    experiment: string,
    entries: readonly NewEntry[],
  ): Promise<{ pos: number; run: number }[]> {
    this.#connection.checkOpen();
    checkText(experiment, 'experiment');
    return this.#memory.lend(async (copy) => {
      const checked = checkEntries(entries, copy);
      if (checked.length === 0) return [];
      return this.#batches.once(experiment, checked, () =>
        this.#whileFull((driver) => appendEntries(driver, experiment, checked), 'append'),
      );
    });
  }

  async now(): Promise<number> {
    this.#connection.checkOpen();
    return this.#clock.now();
  }

  async head(experiment: string): Promise<LogHead> {
    const found = await this.#connection.read((driver) => findExperiment(driver, experiment));
    return { pos: found?.pos ?? 0, run: found?.run ?? 0 };
  }

  async *query(
    experiment: string,
    filter: EntryFilter = {},
    options: QueryOptions = {},
  ): AsyncGenerator<LogEntry> {
    this.#connection.checkOpen();
    const query = checkQuery(filter, options);
    let bounds: Bounds | undefined;
    let start: PageStart | undefined;
    let left = query.limit;
    let size = FIRST_PAGE;
    while (left > 0) {
      const limit = Math.min(left, size);
      const page = await this.#connection.read(async (driver) => {
        const found = await findExperiment(driver, experiment);
        if (found === undefined) return [];
        bounds ??= await narrow(driver, found, query);
        return readPage(driver, found.id, query, bounds, { start, limit });
      });
      for (const row of page) {
        this.#connection.checkOpen();
        start = { pos: row.pos as number, runEnd: row.run_end as number };
        yield toEntry(experiment, row);
      }
      if (page.length < limit) return;
      left -= page.length;
      size = nextPageSize(page);
    }
  }

  async experiments(): Promise<string[]> {
    const rows = await this.#connection.read((driver) =>
      driver.all('SELECT name FROM experiments WHERE pos > 0', []),
    );
    return rows.map((row) => decodeText(row.name as string)).sort();
  }

  async monitorHead(experiment: string, monitor: string): Promise<MonitorHead> {
    const [row] = await this.#connection.read((driver) =>
      driver.all(
        `SELECT version, seq, cursor, captured, tick FROM monitors
         WHERE experiment = (SELECT id FROM experiments WHERE name = ?) AND name = ?`,
        [encodeText(experiment), encodeText(monitor)],
      ),
    );
    if (row === undefined) return { version: 0, seq: -1, cursor: 0, captured: -1, tick: 0 };
    const { version, seq, cursor, captured, tick } = row as unknown as MonitorHead;
    return { version, seq, cursor, captured, tick };
  }

  async monitors(experiment: string): Promise<StoredMonitor[]> {
    const rows = await this.#connection.read((driver) =>
      driver.all(
        `SELECT name, key, version, seq, cursor, captured, tick FROM monitors
         WHERE experiment = (SELECT id FROM experiments WHERE name = ?)`,
        [encodeText(experiment)],
      ),
    );
    return toMonitors(rows);
  }

  async *windowParts(
    experiment: string,
    key: string,
    after: number,
    upTo: number,
  ): AsyncGenerator<WindowPart> {
    // What the window is made of is settled by one read; a fold made later doesn't change what is read after that.
    const ids = await this.#connection.snapshot(async (driver) => {
      return (await sumWindow(driver, experiment, { key, after, upTo })).ids();
    });
    let size = FIRST_PAGE;
    for (let from = 0; from < ids.length; ) {
      const group = ids.slice(from, from + size);
      const page = await this.#connection.read((driver) => readParts(driver, group));
      if (page.length < group.length) throw lostPartsError(key);
      for (const row of page) {
        this.#connection.checkOpen();
        yield toPart(row);
      }
      from += group.length;
      size = nextPageSize(page);
    }
  }

  async windowRows(experiment: string, key: string, after: number, upTo: number): Promise<number> {
    const sum = await this.#connection.snapshot((driver) =>
      sumWindow(driver, experiment, { key, after, upTo }),
    );
    return sum.rows;
  }

  async fold(fold: Fold): Promise<boolean> {
    this.#connection.checkOpen();
    checkFold(fold);
    const own = {
      ...fold,
      replaces: fold.replaces.map((part) => ({ ...part })),
      bytes: new Uint8Array(fold.bytes),
    };
    return this.#whileFull((driver) => writeFold(driver, own, this.#clock.now()));
  }

  async commitWindow(commit: WindowCommit): Promise<{ run: number; version: number } | undefined> {
    this.#connection.checkOpen();
    const own = checkedCommit(commit);
    return this.#whileFull((driver) => writeCommit(driver, own, this.#clock.now()));
  }

  async pendingDeliveries(experiment: string, limit: number, after?: string): Promise<Delivery[]> {
    this.#connection.checkOpen();
    checkLimit(limit);
    const rows = await this.#connection.read((driver) =>
      driver.all(
        `SELECT monitor, name, payload, attempts FROM deliveries
         WHERE experiment = (SELECT id FROM experiments WHERE name = ?)
           ${after === undefined ? '' : 'AND id > (SELECT id FROM deliveries WHERE name = ?)'} ORDER BY id LIMIT ?`,
        [
          encodeText(experiment),
          ...(after === undefined ? [] : [encodeText(after)]),
          Math.min(limit, Number.MAX_SAFE_INTEGER),
        ],
      ),
    );
    return rows.map((row) => ({
      experiment,
      monitor: decodeText(row.monitor as string),
      id: decodeText(row.name as string),
      payload: JSON.parse(row.payload as string),
      attempts: row.attempts as number,
    }));
  }

  async settleDelivery(id: string, { done }: { readonly done: boolean }): Promise<void> {
    const sql = done
      ? 'DELETE FROM deliveries WHERE name = ?'
      : 'UPDATE deliveries SET attempts = attempts + 1 WHERE name = ?';
    await this.#whileFull((driver) => driver.run(sql, [encodeText(id)]));
  }

  async takeLease(name: string, owner: string, ttlMs: number): Promise<boolean> {
    this.#connection.checkOpen();
    checkLease(name, owner, ttlMs);
    return this.#whileFull(async (driver) => {
      const now = this.#clock.now();
      const sql = 'DELETE FROM leases WHERE until <= ? OR (name = ? AND until > ?)';
      await driver.run(sql, [now, encodeText(name), latestLeaseEnd(now, ttlMs)]);
      const held = await driver.all(
        `INSERT INTO leases (name, owner, until) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET until = excluded.until WHERE owner = excluded.owner RETURNING owner`,
        [encodeText(name), encodeText(owner), now + ttlMs],
      );
      return held.length > 0;
    });
  }

  async releaseLease(name: string, owner: string): Promise<void> {
    const sql = 'DELETE FROM leases WHERE name = ? AND owner = ?';
    await this.#connection.write((driver) =>
      driver.run(sql, [encodeText(name), encodeText(owner)]),
    );
  }

  async *parts(
    experiment: string,
    filter: PartFilter = {},
    options: { readonly limit?: number; readonly withBytes?: boolean } = {},
  ): AsyncGenerator<LivePart> {
    this.#connection.checkOpen();
    const { limit = Number.POSITIVE_INFINITY, withBytes = false } = options;
    checkPartFilter(filter, limit);
    const now = this.#clock.now();
    const found = await this.#connection.read((driver) =>
      listParts(driver, experiment, filter, { now, limit }),
    );
    for (let from = 0; from < found.length; from += PARTS_PER_PAGE) {
      const page = found.slice(from, from + PARTS_PER_PAGE);
      const ids = page.map(({ id }) => id);
      const bytes = withBytes
        ? await this.#connection.read((driver) => readPartBytes(driver, ids))
        : undefined;
      for (const { id, ...part } of page) {
        this.#connection.checkOpen();
        const own = bytes?.get(id);
        if (bytes !== undefined && own === undefined) continue;
        yield own === undefined ? part : { ...part, bytes: own };
      }
    }
  }

  async *predictions(
    experiment: string,
    filter: PredictionFilter = {},
  ): AsyncGenerator<Prediction> {
    this.#connection.checkOpen();
    checkPredictionFilter(filter);
    let start: SqlRow | undefined;
    for (;;) {
      const page = await this.#connection.read((driver) =>
        readPredictions(driver, experiment, filter, { start, limit: MAX_PAGE }),
      );
      for (const row of page) {
        this.#connection.checkOpen();
        yield toPrediction(row);
      }
      if (page.length < MAX_PAGE) return;
      start = page.at(-1);
    }
  }

  async prune(experiment: string, retention: Retention): Promise<Pruned> {
    this.#connection.checkOpen();
    checkRetention(retention);
    return this.#pruner.prune(experiment, { ...retention });
  }

  async rewrite(rewrite: Rewrite): Promise<boolean> {
    this.#connection.checkOpen();
    const checked = checkRewrite(rewrite);
    return this.#whileFull((driver) => writeRewrite(driver, checked));
  }

  async scrub(): Promise<boolean> {
    // Pages that are given back are overwritten (`secure_delete`); older ones still lie in the log beside the file.
    const sql = 'PRAGMA wal_checkpoint(TRUNCATE)';
    const [row] = await this.#connection.read((driver) => driver.all(sql, []));
    return row?.busy === 0;
  }

  async restore(experiment: string, restored: Restored): Promise<void> {
    this.#connection.checkOpen();
    checkText(experiment, 'experiment');
    const checked = checkRestored(restored);
    await this.#whileFull((driver) => writeRestored(driver, experiment, checked), 'append');
  }

  async migrate(): Promise<Migration> {
    return this.#connection.migration();
  }

  async clear(experiment: string): Promise<void> {
    this.#batches.forget();
    await this.#connection.write(async (driver) => {
      const found = await findExperiment(driver, experiment);
      if (found === undefined) return;
      for (const table of ['entries', 'parts', 'cuts', 'monitors', 'deliveries', 'predictions']) {
        await driver.run(`DELETE FROM ${table} WHERE experiment = ?`, [found.id]);
      }
      await driver.run('DELETE FROM experiments WHERE id = ?', [found.id]);
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Writes; where the store is full it makes room and tries again. What is no append may take the reserve then. */
  async #whileFull<T>(
    work: (driver: SqliteDriver) => Promise<T>,
    kind: 'append' | 'upkeep' = 'upkeep',
  ): Promise<T> {
    try {
      return await this.#connection.write(work);
    } catch (error) {
      if (!isFull(error)) throw error;
      const { removed } = await this.#pruner.makeRoom();
      if (kind === 'upkeep') return this.#connection.writeFromReserve(work);
      if (removed === 0) throw error;
      return this.#connection.write(work);
    }
  }
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
  return new SqliteStore(
    location,
    clock,
    connection,
    new SqlitePruner(connection, { clock, maxBytes }),
  );
}
