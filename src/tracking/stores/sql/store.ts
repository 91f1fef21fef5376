import type { EntryFilter, LogEntry, LogHead, NewEntry, QueryOptions } from '../../log-entry.js';
import type { Prediction, PredictionFilter } from '../../prediction.js';
import type { Restored, StoredMonitor } from '../../restored.js';
import type { Pruned, Retention } from '../../retention.js';
import type { Rewrite } from '../../rewrite.js';
import type { Migration, TrackingStore } from '../../store.js';
import type { Delivery, MonitorHead, WindowCommit } from '../../window-commit.js';
import type { Fold, LivePart, PartFilter, WindowPart } from '../../window-part.js';
import { BatchBook, type LogPlace } from '../batch-book.js';
import { checkRestored } from '../check-restored.js';
import { decodeText, encodeText } from '../encode-text.js';
import { PayloadMemory } from '../payload-memory.js';
import {
  type CheckedEntry,
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
  lostPartsError,
} from '../validate.js';
import { appendEntries, isWritten, type WrittenBatch } from './append.js';
import { writeCommit } from './commit.js';
import type { Dialect, Happened, SqlBackend, SqlConnection } from './dialect.js';
import { findExperiment } from './experiment.js';
import { InDoubtError } from './in-doubt.js';
import { listParts, readPartBytes, readPredictions } from './parts.js';
import type { SqlPruner } from './prune.js';
import { type OpenQuery, openQuery, type PagePlace, readPage } from './query.js';
import { writeRestored } from './restore.js';
import { writeRewrite } from './rewrite.js';
import {
  livePartOfRow,
  rowSize,
  type SqlRow,
  toEntry,
  toMonitors,
  toPart,
  toPrediction,
} from './rows.js';
import { readParts, writeFold } from './window.js';

/** A page aims at so many bytes: enough to be quick, little enough to hold in memory and to share the database. */
const PAGE_BYTES = 4 * 1024 * 1024;
const FIRST_PAGE = 8;
const MAX_PAGE = 500;
const TABLES = ['entries', 'parts', 'cuts', 'monitors', 'deliveries', 'predictions'];

/** How long the next page should be, given what this one weighed. */
function nextPageSize(page: readonly SqlRow[]): number {
  const bytes = page.reduce((sum, row) => sum + rowSize(row), 0);
  const average = Math.max(1, bytes / Math.max(1, page.length));
  return Math.min(MAX_PAGE, Math.max(1, Math.floor(PAGE_BYTES / average)));
}

/** A tracking store in an SQL database. What differs between databases is its dialect's. */
export class SqlStore implements TrackingStore {
  readonly location: string;
  readonly #connection: SqlConnection;
  readonly #dialect: Dialect;
  readonly #backend: SqlBackend;
  readonly #pruner: SqlPruner;
  readonly #memory: PayloadMemory = new PayloadMemory();
  readonly #batches: BatchBook<WrittenBatch> = new BatchBook();

  constructor(
    location: string,
    connection: SqlConnection,
    dialect: Dialect,
    { backend, pruner }: { readonly backend: SqlBackend; readonly pruner: SqlPruner },
  ) {
    this.location = location;
    this.#connection = connection;
    this.#dialect = dialect;
    this.#backend = backend;
    this.#pruner = pruner;
  }

