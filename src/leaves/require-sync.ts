import { LeewayError } from './errors.js';

/**
 * The answer of a callback that must answer at once. A promise is no answer: it is kept from ending unhandled, and refused.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where the callback gave a promise.
 */
export function atOnce<T>(answer: T, option: string): T {
  if (
    answer !== null &&
    typeof answer === 'object' &&
    typeof (answer as { then?: unknown }).then === 'function'
  ) {
    Promise.resolve(answer).catch(() => undefined);
    throw new LeewayError('ERR_LEEWAY_OPTION', `${option} must answer at once, not with a promise`);
  }
  return answer;
}

/**
 * Calls a function that the host gave as an option. What goes wrong in it names the option, since
 * that is where it has to be mended.
 *
 * @param seesValues whether it is given values from bodies. An error may quote what it was given,
 * so its message is then left to `cause`.
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it throws, or gives a promise.
 */
export function answerNow<T>(option: string, ask: () => T, seesValues = false): T {
  let answer: T;
  try {
    answer = ask();
  } catch (cause) {
    const why = seesValues ? '' : `: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new LeewayError('ERR_LEEWAY_OPTION', `${option} threw an error${why}`, { cause });
  }
  try {
    return atOnce(answer, option);
  } catch (cause) {
    if (cause instanceof LeewayError) throw cause;
    throw new LeewayError('ERR_LEEWAY_OPTION', `${option} gave an unreadable answer`, { cause });
  }
}
