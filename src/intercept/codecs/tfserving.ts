import type { Codec } from '../codec.js';
import { type DecodedTable, type DecodeLimits, rowsOfColumns, rowsOfList } from '../decoded-table.js';

const ROUTE = /\/v1\/models\/([^/:]{1,256})(?:\/versions\/[^/:]{1,64}|\/labels\/[^/:]{1,256})?:predict$/;

/** A list of rows, or an object of columns. */
function columnFormat(value: unknown, limits: DecodeLimits): DecodedTable | undefined {
  if (Array.isArray(value)) return rowsOfList(value, limits);
  if (value !== null && typeof value === 'object') return rowsOfColumns(value, limits);
  return undefined;
}

/**
 * TensorFlow Serving's REST predict API, which KServe's V1 protocol shares: row format
 * `{"instances":[…]}` → `{"predictions":[…]}`, column format `{"inputs":…}` → `{"outputs":…}`.
 * Reserves `POST …/v1/models/<model>[/versions/<v>|/labels/<l>]:predict`.
 */
export const tfserving: Codec = {
  name: 'tfserving',
  route(method, path) {
    const model = method === 'POST' ? ROUTE.exec(path)?.[1] : undefined;
    if (model === undefined) return undefined;
    try {
      return { model: decodeURIComponent(model) };
    } catch {
      return { model };
    }
  },
  inputs(body, limits) {
    if (body === null || typeof body !== 'object') return undefined;
    if ('instances' in body && Array.isArray(body.instances)) return rowsOfList(body.instances, limits);
    return 'inputs' in body ? columnFormat(body.inputs, limits) : undefined;
  },
  outputs(response, _rows, limits) {
    if (response === null || typeof response !== 'object') return undefined;
    if ('predictions' in response && Array.isArray(response.predictions)) {
      return rowsOfList(response.predictions, limits);
    }
    return 'outputs' in response ? columnFormat(response.outputs, limits) : undefined;
  },
};
