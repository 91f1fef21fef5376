import type { Clock } from '../clock.js';
import { type Codec, isOwnCodec, type OwnCodec } from './codec.js';
import type { Counters } from './counters.js';
import { type DecodedTable, type DecodeLimits, rowsOfList, tableBytes } from './decoded-table.js';
import type { Headers, Matcher } from './matcher.js';
import type { Recording } from './recorder.js';

/** A request as an adapter presents it. */
export interface Request {
  readonly method: string;
  /** Pathname of the original URL. */
  readonly path: string;
  readonly headers: Headers;
}

/** How calls are told apart and read. */
export interface InterceptorOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  /** Predict routes that the user named; without, only routes that a codec reserves. */
  readonly match: Matcher | undefined;
  readonly codec: Codec | OwnCodec;
  /** The model's name, or how to tell it. Without, the route's own, else `default`. */
  readonly model: string | ((call: Request) => string) | undefined;
  readonly requestId: (call: Request) => string | undefined;
  /** Puts a model's name within bounds. */
  readonly admitModel: (name: string) => string;
  readonly limits: DecodeLimits;
  readonly activeRun: () => number | undefined;
  readonly record: (recording: Recording) => void;
  /** Counts and reports what went wrong on our side. */
  readonly onError: (error: unknown) => void;
}

/**
 * Follows predict calls from request to response, whatever the framework. Nothing it does reaches the host: every
 * method catches what goes wrong within, counts it and reports it.
 */
export class Interceptor {
  readonly #options: InterceptorOptions;

  constructor(options: InterceptorOptions) {
    this.#options = options;
  }

  /** Looks at a request; gives what follows it up, where it is a predict call. */
  begin(request: Request): Interception | undefined {
    const { counters, codec, match, model, onError } = this.#options;
    counters.requests += 1;
    try {
      const route = isOwnCodec(codec) ? undefined : codec.route(request.method, request.path);
      const matched = match === undefined ? route !== undefined : match(request.method, request.path, request.headers);
      if (!matched) {
        counters.unmatched += 1;
        return undefined;
      }
      const named = typeof model === 'function' ? model(request) : model;
      return new Interception(this.#options, request, named ?? route?.model ?? 'default');
    } catch (error) {
      onError(error);
      return undefined;
    }
  }
}

/** One predict call under way. Call `request` at the first sight of the parsed body, `response` with what the handler
 * answers, and `end` when the status is known; each but the first call of a kind is ignored. */
export class Interception {
  readonly #options: InterceptorOptions;
  readonly #request: Request;
  readonly #model: string;
  readonly #at: number;
  readonly #startedAt = performance.now();
  readonly #parent: number | null;
  #body: unknown;
  #X: DecodedTable | undefined;
  #seen = false;
  #response: unknown;
  #answered = false;
  #ended = false;

  constructor(options: InterceptorOptions, request: Request, model: string) {
    this.#options = options;
    this.#request = request;
    this.#model = model;
    this.#at = options.clock.now();
    this.#parent = options.activeRun() ?? null;
  }

  /** Whether the request's body was seen. */
  get seen(): boolean {
    return this.#seen;
  }

  /** Takes X out of the parsed body, before a handler can change it. */
  request(body: unknown): void {
    if (this.#seen || body === undefined) return;
    this.#seen = true;
    this.#guard(() => {
      const { codec, limits } = this.#options;
      if (isOwnCodec(codec)) this.#body = body;
      else this.#X = codec.inputs(body, limits);
    });
  }

  /** Sees what the handler answers with. */
  response(body: unknown): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#response = body;
  }

  /** Records the call, or counts why not. */
  end(status: number): void {
    if (this.#ended) return;
    this.#ended = true;
    const { counters } = this.#options;
    const latencyMs = performance.now() - this.#startedAt;
    if (!(status >= 200 && status < 300)) {
      counters.unsuccessful += 1;
      return;
    }
    if (!this.#answered) {
      counters.bypassed += 1;
      return;
    }
    let recorded = false;
    this.#guard(() => {
      recorded = this.#record(status, latencyMs);
    });
    if (!recorded) counters.undecodable += 1;
    this.#response = undefined;
  }

  #record(status: number, latencyMs: number): boolean {
    const { X, Y } = this.#decode(status);
    if (X === undefined || Y === undefined || X.rows.length !== Y.rows.length || X.rows.length === 0) return false;
    const { record, admitModel, requestId } = this.#options;
    record({
      model: admitModel(this.#model),
      X,
      Y: asOnTheWire(Y),
      at: this.#at,
      latencyMs,
      status,
      requestId: visibleId(requestId(this.#request)),
      parent: this.#parent,
      bytes: tableBytes(X) + tableBytes(Y),
    });
    return true;
  }

  #decode(status: number): { X: DecodedTable | undefined; Y: DecodedTable | undefined } {
    const { codec, limits } = this.#options;
    if (!isOwnCodec(codec)) {
      const X = this.#X;
      return { X, Y: X === undefined ? undefined : codec.outputs(this.#response, X.rows.length, limits) };
    }
    const { method, path, headers } = this.#request;
    const decoded = codec.decode({ method, path, headers, body: this.#body, status, response: this.#response });
    return {
      X: decoded?.X === undefined ? undefined : rowsOfList(decoded.X, limits),
      Y: decoded?.Y === undefined ? undefined : rowsOfList(decoded.Y, limits),
    };
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

/** JSON has no NaN and no infinities: the client got null. */
function asOnTheWire(Y: DecodedTable): DecodedTable {
  const bare = (value: unknown): boolean => typeof value === 'number' && !Number.isFinite(value);
  if (!Y.rows.some((row) => row.some(bare))) return Y;
  return { names: Y.names, rows: Y.rows.map((row) => row.map((value) => (bare(value) ? null : value))) };
}

/** An id of at most 128 visible ASCII characters, or none. */
export function visibleId(id: unknown): string | null {
  return typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id) ? id : null;
}
