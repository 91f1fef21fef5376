import type { EntryFilter, LogEntry, LogHead, NewEntry, QueryOptions } from './log-entry.js';
import type { Prediction, PredictionFilter } from './prediction.js';
import type { Restored, StoredMonitor } from './restored.js';
import type { Pruned, Retention } from './retention.js';
import type { Rewrite } from './rewrite.js';
import type { Delivery, MonitorHead, WindowCommit } from './window-commit.js';
import type { Fold, LivePart, PartFilter, WindowPart } from './window-part.js';

/** The layout a store has: what it was when it was opened, what it is now, and the oldest layout that may write to it. */
export interface Migration {
  readonly from: number;
  readonly to: number;
  readonly minWriter: number;
}

/**
 * A tracking store: an append-only log per experiment, the heads of its monitors, leases and an outbox. It sees
 * bytes and JSON, never profiles. All methods are asynchronous in every store; after `close()` each rejects with
 * `ERR_LEEWAY_CLOSED`. Trouble of the backend rejects with `ERR_LEEWAY_STORE`.
 *
 * A store opens on first use, behind one promise; an opening that failed is tried again by the next call.
 * `describeStore` of the contract suite holds every promise made here.
 */
export interface TrackingStore {
  /** Names the store for people, without secrets: `memory`, `sqlite:/data/leeway.db`. */
  readonly location: string;

  /**
   * Appends entries in one transaction: all or none. The first statement advances the experiment's head and holds
   * it until commit, so positions become visible in order, without gaps, and no two entries get the same run.
   * An empty batch changes nothing, and so does one whose `batch` the log has already.
   *
   * @returns for each entry, in order, its position and first run.
   */
  append(
    experiment: string,
    entries: readonly NewEntry[],
  ): Promise<{ readonly pos: number; readonly run: number }[]>;

  /**
   * The store's own time, epoch ms: what leases, ticks and retention go by.
   * A store without this method is taken to agree with the clock of the process.
   */
  now?(): Promise<number>;

  /** Where the experiment's log ends now. */
  head(experiment: string): Promise<LogHead>;

  /**
   * The matching entries, by position. It sees what was committed when each page is read: an entry appended while
   * one iterates oldest-first may or may not be seen, none is seen twice, and none committed before is missed.
   */
  query(experiment: string, filter?: EntryFilter, options?: QueryOptions): AsyncIterable<LogEntry>;

  /** Experiments with at least one entry, by name (code unit order). */
  experiments(): Promise<string[]>;

  /** A monitor's head, also where it was never committed. */
  monitorHead(experiment: string, monitor: string): Promise<MonitorHead>;

  /** The monitors that were committed, by name (code unit order). */
  monitors(experiment: string): Promise<StoredMonitor[]>;

  /**
   * The parts that together cover, once each, all rows of `predict` entries with this key and
   * `after < pos <= upTo`, by `posFrom`. A fold stands for what it replaced. Which parts these are is settled when
   * the iteration starts: folds made meanwhile change nothing. Where a fold lies across `after` or `upTo` it rejects
   * with `ERR_LEEWAY_CONFLICT`: read the head again. No fold ever lies across a position that was cut at.
   */
  windowParts(
    experiment: string,
    key: string,
    after: number,
    upTo: number,
  ): AsyncIterable<WindowPart>;

  /** How many rows `windowParts` would cover, without reading them; rejects where that would. */
  windowRows(experiment: string, key: string, after: number, upTo: number): Promise<number>;

  /**
   * Puts a fold in place of its parts, in one transaction.
   *
   * @returns `false`, with nothing changed, where a part is gone (already folded), where they have another number of rows than
   * the fold, or where a monitor's cut with this key, however old, lies between the first and last of them.
   */
  fold(fold: Fold): Promise<boolean>;

