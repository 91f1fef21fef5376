import type { Codec } from '../codec.js';
import { columnName } from '../column-name.js';
import {
  type DecodedTable,
  type DecodeLimits,
  rowsOfColumns,
  rowsOfList,
} from '../decoded-table.js';
import { rowsUnderNames } from './named-rows.js';
import { objectOf, reservedRoute } from './reserved-route.js';

/**
 * omega-ml's REST API: `{"columns":["x"],"data":{"x":{"0":5}},"shape":null}`, or data as records → `{"model":…,
 * "result":[…]}`. A request that names a stored dataset instead (`?datax=`) has no X. Reserves
 * `PUT …/api/v1/model/<model>/predict`.
 */
export const omega: Codec = {
  name: 'omega',
  route: reservedRoute('PUT', /\/api\/v1\/model\/(?<model>[^/]{1,256})\/predict\/?$/),
  inputs(body, limits) {
    const { columns, data } = objectOf(body) ?? {};
    if (!Array.isArray(columns) || data === null || typeof data !== 'object') return undefined;
    if (Array.isArray(data)) return listTable(columns, data, limits);
    return columnTable(columns, data as Readonly<Record<string, unknown>>, limits);
  },
  outputs(response, _rows, limits) {
    const { result } = objectOf(response) ?? {};
    if (Array.isArray(result)) return rowsOfList(result, limits);
    const columns = objectOf(result);
    return columns === undefined ? undefined : columnTable(Object.keys(columns), columns, limits);
  },
};

/** Rows as records, or as lists under the names of the columns. */
function listTable(
  names: readonly unknown[],
  data: readonly unknown[],
  limits: DecodeLimits,
): DecodedTable | undefined {
  return data.every(Array.isArray) ? rowsUnderNames(names, data, limits) : rowsOfList(data, limits);
}

/** Columns as lists, or as pandas writes them: an object of values by row label, where rows are those of like label. */
function columnTable(
  names: readonly unknown[],
  data: Readonly<Record<string, unknown>>,
  limits: DecodeLimits,
): DecodedTable | undefined {
  const columns: [string, unknown][] = [];
  for (const given of names.slice(0, limits.columns)) {
    const name = columnName(given);
    if (name === undefined) return undefined;
    columns.push([name, Object.hasOwn(data, name) ? data[name] : undefined]);
  }
  if (columns.every(([, cells]) => Array.isArray(cells)))
    return rowsOfColumns(Object.fromEntries(columns), limits);
  if (columns.some(([, cells]) => objectOf(cells) === undefined)) return undefined;
  return labelledTable(columns as [string, Readonly<Record<string, unknown>>][], limits);
}

function labelledTable(
  columns: readonly (readonly [name: string, cells: Readonly<Record<string, unknown>>])[],
  limits: DecodeLimits,
): DecodedTable | undefined {
  const labels = new Set<string>();
  for (const [, cells] of columns) for (const label of Object.keys(cells)) labels.add(label);
  if (labels.size * columns.length > limits.cells) return undefined;
  const rows = Array.from(labels, (label) =>
    columns.map(([, cells]) => (Object.hasOwn(cells, label) ? cells[label] : null)),
  );
  return rowsUnderNames(
    columns.map(([name]) => name),
    rows,
    limits,
  );
}
