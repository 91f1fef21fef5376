import { LeewayError, shown } from '../errors.js';

/**
 * Refuses an options object with a key that the function does not know, before a typing mistake changes a result silently.
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION, naming the key and the valid ones.
 */
export function checkKeys(options: object, valid: readonly string[], where: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new LeewayError('ERR_LEEWAY_OPTION', `the options of ${where} must be an object, got ${shown(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (valid.includes(key)) continue;
    throw new LeewayError('ERR_LEEWAY_OPTION', `${where} knows no option ${shown(key)}; it takes ${valid.join(', ')}`);
  }
}

/**
 * The chosen value if it is one of the valid ones, the default (where there is one) if it is undefined.
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION, naming the option, the valid values and what came.
 */
export function oneOf<T>(value: T | undefined, valid: readonly T[], fallback: T | undefined, name: string): T {
  const chosen = value ?? fallback;
  if (chosen !== undefined && valid.includes(chosen)) return chosen;
  const names = valid.map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice))).join(', ');
  throw new LeewayError('ERR_LEEWAY_OPTION', `${name} must be one of ${names}, got ${shown(value)}`);
}
