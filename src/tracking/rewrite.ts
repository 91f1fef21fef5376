import type { JsonValue } from './json-value.js';
import type { NewEntry } from './log-entry.js';

/** The changes of an erasure, made in one transaction. */
export interface Rewrite {
  readonly experiment: string;
  /** Entries of the log. `before` are the bytes that the caller read (left out if there are none). Fields that are left out stay. */
  readonly entries: readonly {
    readonly pos: number;
    readonly before?: Uint8Array;
    readonly bytes?: Uint8Array;
    readonly rows?: number;
    readonly value?: JsonValue;
  }[];
  /** Live folds, in the same way. A chunk is an entry, and its part changes with it. */
  readonly folds: readonly {
    readonly key: string;
    readonly level: number;
    readonly posFrom: number;
    readonly before: Uint8Array;
    readonly bytes: Uint8Array;
    readonly rows?: number;
  }[];
  /** Predictions to remove: all with one of these ids, and all of one of these runs. */
  readonly predictions: { readonly ids?: readonly string[]; readonly runs?: readonly number[] };
  /** Entries to log about it, in the same transaction. */
  readonly log: readonly NewEntry[];
}
