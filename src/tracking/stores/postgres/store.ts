import type { Clock } from '../../../leaves/clock.js';
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
import { type AppendedBatch, appendEntries, isWritten, sizeOf } from './append.js';
import { writeCommit } from './commit.js';
import { InDoubtError, PostgresConnection } from './connection.js';
import { loadPgPool, type PgDriver, type PgPool, type PgRow } from './driver.js';
import { listParts, readPartBytes, readPredictions, toPrediction } from './parts.js';
import { PostgresPruner } from './prune.js';
import {
  findExperiment,
  idOf,
  narrow,
  type PgBounds,
  type PgPageStart,
  readPage,
  whole,
} from './query.js';
import { writeRestored } from './restore.js';
import { vacuum, writeRewrite } from './rewrite.js';
import { FullStoreError, PostgresRoom } from './room.js';
import { publicUrl } from './url.js';
import { forgetReplaced, listWindow, readParts, toPart, writeFold } from './window.js';

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
/** A page aims at so many bytes: enough to be quick, little enough to hold in memory. */
const PAGE_BYTES = 4 * 1024 * 1024;
const FIRST_PAGE = 8;
const MAX_PAGE = 500;
const PARTS_PER_PAGE = 64;

/** How long the next page should be, given what this one weighed. */
function nextPageSize(page: readonly PgRow[]): number {
  const bytes = page.reduce((sum, row) => sum + rowSize(row), 0);
  const average = Math.max(1, bytes / Math.max(1, page.length));
  return Math.min(MAX_PAGE, Math.max(1, Math.floor(PAGE_BYTES / average)));
}

class PostgresStore implements TrackingStore {
  readonly location: string;
  readonly #clock: Clock | undefined;
  readonly #connection: PostgresConnection;
  readonly #pruner: PostgresPruner;
  readonly #room: PostgresRoom;
  readonly #batches: BatchBook<AppendedBatch> = new BatchBook();

  constructor(
    connection: PostgresConnection,
    { location, clock, maxBytes }: { location: string; clock: Clock | undefined; maxBytes: number },
  ) {
    this.location = location;
    this.#clock = clock;
    this.#connection = connection;
    this.#pruner = new PostgresPruner(connection, { now: (driver) => this.#now(driver), maxBytes });
    this.#room = new PostgresRoom(location, maxBytes);
  }

