import type { Codec } from '../codec.js';
import { type DecodedTable, type DecodeLimits, rowsOfColumns, rowsOfList } from '../decoded-table.js';
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
    if (Array.isArray(data)) return rowsOfList(data, limits);
    return columnTable(columns, data as Readonly<Record<string, unknown>>, limits);
  },
  outputs(response, _rows, limits) {
    const { result } = objectOf(response) ?? {};
    if (Array.isArray(result)) return rowsOfList(result, limits);
    const columns = objectOf(result);
    return columns === undefined ? undefined : columnTable(Object.keys(columns), columns, limits);
  },
};

/** Columns as lists, or as pandas writes them: an object of values by row label. */
function columnTable(
  names: readonly unknown[],
  data: Readonly<Record<string, unknown>>,
  limits: DecodeLimits,
): DecodedTable | undefined {
  const columns = names.slice(0, limits.columns).map((name): [string, unknown] => {
    const cells = Object.hasOwn(data, String(name)) ? data[String(name)] : undefined;
    return [String(name), objectOf(cells) === undefined ? cells : Object.values(cells as object)];
  });
  return columns.every(([, cells]) => Array.isArray(cells))
    ? rowsOfColumns(Object.fromEntries(columns), limits)
    : undefined;
}