  /**
   * Writes what a capture found, if and only if the monitor's head still has `expectedVersion` and no fold crosses
   * `next.cursor` (at most the log's last position); entries, head and deliveries become visible together or not at
   * all.
   *
   * Ticks are compared by the store's clock: a stored tick ahead of it counts as none, since a clock that was wrong once
   * must not stop all captures until that time. A tick is never stored ahead of it either, but as the time of the commit.
   *
   * @returns the capture's run number and the new version, or `undefined` where somebody else was first, be it in this
   * version or in this tick.
   */
  commitWindow(
    commit: WindowCommit,
  ): Promise<{ readonly run: number; readonly version: number } | undefined>;

  /** Deliveries not yet settled, oldest first; at most `limit`. @param after only those behind the one with this id, which waits too */
  pendingDeliveries(experiment: string, limit: number, after?: string): Promise<Delivery[]>;

  /** Counts an attempt at a delivery; `done: true` takes it out of the outbox. Settling an unknown id does nothing. */
  settleDelivery(id: string, outcome: { readonly done: boolean }): Promise<void>;

  /**
   * Takes, or renews, a lease for `ttlMs` by the store's own clock. A lease that ends more than an hour later than any
   * that is taken now was taken by a wrong clock, and counts as none.
   *
   * @returns `true` where `owner` now holds it; `false` where another owner's lease has not run out.
   */
  takeLease(name: string, owner: string, ttlMs: number): Promise<boolean>;

  /** Gives a lease back; does nothing where `owner` does not hold it. */
  releaseLease(name: string, owner: string): Promise<void>;

  /** The parts that stand now, those of a key together, by `posFrom`. Replaced ones aren't given. */
  parts(
    experiment: string,
    filter?: PartFilter,
    options?: { readonly limit?: number; readonly withBytes?: boolean },
  ): AsyncIterable<LivePart>;

  /** Predictions that wait for labels, by run. */
  predictions(experiment: string, filter?: PredictionFilter): AsyncIterable<Prediction>;

  /**
   * Removes what is older than it's kept, and, where the store holds more than its `maxBytes`, the oldest rows of all
   * experiments until it does not. Rows go only when they are in a fold, folds only when every monitor of their key has
   * cut past them, or there is none (a monitor counts from its first commit on). It works in many small transactions.
   *
   * Chunks are as old as the log's order allows: one that lies behind a chunk that is kept is kept too, whatever time its
   * writer's clock gave it.
   *
   * A store that holds more than its `maxBytes` makes room also during writes, oldest first: parts that folds replaced, rows
   * that are in a fold, folds that no open window needs, and at last profiles of old snapshots and old comparisons. All
   * other entries stay. A part of the bound is a reserve for folds and commits, so that a full store can still make room.
   */
  prune(experiment: string, retention: Retention): Promise<Pruned>;

  /**
   * Replaces bytes and removes predictions, in one transaction: what was there before is given to nobody any more, and after
   * `scrub` it isn't in the store's files either. Windows being read meanwhile may reject with `ERR_LEEWAY_CONFLICT`.
   *
   * @returns `false`, with nothing changed, where an entry or a fold is gone or has other bytes than the caller saw.
   */
  rewrite(rewrite: Rewrite): Promise<boolean>;

  /**
   * Takes what rewrites replaced out of the store's files: a SQLite store empties its write-ahead log, PostgreSQL drops dead
   * rows (`VACUUM`).
   *
   * @returns `false` where it could not: others are reading, or the database does not let this user.
   */
  scrub(): Promise<boolean>;

  /**
   * Writes a piece of another store's log as it stood there, with its positions and runs, in one transaction. Rejects with
   * `ERR_LEEWAY_CONFLICT` where the log reaches as far already.
   */
  restore(experiment: string, restored: Restored): Promise<void>;

  /**
   * Brings the layout to this version's. Opening does so too, as far as older versions may still write afterwards.
   */
  migrate(): Promise<Migration>;

  /** Removes everything of one experiment: log, folds, monitor heads, outbox, predictions. */
  clear(experiment: string): Promise<void>;

  /** Closes what the store opened. Idempotent; calls under way are finished first. */
  close(): Promise<void>;
}