  async append(
    experiment: string,
    entries: readonly NewEntry[],
  ): Promise<{ pos: number; run: number }[]> {
    this.#connection.checkOpen();
    checkText(experiment, 'experiment');
    const checked = checkEntries(entries);
    if (checked.length === 0) return [];
    const ask = (driver: PgDriver, written: AppendedBatch) =>
      isWritten(driver, experiment, written);
    return this.#batches.once(experiment, checked, async (doubt) => {
      if (doubt !== undefined && (await this.#connection.write((driver) => ask(driver, doubt))))
        return doubt.placed;
      try {
        const { placed } = await this.#whileFull(sizeOf(checked), (check) =>
          this.#connection.write(async (driver) => {
            await check(driver);
            return appendEntries(driver, experiment, checked);
          }, ask),
        );
        return placed;
      } catch (error) {
        if (error instanceof InDoubtError)
          this.#batches.doubt(experiment, checked, error.result as AppendedBatch);
        throw error;
      }
    });
  }

  now(): Promise<number> {
    return this.#connection.read((driver) => this.#now(driver));
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
    let bounds: PgBounds | undefined;
    let start: PgPageStart | undefined;
    let left = query.limit;
    let size = FIRST_PAGE;
    while (left > 0) {
      const limit = Math.min(left, size);
      const page = await this.#connection.read(async (driver) => {
        if (bounds === undefined) {
          const found = await findExperiment(driver, experiment);
          if (found === undefined) return [];
          bounds = await narrow(driver, found, query);
        }
        return readPage(driver, idOf(experiment), query, bounds, { start, limit });
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
    const sql = 'SELECT name FROM leeway_experiments WHERE pos > 0';
    const rows = await this.#connection.read((driver) => driver.all(sql));
    return rows.map((row) => decodeText(row.name as string)).sort();
  }

  async monitorHead(experiment: string, monitor: string): Promise<MonitorHead> {
    const sql =
      'SELECT version, seq, cursor, captured, tick FROM leeway_monitors WHERE experiment = $1 AND id = $2';
    const [row] = await this.#connection.read((driver) =>
      driver.all(sql, [idOf(experiment), idOf(monitor)]),
    );
    if (row === undefined) return { version: 0, seq: -1, cursor: 0, captured: -1, tick: 0 };
    return row as unknown as MonitorHead;
  }

  async monitors(experiment: string): Promise<StoredMonitor[]> {
    const sql =
      'SELECT name, key, version, seq, cursor, captured, tick FROM leeway_monitors WHERE experiment = $1';
    return toMonitors(await this.#connection.read((driver) => driver.all(sql, [idOf(experiment)])));
  }

  async *windowParts(
    experiment: string,
    key: string,
    after: number,
    upTo: number,
  ): AsyncGenerator<WindowPart> {
    // What the window is made of is settled by one statement; a fold made later doesn't change what is read after that.
    const listed = await this.#connection.read((driver) =>
      listWindow(driver, experiment, { key, after, upTo }),
    );
    let size = FIRST_PAGE;
    for (let from = 0; from < listed.length; ) {
      const group = listed.slice(from, from + size);
      const page = await this.#connection.read((driver) =>
        readParts(driver, { experiment, key }, group),
      );
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
    const listed = await this.#connection.read((driver) =>
      listWindow(driver, experiment, { key, after, upTo }),
    );
    return listed.reduce((sum, row) => sum + (row.rows as number), 0);
  }

  async fold(fold: Fold): Promise<boolean> {
    this.#connection.checkOpen();
    checkFold(fold);
    const own = {
      ...fold,
      replaces: fold.replaces.map((part) => ({ ...part })),
      bytes: new Uint8Array(fold.bytes),
    };
    return this.#connection.write(async (driver) => {
      const now = await this.#now(driver);
      await forgetReplaced(driver, now);
      return writeFold(driver, own, now);
    });
  }

  async commitWindow(commit: WindowCommit): Promise<{ run: number; version: number } | undefined> {
    this.#connection.checkOpen();
    const own = checkedCommit(commit);
    const done = await this.#connection.write(
      (driver) => writeCommit(driver, own, () => this.#now(driver)),
      async (driver, written) =>
        written !== undefined && isWritten(driver, own.experiment, written),
    );
    return done === undefined ? undefined : { run: done.run, version: done.version };
  }

  async pendingDeliveries(experiment: string, limit: number, after?: string): Promise<Delivery[]> {
    this.#connection.checkOpen();
    checkLimit(limit);
    const sql = `SELECT monitor, name, payload, attempts FROM leeway_deliveries
      WHERE experiment = $1
        ${after === undefined ? '' : 'AND (pos, place) > (SELECT pos, place FROM leeway_deliveries WHERE id = $3)'}
      ORDER BY pos, place LIMIT $2::INT8`;
    const bound = [idOf(experiment), whole(limit), ...(after === undefined ? [] : [idOf(after)])];
    const rows = await this.#connection.read((driver) => driver.all(sql, bound));
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
      ? 'DELETE FROM leeway_deliveries WHERE id = $1'
      : 'UPDATE leeway_deliveries SET attempts = attempts + 1 WHERE id = $1';
    await this.#connection.write((driver) => driver.all(sql, [idOf(id)]));
  }

  async takeLease(name: string, owner: string, ttlMs: number): Promise<boolean> {
    this.#connection.checkOpen();
    checkLease(name, owner, ttlMs);
    return this.#connection.write(async (driver) => {
      const now = await this.#now(driver);
      const held = await driver.all(
        `INSERT INTO leeway_leases (id, name, owner, until) VALUES ($1, $2, $3, $4::FLOAT8)
         ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, until = excluded.until
         WHERE leeway_leases.owner = excluded.owner OR leeway_leases.until <= $5::FLOAT8
           OR leeway_leases.until > $6::FLOAT8 RETURNING id`,
        [
          idOf(name),
          encodeText(name),
          encodeText(owner),
          now + ttlMs,
          now,
          latestLeaseEnd(now, ttlMs),
        ],
      );
      return held.length > 0;
    });
  }

  async releaseLease(name: string, owner: string): Promise<void> {
    const sql = 'DELETE FROM leeway_leases WHERE id = $1 AND owner = $2';
    await this.#connection.write((driver) => driver.all(sql, [idOf(name), encodeText(owner)]));
  }

  async *parts(
    experiment: string,
    filter: PartFilter = {},
    options: { readonly limit?: number; readonly withBytes?: boolean } = {},
  ): AsyncGenerator<LivePart> {
    this.#connection.checkOpen();
    const { limit = Number.POSITIVE_INFINITY, withBytes = false } = options;
    checkPartFilter(filter, limit);
    const found = await this.#connection.read(async (driver) =>
      listParts(driver, experiment, filter, { now: await this.#now(driver), limit }),
    );
    for (const group of pagesByKey(found, PARTS_PER_PAGE)) {
      const bytes = withBytes
        ? await this.#connection.read((driver) => readPartBytes(driver, experiment, group))
        : [];
      for (const [index, part] of group.entries()) {
        this.#connection.checkOpen();
        const own = bytes[index];
        if (own !== undefined) yield { ...part, bytes: own };
        else if (!withBytes) yield part;
      }
    }
  }

  async *predictions(
    experiment: string,
    filter: PredictionFilter = {},
  ): AsyncGenerator<Prediction> {
    this.#connection.checkOpen();
    checkPredictionFilter(filter);
    let start: PgRow | undefined;
    for (;;) {
      const limit = MAX_PAGE;
      const page = await this.#connection.read((driver) =>
        readPredictions(driver, experiment, filter, { start, limit }),
      );
      for (const row of page) {
        this.#connection.checkOpen();
        yield toPrediction(row);
      }
      if (page.length < limit) return;
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
    return this.#connection.write((driver) => writeRewrite(driver, checked));
  }

  async scrub(): Promise<boolean> {
    return this.#connection.readSlowly(vacuum);
  }

  async restore(experiment: string, restored: Restored): Promise<void> {
    this.#connection.checkOpen();
    checkText(experiment, 'experiment');
    const checked = checkRestored(restored);
    await this.#whileFull(sizeOf(checked.entries), (check) =>
      this.#connection.write(async (driver) => {
        await check(driver);
        await writeRestored(driver, experiment, checked);
      }),
    );
  }

  async migrate(): Promise<Migration> {
    return this.#connection.migration();
  }

  async clear(experiment: string): Promise<void> {
    const id = idOf(experiment);
    this.#batches.forget();
    await this.#connection.write(async (driver) => {
      const [held] = await driver.all(
        'SELECT id FROM leeway_experiments WHERE id = $1 FOR UPDATE',
        [id],
      );
      if (held === undefined) return;
      for (const table of ['entries', 'parts', 'cuts', 'monitors', 'deliveries', 'predictions']) {
        await driver.all(`DELETE FROM leeway_${table} WHERE experiment = $1`, [id]);
      }
      await driver.all('DELETE FROM leeway_experiments WHERE id = $1', [id]);
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Writes so many bytes of payload; where the store is full it makes room, once, and tries again. */
  async #whileFull<T>(
    bytes: number,
    write: (check: (driver: PgDriver) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const attempt = async (): Promise<T> => {
      const written = await write((driver) => this.#room.check(driver, bytes));
      this.#room.wrote(bytes);
      return written;
    };
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof FullStoreError) || (await this.#pruner.makeRoom(bytes)).removed === 0)
        throw error;
      return attempt();
    }
  }

  async #now(driver: PgDriver): Promise<number> {
    if (this.#clock !== undefined) return this.#clock.now();
    const [row] = await driver.all(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::FLOAT8 AS now',
    );
    return row?.now as number;
  }
}

/** Parts in groups of one key each, no longer than `most`. */
function* pagesByKey(parts: readonly LivePart[], most: number): Generator<readonly LivePart[]> {
  let page: LivePart[] = [];
  for (const part of parts) {
    if (page.length === most || (page[0] !== undefined && page[0].key !== part.key)) {
      yield page;
      page = [];
    }
    page.push(part);
  }
  if (page.length > 0) yield page;
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
  return new PostgresStore(connection, { location, clock, maxBytes });
}
