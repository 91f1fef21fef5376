import { isCopyable } from '../src/service/copyable.js';
import { controlsOf, type Drift } from '../src/service/middleware-controls.js';
import { nodeSides } from '../src/service/node-sides.js';
import type { DriftOptions } from '../src/service/options.js';
import { pathOf } from '../src/service/path-of.js';
import { type Interception, Service } from '../src/service/request-service.js';
import { passOn } from '../src/service/wrong-framework.js';

export type { Drift, DriftStatus } from '../src/service/middleware-controls.js';
export type { DriftOptions } from '../src/service/options.js';

/** A handler of Fetch API requests, with what its runtime hands it beside the request. */
export type FetchHandler<Rest extends unknown[]> = (
  request: Request,
  ...rest: Rest
) => Response | Promise<Response>;

/** Wraps fetch handlers so that predict calls are recorded, with the controls of its monitors. */
export interface DriftMiddleware extends Drift {
  <Rest extends unknown[]>(handler: FetchHandler<Rest>): FetchHandler<Rest>;
}

/**
 * Drift monitoring for handlers of the shape `(Request) => Response`. Under `@hono/node-server` it follows bodies on the
 * wire; elsewhere it sees what handlers read with the Request's own methods, and JSON that they answer with. The response
 * stays as it is, and no failure of leeway reaches a request.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is unknown or wrong.
 *
 * @example
 * const drift = driftMiddleware({ experiment: 'housing', model: 'california', match: 'POST /predict' });
 * export default { fetch: drift(async (request) => Response.json(predict(await request.json()))) };
 */
export function driftMiddleware(options: DriftOptions): DriftMiddleware {
  const service = new Service(options);
  // Wrapped twice, it records once. A mark on the object costs the collector less than a weak set of them.
  const followed: unique symbol = Symbol('leeway');

  function leeway<Rest extends unknown[]>(
    handler: FetchHandler<Rest>,
    ...others: unknown[]
  ): FetchHandler<Rest> {
    if (typeof handler !== 'function') {
      return passOn([handler, ...others], 'leeway/fetch', (error) =>
        service.reportLost(error),
      ) as FetchHandler<Rest>;
    }
    return function watched(this: unknown, request, ...rest) {
      // What is no Request is between the handler and who calls it.
      if (!isRequest(request) || followed in request) return handler.call(this, request, ...rest);
      (request as Request & { [followed]?: true })[followed] = true;
      const { incoming, outgoing } = nodeSides(rest[0]);
      const call = service.follow(facts(request, incoming?.headers), (begun) => {
        if (incoming === undefined) watchBody(request, begun);
        else begun.watchIncoming(incoming);
        if (outgoing !== undefined) begun.watchOutgoing(outgoing, incoming?.socket);
      });
      if (call === undefined || outgoing !== undefined) return handler.call(this, request, ...rest);
      let answer: ReturnType<typeof handler>;
      try {
        answer = handler.call(this, request, ...rest);
      } catch (error) {
        call.end(500);
        throw error;
      }
      // What is returned is the handler's own Response or promise; of a promise we hear before those who get it.
      if (answer instanceof Promise) {
        answer.then(
          (response) => finish(response, call),
          () => call.end(500),
        );
      } else finish(answer, call);
      return answer;
    };
  }

  return Object.assign(leeway, controlsOf(service));
}

/** Told by what it has, as runtimes and test kits bring Requests of their own. */
function isRequest(value: Partial<Request> | undefined): boolean {
  return (
    typeof value?.method === 'string' &&
    typeof value.url === 'string' &&
    typeof value.headers?.get === 'function'
  );
}

function facts(
  request: Request,
  headers: Record<string, string | string[] | undefined> | undefined,
) {
  const { method, url } = request;
  return { method, path: pathOf(url), headers: headers ?? Object.fromEntries(request.headers) };
}

/** Sees what handlers read. Their own promises are left as they are. */
function watchBody(request: Request, call: Interception): void {
  for (const read of ['json', 'text', 'arrayBuffer'] as const) {
    const own = request[read];
    const value = (): Promise<never> => {
      const body = own.call(request) as Promise<never>;
      body.then(
        (content: unknown) =>
          call.request(content instanceof ArrayBuffer ? new Uint8Array(content) : content),
        () => undefined,
      );
      return body;
    };
    Object.defineProperty(request, read, { configurable: true, writable: true, value });
  }
}

/** Only JSON is read, from a copy, and no stream of the host's: its source would notice, and a slow client hold it in memory. */
function finish(response: Response, call: Interception): void {
  // Whatever a handler answers with: what is no Response is its runtime's matter.
  const isJson = /\bjson\b/i.test(response?.headers?.get('content-type') ?? '');
  if (isJson && response.status < 400 && isCopyable(response))
    call.endWith(() => response.clone(), response.status);
  else call.end(response?.status ?? 500);
}
