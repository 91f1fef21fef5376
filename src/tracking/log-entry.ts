import type { EventKind } from './event.js';
import type { JsonValue } from './json-value.js';
import type { NewPrediction } from './prediction.js';

/** An entry to append. The store assigns positions and missing run numbers, in commit order. */
export interface NewEntry {
  readonly event: EventKind;
  /** The subject of the entry: the name of a model, of a metric … Any text, also `''`, quotes, NUL or `__proto__`. */
  readonly key: string;
  /**
   * The run of the entry. If it is left out, the entry gets the next `runs` numbers of its experiment. Only the store makes
   * new numbers: a number that it has not assigned yet rejects with `ERR_LEEWAY_OPTION`.
   */
  readonly run?: number;
  /** The number of consecutive runs that it covers, from `run` on. A chunk of n calls covers n. @default 1 */
  readonly runs?: number;
  /** The run that was active when this entry was made. */
  readonly parent?: number;
  readonly step?: number;
  readonly value: JsonValue;
  /** A payload that the store copies, stores unchanged, and never reads. A `predict` entry with rows needs it. */
  readonly bytes?: Uint8Array;
  /** The number of rows in it; 0 for all entries but chunks. */
  readonly rows?: number;
  /** The time, epoch ms, by the writer's clock. For a chunk the time of its first call; `dtEnd` is that of its last. */
  readonly dt: number;
  readonly dtEnd?: number;
  readonly node: string;
  readonly userid: string;
  /** Answers for labels that arrive later. They are stored outside the log: a query does not return them. */
  readonly predictions?: readonly NewPrediction[];
  /**
   * The writer's own name for the append that begins with this entry. A store object takes a batch once: an append that is
   * repeated, because its answer was lost, changes nothing and gives the places that the first one got. It is not part of
   * what a query gives back. @default none: a repeated append is another append
   */
  readonly batch?: string;
}

/** An entry of the log. */
export interface LogEntry extends Omit<NewEntry, 'predictions' | 'batch'> {
  readonly experiment: string;
  /** The position in the experiment's log: 1, 2, 3 …, in the order of commit, without gaps. */
  readonly pos: number;
  readonly run: number;
  readonly runs: number;
  readonly rows: number;
  readonly dtEnd: number;
}

/** Which entries to query. Entries match all fields. An empty filter means all entries, an empty list none. */
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

/** The order and size of a query's result. */
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
