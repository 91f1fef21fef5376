import { LeewayError } from './errors.js';

/**
 * The answer of a callback that must answer at once. A promise is no answer: it is kept from ending unhandled, and refused.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where the callback gave a promise.
 */
export function atOnce<T>(answer: T, option: string): T {
  if (answer !== null && typeof answer === 'object' && typeof (answer as { then?: unknown }).then === 'function') {
    Promise.resolve(answer).catch(() => undefined);
    throw new LeewayError('ERR_LEEWAY_OPTION', `${option} must answer at once, not with a promise`);
  }
  return answer;
}
