import { LeewayError, shown } from '../leaves/errors.js';

/**
 * The chosen value if it is one of the valid ones, the default (where there is one) if it is undefined.
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION, naming the option, the valid values and what came.
 */
export function chosenOf<T>(
  value: T | undefined,
  valid: readonly T[],
  fallback: T | undefined,
  name: string,
): T {
  const chosen = value ?? fallback;
  if (chosen !== undefined && valid.includes(chosen)) return chosen;
  const names = valid
    .map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice)))
    .join(', ');
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `${name} must be one of ${names}, got ${shown(value)}`,
  );
}
