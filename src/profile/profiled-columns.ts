import type { ColumnProfile } from './column-profile.js';

/** Columns of equal length, by name. */
export type ColumnSet = ReadonlyMap<string, ArrayLike<unknown>>;

/** What is measured on a profile by those that it is made of: its rows, and its columns. */
export interface ProfiledColumns {
  readonly rows: number;
  readonly columnNames: readonly string[];
  column(name: string): ColumnProfile | undefined;
}
