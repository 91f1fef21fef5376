import { LeewayError, shown } from '../errors.js';
import { Profile } from './profile.js';

/** A table: rows as objects, or columns as arrays of equal length. */
export type Table = readonly Readonly<Record<string, unknown>>[] | Readonly<Record<string, ArrayLike<unknown>>>;

/** How a table is profiled. */
export interface ProfileTableOptions {
  /** Columns whose numbers are names of categories, such as codes. @default [] */
  readonly catcols?: readonly string[];
}

/**
 * Profiles a table that is in memory.
 *
 * `null`, `undefined`, NaN and absent values are missing; infinities are counted apart and enter no statistic. Numbers
 * make a numeric column, strings and booleans a categorical one. The same rows in the same order give the same profile.
 * The table is left as it is. O(rows × columns).
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where the table is neither rows nor columns of equal length.
 *
 * @example
 * profileTable([{ wind: 4.7, weather: 'rain' }, { wind: 2.1, weather: 'sun' }]);
 * profileTable({ wind: [4.7, 2.1], weather: ['rain', 'sun'] });
 */
export function profileTable(table: Table, options: ProfileTableOptions = {}): Profile {
  const profile = new Profile({ catcols: options.catcols ?? [] });
  const { columns, rows } = Array.isArray(table) ? columnsOfRows(table) : columnsOfArrays(table as object);
  profile.addColumns(columns, 0, rows);
  return profile;
}

/** Turns rows into columns of equal length. A value is `undefined` in the rows that lack it. */
export function columnsOfRows(rows: readonly unknown[]): { columns: Map<string, unknown[]>; rows: number } {
  const columns = new Map<string, unknown[]>();
  rows.forEach((row, index) => {
    if (row === null || typeof row !== 'object' || Array.isArray(row)) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `row ${index} of the table must be an object, got ${shown(row)}`);
    }
    for (const [name, value] of Object.entries(row)) {
      let column = columns.get(name);
      if (column === undefined) {
        column = [];
        columns.set(name, column);
      }
      while (column.length < index) column.push(undefined);
      column.push(value);
    }
  });
  for (const column of columns.values()) while (column.length < rows.length) column.push(undefined);
  return { columns, rows: rows.length };
}

function columnsOfArrays(table: object): { columns: Map<string, ArrayLike<unknown>>; rows: number } {
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
