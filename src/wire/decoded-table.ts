import { type Cell, cellOf, isNumbers } from '../cells/cell.js';
import { flatten as flattenValue, isScalar, shortName } from '../cells/flatten.js';
import { MAX_CELL_DEPTH, MAX_NAME_LENGTH } from '../leaves/limits.js';

export { cellOf } from '../cells/cell.js';

/** Rows out of a body. Without `names` the columns are known by position. */
export interface DecodedTable {
  readonly names: readonly string[] | undefined;
  /** Whether names begin with a position, `1` or `1.inner`, in whose place a given name may stand. @default false */
  readonly fromPositions?: boolean;
  /** A name that the body gave to all of a table of positions: what is said of it is said of each of its columns. */
  readonly under?: string;
  readonly rows: readonly (readonly Cell[])[];
  /** How many rows the body had, where `rows` are only the chosen ones. */
  readonly count?: number;
}

/** How many rows a table's body had. */
export const rowCount = ({ count, rows }: DecodedTable): number => count ?? rows.length;

/** How many columns a table has. */
export function widthOf({ names, rows }: DecodedTable): number {
  if (names !== undefined) return names.length;
  let most = 0;
  for (const row of rows) if (row.length > most) most = row.length;
  return most;
}

/** Bounds on what one body may bring. */
export interface DecodeLimits {
  /** Columns of a row; more are left out. */
  readonly columns: number;
  /** Cells of a body; a body with more is not decoded. */
  readonly cells: number;
  /** Of so many rows, the places of those that are wanted, ascending; `undefined`: all. @default all */
  choose?(count: number): readonly number[] | undefined;
}

/** What a cell and a row take beside their text, about. */
const CELL_BYTES = 16;
const ROW_BYTES = 64;

/** About how much memory a table takes. */
export function tableBytes(table: DecodedTable): number {
  let bytes = 0;
  for (const row of table.rows) {
    bytes += ROW_BYTES + CELL_BYTES * row.length;
    for (let index = 0; index < row.length; index += 1) {
      const cell = row[index];
      if (typeof cell === 'string') bytes += 2 * cell.length;
      else if (typeof cell === 'object' && cell !== null) bytes += 8 * cell.length;
    }
  }
  return bytes;
}

const isList = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value);

/**
 * A list as rows: of scalars, one column; of lists, columns by position; of objects, columns by name. Nested values in
 * rows with names are taken apart as `flatten` has it; in rows that are lists, lists go on by position, and objects
 * become `0.inner`. Everything is copied, so what happens to the body later changes nothing.
 *
 * @returns `undefined` where the list mixes rows of different make, or is over the limits.
 */
export function rowsOfList(
  list: readonly unknown[],
  limits: DecodeLimits,
): DecodedTable | undefined {
  if (list.length > limits.cells) return undefined;
  const decode = decoderOf(list);
  const places = decode === undefined ? undefined : limits.choose?.(list.length);
  if (places === undefined) return decode?.(list as readonly never[], limits);
  const table = decode?.(
    places.map((place) => list[place] as never),
    limits,
  );
  if (table === undefined || widthOf(table) * list.length > limits.cells) return undefined;
  return { ...table, count: list.length };
}

/** How to decode a list whose rows are all of one make. */
function decoderOf(
  list: readonly unknown[],
): ((list: readonly never[], limits: DecodeLimits) => DecodedTable | undefined) | undefined {
  if (list.every(isScalar)) return scalarRows;
  if (list.every(isList)) return positionalRows;
  return list.every((row) => !isScalar(row) && !isList(row)) ? namedRows : undefined;
}

const scalarRows = (list: readonly unknown[]): DecodedTable => ({
  names: undefined,
  rows: list.map((value) => [cellOf(value)]),
});

/** An object as one row. */
export function rowOfObject(row: object, limits: DecodeLimits): DecodedTable | undefined {
  return namedRows([row], limits);
}

function positionalRows(
  list: readonly (readonly unknown[])[],
  limits: DecodeLimits,
): DecodedTable | undefined {
  let cells = 0;
  const rows: Cell[][] = [];
  for (const row of list) {
    const flat = row.every(isScalar)
      ? row.slice(0, limits.columns).map(cellOf)
      : flatten(row, limits.columns);
    if (flat === undefined) {
      const table = nestedRows(list, limits);
      return table && { ...table, fromPositions: true };
    }
    cells += flat.length;
    if (cells > limits.cells) return undefined;
    rows.push(flat);
  }
  return { names: undefined, rows };
}

