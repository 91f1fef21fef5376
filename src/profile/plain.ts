import { LeewayError } from '../leaves/errors.js';

/**
 * What a profile's parts hand out for encoding: everything JSON holds, any number, and arrays of float64. Keys are ours;
 * names that come from data are values, never keys.
 */
export type Plain =
  | null
  | boolean
  | number
  | string
  | Float64Array
  | readonly Plain[]
  | { readonly [key: string]: Plain | undefined };

/** Deeper than any state of ours; what is deeper was made to exhaust the stack. */
const MAX_DEPTH = 16;

/** Splits a state into a JSON header, in which arrays of float64 are named by their lengths, and the arrays. */
export function toHeader(state: object): {
  readonly header: unknown;
  readonly blocks: Float64Array[];
} {
  const blocks: Float64Array[] = [];
  const header = mapPlain(state, (array) => {
    blocks.push(array.map(canonical));
    return array.length;
  });
  return { header, blocks };
}

/** Joins what `toHeader` split. `take` hands out the next array of a length. */
export function fromHeader(header: unknown, take: (length: number) => Float64Array): unknown {
  return unmapPlain(header, (length) => take(length as number));
}

/** A state as JSON that keeps every number: `{"$number":"NaN"}`, `{"$float64":[1,"Infinity"]}`. */
export function toJsonValue(state: object): unknown {
  return mapPlain(state, (array) =>
    Array.from(array, (value) => (isJsonNumber(value) ? value : nameOf(value))),
  );
}

/** Reads what `toJsonValue` wrote; nothing of the input is kept. */
export function fromJsonValue(json: unknown): unknown {
  return unmapPlain(json, (values) => {
    if (!Array.isArray(values)) throw damaged();
    return Float64Array.from(values, numberOf);
  });
}

/** Runs a decoder: whatever goes wrong in it means that the input isn't what it claims to be. */
export function decodingPlain<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof LeewayError && cause.code === 'ERR_LEEWAY_FORMAT') throw cause;
    throw new LeewayError('ERR_LEEWAY_FORMAT', `not a leeway ${what}: a part of it is damaged`, {
      cause,
    });
  }
}

/** @throws LeewayError `ERR_LEEWAY_FORMAT` where it isn't a whole number from 0 up. */
export function checkedCount(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new LeewayError('ERR_LEEWAY_FORMAT', `not a leeway profile: ${what} is not a count`);
  }
  return value as number;
}

function mapPlain(value: unknown, array: (values: Float64Array) => unknown): unknown {
  if (typeof value === 'number') return isJsonNumber(value) ? value : { $number: nameOf(value) };
  if (value instanceof Float64Array) return { $float64: array(value) };
  if (Array.isArray(value)) return value.map((entry) => mapPlain(entry, array));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, mapPlain(entry, array)]));
}

function unmapPlain(value: unknown, array: (content: unknown) => Float64Array, depth = 0): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (depth > MAX_DEPTH) throw damaged();
  if (Array.isArray(value)) return value.map((entry) => unmapPlain(entry, array, depth + 1));
  if (Object.hasOwn(value, '$number')) return numberOf((value as { $number: unknown }).$number);
  if (Object.hasOwn(value, '$float64')) return array((value as { $float64: unknown }).$float64);
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, unmapPlain(entry, array, depth + 1)]),
  );
}

/** NaN has many bit patterns, and which one arithmetic leaves behind is no content. */
const canonical = (value: number): number => (Number.isNaN(value) ? Number.NaN : value);

/** JSON has no NaN and no infinities, and `JSON.stringify` turns −0 into 0. */
const isJsonNumber = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0);

const nameOf = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity' || value === '-0')
    return Number(value);
  throw damaged();
}

const damaged = (): LeewayError =>
  new LeewayError('ERR_LEEWAY_FORMAT', 'not a leeway profile: a value is damaged');
