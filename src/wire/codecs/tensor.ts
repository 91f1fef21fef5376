import type { Cell } from '../../cells/cell.js';
import { MAX_NAME_LENGTH } from '../../leaves/limits.js';
import { storedName } from '../../leaves/stored-name.js';
import { cellOf, type DecodedTable, type DecodeLimits } from '../decoded-table.js';

/** A tensor as rows of equal width. */
export interface Tensor {
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  /** Row by row. */
  readonly values: ArrayLike<unknown>;
}

const MAX_DEPTH = 8;

/** Rows and width of a shape; `undefined` where it is none, or over the limits. */
export function tensorSizeOf(
  shape: unknown,
  limits: DecodeLimits,
): { rows: number; width: number } | undefined {
  if (!Array.isArray(shape) || shape.length > MAX_DEPTH) return undefined;
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) return undefined;
  const [rows = 1, ...rest] = shape as number[];
  const width = rest.reduce((product, size) => product * size, 1);
  return rows * width <= limits.cells && rows <= limits.cells ? { rows, width } : undefined;
}

/** The values of lists in lists, in order; `undefined` where there are more than `most`. */
export function flattenTensor(data: unknown, most: number): unknown[] | undefined {
  const values: unknown[] = [];
  const visit = (value: unknown, depth: number): boolean => {
    if (!Array.isArray(value)) return values.push(value) <= most;
    return depth <= MAX_DEPTH && value.every((inner) => visit(inner, depth + 1));
  };
  return visit(data, 0) ? values : undefined;
}

/**
 * Tensors side by side as one table. A lone tensor of several columns has them by position; else a tensor of one column
 * gives its name, and one of several `name.0`, `name.1` … What a tensor of one row says holds for every row.
 *
 * @returns `undefined` where their rows differ.
 */
export function tableOfTensors(
  tensors: readonly Tensor[],
  limits: DecodeLimits,
): DecodedTable | undefined {
  const [first] = tensors;
  if (first === undefined) return undefined;
  const count = tensors.reduce((most, tensor) => Math.max(most, tensor.rows), 0);
  if (tensors.some((tensor) => tensor.rows !== count && tensor.rows !== 1)) return undefined;
  const columns: { tensor: Tensor; place: number; name: string }[] = [];
  for (const tensor of tensors) {
    for (let place = 0; place < tensor.width && columns.length < limits.columns; place += 1) {
      const name = storedName(tensor.name, MAX_NAME_LENGTH);
      columns.push({ tensor, place, name: tensor.width === 1 ? name : `${name}.${place}` });
    }
  }
  if (columns.length * count > limits.cells) return undefined;
  const rows = Array.from({ length: count }, (_, row) =>
    columns.map(
      ({ tensor, place }): Cell =>
        cellOf(tensor.values[(tensor.rows === 1 ? 0 : row) * tensor.width + place]),
    ),
  );
  const byPosition = tensors.length === 1 && first.width > 1;
  return byPosition
    ? { names: undefined, under: first.name, rows }
    : { names: columns.map(({ name }) => name), rows };
}
