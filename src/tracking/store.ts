import type { EventKind } from './event.js';
import type { NewPrediction, Prediction, PredictionFilter } from './prediction.js';
import type { Restored, StoredMonitor } from './restored.js';
import type { Pruned, Retention } from './retention.js';
import type { Rewrite } from './rewrite.js';

/** A value as JSON can hold it. Numbers JSON can't hold are encoded by whoever writes them, not by a store. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };

/** What a caller appends. Positions and missing run numbers are given by the store, in commit order. */
export interface NewEntry {
  readonly event: EventKind;
  /** What the entry is about: a model's name, a metric's name … Any text, also `''`, quotes, NUL or `__proto__`. */
  readonly key: string;
  /**
   * The run it belongs to. Left out, the entry takes the next `runs` numbers of its experiment. Only the store makes
   * new numbers: one of your own that it has not given out yet rejects with `ERR_LEEWAY_OPTION`.
   */
  readonly run?: number;
  /** How many consecutive runs it covers, from `run` on. Default 1; a chunk of n calls covers n. */
  readonly runs?: number;
  /** The run this one was made inside of. */
  readonly parent?: number;
  readonly step?: number;
  readonly value: JsonValue;
  /** A payload that the store copies, keeps as it is and never looks into. Needed where a `predict` entry has rows. */
  readonly bytes?: Uint8Array;
  /** How many rows of a table it holds; 0 for all but chunks of rows. */
  readonly rows?: number;
  /** When it happened, epoch ms, by the writer's clock. For a chunk: its first call; `dtEnd` is its last. */
  readonly dt: number;
  readonly dtEnd?: number;
  readonly node: string;
  readonly userid: string;
  /** What labels that come late will be asked for. It's kept beside the log: a query doesn't give it back. */
  readonly predictions?: readonly NewPrediction[];
}

/** An entry as it stands in the log. */
export interface LogEntry extends Omit<NewEntry, 'predictions'> {
  readonly experiment: string;
  /** Place in the experiment's log: 1, 2, 3 …, increasing in the order of commit, without gaps. */
  readonly pos: number;
  readonly run: number;
  readonly runs: number;
  readonly rows: number;
  readonly dtEnd: number;
}

/** Which entries a query wants. Every field narrows; an empty filter means all, an empty list none. */
export interface EntryFilter {
  readonly events?: readonly EventKind[];
  readonly keys?: readonly string[];
  readonly steps?: readonly number[];
  /** Entries that cover at least one run in this closed range. */
  readonly runFrom?: number;
  readonly runTo?: number;
  /** Entries with `dtEnd >= since`. */
  readonly since?: number;
  /** Entries with `dt < end`. */
  readonly end?: number;
  /** Entries with `pos > after` and `pos <= upTo`. */
  readonly after?: number;
  readonly upTo?: number;
}

/** How a query answers. */
export interface QueryOptions {
  /**
   * By position, ascending or descending; or by the last run an entry covers, descending, and then by position,
   * descending (an event logged late into an early run is not the latest run). @default 'oldest-first'
   */
  readonly order?: 'oldest-first' | 'newest-first' | 'latest-run-first';
  /** At most so many entries. @default no limit */
  readonly limit?: number;
  /** `false` leaves `bytes` out, which is much cheaper for chunks. @default true */
  readonly withBytes?: boolean;
}

/** Where an experiment's log ends. A log nothing was written to has `{ pos: 0, run: 0 }`. */
export interface LogHead {
  readonly pos: number;
  readonly run: number;
}

/** Where a monitor stands. A monitor never committed has version 0, seq -1, cursor 0, captured -1, tick 0. */
export interface MonitorHead {
  /** Goes up by one at each commit: what compare-and-set compares. */
  readonly version: number;
  /** The number of the latest snapshot. */
  readonly seq: number;
  /** The log position that the latest window was cut at: rows of entries at or before it are in a snapshot. */
  readonly cursor: number;
  /** The latest snapshot that a capture has judged. */
  readonly captured: number;
  /** The latest tick, epoch ms, that a capture was committed for; 0 before the first. */
  readonly tick: number;
}

/**
 * A piece of a window: a chunk of rows (level 0), or the folded profile of several: of a writer's minute (level 1), eight
 * minutes (2) or hour (3), of an hour of all writers (4), or of a day (5).
 */
