import type { Context, MiddlewareHandler } from 'hono';
import { controlsOf, type Drift } from '../src/service/drift.js';
import type { DriftOptions } from '../src/service/options.js';
import { type Interception, Service } from '../src/service/service.js';

export type { Drift, DriftStatus } from '../src/service/drift.js';
export type { DriftOptions } from '../src/service/options.js';

/** A Hono middleware that records predict calls, with the controls of its monitors. */
export type DriftMiddleware = MiddlewareHandler & Drift;

/**
 * Drift monitoring for Hono. Mount it before the routes. It sees what handlers read with `c.req.json()` and answer with
 * `c.json()`; the response stays as it is, and no failure of leeway reaches a request.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is unknown or wrong.
 *
 * @example
 * const drift = driftMiddleware({ experiment: 'housing', model: 'california', match: 'POST /predict' });
 * app.use(drift);
 */
export function driftMiddleware(options: DriftOptions): DriftMiddleware {
  const service = new Service(options);
  // Mounted twice, it records once.
  const followed = new WeakSet<Context>();

  async function leeway(c: Context, next: () => Promise<void>): Promise<void> {
    if (followed.has(c)) return next();
    followed.add(c);
    const call = begin(service, c);
    if (call === undefined) return next();
    watch(c, call);
    await next();
    finish(c, call);
  }

  return Object.assign(leeway, controlsOf(service));
}

function begin(service: Service, c: Context): Interception | undefined {
  return service.begin({
    method: c.req.method,
    path: c.req.path,
    // Collecting all headers costs more than all the rest, and few matchers look at them.
    get headers() {
      return c.req.header();
    },
  });
}

function watch(c: Context, call: Interception): void {
  const { req } = c;
  const read = req.json;
  req.json = function json<T>(): Promise<T> {
    const body = read.call(req) as Promise<T>;
    // The handler's own promise is left as it is, so that a body that is no JSON fails as it would without us.
    body.then(
      (value) => call.request(value),
      () => undefined,
    );
    return body;
  };
  const { json } = c;
  c.json = function answer(this: Context, ...args: Parameters<typeof json>) {
    call.response(args[0]);
    return json.apply(c, args);
  } as typeof json;
}

function finish(c: Context, call: Interception): void {
  const status = c.error === undefined ? c.res.status : 500;
  if (call.seen || Object.keys(c.req.bodyCache).length === 0) {
    call.end(status);
    return;
  }
  // The body was read before us, by a validator for instance. Hono has kept it, so this reads no stream.
  c.req.json().then(
    () => call.end(status),
    () => call.end(status),
  );
}
