import type { Codec } from '../codec.js';
import { type DecodedTable, type DecodeLimits, rowOfObject, rowsOfList } from '../decoded-table.js';
import { TextBody } from '../wire.js';
import { isSeldon, seldonTable } from './seldon.js';

/** The list of an object that holds one list and nothing else, such as `{"data": […]}`, and its name; or a bare list. */
function soleList(
  body: object,
): { readonly list: readonly unknown[]; readonly under?: string } | undefined {
  if (Array.isArray(body)) return { list: body };
  const [entry, ...more] = Object.entries(body);
  return entry !== undefined && more.length === 0 && Array.isArray(entry[1])
    ? { list: entry[1], under: entry[0] }
    : undefined;
}

/** A table that keeps in mind what the body called it. */
const named = (
  table: DecodedTable | undefined,
  under: string | undefined,
): DecodedTable | undefined =>
  table === undefined || under === undefined ? table : { ...table, under };

const isScalarList = (list: readonly unknown[]): boolean =>
  list.length > 0 && list.every((value) => value === null || typeof value !== 'object');

const isRaw = (body: unknown): boolean => body instanceof TextBody || body instanceof Uint8Array;

/** A list of scalars as one row by position. */
const oneRow = (list: readonly unknown[], limits: DecodeLimits): DecodedTable | undefined =>
  rowsOfList([list], limits);

/**
 * Plain JSON, for routes that the user named. A request is a row as an object, rows as a list of objects or lists, one
 * of these under a single name (`{"data": […]}`), or one row as a list of scalars. The response is a value or a row per
 * row of the request, as a list, or as a list under a single name; for a single row also a bare value or an object. Both may
 * be what Seldon Core has: names and rows beside each other under `data`. It reserves no route.
 */
export const json: Codec = {
  name: 'json',
  route: () => undefined,
  inputs(body, limits) {
    if (body === null || typeof body !== 'object' || isRaw(body)) return undefined;
    if (isSeldon(body)) return seldonTable(body, limits);
    const sole = soleList(body);
    if (sole === undefined) return rowOfObject(body, limits);
    const { list, under } = sole;
    return named(isScalarList(list) ? oneRow(list, limits) : rowsOfList(list, limits), under);
  },
  outputs(response, rows, limits) {
    if (response === undefined || isRaw(response)) return undefined;
    if (response === null || typeof response !== 'object')
      return rows === 1 ? rowsOfList([response], limits) : undefined;
    if (isSeldon(response)) return seldonTable(response, limits);
    const sole = soleList(response);
    if (sole === undefined) return rows === 1 ? rowOfObject(response, limits) : undefined;
    const { list, under } = sole;
    if (list.length === rows) return named(rowsOfList(list, limits), under);
    // One row with several unnamed outputs, such as the scores of classes.
    return rows === 1 && isScalarList(list) ? named(oneRow(list, limits), under) : undefined;
  },
};
