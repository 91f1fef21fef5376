import type { LogEntry, LogHead } from './log-entry.js';
import type { NewPrediction } from './prediction.js';
import type { Delivery, MonitorHead } from './window-commit.js';
import type { LivePart } from './window-part.js';

/** An entry on its way from one store to another, with the predictions that came with it. */
export interface RestoredEntry extends Omit<LogEntry, 'experiment'> {
  readonly predictions?: readonly NewPrediction[];
  /** Whether a fold stands for its rows, so that it is no part of a window itself. @default false */
  readonly folded?: boolean;
}

/** A live fold on its way from one store to another. */
export type RestoredFold = Omit<LivePart, 'cutBefore' | 'bytes'> & { readonly bytes: Uint8Array };

/** A position that windows of a key were cut at. */
export interface RestoredCut {
  readonly key: string;
  readonly pos: number;
}

/** A monitor as it stands in a store: its name, the `key` of the chunks it reads, and its head. */
export interface StoredMonitor extends MonitorHead {
  readonly monitor: string;
  readonly key: string;
}

/** A piece of another store's log, as it stood there. */
export interface Restored {
  /** Where the log ends with this piece; a log that ends further on stays as long as it is. */
  readonly head: LogHead;
  /** By position. */
  readonly entries?: readonly RestoredEntry[];
  readonly folds?: readonly RestoredFold[];
  /** What monitors stand at is a cut too, told or not. */
  readonly cuts?: readonly RestoredCut[];
  /** They may stand no further than `head`. */
  readonly monitors?: readonly StoredMonitor[];
  /** The outbox, oldest first. */
  readonly deliveries?: readonly Omit<Delivery, 'experiment'>[];
}
