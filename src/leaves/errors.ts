/**
 * Every code a `LeewayError` can carry. The code is API and stays; the message is for people and may change.
 *
 * - `ERR_LEEWAY_OPTION`: an option is unknown, of the wrong type or out of range.
 * - `ERR_LEEWAY_SAMPLE`: a sample is empty, too small, or holds a value a statistic can't take (NaN, infinity).
 * - `ERR_LEEWAY_FORMAT`: stored bytes or JSON are not what they claim to be, or were written by a newer version.
 * - `ERR_LEEWAY_STORE`: a tracking store failed or can't be opened.
 * - `ERR_LEEWAY_TIMEOUT`: a tracking store did not answer a write in time; whether it is done is unknown.
 * - `ERR_LEEWAY_CONFLICT`: another writer changed a monitor in between; nothing was written.
 * - `ERR_LEEWAY_CLOSED`: the object was closed before the call.
 * - `ERR_LEEWAY_SINK`: who was to be told of an alert did not take it; it is delivered again.
 * - `ERR_LEEWAY_STATE`: the call makes no sense now (no baseline yet, no active run).
 */
export type LeewayErrorCode =
  | 'ERR_LEEWAY_OPTION'
  | 'ERR_LEEWAY_SAMPLE'
  | 'ERR_LEEWAY_FORMAT'
  | 'ERR_LEEWAY_STORE'
  | 'ERR_LEEWAY_TIMEOUT'
  | 'ERR_LEEWAY_CONFLICT'
  | 'ERR_LEEWAY_CLOSED'
  | 'ERR_LEEWAY_SINK'
  | 'ERR_LEEWAY_STATE';

/**
 * The one error class of leeway. Switch on `code`, show `message`, look into `cause` for what lay beneath.
 *
 * @example
 * try {
 *   ksTest([], [1]);
 * } catch (error) {
 *   if (error instanceof LeewayError && error.code === 'ERR_LEEWAY_SAMPLE') console.log(error.message);
 * }
 */
export class LeewayError extends Error {
  readonly code: LeewayErrorCode;

  constructor(code: LeewayErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LeewayError';
    this.code = code;
  }
}

/** Whether an error says that stored bytes are damaged, or of a newer version. */
export const isDamaged = (error: unknown): error is LeewayError =>
  error instanceof LeewayError && error.code === 'ERR_LEEWAY_FORMAT';

/** Shows a value and its type in an error message, short enough to read: `"0.05" (string)`, `NaN (number)`. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'string')
    return `${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)} (string)`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  return `${String(value)} (${typeof value})`;
}

/** Shows the name of a file in an error message. */
export const shownPath = (path: string): string => JSON.stringify(path);