export interface WindowPart {
  readonly level: number;
  /** First and last log position it covers. */
  readonly posFrom: number;
  readonly posTo: number;
  readonly rows: number;
  readonly dt: number;
  readonly dtEnd: number;
  readonly bytes: Uint8Array;
}

/** Which live parts are asked for. Every field narrows; an empty list means none. */
export interface PartFilter {
  readonly keys?: readonly string[];
  readonly levels?: readonly number[];
  /** Parts with `posFrom > after` and `posTo <= upTo`. */
  readonly after?: number;
  readonly upTo?: number;
  /** Parts whose last row is older than this, by the store's clock. */
  readonly olderThanMs?: number;
}

/** A part that stands in the store now: not one that a fold took the place of. */
export interface LivePart extends Omit<WindowPart, 'bytes'> {
  /** The model. */
  readonly key: string;
  /**
   * The last position before it that a window of its key was cut at; 0 where there is none. Parts of one key with the
   * same `cutBefore` lie in one window, so that a fold may join them.
   */
  readonly cutBefore: number;
  /** There where they were asked for. */
  readonly bytes?: Uint8Array;
}

/** A fold: one profile in place of the parts it was made from. */
export interface Fold {
  readonly experiment: string;
  /** The `key` of the chunks folded, i.e. the model. */
  readonly key: string;
  /** 1 for a fold of chunks; above the level of each of its parts otherwise. */
  readonly level: number;
  /** The parts that it replaces, each by its `posFrom` and level. All of one writer, in order. */
  readonly replaces: readonly { readonly level: number; readonly posFrom: number }[];
  readonly bytes: Uint8Array;
  /** How many rows it holds. Told, a fold is refused whose parts have another number by now: rows of them were erased. */
  readonly rows?: number;
}

/** A message that has to reach someone at least once. */
export interface Delivery {
  readonly experiment: string;
  readonly monitor: string;
  /** Unique among the store's pending deliveries; a commit with one that is taken rejects with `ERR_LEEWAY_OPTION`. */
  readonly id: string;
  readonly payload: JsonValue;
  readonly attempts: number;
}

/** What a capture, or a snapshot by hand, writes in one piece. */
export interface WindowCommit {
  readonly experiment: string;
  /** The monitor's name; by custom `monitors/<experiment>/<model>`. */
  readonly monitor: string;
  /** The `key` of the chunks that the monitor reads; cuts protect these from folds that would cross them. */
  readonly key: string;
  /** The head's version that the caller saw. */
  readonly expectedVersion: number;
  /** The tick that this capture is for, where a schedule asked for it: each tick is committed at most once. */
  readonly tick?: number;
  readonly next: { readonly seq: number; readonly cursor: number; readonly captured: number };
  /**
   * Snapshot, drift and alert entries; those without a `run` all share one new run, so that one capture is one run.
   * A commit takes that run even where it has no entries.
   */
  readonly entries: readonly NewEntry[];
  readonly deliveries: readonly { readonly id: string; readonly payload: JsonValue }[];
}

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
   * An empty batch changes nothing.
   *
   * @returns for each entry, in order, its position and first run.
   */
  append(experiment: string, entries: readonly NewEntry[]): Promise<{ readonly pos: number; readonly run: number }[]>;

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
  windowParts(experiment: string, key: string, after: number, upTo: number): AsyncIterable<WindowPart>;

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
   * @returns the capture's run number and the new version, or `undefined` where somebody else was first, be it in this
   * version or in this tick.
   */
  commitWindow(commit: WindowCommit): Promise<{ readonly run: number; readonly version: number } | undefined>;

  /** Deliveries not yet settled, oldest first; at most `limit`. */
  pendingDeliveries(experiment: string, limit: number): Promise<Delivery[]>;

  /** Counts an attempt at a delivery; `done: true` takes it out of the outbox. Settling an unknown id does nothing. */
  settleDelivery(id: string, outcome: { readonly done: boolean }): Promise<void>;

  /**
   * Takes, or renews, a lease for `ttlMs` by the store's own clock.
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
   * cut past them, or there is none (a monitor counts from its first commit on); all other entries stay. It works in many small transactions.
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
