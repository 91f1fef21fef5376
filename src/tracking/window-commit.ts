import type { JsonValue } from './json-value.js';
import type { NewEntry } from './log-entry.js';

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
