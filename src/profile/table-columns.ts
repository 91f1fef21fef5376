import { flatten, isScalar } from '../cells/flatten.js';
import { LeewayError, shown } from '../leaves/errors.js';

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
