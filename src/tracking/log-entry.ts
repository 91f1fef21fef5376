import type { EventKind } from './event.js';
import type { JsonValue } from './json-value.js';
import type { NewPrediction } from './prediction.js';

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
  /**
   * The writer's own name for the append that begins with this entry. A store object takes a batch once: an append that is
   * repeated, because its answer was lost, changes nothing and gives the places that the first one got. It is not part of
   * what a query gives back. @default none: a repeated append is another append
   */
  readonly batch?: string;
}

/** An entry as it stands in the log. */
export interface LogEntry extends Omit<NewEntry, 'predictions' | 'batch'> {
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
