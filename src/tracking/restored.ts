import type { LogEntry, LogHead } from './log-entry.js';
import type { NewPrediction } from './prediction.js';
import type { Delivery, MonitorHead } from './window-commit.js';
import type { LivePart } from './window-part.js';

/** An entry on its way from one store to another, with the predictions that came with it. */
export interface RestoredEntry extends Omit<LogEntry, 'experiment'> {
  readonly predictions?: readonly NewPrediction[];
  /** Whether a fold represents its rows, so that it is not itself a part of a window. @default false */
  readonly folded?: boolean;
}

/** A live fold on its way from one store to another. */
export type RestoredFold = Omit<LivePart, 'cutBefore' | 'bytes'> & { readonly bytes: Uint8Array };

/** A position at which windows of a key were cut. */
export interface RestoredCut {
  readonly key: string;
  readonly pos: number;
}

/** A stored monitor: its name, the `key` of the chunks that it reads, and its head. */
export interface StoredMonitor extends MonitorHead {
  readonly monitor: string;
  readonly key: string;
}

/** A piece of another store's log, unchanged. */
export interface Restored {
  /** The end of the log with this piece. A log that is already longer stays so. */
  readonly head: LogHead;
  /** By position. */
  readonly entries?: readonly RestoredEntry[];
  readonly folds?: readonly RestoredFold[];
  /** The cursors of monitors are cuts too, whether they are listed here or not. */
  readonly cuts?: readonly RestoredCut[];
  /** Their cursors are at most at `head`. */
  readonly monitors?: readonly StoredMonitor[];
  /** The outbox, oldest first. */
  readonly deliveries?: readonly Omit<Delivery, 'experiment'>[];
}
