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
  const hooks = new Hooks();

  function leeway(req: Request, res: Response, next: NextFunction): void {
    // Mounted twice, it records once.
    if (hooks.callOf(res) === undefined) {
      const facts = { method: req.method, path: pathOf(req.originalUrl), headers: req.headers };
      service.follow(facts, (call) => hooks.watch(call, req, res));
    }
    next();
  }

  return Object.assign(leeway, controlsOf(service));
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/**
 * The hooks of one leeway, which sit on the prototypes that an Express app gives its requests and responses, once for all,
 * and do nothing where no call is under way. Express has set the prototype of each request, and since then the engine
 * makes a new shape for it with every property: one of ours, or a listener, would cost more than all that we do with a call.
 */
class Hooks {
  /** The calls under way. They are taken out when they end, so that the collector has next to nothing to look through. */
  readonly #calls = new WeakMap<object, Interception>();
  readonly #hooked = new WeakSet<object>();
  #latest: { readonly requests: object; readonly responses: object } | undefined;

  callOf(res: unknown): Interception | undefined {
    return this.#calls.get(res as Response);
  }

  /** Watches a call's request and response. */
  watch(call: Interception, req: Request, res: Response): void {
    const [requests, responses] = [Object.getPrototypeOf(req), Object.getPrototypeOf(res)];
    const isKnown = this.#latest?.requests === requests && this.#latest?.responses === responses;
    this.#calls.set(res, call);
    call.request(req.body);
    // Prototypes that are not an app's own are everybody's.
    if (!isKnown && !(Object.hasOwn(requests, 'app') && Object.hasOwn(responses, 'app'))) {
      call.watchIncoming(req);
      call.watchOutgoing(res, req.socket);
      return;
    }
    call.awaitEnd(res, req.socket);
    if (isKnown) return;
    this.#latest = { requests, responses };
    if (isWithin(this.#hooked, responses)) return;
    this.#hooked.add(responses);
    this.#hookRequests(requests);
    this.#hookResponses(responses);
  }

  #hookResponses(responses: Response): void {
    const { send, write, end } = responses;
    const calls = this.#calls;
    // What is sent is seen here as text, before a compression that is mounted after us.
    define(responses, 'send', function (this: Response, body?: unknown): Response {
      const call = calls.get(this);
      // biome-ignore lint/complexity/noArguments: the old form with a status has two
      if (call !== undefined && arguments.length === 1) {
        if (!call.seen) call.request(this.req?.body);
        call.answer(body);
      }
      // biome-ignore lint/complexity/noArguments: handed on as they came, without a copy
      return send.apply(this, arguments as never);
    });
    define(responses, 'write', function (this: Response, chunk: unknown, encoding?: unknown): boolean {
      calls.get(this)?.wrote(this, chunk, encoding, false);
      // biome-ignore lint/complexity/noArguments: handed on as they came, without a copy
      return write.apply(this, arguments as never);
    });
    define(responses, 'end', function (this: Response, chunk: unknown, encoding?: unknown): Response {
      const call = calls.get(this);
      call?.wrote(this, chunk, encoding, true);
      // biome-ignore lint/complexity/noArguments: handed on as they came, without a copy
      const given = end.apply(this, arguments as never);
      call?.answered(this);
      if (call?.over === true) calls.delete(this);
      return given;
    });
  }

  #hookRequests(requests: Request): void {
    const { push } = requests;
    const calls = this.#calls;
    define(requests, 'push', function (this: Request, chunk: unknown, encoding?: unknown): boolean {
      if (chunk !== null) calls.get(this.res as Response)?.received(this, chunk, encoding);
      // biome-ignore lint/complexity/noArguments: handed on as they came, without a copy
      return push.apply(this, arguments as never);
    });
    watchBodies(requests, (req) => this.callOf(req.res));
  }
}

/** A mounted app's prototypes inherit from those of the app above it, and so do hooks. */
function isWithin(hooked: WeakSet<object>, responses: object): boolean {
  for (let each = responses; each !== null; each = Object.getPrototypeOf(each)) if (hooked.has(each)) return true;
  return false;
}

function define(on: object, name: string, value: unknown): void {
  Object.defineProperty(on, name, { configurable: true, writable: true, enumerable: false, value });
}

const BODY = Symbol('leeway body');

/** Sees each body when a parser puts it on its request, before a handler can change it. */
function watchBodies(requests: Request, callOf: (req: Request) => Interception | undefined): void {
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
      const call = callOf(this);
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
