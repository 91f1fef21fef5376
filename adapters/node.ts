import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { controlsOf, type Drift } from '../src/service/middleware-controls.js';
import type { DriftOptions } from '../src/service/options.js';
import { pathOf } from '../src/service/path-of.js';
import { Service } from '../src/service/request-service.js';
import { passOn } from '../src/service/wrong-framework.js';

export type { Drift, DriftStatus } from '../src/service/middleware-controls.js';
export type { DriftOptions } from '../src/service/options.js';

/** Wraps request listeners of `node:http` so that predict calls are recorded, with the controls of its monitors. */
export interface DriftMiddleware extends Drift {
  <Listener extends RequestListener>(listener: Listener): Listener;
  /** Watches a server's requests, whoever listens to them. Call it once, before or after other listeners are added. */
  attach(server: Pick<Server, 'prependListener'>): void;
}

/**
 * Drift monitoring for plain `node:http`, and for frameworks that are built on it and have no adapter of their own. It
 * follows bodies on the wire, so handlers may read and write them as they like. The response stays as it is, and no
 * failure of leeway reaches a request.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is unknown or wrong.
 *
 * @example
 * const drift = driftMiddleware({ experiment: 'housing', model: 'california', match: 'POST /predict' });
 * createServer(drift((req, res) => { … }));
 */
export function driftMiddleware(options: DriftOptions): DriftMiddleware {
  const service = new Service(options);
  // Wrapped twice, or wrapped and attached, it records once. A mark on the object costs the collector less than a weak set of them.
  const followed: unique symbol = Symbol('leeway');

  function follow(req: IncomingMessage, res: ServerResponse): void {
    if (followed in req) return;
    (req as IncomingMessage & { [followed]?: true })[followed] = true;
    service.follow(
      { method: req.method ?? '', path: pathOf(req.url ?? ''), headers: req.headers },
      (call) => {
        call.watchIncoming(req);
        call.watchOutgoing(res, req.socket);
      },
    );
  }

  function leeway<Listener extends RequestListener>(
    listener: Listener,
    ...rest: unknown[]
  ): Listener {
    if (typeof listener !== 'function') {
      return passOn([listener, ...rest], 'leeway/node', (error) =>
        service.reportLost(error),
      ) as Listener;
    }
    const watched: RequestListener = function (this: unknown, ...args) {
      follow(...(args as unknown as Parameters<typeof follow>));
      return listener.apply(this, args);
    };
    return watched as Listener;
  }

  return Object.assign(leeway, controlsOf(service), {
    attach: (server: Pick<Server, 'prependListener'>) => {
      server.prependListener('request', follow);
    },
  });
}
