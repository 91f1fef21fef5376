import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { controlsOf, type Drift } from '../src/service/drift.js';
import type { DriftOptions } from '../src/service/options.js';
import { type Interception, Service } from '../src/service/service.js';

export type { Drift, DriftStatus } from '../src/service/drift.js';
export type { DriftOptions } from '../src/service/options.js';

/** An Express middleware that records predict calls, with the controls of its monitors. */
export type DriftMiddleware = RequestHandler & Drift;

/**
 * Drift monitoring for Express 4 and 5. Mount it before the routes; before or after the body parser makes no difference.
 * The response stays as it is, and no failure of leeway reaches a request.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is unknown or wrong.
 *
 * @example
 * const drift = driftMiddleware({ experiment: 'housing', model: 'california', match: 'POST /predict' });
 * app.use(express.json());
 * app.use(drift);
 */
export function driftMiddleware(options: DriftOptions): DriftMiddleware {
  const service = new Service(options);
  // Mounted twice, it records once.
  const followed = new WeakSet<Request>();

  function leeway(req: Request, res: Response, next: NextFunction): void {
    if (!followed.has(req)) {
      followed.add(req);
      follow(service, req, res);
    }
    next();
  }

  return Object.assign(leeway, controlsOf(service));
}

function follow(service: Service, req: Request, res: Response): void {
  const path = req.originalUrl.split('?', 1)[0] ?? '';
  service.follow({ method: req.method, path, headers: req.headers }, (call) => {
    call.request(req.body);
    if (!call.seen) {
      watchBody(req, call);
      call.watchIncoming(req);
    }
    call.watchOutgoing(res);
    const { send } = res;
    // What is sent is seen here as text, before a compression that is mounted after us.
    res.send = function (this: Response, ...answer: Parameters<typeof send>): Response {
      call.request(req.body);
      if (res.statusCode < 400) call.answer(answer[0]);
      return send.apply(this, answer);
    };
  });
}

/** Sees the body when the parser puts it on the request, before a handler can change it. */
function watchBody(req: Request, call: Interception): void {
  let body: unknown = req.body;
  // Another leeway may be watching for routes of its own.
  const other = Object.getOwnPropertyDescriptor(req, 'body');
  Object.defineProperty(req, 'body', {
    configurable: true,
    enumerable: true,
    get: () => body,
    set(value: unknown) {
      other?.set?.call(req, value);
      body = value;
      call.request(value);
    },
  });
}
