import { yieldToEventLoop } from '../../../leaves/async.js';
import { type Clock, systemClock } from '../../../leaves/clock.js';
import type { EntryFilter, LogEntry, LogHead, NewEntry, QueryOptions } from '../../log-entry.js';
import type { Prediction, PredictionFilter } from '../../prediction.js';
import type { Restored, StoredMonitor } from '../../restored.js';
import type { Pruned, Retention } from '../../retention.js';
import type { Rewrite } from '../../rewrite.js';
import type { Migration, TrackingStore } from '../../store.js';
import type { Delivery, MonitorHead, WindowCommit } from '../../window-commit.js';
import type { Fold, LivePart, PartFilter, WindowPart } from '../../window-part.js';
import { type PlacedEntry, placeEntries } from '../assign-positions.js';
import { BatchBook } from '../batch-book.js';
import { checkRestored, headAfter } from '../check-restored.js';
import { closedError } from '../closed-error.js';
import { latestLeaseEnd, tickThatCounts, tickToStore } from '../store-time.js';
import {
  checkCursor,
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
} from '../validate.js';
import { deliverySize, MemoryDeliveries } from './deliveries.js';
import { entrySize } from './entries.js';
import { foldSize, MemoryLog, type MemoryPart, toLivePart, toLogEntry } from './log.js';
import { MemoryPredictions } from './predictions.js';
import { forgetParts, type MemoryHoldings, makeMemoryRoom } from './room.js';
import { spentChunks } from './spent-chunks.js';

export interface MemoryStoreOptions {
  /** What leases run out by. @default the machine's clock */
  readonly clock?: Clock;
  /**
   * What the store may hold, in bytes as it estimates them. @default 268_435_456 (256 MiB): about four days of one row
   * of 100 numbers a second
   */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
/** A long query lets other work go on after so many entries. */
const ENTRIES_PER_TURN = 256;

class MemoryStore implements TrackingStore {
  readonly location = 'memory';
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #logs: Map<string, MemoryLog> = new Map();
  /** All parts in the order they came, replaced chunks included: what room is made from, oldest first. */
  readonly #parts: Set<MemoryPart> = new Set();
  readonly #deliveries: MemoryDeliveries = new MemoryDeliveries();
  readonly #batches: BatchBook = new BatchBook();
  readonly #leases: Map<string, { readonly owner: string; readonly until: number }> = new Map();
  #closed = false;

  constructor(clock: Clock, maxBytes: number) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  async append(
    experiment: string,
    entries: readonly NewEntry[],
  ): Promise<{ pos: number; run: number }[]> {
    this.#checkOpen();
    checkText(experiment, 'experiment');
    const checked = checkEntries(entries);
    if (checked.length === 0) return [];
    return this.#batches.once(experiment, checked, async () => {
      this.#checkOpen();
      const { placed, head } = placeEntries(checked, this.#head(experiment), false);
      this.#makeRoom(
        placed.reduce((sum, entry) => sum + entrySize(entry) + MemoryPredictions.sizeOf(entry), 0),
        true,
      );
      for (const part of this.#log(experiment).add(placed, head)) this.#parts.add(part);
      return placed;
    });
  }

  async now(): Promise<number> {
    this.#checkOpen();
    return this.#clock.now();
  }

  async head(experiment: string): Promise<LogHead> {
    this.#checkOpen();
    return this.#head(experiment);
  }

  async *query(
    experiment: string,
    filter: EntryFilter = {},
    options: QueryOptions = {},
  ): AsyncGenerator<LogEntry> {
    const query = checkQuery(filter, options);
    let last: PlacedEntry | undefined;
    for (let given = 0; given < query.limit; given += 1) {
      if (given % ENTRIES_PER_TURN === ENTRIES_PER_TURN - 1) await yieldToEventLoop();
      this.#checkOpen();
      const entry = this.#logs.get(experiment)?.next(query, last);
      if (entry === undefined) return;
      last = entry;
      yield toLogEntry(experiment, entry, query.withBytes);
    }
  }

