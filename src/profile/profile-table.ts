import { flatten, isScalar } from '../cells/flatten.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { Profile } from './profile.js';
import type { ProfileOptions } from './profile-options.js';

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

/**
 * Turns rows into columns of equal length, nested values as columns of their own. A value is `undefined` in the rows that
 * lack it.
 *
 * @param before how many rows came before, for error messages.
 * @param accept tells which columns are wanted; the others are left out.
 */
export function columnsOfRows(
  rows: readonly unknown[],
  before = 0,
  accept: (name: string) => boolean = () => true,
): { columns: Map<string, unknown[]>; rows: number } {
  const columns = new Map<string, unknown[]>();
  rows.forEach((row, index) => {
    if (row === null || typeof row !== 'object' || Array.isArray(row)) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `row ${before + index} of the table must be an object, got ${shown(row)}`,
      );
    }
    const put = (name: string, value: unknown): void => {
      let column = columns.get(name);
      if (column === undefined) {
        if (!accept(name)) return;
        column = [];
        columns.set(name, column);
      }
      while (column.length < index) column.push(undefined);
      // A nested value may be called like another of the row: the first one that is not missing is kept.
      column[index] ??= value;
    };
    for (const [name, value] of Object.entries(row)) {
      if (isScalar(value)) put(name, value);
      else flatten(name, value, put);
    }
  });
  for (const column of columns.values()) while (column.length < rows.length) column.push(undefined);
  return { columns, rows: rows.length };
}

/** The columns of an object of arrays. @throws LeewayError `ERR_LEEWAY_OPTION` where they are no arrays of one length. */
export function columnsOfArrays(table: object): {
  columns: Map<string, ArrayLike<unknown>>;
  rows: number;
} {
  const columns = new Map<string, ArrayLike<unknown>>();
  let rows: number | undefined;
  for (const [name, values] of Object.entries(table)) {
    if (!Array.isArray(values) && !ArrayBuffer.isView(values)) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `a table is an array of row objects or an object of arrays; column ${JSON.stringify(name)} is ${shown(values)}`,
      );
    }
    const column = values as ArrayLike<unknown>;
    rows ??= column.length;
    if (column.length !== rows) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `all columns must be of one length: ${JSON.stringify(name)} has ${column.length} values, another ${rows}`,
      );
    }
    columns.set(name, column);
  }
  return { columns, rows: rows ?? 0 };
}
