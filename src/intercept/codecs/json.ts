import type { Codec } from '../codec.js';
import { type DecodedTable, type DecodeLimits, rowOfObject, rowsOfList } from '../decoded-table.js';
import { TextBody } from '../wire.js';

/** The list of an object that holds one list and nothing else, such as `{"data": […]}`. */
function soleList(body: object): readonly unknown[] | undefined {
  const values = Object.values(body);
  return values.length === 1 && Array.isArray(values[0]) ? values[0] : undefined;
}

const isScalarList = (list: readonly unknown[]): boolean =>
  list.length > 0 && list.every((value) => value === null || typeof value !== 'object');

const isRaw = (body: unknown): boolean => body instanceof TextBody || body instanceof Uint8Array;

/** A list of scalars as one row by position. */
const oneRow = (list: readonly unknown[], limits: DecodeLimits): DecodedTable | undefined => rowsOfList([list], limits);

/**
 * Plain JSON, for routes that the user named. A request is a row as an object, rows as a list of objects or lists, one
 * of these under a single name (`{"data": […]}`), or one row as a list of scalars. The response is a value or a row per
 * row of the request, as a list, or as a list under a single name; for a single row also a bare value or an object.
 * It reserves no route.
 */
export const json: Codec = {
  name: 'json',
  route: () => undefined,
  inputs(body, limits) {
    if (body === null || typeof body !== 'object' || isRaw(body)) return undefined;
    const list = Array.isArray(body) ? body : soleList(body);
    if (list === undefined) return rowOfObject(body, limits);
    return isScalarList(list) ? oneRow(list, limits) : rowsOfList(list, limits);
  },
  outputs(response, rows, limits) {
    if (response === undefined || isRaw(response)) return undefined;
    if (response === null || typeof response !== 'object')
      return rows === 1 ? rowsOfList([response], limits) : undefined;
    const list = Array.isArray(response) ? response : soleList(response);
    if (list === undefined) return rows === 1 ? rowOfObject(response, limits) : undefined;
    if (list.length === rows) return rowsOfList(list, limits);
    // One row with several unnamed outputs, such as the scores of classes.
    return rows === 1 && isScalarList(list) ? oneRow(list, limits) : undefined;
  },
};
