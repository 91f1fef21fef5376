import type { EntryFilter, LogEntry, LogHead, NewEntry, QueryOptions } from './log-entry.js';
import type { Prediction, PredictionFilter } from './prediction.js';
import type { Restored, StoredMonitor } from './restored.js';
import type { Pruned, Retention } from './retention.js';
import type { Rewrite } from './rewrite.js';
import type { Delivery, MonitorHead, WindowCommit } from './window-commit.js';
import type { Fold, LivePart, PartFilter, WindowPart } from './window-part.js';

/** The layout of a store: when it was opened, now, and the oldest layout that may write to it. */
export interface Migration {
  readonly from: number;
  readonly to: number;
  readonly minWriter: number;
}

/**
 * A tracking store: an append-only log per experiment, the heads of its monitors, leases and an outbox. It sees
 * bytes and JSON, never profiles. All methods are asynchronous in every store. After `close()` each of them rejects with
 * `ERR_LEEWAY_CLOSED`. Errors of the backend reject with `ERR_LEEWAY_STORE`.
 *
 * A store opens on first use, behind one promise. If opening fails, the next call tries again.
 * `describeStore` of the contract suite tests every promise made here.
 */
export interface TrackingStore {
  /** Names the store for people, without secrets: `memory`, `sqlite:/data/leeway.db`. */
  readonly location: string;

  /**
   * Appends entries in one transaction: all or none. The first statement advances the experiment's head and holds
   * it until commit, so positions become visible in order, without gaps, and no two entries get the same run.
   * An empty batch changes nothing. Nor does a batch whose `batch` is already in the log.
   *
   * @returns for each entry, in order, its position and first run.
   */
  append(
    experiment: string,
    entries: readonly NewEntry[],
  ): Promise<{ readonly pos: number; readonly run: number }[]>;

  /**
   * The store's own time, epoch ms. Leases, ticks and retention use it.
   * Without this method, the clock of the process is used.
   */
  now?(): Promise<number>;

  /** The present end of the experiment's log. */
  head(experiment: string): Promise<LogHead>;

  /**
   * The matching entries, by position. Each page contains what was committed when it is read. During an oldest-first iteration
   * an appended entry may or may not be seen. No entry is seen twice, and no entry that was committed before is missed.
   */
  query(experiment: string, filter?: EntryFilter, options?: QueryOptions): AsyncIterable<LogEntry>;

  /** Experiments with at least one entry, by name (code unit order). */
  experiments(): Promise<string[]>;

  /** A monitor's head, also if it was never committed. */
  monitorHead(experiment: string, monitor: string): Promise<MonitorHead>;

  /** The monitors that were committed, by name (code unit order). */
  monitors(experiment: string): Promise<StoredMonitor[]>;

  /**
   * The parts that together cover, once each, all rows of `predict` entries with this key and
   * `after < pos <= upTo`, by `posFrom`. A fold represents the parts that it replaced. The parts are determined when the
   * iteration starts: folds made in the meantime change nothing. If a fold crosses `after` or `upTo`, it rejects with
   * `ERR_LEEWAY_CONFLICT`: read the head again. No fold ever crosses a position at which a window was cut.
   */
  windowParts(
    experiment: string,
    key: string,
    after: number,
    upTo: number,
  ): AsyncIterable<WindowPart>;

  /** The number of rows that `windowParts` would cover, without reading them. It rejects if that would. */
  windowRows(experiment: string, key: string, after: number, upTo: number): Promise<number>;

  /**
   * Replaces parts by a fold, in one transaction.
   *
   * @returns `false`, with nothing changed, if a part is gone (already folded), if the parts have another number of rows than
   * the fold, or if a monitor's cut with this key, however old, is between the first and the last of them.
   */
  fold(fold: Fold): Promise<boolean>;

