import type { Codec } from '../codec.js';
import {
  type DecodedTable,
  type DecodeLimits,
  rowsOfColumns,
  rowsOfList,
} from '../decoded-table.js';
import { objectOf, reservedRoute } from './reserved-route.js';

/** A list of rows, or an object of columns. */
function columnFormat(value: unknown, limits: DecodeLimits): DecodedTable | undefined {
  if (Array.isArray(value)) return rowsOfList(value, limits);
  const columns = objectOf(value);
  return columns === undefined ? undefined : rowsOfColumns(columns, limits);
}

/**
 * TensorFlow Serving's REST predict API, which KServe's V1 protocol shares: row format
 * `{"instances":[…]}` → `{"predictions":[…]}`, column format `{"inputs":…}` → `{"outputs":…}`.
 * Reserves `POST …/v1/models/<model>[/versions/<v>|/labels/<l>]:predict`.
 */
export const tfserving: Codec = {
  name: 'tfserving',
  route: reservedRoute(
    'POST',
    /\/v1\/models\/(?<model>[^/:]{1,256})(?:\/versions\/(?<version>[^/:]{1,64})|\/labels\/[^/:]{1,256})?:predict$/,
  ),
  inputs(body, limits) {
    const request = objectOf(body);
    if (request === undefined) return undefined;
    if (Array.isArray(request.instances)) return rowsOfList(request.instances, limits);
    return 'inputs' in request ? columnFormat(request.inputs, limits) : undefined;
  },
  outputs(response, _rows, limits) {
    const answer = objectOf(response);
    if (answer === undefined) return undefined;
    if (Array.isArray(answer.predictions)) return rowsOfList(answer.predictions, limits);
    const { outputs } = answer;
    // A model whose only output is a scalar says no more than that.
    if (outputs !== undefined && (outputs === null || typeof outputs !== 'object'))
      return rowsOfList([outputs], limits);
    return columnFormat(outputs, limits);
  },
};
