import { MAX_NAME_LENGTH } from '../../leaves/limits.js';
import { storedName } from '../../leaves/stored-name.js';
import { columnName } from '../column-name.js';
import { type DecodedTable, type DecodeLimits, rowsOfList } from '../decoded-table.js';

/**
 * Rows as lists of values, whose columns are named apart from them: of a data frame that is split, of CSV. A value that is
 * a list or an object itself takes the names that it would take in a row with names: `outer.0`, `outer.inner`.
 *
 * @returns `undefined` where a row is no list, or longer than there are names, where a name is none, or all of it is over the limits.
 */
export function rowsUnderNames(
  names: readonly unknown[],
  rows: readonly unknown[],
  limits: DecodeLimits,
): DecodedTable | undefined {
  if (rows.length * names.length > limits.cells) return undefined;
  let nested = false;
  for (const row of rows) {
    if (!Array.isArray(row) || row.length > names.length) return undefined;
    nested ||= row.some((value) => value !== null && typeof value === 'object');
  }
  const columns: string[] = [];
  for (const given of names) {
    const name = columnName(given);
    if (name === undefined) return undefined;
    columns.push(storedName(name, MAX_NAME_LENGTH));
  }
  if (nested) return rowsOfList((rows as readonly unknown[][]).map(namedBy(columns)), limits);
  const table = rowsOfList(rows, limits);
  return table && { ...table, names: columns.slice(0, limits.columns) };
}

const namedBy =
  (columns: readonly string[]) =>
  (row: readonly unknown[]): object =>
    Object.fromEntries(columns.map((name, place) => [name, row[place]]));
