import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { controlsOf, type Drift } from '../src/service/middleware-controls.js';
import type { DriftOptions } from '../src/service/options.js';
import { pathOf } from '../src/service/path-of.js';
import { type Interception, Service } from '../src/service/request-service.js';
import { passOn } from '../src/service/wrong-framework.js';

export type { Drift, DriftStatus } from '../src/service/middleware-controls.js';
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

  function leeway(req: Request, res: Response, next: NextFunction): unknown {
    if (typeof next !== 'function' || typeof res?.end !== 'function') {
      return passOn([req, res, next], 'leeway/express', (error) => service.reportLost(error));
    }
    // Mounted twice, it records once.
    if (!hooks.knows(res)) {
      const facts = {
        method: req.method,
        path: pathOf(req.originalUrl ?? req.url ?? ''),
        headers: req.headers,
      };
      service.follow(facts, (call) => hooks.watch(call, req, res));
    }
    next();
    return undefined;
  }

  return Object.assign(leeway, controlsOf(service));
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
  /** What was there before the body of a request was watched, by its response. */
  readonly #found = new WeakMap<object, PropertyDescriptor>();
  /** One for all requests: the engine makes a shape for each pair of functions. */
  readonly #watched: PropertyDescriptor;
  #latestEnded: object | undefined;
  #latest: { readonly requests: object; readonly responses: object } | undefined;

  constructor() {
    const calls = this.#calls;
    const allFound = this.#found;
    const watchAgain = (req: Request, call: Interception): void => this.#watchBody(req, call);
    const accessor = {
      configurable: true,
      get(this: Request): unknown {
        const found = allFound.get(this.res as Response);
        return found?.get === undefined ? found?.value : found.get.call(this);
      },
      set(this: Request, value: unknown): void {
        const call = calls.get(this.res as Response);
        call?.request(value);
        const above = Object.getOwnPropertyDescriptor(this, 'body');
        // With what was found in its place again, an assignment does the same as without us.
        Object.defineProperty(this, 'body', allFound.get(this.res as Response) ?? NOTHING);
        this.body = value;
        if (above !== undefined && above.set !== accessor.set) {
          // A host that has put its own in front of ours keeps it there.
          allFound.set(
            this.res as Response,
            Object.getOwnPropertyDescriptor(this, 'body') ?? NOTHING,
          );
          Object.defineProperty(this, 'body', above);
        } else if (call?.over === false) watchAgain(this, call); // A parser that finds no body leaves nothing to see.
      },
    };
    this.#watched = accessor;
  }

  /** Whether a response is watched, or was just ended by a handler that goes on nevertheless. */
  knows(res: Response): boolean {
    return this.#calls.has(res) || this.#latestEnded === res;
  }

  /** Watches a call's request and response. */
  watch(call: Interception, req: Request, res: Response): void {
    const requests = Object.getPrototypeOf(req);
    const responses = Object.getPrototypeOf(res);
    const isKnown = this.#latest?.requests === requests && this.#latest?.responses === responses;
    this.#calls.set(res, call);
    this.#watchBody(req, call);
    // Prototypes that are not an app's own are everybody's. And methods that a response has of its own were put there
    // before us, around methods that may have been taken from the prototype before it was hooked.
    const isWrapped = Object.hasOwn(res, 'end') || Object.hasOwn(res, 'write');
    const isApp = isKnown || (Object.hasOwn(requests, 'app') && Object.hasOwn(responses, 'app'));
    if (isWrapped || !isApp) {
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

  /**
   * Sees the body when a parser puts it on the request, before a handler can change it. Whatever is there is handed on:
   * nothing, a value, or an accessor, another leeway's or the host's own.
   */
  #watchBody(req: Request, call: Interception): void {
    if (call.seen) return;
    if (!('body' in req)) {
      Reflect.defineProperty(req, 'body', this.#watched);
      return;
    }
    call.request(req.body);
    if (call.seen || req.res === undefined) return;
    const found = Object.getOwnPropertyDescriptor(req, 'body');
    // What nobody can set shows nothing, and what is inherited would not be any more.
    if (found === undefined || (!found.writable && found.set === undefined)) return;
    this.#found.set(req.res, found);
    Reflect.defineProperty(req, 'body', {
      ...this.#watched,
      enumerable: found.enumerable === true,
    });
  }

  #hookResponses(responses: Response): void {
    const { send, write, end } = responses;
    const calls = this.#calls;
    const ended = (res: Response): void => {
      calls.delete(res);
      this.#latestEnded = res;
    };
    // What is sent is seen here as text, before a compression that is mounted after us.
    define(responses, 'send', function (this: Response, body?: unknown): Response {
      const call = calls.get(this);
      // biome-ignore lint/complexity/noArguments: the old form with a status has two
      if (call === undefined || arguments.length !== 1) return send.apply(this, arguments as never);
      if (!call.seen) call.request(this.req?.body);
      let isLost = call.answer(body);
      try {
        const given = send.call(this, body);
        isLost = false;
        return given;
      } finally {
        if (isLost) call.takeBack();
      }
    });
    define(
      responses,
      'write',
      function (this: Response, chunk: unknown, encoding?: unknown): boolean {
        // biome-ignore lint/complexity/noArguments: handed on as they came, without a copy
        const given = write.apply(this, arguments as never);
        const call = calls.get(this);
        if (call?.tapped === false) call.wrote(this, chunk, encoding);
        return given;
      },
    );
    define(
      responses,
      'end',
      function (this: Response, chunk: unknown, encoding?: unknown): Response {
        const found = calls.get(this);
        const call = found?.tapped === true ? undefined : found;
        call?.ending();
        let refused = true;
        let given: Response;
        try {
          // biome-ignore lint/complexity/noArguments: handed on as they came, without a copy
          given = end.apply(this, arguments as never);
          refused = false;
        } finally {
          // In `finally`, an error keeps the line that threw it.
          if (refused) call?.refused();
        }
        call?.answered(this, chunk, encoding);
        if (call?.over === true) ended(this);
        return given;
      },
    );
  }

  #hookRequests(requests: Request): void {
    const { push } = requests;
    const calls = this.#calls;
    define(requests, 'push', function (this: Request, chunk: unknown, encoding?: unknown): boolean {
      const call = chunk === null ? undefined : calls.get(this.res as Response);
      if (call?.tapped === false) call.received(this, chunk, encoding);
      // biome-ignore lint/complexity/noArguments: handed on as they came, without a copy
      return push.apply(this, arguments as never);
    });
  }
}

/** A mounted app's prototypes inherit from those of the app above it, and so do hooks. */
function isWithin(hooked: WeakSet<object>, responses: object): boolean {
  for (let each = responses; each !== null; each = Object.getPrototypeOf(each))
    if (hooked.has(each)) return true;
  return false;
}

function define(on: object, name: string, value: unknown): void {
  Object.defineProperty(on, name, { configurable: true, writable: true, enumerable: false, value });
}

/** What an assignment makes a property of. */
const NOTHING: PropertyDescriptor = {
  configurable: true,
  writable: true,
  enumerable: true,
  value: undefined,
};
