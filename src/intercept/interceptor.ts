import type { Clock } from '../clock.js';
import { atOnce } from './at-once.js';
import type { ByteBudget } from './byte-budget.js';
import { type Codec, isOwnCodec, type OwnCodec } from './codec.js';
import type { ColumnRules } from './column-rules.js';
import type { Counters } from './counters.js';
import type { DecodeLimits } from './decoded-table.js';
import { CALL_BYTES, Interception } from './interception.js';
import type { Headers, Matcher, ParamsOf } from './matcher.js';
import type { Recording } from './recorder.js';
import { RouteReader } from './route-reader.js';
import type { Draw } from './row-choice.js';
import type { Sampler } from './sampler.js';

/** A request as an adapter presents it. */
export interface Request {
  readonly method: string;
  /** Pathname of the original URL. */
  readonly path: string;
  readonly headers: Headers;
}

/** Routes that are read in one way. */
export interface Route {
  /** Which requests; without, those of routes that the codec reserves. */
  readonly match: Matcher | undefined;
  readonly params: ParamsOf;
  readonly codec: Codec | OwnCodec;
  /** The model's name, or how to tell it. Without, the route's own, else `default`. */
  readonly model: string | ((call: Request) => string) | undefined;
  /** Names for columns known by position. */
  readonly features: readonly string[];
  readonly outputs: readonly string[];
}

/** Bounds on what one call may bring. */
export interface CallLimits extends DecodeLimits {
  /** Bytes of a body that is followed on the wire. */
  readonly bytes: number;
}

/** How calls are told apart and read. */
export interface InterceptorOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  /** The first that fits a request is taken. */
  readonly routes: readonly Route[];
  readonly rules: ColumnRules;
  readonly sampler: Sampler;
  readonly memory: ByteBudget;
  readonly requestId: (call: Request) => string | undefined;
  readonly version: ((call: Request) => string | undefined) | undefined;
  /** Puts a model's name within bounds. */
  readonly admitModel: (name: string) => string;
  /** Puts a version's name within bounds. */
  readonly admitVersion: (model: string, version: string) => string;
  readonly limits: CallLimits;
  readonly activeRun: () => number | undefined;
  /** Chooses which rows of a call are worth copying. */
  readonly choose: Draw;
  readonly record: (recording: Recording) => void;
  /** Counts and reports what went wrong on our side. */
  readonly onError: (error: unknown) => void;
}

/**
 * Finds predict calls among requests, whatever the framework. Nothing it does reaches the host: what goes wrong is counted
 * and reported.
 */
export class Interceptor {
  readonly #options: InterceptorOptions;
  readonly #routes: readonly { readonly route: Route; readonly reader: RouteReader }[];

  constructor(options: InterceptorOptions) {
    this.#options = options;
    this.#routes = options.routes.map((route) => ({ route, reader: new RouteReader(route, options) }));
  }

  /** Looks at a request; gives what follows it up, where it is a predict call. */
  begin(request: Request): Interception | undefined {
    const { counters, memory, onError } = this.#options;
    counters.requests += 1;
    try {
      for (const { route, reader } of this.#routes) {
        const { match, model } = route;
        if (match !== undefined && !match(request.method, request.path, request.headers)) continue;
        const reserved = isOwnCodec(route.codec) ? undefined : route.codec.route(request.method, request.path);
        if (match === undefined && reserved === undefined) continue;
        const named = typeof model === 'function' ? atOnce(model(request), 'model') : model;
        const name = named ?? reserved?.model ?? 'default';
        const call = new Interception(this.#options, reader, request, name, reserved?.version);
        if (memory.take(CALL_BYTES)) return call;
        counters.shed += 1;
        return undefined;
      }
      counters.unmatched += 1;
    } catch (error) {
      onError(error);
    }
    return undefined;
  }
}
