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
  const hooks = hooksOf(Symbol('leeway'));

  function leeway(req: Request, res: Response, next: NextFunction): void {
    const path = req.originalUrl.split('?', 1)[0] ?? '';
    // Mounted twice, it records once.
    if (hooks.callOf(res) === undefined) {
      service.follow({ method: req.method, path, headers: req.headers }, (call) => {
        call.request(req.body);
        hooks.install(req, res, call);
      });
    }
    next();
  }

  return Object.assign(leeway, controlsOf(service));
}

/**
 * The hooks of one leeway, which sit on the prototypes that an Express app gives its requests and responses, once for all,
 * and do nothing where no call is under way. Properties on each request would cost tens of microseconds: Express has set
 * its prototype, so that the engine makes a new shape for it with every property.
 */
function hooksOf(mark: symbol) {
  type Marked = Response & { [mark]?: Interception };
  const callOf = (res: unknown): Interception | undefined => (res as Marked | undefined)?.[mark];
  const hooked = new WeakSet<object>();

  function install(req: Request, res: Response, call: Interception): void {
    const [requests, responses] = [Object.getPrototypeOf(req), Object.getPrototypeOf(res)];
    (res as Marked)[mark] = call;
    // Prototypes that are not an app's own are everybody's.
    if (!Object.hasOwn(requests, 'app') || !Object.hasOwn(responses, 'app')) {
      call.watchIncoming(req);
      call.watchOutgoing(res);
      return;
    }
    if (!call.seen) call.expects(req);
    call.endWhenClosed(res);
    if (isHooked(responses)) return;
    hooked.add(responses);
    hookRequests(requests);
    hookResponses(responses);
  }

  /** A mounted app's prototypes inherit from those of the app above it, and so do hooks. */
  function isHooked(responses: object): boolean {
    for (let each = responses; each !== null; each = Object.getPrototypeOf(each)) if (hooked.has(each)) return true;
    return false;
  }

  function hookResponses(responses: Response): void {
    const { send, write, end } = responses;
    const hook = (name: string, value: unknown): void => {
      Object.defineProperty(responses, name, { configurable: true, writable: true, enumerable: false, value });
    };
    // What is sent is seen here as text, before a compression that is mounted after us.
    hook('send', function (this: Response, ...args: Parameters<typeof send>): Response {
      const call = callOf(this);
      if (call !== undefined) {
        call.request(this.req?.body);
        if (this.statusCode < 400) call.answer(args[0]);
      }
      return send.apply(this, args);
    });
    hook('write', function (this: Response, ...args: Parameters<typeof write>): boolean {
      callOf(this)?.wrote(this, args[0], args[1], false);
      return write.apply(this, args);
    });
    hook('end', function (this: Response, ...args: Parameters<typeof end>): Response {
      callOf(this)?.wrote(this, args[0], args[1], true);
      return end.apply(this, args);
    });
  }

  function hookRequests(requests: Request): void {
    const { push } = requests;
    const value = function (this: Request, ...args: Parameters<typeof push>): boolean {
      callOf(this.res)?.received(args[0], args[1]);
      return push.apply(this, args);
    };
    Object.defineProperty(requests, 'push', { configurable: true, writable: true, enumerable: false, value });
    watchBodies(requests, callOf);
  }

  return { callOf, install };
}

const BODY = Symbol('leeway body');

/** Sees each body when a parser puts it on its request, before a handler can change it. */
function watchBodies(requests: Request, callOf: (res: unknown) => Interception | undefined): void {
  type WithBody = Request & { [BODY]?: unknown };
  // Another leeway may be watching for routes of its own.
  const other = Object.getOwnPropertyDescriptor(requests, 'body');
  Object.defineProperty(requests, 'body', {
    configurable: true,
    enumerable: false,
    get(this: WithBody): unknown {
      return this[BODY];
    },
    set(this: WithBody, value: unknown): void {
      const call = callOf(this.res);
      call?.request(value);
      if (other?.set !== undefined) other.set.call(this, value);
      else if (call === undefined || call.seen || value === undefined) own(this, value);
      else this[BODY] = value;
    },
  });
}

/** The property that an assignment makes where nobody watches. */
function own(req: Request, value: unknown): void {
  Object.defineProperty(req, 'body', { configurable: true, enumerable: true, writable: true, value });
}
