import type { Cell } from '../tracking/chunk.js';

/** A row as a condition sees it: its columns with their prefixes, `X_age`, `Y_price`. */
export type ErasableRow = Readonly<Record<string, Cell>>;

/** What is erased: calls by their own ids, or rows by what is in them. One of the two. */
export interface ErasureQuery {
  /** Ids of requests, as `requestId` gave them. */
  readonly id?: string | readonly string[];
  /** Values that a row must all have, or what tells whether a row is meant. */
  readonly where?: ErasableRow | ((row: ErasableRow) => boolean);
}

/** What was erased. */
export interface Erased {
  /** Calls that lost rows. */
  readonly calls: number;
  readonly rows: number;
  /** Rows emptied in samples that profiles keep. */
  readonly sampledRows: number;
  /** Profiles of windows that were made anew from the rows that are left. */
  readonly rebuiltProfiles: number;
  /**
   * Profiles of windows and snapshots that may go on holding single values of single columns, since their rows are kept no
   * longer, or which cover the time of what was erased and are snapshots, which stay as they were judged.
   */
  readonly unchangedProfiles: number;
  /**
   * Whether what was erased is out of the store's files too, as far as the store has a say: PostgreSQL, its log and its backups
   * follow rules of their own. `false` where a reader or a missing right kept it from that; erase again, or see to it by hand.
   */
  readonly scrubbed: boolean;
}
