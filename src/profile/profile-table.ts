import { Profile } from './profile.js';
import type { ProfileOptions } from './profile-options.js';
import { columnsOfArrays, columnsOfRows } from './table-columns.js';

/** Rows are turned into columns so many at a time: as many as a profile takes in at once, so that both ways agree. */
const SLICE = 4096;

/** A table: rows as objects, or columns as arrays of equal length. */
export type Table =
  | readonly Readonly<Record<string, unknown>>[]
  | Readonly<Record<string, ArrayLike<unknown>>>;

/** How a table is profiled. */
export type ProfileTableOptions = ProfileOptions;

/**
 * Profiles a table that is in memory.
 *
 * `null`, `undefined`, NaN, absent values and the words of `missing` are missing; infinities and what no column can hold
 * are counted apart and enter no statistic. Nested values become columns of their own, `user.age`, as docs/columns.md has
 * it. A column's type is inferred from its values (`inferType`) unless the options declare it. The same rows in the same
 * order give the same profile. The table is left as it is. O(rows × columns).
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where the table is neither rows nor columns of equal length.
 *
 * @example
 * profileTable([{ wind: 4.7, weather: 'rain' }, { wind: 2.1, weather: 'sun' }]);
 * profileTable({ wind: [4.7, 2.1], weather: ['rain', 'sun'] });
 */
export function profileTable(table: Table, options: ProfileTableOptions = {}): Profile {
  const profile = new Profile(options);
  addTable(profile, table);
  return profile;
}

/** Adds a table that is in memory. Rows are turned into columns a slice at a time. */
export function addTable(profile: Profile, table: Table): void {
  if (!Array.isArray(table)) {
    const { columns, rows } = columnsOfArrays(table as object);
    profile.addColumns(columns, 0, rows);
    return;
  }
  const accept = (name: string): boolean => profile.admit(name);
  for (let from = 0; from < table.length; from += SLICE) {
    const { columns, rows } = columnsOfRows(table.slice(from, from + SLICE), from, accept);
    profile.addColumns(columns, 0, rows);
  }
}
