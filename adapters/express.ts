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
  // Mounted twice, it records once. A mark on the object costs the collector less than a weak set of them.
  const followed = Symbol('leeway');

  function leeway(req: Request, res: Response, next: NextFunction): void {
    if (!(followed in req)) {
      Object.assign(req, { [followed]: true });
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

/** A request whose body is watched, by one leeway or several. */
interface Watched extends Request {
  [BODY]: unknown;
  [CALLS]: Interception[];
}

const BODY = Symbol('leeway body');
const CALLS = Symbol('leeway calls');

/** One for all requests: with functions of its own each request would cost the engine a shape of its own. */
const BODY_PROPERTY = {
  configurable: true,
  enumerable: true,
  get(this: Watched): unknown {
    return this[BODY];
  },
  set(this: Watched, value: unknown): void {
    this[BODY] = value;
    for (const call of this[CALLS]) call.request(value);
  },
};

/** Sees the body when the parser puts it on the request, before a handler can change it. */
function watchBody(req: Request, call: Interception): void {
  const watched = req as Watched;
  const own = Object.getOwnPropertyDescriptor(req, 'body');
  if (own?.set === BODY_PROPERTY.set) {
    watched[CALLS].push(call);
    return;
  }
  // An accessor of someone else's is left alone; what is sent, and the bytes, tell X too.
  if (own?.set !== undefined || own?.get !== undefined || own?.configurable === false) return;
  watched[BODY] = req.body;
  watched[CALLS] = [call];
  Object.defineProperty(req, 'body', BODY_PROPERTY);
}
