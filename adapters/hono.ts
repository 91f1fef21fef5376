import type { Context, HonoRequest, MiddlewareHandler } from 'hono';
import { standIn } from '../src/leaves/wrap-method.js';
import { isCopyable } from '../src/service/copyable.js';
import { controlsOf, type Drift } from '../src/service/middleware-controls.js';
import { nodeSides } from '../src/service/node-sides.js';
import type { DriftOptions } from '../src/service/options.js';
import { type Interception, Service } from '../src/service/request-service.js';
import { passOn } from '../src/service/wrong-framework.js';

export type { Drift, DriftStatus } from '../src/service/middleware-controls.js';
export type { DriftOptions } from '../src/service/options.js';

type Headers = Record<string, string | string[] | undefined>;

/** A Hono middleware that records predict calls, with the controls of its monitors. */
export type DriftMiddleware = MiddlewareHandler & Drift;

/**
 * Drift monitoring for Hono. Mount it before the routes. On Node it sees every way to answer; elsewhere what handlers read
 * with `c.req.json()` or `c.req.text()` and answer with `c.json()`. The response stays as it is, and no failure of leeway
 * reaches a request.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is unknown or wrong.
 *
 * @example
 * const drift = driftMiddleware({ experiment: 'housing', model: 'california', match: 'POST /predict' });
 * app.use(drift);
 */
export function driftMiddleware(options: DriftOptions): DriftMiddleware {
  const service = new Service(options);
  // Mounted twice, it records once. A mark on the object costs the collector less than a weak set of them.
  const followed: unique symbol = Symbol('leeway');
  const reads = new Reads();

  // It gives nothing: what `next()` gives is the context, and where no handler answered Hono would answer with that.
  async function leeway(
    c: Context & { [followed]?: true },
    next: () => Promise<void>,
    ...rest: unknown[]
  ): Promise<void> {
    if (c?.req?.raw === undefined || typeof next !== 'function') {
      await passOn([c, next, ...rest], 'leeway/hono', (error) => service.reportLost(error));
      return;
    }
    if (c[followed] === true) {
      await next();
      return;
    }
    c[followed] = true;
    const { incoming, outgoing } = nodeSides(c.env);
    let madeJson: () => Response | undefined = nothing;
    const call = service.follow(new Facts(c, incoming), (begun) => {
      // What is read as text and parsed by the handler itself is seen on the wire.
      reads.watch(c, begun, incoming === undefined);
      if (incoming !== undefined) begun.watchIncoming(incoming);
      if (outgoing !== undefined) begun.watchOutgoing(outgoing, incoming?.socket);
      else madeJson = watchJson(c);
    });
    try {
      await next();
    } finally {
      if (call !== undefined && outgoing === undefined) finish(c, call, madeJson());
    }
  }

  return Object.assign(leeway, controlsOf(service));
}

/** Collecting all headers costs as much as half of the rest, on Node too, and few calls are looked at so closely. */
class Facts {
  readonly method: string;
  readonly path: string;
  readonly #c: Context;
  readonly #incoming: { readonly headers: Headers } | undefined;

  constructor(c: Context, incoming: { readonly headers: Headers } | undefined) {
    this.method = c.req.method;
    this.path = c.req.path;
    this.#c = c;
    this.#incoming = incoming;
  }

  get headers(): Headers {
    return this.#incoming?.headers ?? this.#c.req.header();
  }
}

/** Sees what handlers read. Their own promises are left as they are, so that a body that is no JSON fails as without us. */
class Reads {
  readonly #mark: symbol = Symbol('leeway call');
  readonly #json = standIn((own: Read) => this.#watched(own));
  readonly #text = standIn((own: Read) => this.#watched(own));

  /** @param texts whether bodies that are read as text can't be seen otherwise. */
  watch(c: Context, call: Interception, texts: boolean): void {
    const { req } = c;
    (req as Marked)[this.#mark] = call;
    req.json = this.#json(req.json as Read);
    if (texts) req.text = this.#text(req.text as Read);
    readCached(c);
  }

  #watched(own: Read): Read {
    const mark = this.#mark;
    return function watched(this: Marked): Promise<never> {
      const body = own.call(this);
      const call = this[mark];
      body.then((value) => call?.request(value), ignore);
      return body;
    };
  }
}

type Marked = HonoRequest & { [mark: symbol]: Interception | undefined };
type Read = () => Promise<never>;

const ignore = (): undefined => undefined;

/** What is read already, by a validator before us or in a way that is not watched, Hono has kept: this reads no stream. */
function readCached(c: Context): void {
  for (const _kept in c.req.bodyCache) {
    c.req.text().catch(() => undefined);
    return;
  }
}

const nothing = (): undefined => undefined;

/** Where the answer is seen only as a Response: notes the latest that `c.json` made. */
function watchJson(c: Context): () => Response | undefined {
  const { json } = c;
  let made: Response | undefined;
  c.json = function answer(this: Context, ...args: Parameters<typeof json>) {
    made = json.apply(c, args);
    return made;
  } as typeof json;
  return () => made;
}

/** @param json what `c.json` made last. It may have been put aside for a stream, which must not be copied. */
function finish(c: Context, call: Interception, json: Response | undefined): void {
  if (!call.seen) readCached(c);
  const status = c.finalized ? c.res.status : 500;
  // A stream that a middleware draws from it, compressed or not, is of JSON, and has no source but that.
  const isDrawn = json?.body?.locked === true;
  if (json !== undefined && status < 400 && (isDrawn || isCopyable(c.res)))
    call.endWith(() => c.res.clone(), status);
  else call.end(status);
}
