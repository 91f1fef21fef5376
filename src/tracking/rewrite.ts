import type { JsonValue } from './json-value.js';
import type { NewEntry } from './log-entry.js';

/** What an erasure changes, in one piece. */
export interface Rewrite {
  readonly experiment: string;
  /** Entries of the log. `before` are the bytes that the caller saw (left out: it has none); fields left out stay. */
  readonly entries: readonly {
    readonly pos: number;
    readonly before?: Uint8Array;
    readonly bytes?: Uint8Array;
    readonly rows?: number;
    readonly value?: JsonValue;
  }[];
  /** Live folds, likewise. A chunk is an entry: its part follows. */
  readonly folds: readonly {
    readonly key: string;
    readonly level: number;
    readonly posFrom: number;
    readonly before: Uint8Array;
    readonly bytes: Uint8Array;
    readonly rows?: number;
  }[];
  /** Predictions that go: all with one of these ids, and all of one of these runs. */
  readonly predictions: { readonly ids?: readonly string[]; readonly runs?: readonly number[] };
  /** What is logged of it, in the same transaction. */
  readonly log: readonly NewEntry[];
}