  /**
   * Writes what a capture found, if and only if the monitor's head still has `expectedVersion` and no fold crosses
   * `next.cursor` (at most the log's last position); entries, head and deliveries become visible together or not at
   * all.
   *
   * Ticks are compared by the store's clock. A stored tick ahead of it is ignored, because a clock that was wrong once must not
   * stop all captures until that time. A tick ahead of the clock is stored as the time of the commit.
   *
   * @returns the capture's run number and the new version, or `undefined` if another process was first, in this version or in
   * this tick.
   */
  commitWindow(
    commit: WindowCommit,
  ): Promise<{ readonly run: number; readonly version: number } | undefined>;

  /** Deliveries that wait, oldest first; at most `limit`. @param after only deliveries behind the one with this id, which waits too */
  pendingDeliveries(experiment: string, limit: number, after?: string): Promise<Delivery[]>;

  /** Counts an attempt at a delivery. `done: true` removes it from the outbox. An unknown id is ignored. */
  settleDelivery(id: string, outcome: { readonly done: boolean }): Promise<void>;

  /**
   * Acquires or renews a lease for `ttlMs` by the store's own clock. A lease that ends more than an hour later than any lease
   * that is acquired now came from a wrong clock, and is ignored.
   *
   * @returns `true` if `owner` now holds it; `false` if another owner's lease has not expired.
   */
  takeLease(name: string, owner: string, ttlMs: number): Promise<boolean>;

  /** Releases a lease. Does nothing if `owner` does not hold it. */
  releaseLease(name: string, owner: string): Promise<void>;

  /** The present parts, without replaced ones. Parts of one key are together, by `posFrom`. */
  parts(
    experiment: string,
    filter?: PartFilter,
    options?: { readonly limit?: number; readonly withBytes?: boolean },
  ): AsyncIterable<LivePart>;

  /** Predictions that wait for labels, by run. */
  predictions(experiment: string, filter?: PredictionFilter): AsyncIterable<Prediction>;

  /**
   * Removes what is past its retention. If the store has more than its `maxBytes`, it also removes the oldest rows of all
   * experiments until it has not. Rows are removed only if they are in a fold. Folds are removed only if every monitor of their
   * key has cut past them, or if there is no monitor (a monitor counts from its first commit on). It works in many small
   * transactions.
   *
   * The age of chunks follows the log's order: a chunk behind a chunk that is still stored stays too, whatever time its writer's
   * clock gave it.
   *
   * A store with more than its `maxBytes` also makes room during writes, oldest first: parts that folds replaced, rows that are
   * in a fold, folds that no open window needs, and finally profiles of old snapshots and old comparisons. All other entries
   * stay. A part of the bound is a reserve for folds and commits, so that a full store can still make room.
   */
  prune(experiment: string, retention: Retention): Promise<Pruned>;

  /**
   * Replaces bytes and removes predictions, in one transaction. The old content is never returned again, and after `scrub` it
   * is no longer in the store's files. Windows that are being read may reject with `ERR_LEEWAY_CONFLICT`.
   *
   * @returns `false`, with nothing changed, if an entry or a fold is gone or has other bytes than the caller read.
   */
  rewrite(rewrite: Rewrite): Promise<boolean>;

  /**
   * Removes what rewrites replaced from the store's files: a SQLite store empties its write-ahead log, PostgreSQL removes dead
   * rows (`VACUUM`).
   *
   * @returns `false` if it could not: others are reading, or the user lacks the right.
   */
  scrub(): Promise<boolean>;

  /**
   * Writes a piece of another store's log unchanged, with its positions and runs, in one transaction. Rejects with
   * `ERR_LEEWAY_CONFLICT` if the log already extends as far.
   */
  restore(experiment: string, restored: Restored): Promise<void>;

  /**
   * Upgrades the layout to that of this version. Opening does so too, as far as older versions can still write afterwards.
   */
  migrate(): Promise<Migration>;

  /** Removes everything of one experiment: log, folds, monitor heads, outbox, predictions. */
  clear(experiment: string): Promise<void>;

  /** Closes what the store opened. Idempotent. Calls in progress are finished first. */
  close(): Promise<void>;
}