  async append(
    experiment: string,
    entries: readonly NewEntry[],
  ): Promise<{ pos: number; run: number }[]> {
    this.#connection.checkOpen();
    checkText(experiment, 'experiment');
    if (!this.#dialect.lendsMemory) return this.#append(experiment, checkEntries(entries));
    return this.#memory.lend(async (copy) => this.#append(experiment, checkEntries(entries, copy)));
  }

  async #append(
    experiment: string,
    checked: readonly CheckedEntry[],
  ): Promise<{ pos: number; run: number }[]> {
    if (checked.length === 0) return [];
    const ask = this.#asks((driver, it: WrittenBatch) => isWritten(driver, experiment, it));
    return this.#batches.once(experiment, checked, async (doubt): Promise<readonly LogPlace[]> => {
      if (doubt !== undefined && ask !== undefined) {
        if (await this.#connection.write((driver) => ask(driver, doubt))) return doubt.placed;
      }
      try {
        const { placed } = await this.#backend.append(
          checked,
          (driver) => appendEntries(driver, experiment, checked),
          ask,
        );
        return placed;
      } catch (error) {
        if (error instanceof InDoubtError)
          this.#batches.doubt(experiment, checked, error.result as WrittenBatch);
        throw error;
      }
    });
  }

  /** A question that is asked where a commit's answer can be lost. */
  #asks<T>(happened: Happened<T>): Happened<T> | undefined {
    return this.#dialect.storesBatch ? happened : undefined;
  }

  async now(): Promise<number> {
    this.#connection.checkOpen();
    return this.#backend.now();
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
    let opened: OpenQuery | undefined;
    let start: PagePlace['start'];
    let left = query.limit;
    let size = FIRST_PAGE;
    while (left > 0) {
      const limit = Math.min(left, size);
      const page = await this.#connection.read(async (driver) => {
        opened ??= await openQuery(driver, experiment, query);
        return opened === undefined ? [] : readPage(driver, opened, { start, limit });
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
    const sql = `SELECT name FROM ${this.#dialect.prefix}experiments WHERE pos > 0`;
    const rows = await this.#connection.read((driver) => driver.all(sql, []));
    return rows.map((row) => decodeText(row.name as string)).sort();
  }

  async monitorHead(experiment: string, monitor: string): Promise<MonitorHead> {
    const { prefix, experimentId, nameId, idOf } = this.#dialect;
    const sql = `SELECT version, seq, cursor, captured, tick FROM ${prefix}monitors
      WHERE experiment = ${experimentId} AND ${nameId} = ?`;
    const [row] = await this.#connection.read((driver) =>
      driver.all(sql, [idOf(experiment), idOf(monitor)]),
    );
    if (row === undefined) return { version: 0, seq: -1, cursor: 0, captured: -1, tick: 0 };
    const { version, seq, cursor, captured, tick } = row as unknown as MonitorHead;
    return { version, seq, cursor, captured, tick };
  }

  async monitors(experiment: string): Promise<StoredMonitor[]> {
    const { prefix, experimentId, idOf } = this.#dialect;
    const sql = `SELECT name, key, version, seq, cursor, captured, tick FROM ${prefix}monitors
      WHERE experiment = ${experimentId}`;
    return toMonitors(await this.#connection.read((driver) => driver.all(sql, [idOf(experiment)])));
  }

  async *windowParts(
    experiment: string,
    key: string,
    after: number,
    upTo: number,
  ): AsyncGenerator<WindowPart> {
    this.#connection.checkOpen();
    // What the window is made of is settled by one read; a fold made later doesn't change what is read after that.
    const listed = await this.#backend.listWindow(experiment, { key, after, upTo });
    let size = FIRST_PAGE;
    for (let from = 0; from < listed.length; ) {
      const group = listed.slice(from, from + size);
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
    return this.#backend.sumWindow(experiment, { key, after, upTo });
  }

  async fold(fold: Fold): Promise<boolean> {
    this.#connection.checkOpen();
    checkFold(fold);
    const own = {
      ...fold,
      replaces: fold.replaces.map((part) => ({ ...part })),
      bytes: new Uint8Array(fold.bytes),
    };
    return this.#backend.upkeep(async (driver) =>
      writeFold(driver, own, await this.#backend.now(driver)),
    );
  }

  async commitWindow(commit: WindowCommit): Promise<{ run: number; version: number } | undefined> {
    this.#connection.checkOpen();
    const own = checkedCommit(commit);
    const done = await this.#backend.upkeep(
      (driver) => writeCommit(driver, own, () => this.#backend.now(driver)),
      this.#asks(
        async (driver, written: WrittenBatch | undefined) =>
          written !== undefined && (await isWritten(driver, own.experiment, written)),
      ),
    );
    return done === undefined ? undefined : { run: done.run, version: done.version };
  }

  async pendingDeliveries(experiment: string, limit: number, after?: string): Promise<Delivery[]> {
    this.#connection.checkOpen();
    checkLimit(limit);
    const { prefix, experimentId, outbox, nameId, idOf } = this.#dialect;
    const order = outbox.join(', ');
    const behind = `AND (${order}) > (SELECT ${order} FROM ${prefix}deliveries WHERE ${nameId} = ?)`;
    const sql = `SELECT monitor, name, payload, attempts FROM ${prefix}deliveries
      WHERE experiment = ${experimentId} ${after === undefined ? '' : behind}
      ORDER BY ${order} LIMIT ?`;
    const bound = [idOf(experiment), ...(after === undefined ? [] : [idOf(after)])];
    const rows = await this.#connection.read((driver) =>
      driver.all(sql, [...bound, Math.min(limit, Number.MAX_SAFE_INTEGER)]),
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
    const { prefix, nameId, idOf } = this.#dialect;
    const sql = done
      ? `DELETE FROM ${prefix}deliveries WHERE ${nameId} = ?`
      : `UPDATE ${prefix}deliveries SET attempts = attempts + 1 WHERE ${nameId} = ?`;
    await this.#backend.upkeep((driver) => driver.all(sql, [idOf(id)]));
  }

  async takeLease(name: string, owner: string, ttlMs: number): Promise<boolean> {
    this.#connection.checkOpen();
    checkLease(name, owner, ttlMs);
    return this.#backend.upkeep(async (driver) => {
      const now = await this.#backend.now(driver);
      const held = await this.#dialect.holdLease(driver, { name, owner, ttlMs }, now);
      return held.length > 0;
    });
  }

  async releaseLease(name: string, owner: string): Promise<void> {
    const { prefix, nameId, idOf } = this.#dialect;
    const sql = `DELETE FROM ${prefix}leases WHERE ${nameId} = ? AND owner = ?`;
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
    const listed = await this.#connection.read(async (driver) => {
      const now = await this.#backend.now(driver);
      return listParts(driver, experiment, filter, { now, limit });
    });
    const { partsPerPage } = this.#dialect;
    for (let from = 0; from < listed.length; from += partsPerPage) {
      const group = listed.slice(from, from + partsPerPage);
      const bytes = withBytes
        ? await this.#connection.read((driver) => readPartBytes(driver, group))
        : [];
      for (const [index, row] of group.entries()) {
        this.#connection.checkOpen();
        const own = bytes[index];
        if (own !== undefined) yield { ...livePartOfRow(row), bytes: own };
        else if (!withBytes) yield livePartOfRow(row);
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
      const place = { start, limit: MAX_PAGE };
      const page = await this.#connection.read((driver) =>
        readPredictions(driver, experiment, filter, place),
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
    return this.#backend.upkeep((driver) => writeRewrite(driver, checked));
  }

  async scrub(): Promise<boolean> {
    return this.#backend.scrub();
  }

  async restore(experiment: string, restored: Restored): Promise<void> {
    this.#connection.checkOpen();
    checkText(experiment, 'experiment');
    const checked = checkRestored(restored);
    await this.#backend.append(checked.entries, (driver) =>
      writeRestored(driver, experiment, checked),
    );
  }

  async migrate(): Promise<Migration> {
    return this.#connection.migration();
  }

  async clear(experiment: string): Promise<void> {
    const { prefix, nameId, forUpdate, idOf } = this.#dialect;
    this.#batches.forget();
    await this.#connection.write(async (driver) => {
      const sql = `SELECT id FROM ${prefix}experiments WHERE ${nameId} = ?${forUpdate}`;
      const [held] = await driver.all(sql, [idOf(experiment)]);
      if (held === undefined) return;
      const id = held.id as string | number;
      for (const table of TABLES)
        await driver.all(`DELETE FROM ${prefix}${table} WHERE experiment = ?`, [id]);
      await driver.all(`DELETE FROM ${prefix}experiments WHERE id = ?`, [id]);
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
