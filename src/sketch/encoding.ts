import { LeewayError } from '../leaves/errors.js';

/** The kinds of frame that sketches are stored in (`src/leaves/frame.ts`); a number, once given, stays. */
export const FRAME_KINDS = {
  quantiles: 16,
  frequentItems: 17,
  moments: 18,
  normalScoreProducts: 19,
  reservoir: 20,
} as const;

/** The version of every sketch's bytes and JSON so far. */
export const ENCODING_VERSION = 1;

/** A number for JSON: as itself, or by name where JSON has no word for it. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity' | '-0';

/** Exact for every double, −0 and the non-finite included. */
export function numberToJson(value: number): JsonNumber {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : (String(value) as JsonNumber);
}

/** The reverse of `numberToJson`. */
export function numberFromJson(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity' || value === '-0')
    return Number(value);
  throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a number of leeway JSON');
}

export function numbersToJson(values: ArrayLike<number>): JsonNumber[] {
  return Array.from(values, numberToJson);
}

export function numbersFromJson(values: unknown): Float64Array {
  if (!Array.isArray(values))
    throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a list of numbers of leeway JSON');
  return Float64Array.from(values, numberFromJson);
}

/** A count, as every encoding needs some. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * The fields of a sketch's JSON, once kind and version are seen to be right.
 *
 * @throws LeewayError `ERR_LEEWAY_FORMAT`
 */
export function openJson(json: unknown, kind: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new LeewayError('ERR_LEEWAY_FORMAT', `not a leeway ${kind}: not an object`);
  }
  const fields = json as Record<string, unknown>;
  if (fields.kind !== kind)
    throw new LeewayError('ERR_LEEWAY_FORMAT', `not a leeway ${kind}: of another kind`);
  const { version } = fields;
  if (!isCount(version) || version < 1 || version > ENCODING_VERSION) {
    throw new LeewayError(
      'ERR_LEEWAY_FORMAT',
      `not a leeway ${kind}: of a version other than 1 to ${ENCODING_VERSION}`,
    );
  }
  return fields;
}

/** Runs a decoder; whatever it trips over comes out as `ERR_LEEWAY_FORMAT`. */
export function decodingSketch<T>(kind: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof LeewayError && cause.code === 'ERR_LEEWAY_FORMAT') throw cause;
    throw new LeewayError(
      'ERR_LEEWAY_FORMAT',
      `not a leeway ${kind}: a field is missing or damaged`,
      { cause },
    );
  }
}
