import { isSided } from '../../drift/verdict/drift-row.js';
import { LeewayError, shown } from '../../leaves/errors.js';
import type { Table } from '../../profile/profile-table.js';
import type { ColumnSet } from '../../profile/profiled-columns.js';
import { columnsOfArrays, columnsOfRows } from '../../profile/table-columns.js';
import type { MonitorKind } from '../log/monitor-kind.js';

/** Given data: rows as objects, rows as lists, columns by name, or one column of plain values, which is named `0`. */
export type Data = Table | readonly (readonly unknown[])[] | ArrayLike<unknown>;

/** Lists in rows that are lists are followed so deep. */
const LISTS_DEEP = 3;

/** Columns of equal length. */
export interface Columns {
  readonly columns: ColumnSet;
  readonly rows: number;
}

/**
 * The columns of given data. Rows as lists have columns by position, `0`, `1` …
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` if it is not a table.
 */
export function tableOf(data: unknown): Columns {
  if (ArrayBuffer.isView(data) && !(data instanceof DataView))
    return oneColumn(data as unknown as ArrayLike<unknown>);
  if (!Array.isArray(data)) {
    if (data !== null && typeof data === 'object') return columnsOfArrays(data);
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `data must be rows, columns by name, or a list of values, got ${shown(data)}`,
    );
  }
  const [first] = data as unknown[];
  const isList = (row: unknown): row is ArrayLike<unknown> =>
    Array.isArray(row) || ArrayBuffer.isView(row);
  if (isList(first)) {
    const rows = (data as unknown[]).map((row) => {
      if (isList(row))
        return Object.fromEntries(scalarsOf(row).map((value, place) => [place, value]));
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `rows must be lists like the first, got ${shown(row)}`,
      );
    });
    return columnsOfRows(rows);
  }
  return first !== null && typeof first === 'object' && !(first instanceof Date)
    ? columnsOfRows(data)
    : oneColumn(data);
}

/** The values of a row that is a list, by position; those of lists in it too, as requests have them. */
function scalarsOf(row: ArrayLike<unknown>): unknown[] {
  const values = Array.from(row);
  const isFlat = values.every(
    (value) => value === null || typeof value !== 'object' || value instanceof Date,
  );
  return isFlat ? values : values.flat(LISTS_DEEP);
}

const oneColumn = (values: ArrayLike<unknown>): Columns => ({
  columns: new Map([['0', values]]),
  rows: values.length,
});

/**
 * The columns of X and Y together, prefixed; columns that have a prefix keep it.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where the two differ in rows.
 */
export function sidesOf(tables: {
  readonly X?: Data | undefined;
  readonly Y?: Data | undefined;
}): Columns {
  const columns = new Map<string, ArrayLike<unknown>>();
  let rows: number | undefined;
  for (const [side, data] of Object.entries(tables)) {
    if (data === undefined) continue;
    const table = tableOf(data);
    rows ??= table.rows;
    if (table.rows !== rows) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `X and Y must have equally many rows, got ${rows} and ${table.rows}`,
      );
    }
    for (const [name, values] of table.columns)
      columns.set(isSided(name) ? name : `${side}_${name}`, values);
  }
  return { columns, rows: rows ?? 0 };
}

/** Given X and Y. Data without either is X of a model, or the data of a monitor of data. */
export type DataInHand = Data | { readonly X?: Data; readonly Y?: Data };

/**
 * The columns of what is in hand: prefixed, where it is a model's.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it is no data.
 */
export function columnsInHand(data: DataInHand, kind: MonitorKind): Columns {
  if (kind === 'data') return tableOf(data);
  const isSides =
    !Array.isArray(data) && Object.keys(data).every((name) => name === 'X' || name === 'Y');
  return sidesOf(
    isSides ? (data as { readonly X?: Data; readonly Y?: Data }) : { X: data as Data },
  );
}
