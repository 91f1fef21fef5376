const isPlain = (value: unknown): boolean => value === null || typeof value !== 'object';

/**
 * The name that a request gives a column: a text or a number, or a list of these, as data frames of several levels have it.
 *
 * @returns `undefined` where it is none. Objects may bring a `toString` of their own, which is no function, and lists may be deep.
 */
export function columnName(given: unknown): string | undefined {
  if (Array.isArray(given)) return given.every(isPlain) ? given.join(',') : undefined;
  return isPlain(given) ? String(given) : undefined;
}
