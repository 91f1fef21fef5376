import { answerNow } from '../leaves/require-sync.js';
import { isOwnCodec } from '../wire/codec.js';
import { CALL_BYTES, Interception } from './interception.js';
import type { InterceptorOptions } from './interceptor-options.js';
import type { Request, Route } from './route.js';
import { RouteReader } from './route-reader.js';
import { UnmatchedRequests } from './unmatched-requests.js';

/**
 * Finds predict calls among requests, whatever the framework. Nothing it does reaches the host: what goes wrong is counted
 * and reported.
 */
export class Interceptor {
  readonly #options: InterceptorOptions;
  readonly #unmatched = new UnmatchedRequests();
  readonly #routes: readonly { readonly route: Route; readonly reader: RouteReader }[];

  constructor(options: InterceptorOptions) {
    this.#options = options;
    this.#routes = options.routes.map((route) => ({
      route,
      reader: new RouteReader(route, options),
    }));
  }

  /** Which requests came in place of predict calls, once that is enough to say that something is wrong. */
  get unmatched(): string | undefined {
    return this.#unmatched.report;
  }

  /** Looks at a request; gives what follows it up, where it is a predict call. */
  begin(request: Request): Interception | undefined {
    const { pipeline, onError } = this.#options;
    const { counters, memory, lost } = pipeline;
    counters.requests += 1;
    try {
      for (const { route, reader } of this.#routes) {
        const { match, model } = route;
        if (match !== undefined && !match(request.method, request.path, request.headers)) continue;
        const reserved = isOwnCodec(route.codec)
          ? undefined
          : route.codec.route(request.method, request.path);
        if (match === undefined && reserved === undefined) continue;
        const named =
          typeof model === 'function' ? answerNow('model', () => model(request)) : model;
        const name = named ?? reserved?.model ?? modelOf(route, request) ?? 'default';
        this.#unmatched.end();
        const call = new Interception(this.#options, reader, request, name, reserved?.version);
        if (memory.take(CALL_BYTES)) return call;
        counters.droppedCalls += 1;
        return undefined;
      }
      counters.unmatched += 1;
      if (this.#unmatched.note(request)) this.#options.say(this.#unmatched.report as string);
    } catch (error) {
      lost.add(error);
      onError(error);
    }
    return undefined;
  }
}

/** The model that a path of `match` names: `/models/:name/predict`, `/:model/score`. */
function modelOf({ params }: Route, { path }: Request): string | undefined {
  const { model, name } = params(path);
  return model ?? name;
}