/** The scalars of nested lists in order; `undefined` where there are objects among them, which have names. */
function flatten(list: readonly unknown[], most: number): Cell[] | undefined {
  const cells: Cell[] = [];
  const visit = (value: unknown, depth: number): boolean => {
    if (cells.length >= most) return true;
    if (Array.isArray(value)) {
      if (depth < MAX_CELL_DEPTH) return value.every((inner) => visit(inner, depth + 1));
    } else if (!isScalar(value)) return false;
    cells.push(cellOf(value));
    return true;
  };
  return visit(list, 0) ? cells : undefined;
}

function namedRows(list: readonly object[], limits: DecodeLimits): DecodedTable | undefined {
  return flatRows(list as readonly Record<string, unknown>[], limits) ?? nestedRows(list, limits);
}

/** Rows of scalars that all have the same names in the same order, as nearly all batches are; else `undefined`. */
function flatRows(
  list: readonly Record<string, unknown>[],
  limits: DecodeLimits,
): DecodedTable | undefined {
  const names = namesOf(list[0] ?? {}, limits.columns);
  if (names === undefined || names.length * list.length > limits.cells) return undefined;
  const rows: Cell[][] = new Array(list.length);
  for (let place = 0; place < list.length; place += 1) {
    const row = list[place] as Record<string, unknown>;
    const cells: Cell[] = new Array(names.length);
    let index = 0;
    // Of objects of one shape this is the fastest walk; whatever else it meets, an inherited name too, ends it.
    for (const name in row) {
      if (name !== names[index]) return undefined;
      const value = row[name];
      if (typeof value === 'number') cells[index] = value;
      else if (isScalar(value)) cells[index] = cellOf(value);
      else return undefined;
      index += 1;
    }
    if (index !== names.length) return undefined;
    rows[place] = cells;
  }
  return { names, rows };
}

/** The names of the latest rows: calls of one model have the same ones, and a list that is had already need not be made. */
let latestNames: readonly string[] = [];

/** An object's names; `undefined` where there are more than `most`, or one is too long. */
function namesOf(row: Record<string, unknown>, most: number): readonly string[] | undefined {
  let count = 0;
  for (const name in row) {
    if (name !== latestNames[count]) return newNamesOf(row, most);
    count += 1;
  }
  return count === latestNames.length && count <= most ? latestNames : newNamesOf(row, most);
}

function newNamesOf(row: Record<string, unknown>, most: number): readonly string[] | undefined {
  const names = Object.keys(row);
  if (
    names.length > most ||
    names.some((name) => name.length > MAX_NAME_LENGTH || !name.isWellFormed())
  )
    return undefined;
  latestNames = names;
  return names;
}

function nestedRows(list: readonly object[], limits: DecodeLimits): DecodedTable | undefined {
  const columns = new Map<string, number>();
  const rows: Cell[][] = [];
  let cells = 0;
  for (const row of list) {
    const out: Cell[] = [];
    const put = (name: string, value: unknown): void => {
      let column = columns.get(name);
      if (column === undefined) {
        if (columns.size >= limits.columns) return;
        column = columns.size;
        columns.set(name, column);
      }
      while (out.length < column) out.push(null);
      const cell = cellOf(value);
      if (isNumbers(cell)) cells += cell.length;
      // A nested value may be called like another of the row: the first one that is not missing is kept.
      out[column] ??= cell;
    };
    for (const name of Object.keys(row)) {
      flattenValue(shortName(name), (row as Record<string, unknown>)[name], put);
    }
    cells += out.length;
    if (cells > limits.cells) return undefined;
    rows.push(out);
  }
  return { names: [...columns.keys()], rows };
}

/**
 * Columns of equal length, as an object of lists, as rows. A single value stands for every row.
 *
 * @returns `undefined` where lengths differ or the table is over the limits.
 */
export function rowsOfColumns(columns: object, limits: DecodeLimits): DecodedTable | undefined {
  const entries = Object.entries(columns).slice(0, limits.columns);
  const lists = entries.map(
    ([name, values]) => [name, isList(values) ? values : [values]] as const,
  );
  const count = lists.reduce((most, [, values]) => Math.max(most, values.length), 0);
  if (count * lists.length > limits.cells) return undefined;
  if (lists.some(([, values]) => values.length !== count && values.length !== 1)) return undefined;
  const rows = Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      lists.map(([name, values]) => [name, values.length === 1 ? values[0] : values[row]]),
    ),
  );
  return namedRows(rows, limits);
}
