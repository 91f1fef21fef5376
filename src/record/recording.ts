import type { DecodedTable } from '../wire/decoded-table.js';
import type { RowChoice } from './row-choice.js';

/** A predict call to be recorded. */
export interface Recording {
  readonly model: string;
  readonly X: DecodedTable | undefined;
  readonly Y: DecodedTable | undefined;
  /** Epoch ms. */
  readonly at: number;
  readonly latencyMs: number;
  readonly status: number;
  readonly requestId: string | null;
  readonly parent: number | null;
  readonly version?: string | undefined;
  /** Where the tables hold only some of the call's rows: which. */
  readonly choice?: RowChoice | undefined;
  /** Whether the client went away before the answer: the call is logged, and no window counts its rows. */
  readonly aborted?: boolean;
  /** About how much memory its tables take. */
  readonly bytes: number;
}
