import { LeewayError } from '../leaves/errors.js';

/**
 * What a middleware does that is called by another framework than its own: it reports that, and lets the request pass by whatever function
 * the framework gave it to go on with.
 *
 * @param args what the framework called the middleware with.
 * @param entry the entry point that the middleware comes from.
 * @throws LeewayError `ERR_LEEWAY_OPTION` where there is no such function.
 */
export function passOn(
  args: readonly unknown[],
  entry: string,
  report: (error: unknown) => void,
): unknown {
  const error = new LeewayError(
    'ERR_LEEWAY_OPTION',
    `the middleware of ${entry} was called in a way that it does not support, so nothing is recorded; import driftMiddleware from the entry ` +
      'point of your framework, or use attach(server) of leeway/node',
  );
  const goOn = args.findLast((argument) => typeof argument === 'function');
  if (goOn === undefined) throw error;
  report(error);
  return goOn();
}
