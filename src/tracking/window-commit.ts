import type { JsonValue } from './json-value.js';
import type { NewEntry } from './log-entry.js';

/** The state of a monitor. A monitor that was never committed has version 0, seq -1, cursor 0, captured -1, tick 0. */
export interface MonitorHead {
  /** Increases by one with each commit. Compare-and-set compares it. */
  readonly version: number;
  /** The number of the latest snapshot. */
  readonly seq: number;
  /** The log position at which the latest window was cut. Rows of entries up to it are in a snapshot. */
  readonly cursor: number;
  /** The latest snapshot that a capture has judged. */
  readonly captured: number;
  /** The latest tick, epoch ms, that a capture was committed for; 0 before the first. */
  readonly tick: number;
}

/** A message that must be delivered at least once. */
export interface Delivery {
  readonly experiment: string;
  readonly monitor: string;
  /** Unique among the store's pending deliveries. A commit with an id that is in use rejects with `ERR_LEEWAY_OPTION`. */
  readonly id: string;
  readonly payload: JsonValue;
  readonly attempts: number;
}

/** What a capture, or a snapshot by hand, writes in one transaction. */
export interface WindowCommit {
  readonly experiment: string;
  /** The monitor's name, by convention `monitors/<experiment>/<model>`. */
  readonly monitor: string;
  /** The `key` of the chunks that the monitor reads. Folds of these chunks never cross a cut. */
  readonly key: string;
  /** The version of the head that the caller read. */
  readonly expectedVersion: number;
  /** The tick of a scheduled capture. Each tick is committed at most once. */
  readonly tick?: number;
  readonly next: { readonly seq: number; readonly cursor: number; readonly captured: number };
  /**
   * Snapshot, drift and alert entries; those without a `run` all share one new run, so that one capture is one run.
   * A commit uses that run even if it has no entries.
   */
  readonly entries: readonly NewEntry[];
  readonly deliveries: readonly { readonly id: string; readonly payload: JsonValue }[];
}
