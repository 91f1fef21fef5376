import { LeewayError, shown } from '../leaves/errors.js';
import { baselineChoice } from '../monitor/baseline/baseline-choice.js';

/** Refuses an option whose value does not hold. @throws LeewayError `ERR_LEEWAY_OPTION` */
export function expectOption(
  name: string,
  value: unknown,
  expected: string,
  holds: (value: unknown) => boolean,
): void {
  if (!holds(value))
    throw new LeewayError('ERR_LEEWAY_OPTION', `${name} must be ${expected}, got ${shown(value)}`);
}

/** Whether a value can be a baseline. */
export const isBaseline = (value: unknown): boolean =>
  baselineChoice(value) !== undefined ||
  (typeof value === 'string' && value !== '') ||
  (typeof value === 'object' && value !== null);
