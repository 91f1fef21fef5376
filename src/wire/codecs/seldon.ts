import { type DecodedTable, type DecodeLimits, rowsOfList } from '../decoded-table.js';
import { rowsUnderNames } from './named-rows.js';
import { objectOf } from './reserved-route.js';
import { tensorSizeOf } from './tensor.js';

/**
 * The table of a body as Seldon Core's first protocol has it, of requests and of answers:
 * `{"data":{"names":["a","b"],"ndarray":[[1,2]]}}`, or `"tensor":{"shape":[1,2],"values":[1,2]}` in place of `ndarray`. Names
 * that are not one a column say nothing: the columns are then known by position.
 *
 * @returns `undefined` where it is no such body, or a part of it can't be read.
 */
export function seldonTable(body: unknown, limits: DecodeLimits): DecodedTable | undefined {
  const { names, ndarray, tensor } = objectOf(objectOf(body)?.data) ?? {};
  const given = Array.isArray(ndarray) ? ndarray : rowsOfTensor(tensor, limits);
  if (given === undefined) return undefined;
  // As many bare values as there are names are one row.
  const isRow =
    Array.isArray(names) &&
    names.length === given.length &&
    given.every((value) => !Array.isArray(value));
  const rows = isRow ? [given] : given;
  const areNamed =
    Array.isArray(names) && rows.length > 0 && rows.every((row) => rowWidth(row) === names.length);
  if (!areNamed) return rowsOfList(rows, limits);
  const lists = rows.map((row) => (Array.isArray(row) ? row : [row]));
  return rowsUnderNames(names, lists, limits) ?? rowsOfList(rows, limits);
}

const rowWidth = (row: unknown): number => (Array.isArray(row) ? row.length : 1);

/** Whether a body has the shape of one, whatever it holds. */
export function isSeldon(body: unknown): boolean {
  const { ndarray, tensor } = objectOf(objectOf(body)?.data) ?? {};
  return Array.isArray(ndarray) || Array.isArray(objectOf(tensor)?.values);
}

/** Values one after the other, as rows of a shape. */
function rowsOfTensor(tensor: unknown, limits: DecodeLimits): unknown[] | undefined {
  const { shape, values } = objectOf(tensor) ?? {};
  const size = tensorSizeOf(shape, limits);
  if (size === undefined || !Array.isArray(values) || values.length !== size.rows * size.width)
    return undefined;
  return Array.from({ length: size.rows }, (_, row) =>
    values.slice(row * size.width, (row + 1) * size.width),
  );
}