  async experiments(): Promise<string[]> {
    this.#checkOpen();
    const written = [...this.#logs].filter(([, log]) => log.head.pos > 0);
    return written.map(([name]) => name).sort();
  }

  async monitorHead(experiment: string, monitor: string): Promise<MonitorHead> {
    this.#checkOpen();
    return this.#monitorHead(experiment, monitor);
  }

  async monitors(experiment: string): Promise<StoredMonitor[]> {
    this.#checkOpen();
    const stored = [...(this.#logs.get(experiment)?.monitors ?? [])];
    return stored
      .map(([monitor, head]) => ({ monitor, ...head }))
      .sort((a, b) => (a.monitor < b.monitor ? -1 : 1));
  }

  async *windowParts(
    experiment: string,
    key: string,
    after: number,
    upTo: number,
  ): AsyncGenerator<WindowPart> {
    this.#checkOpen();
    // The list is read once: a fold made while one iterates changes what is live, never a part that is held here.
    for (const part of this.#logs.get(experiment)?.window(key, after, upTo) ?? []) {
      this.#checkOpen();
      const { level, posFrom, posTo, rows, dt, dtEnd } = part;
      yield { level, posFrom, posTo, rows, dt, dtEnd, bytes: new Uint8Array(part.bytes) };
    }
  }

  async windowRows(experiment: string, key: string, after: number, upTo: number): Promise<number> {
    this.#checkOpen();
    const parts = this.#logs.get(experiment)?.window(key, after, upTo) ?? [];
    return parts.reduce((sum, part) => sum + part.rows, 0);
  }

  async fold(fold: Fold): Promise<boolean> {
    this.#checkOpen();
    checkFold(fold);
    const log = this.#logs.get(fold.experiment);
    const replaced = log?.foldable(fold);
    if (log === undefined || replaced === undefined) return false;
    // Lower folds go at once and replaced chunks may go, so only what the fold takes beyond them needs room.
    const freed = replaced.reduce((sum, part) => sum + part.size, 0);
    if (foldSize(fold) > freed) this.#makeRoom(foldSize(fold) - freed);
    const made = log.fold(fold, replaced);
    for (const part of replaced) if (part.level > 0) this.#parts.delete(part);
    this.#parts.add(made);
    this.#makeRoom(0);
    return true;
  }

  async commitWindow(commit: WindowCommit): Promise<{ run: number; version: number } | undefined> {
    this.#checkOpen();
    const { experiment, monitor, key, next, entries, deliveries } = checkedCommit(commit);
    const before = this.#head(experiment);
    const { version, tick } = this.#monitorHead(experiment, monitor);
    if (version !== commit.expectedVersion) return undefined;
    const now = this.#clock.now();
    if (commit.tick !== undefined && commit.tick <= tickThatCounts(tick, commit.tick, now))
      return undefined;
    checkCursor(next.cursor, before);
    if (this.#logs.get(experiment)?.crossed(key, next.cursor)) return undefined;
    this.#deliveries.checkFree(deliveries);
    const { placed, head } = placeEntries(entries, before, true);
    const sizes = [...placed.map(entrySize), ...deliveries.map(deliverySize)];
    this.#makeRoom(sizes.reduce((sum, size) => sum + size, 0));

    const log = this.#log(experiment);
    for (const part of log.add(placed, head)) this.#parts.add(part);
    log.commit(monitor, {
      key,
      version: version + 1,
      ...next,
      tick: commit.tick === undefined ? tick : tickToStore(commit.tick, now),
    });
    for (const { id, json } of deliveries)
      this.#deliveries.add(id, { experiment, monitor, json, attempts: 0 });
    return { run: head.run, version: version + 1 };
  }

  async pendingDeliveries(experiment: string, limit: number, after?: string): Promise<Delivery[]> {
    this.#checkOpen();
    checkLimit(limit);
    return this.#deliveries.pending(experiment, limit, after);
  }

  async settleDelivery(id: string, { done }: { readonly done: boolean }): Promise<void> {
    this.#checkOpen();
    this.#deliveries.settle(id, done);
  }

  async takeLease(name: string, owner: string, ttlMs: number): Promise<boolean> {
    this.#checkOpen();
    checkLease(name, owner, ttlMs);
    const now = this.#clock.now();
    const lease = this.#leases.get(name);
    const isHeld =
      lease !== undefined && lease.until > now && lease.until <= latestLeaseEnd(now, ttlMs);
    if (isHeld && lease.owner !== owner) return false;
    this.#leases.set(name, { owner, until: now + ttlMs });
    return true;
  }

  async releaseLease(name: string, owner: string): Promise<void> {
    this.#checkOpen();
    if (this.#leases.get(name)?.owner === owner) this.#leases.delete(name);
  }

  async *parts(
    experiment: string,
    filter: PartFilter = {},
    options: { readonly limit?: number; readonly withBytes?: boolean } = {},
  ): AsyncGenerator<LivePart> {
    this.#checkOpen();
    const { limit = Number.POSITIVE_INFINITY, withBytes = false } = options;
    checkPartFilter(filter, limit);
    const found = this.#logs.get(experiment)?.parts(filter, this.#clock.now()) ?? [];
    for (const { part, cutBefore } of found.slice(0, limit)) {
      this.#checkOpen();
      yield toLivePart(part, cutBefore, withBytes);
    }
  }

  async *predictions(
    experiment: string,
    filter: PredictionFilter = {},
  ): AsyncGenerator<Prediction> {
    this.#checkOpen();
    checkPredictionFilter(filter);
    for (const prediction of this.#logs.get(experiment)?.predictions.find(filter) ?? []) {
      this.#checkOpen();
      yield prediction;
    }
  }

  async prune(experiment: string, retention: Retention): Promise<Pruned> {
    this.#checkOpen();
    checkRetention(retention);
    const log = this.#logs.get(experiment);
    if (log === undefined) return { chunks: 0, rows: 0, folds: 0, predictions: 0 };
    const { profilesMs = Number.POSITIVE_INFINITY, predictionsMs = Number.POSITIVE_INFINITY } =
      retention;
    const now = this.#clock.now();
    const own = [...this.#parts].filter((part) => part.log === log && part.level === 0);
    const chunks = spentChunks(own, retention, this.#clock.now());
    const folds = [...this.#parts].filter(
      (part) =>
        part.log === log && part.level > 0 && part.dtEnd < now - profilesMs && log.isClosed(part),
    );
    forgetParts(this.#holdings, new Set([...chunks, ...folds]));
    const predictions = log.predictions.remove(({ dt }) => dt < now - predictionsMs);
    return {
      chunks: chunks.length,
      rows: chunks.reduce((sum, { rows }) => sum + rows, 0),
      folds: folds.length,
      predictions,
    };
  }

  async rewrite(rewrite: Rewrite): Promise<boolean> {
    this.#checkOpen();
    const checked = checkRewrite(rewrite);
    const { experiment } = checked;
    const { placed, head } = placeEntries(checked.log, this.#head(experiment), false);
    this.#makeRoom(placed.reduce((sum, entry) => sum + entrySize(entry), 0));
    const log = this.#log(experiment);
    if (!log.rewrite(checked)) return false;
    for (const part of log.add(placed, head)) this.#parts.add(part);
    return true;
  }

  async scrub(): Promise<boolean> {
    this.#checkOpen();
    return true;
  }

  async restore(experiment: string, restored: Restored): Promise<void> {
    this.#checkOpen();
    checkText(experiment, 'experiment');
    const checked = checkRestored(restored);
    const { entries, folded, folds, cuts, monitors, deliveries } = checked;
    const head = headAfter(experiment, this.#head(experiment), checked);
    this.#deliveries.checkFree(deliveries);
    const sizes = [
      ...entries.map((entry) => entrySize(entry) + MemoryPredictions.sizeOf(entry)),
      ...folds.map(foldSize),
      ...deliveries.map(deliverySize),
    ];
    this.#makeRoom(sizes.reduce((sum, size) => sum + size, 0));
    const log = this.#log(experiment);
    for (const part of log.add(entries, head, folded)) this.#parts.add(part);
    for (const fold of folds) this.#parts.add(log.addFold(fold));
    for (const { key, pos } of cuts) log.cut(key, pos);
    for (const { monitor, ...stored } of monitors) log.commit(monitor, stored);
    for (const { id, ...delivery } of deliveries)
      this.#deliveries.add(id, { experiment, ...delivery });
  }

  async migrate(): Promise<Migration> {
    this.#checkOpen();
    return { from: 1, to: 1, minWriter: 1 };
  }

  async clear(experiment: string): Promise<void> {
    this.#checkOpen();
    const log = this.#logs.get(experiment);
    this.#logs.delete(experiment);
    this.#batches.forget();
    for (const part of this.#parts) if (part.log === log) this.#parts.delete(part);
    this.#deliveries.clear(experiment);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#logs.clear();
    this.#parts.clear();
    this.#deliveries.clear();
    this.#leases.clear();
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError(this.location);
  }

  #head(experiment: string): LogHead {
    return this.#logs.get(experiment)?.head ?? { pos: 0, run: 0 };
  }

  #monitorHead(experiment: string, monitor: string): MonitorHead {
    const stored = this.#logs.get(experiment)?.monitors.get(monitor);
    if (stored === undefined) return { version: 0, seq: -1, cursor: 0, captured: -1, tick: 0 };
    const { version, seq, cursor, captured, tick } = stored;
    return { version, seq, cursor, captured, tick };
  }

  #log(experiment: string): MemoryLog {
    let log = this.#logs.get(experiment);
    if (log === undefined) {
      log = new MemoryLog();
      this.#logs.set(experiment, log);
    }
    return log;
  }

  #makeRoom(needed: number, isAppend = false): void {
    makeMemoryRoom(this.#holdings, this.#maxBytes, needed, isAppend);
  }

  get #holdings(): MemoryHoldings {
    return { logs: this.#logs, parts: this.#parts, deliveryBytes: this.#deliveries.bytes };
  }
}

/**
 * A tracking store in this process's memory: for tests, demos, and where there is no disk. It ends with the process.
 *
 * It is bounded: where `maxBytes` would be exceeded it forgets the oldest rows that no window needs any more (chunks
 * that were folded, and parts that every monitor of their model has cut past), entry and all. Where that does not
 * suffice the write rejects with `ERR_LEEWAY_STORE`; rows that a window still needs never vanish. Bytes and values are
 * copied on the way in and out.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where `maxBytes` is no whole number above 0
 * @example
 * const store = memoryStore({ maxBytes: 64 * 1024 * 1024 });
 */
export function memoryStore(options: MemoryStoreOptions = {}): TrackingStore {
  const { clock = systemClock, maxBytes = DEFAULT_MAX_BYTES } = options;
  checkWhole(maxBytes, 'maxBytes', 1);
  return new MemoryStore(clock, maxBytes);
}
