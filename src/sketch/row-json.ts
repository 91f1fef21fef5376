import { LeewayError } from '../leaves/errors.js';
import { numberFromJson, numberToJson } from './encoding.js';

/** A row, or a part of one, as JSON; what JSON has no word for is an object with one key that says what it is. */
export type RowJson =
  | null
  | boolean
  | string
  | number
  | readonly RowJson[]
  | { readonly [what: string]: unknown };

/** Rows deeper than this are refused both ways, before the stack is. */
const MAX_DEPTH = 64;

/**
 * A value for JSON, from which `rowFromJson` makes the same value again: null, undefined, booleans, numbers of all
 * kinds, strings, bigints, dates, arrays, typed arrays (as arrays), and objects by their own enumerable keys.
 *
 * @throws LeewayError `ERR_LEEWAY_SAMPLE` for a function, a symbol, or a value nested deeper than 64.
 */
export function rowToJson(value: unknown, depth = 0): RowJson {
  if (depth > MAX_DEPTH)
    throw new LeewayError('ERR_LEEWAY_SAMPLE', `a row is nested deeper than ${MAX_DEPTH}`);
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    const json = numberToJson(value);
    return typeof json === 'number' ? json : { number: json };
  }
  if (value === undefined) return { undefined: true };
  if (typeof value === 'bigint') return { bigint: String(value) };
  if (value instanceof Date) return { date: numberToJson(value.getTime()) };
  if (Array.isArray(value)) return value.map((part) => rowToJson(part, depth + 1));
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<number>, (part) => rowToJson(part, depth + 1));
  }
  if (typeof value === 'object') {
    return {
      object: Object.entries(value).map(([key, part]) => [key, rowToJson(part, depth + 1)]),
    };
  }
  throw new LeewayError(
    'ERR_LEEWAY_SAMPLE',
    `a row holds a ${typeof value}, which can't be stored`,
  );
}

/**
 * The reverse of `rowToJson`.
 *
 * @throws LeewayError `ERR_LEEWAY_FORMAT`
 */
export function rowFromJson(json: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) refuse('nested too deep');
  if (
    json === null ||
    typeof json === 'boolean' ||
    typeof json === 'string' ||
    typeof json === 'number'
  )
    return json;
  if (Array.isArray(json)) return json.map((part) => rowFromJson(part, depth + 1));
  if (typeof json !== 'object') return refuse('of no type that JSON has');
  const [entry, ...more] = Object.entries(json);
  if (entry === undefined || more.length > 0)
    return refuse('an object that does not say what it is');
  const [what, content] = entry;
  if (what === 'number') return numberFromJson(content);
  if (what === 'undefined') return undefined;
  if (what === 'date') return new Date(numberFromJson(content));
  if (what === 'bigint' && typeof content === 'string' && /^-?\d{1,400}$/.test(content))
    return BigInt(content);
  if (what === 'object' && Array.isArray(content)) return objectFrom(content, depth);
  return refuse(`of an unknown kind`);
}

function objectFrom(entries: readonly unknown[], depth: number): object {
  const fields = entries.map((entry): [string, unknown] => {
    if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== 'string')
      return refuse('without a key');
    return [entry[0], rowFromJson(entry[1], depth + 1)];
  });
  // Defines each field, and so can't set a prototype.
  return Object.fromEntries(fields);
}

function refuse(why: string): never {
  throw new LeewayError('ERR_LEEWAY_FORMAT', `not a row of leeway JSON: it is ${why}`);
}
