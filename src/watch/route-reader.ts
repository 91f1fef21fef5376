import { answerNow } from '../leaves/require-sync.js';
import type { RowPick } from '../record/row-choice.js';
import { type Codec, isOwnCodec } from '../wire/codec.js';
import { type DecodedTable, rowsOfList } from '../wire/decoded-table.js';
import { type HeaderOf, parsedOrText, readBody, TextBody } from '../wire/wire.js';
import type { InterceptorOptions } from './interceptor-options.js';
import type { Request, Route } from './route.js';

/** The answer to a call, as it is read. */
export interface Answer {
  readonly status: number;
  readonly header: HeaderOf;
  readonly body: unknown;
  readonly latencyMs: number;
  readonly firstByteMs: number;
}

/** X and Y of a call, as far as they could be read. */
export interface ReadCall {
  readonly X: DecodedTable | undefined;
  readonly Y: DecodedTable | undefined;
}

/** Reads the bodies of one route's calls: from what was parsed, or went over the wire, to tables of what may be kept. */
export class RouteReader {
  readonly #route: Route;
  readonly #options: InterceptorOptions;

  constructor(route: Route, options: InterceptorOptions) {
    this.#route = route;
    this.#options = options;
  }

  /** The codec for one call; none where the user reads calls in a way of his own. */
  codecFor(request: Request): Codec | undefined {
    const { codec } = this.#route;
    return isOwnCodec(codec) ? undefined : (codec.forCall?.(request.method) ?? codec);
  }

  /** A request's body as codecs take it, of a parser that left a value, text or bytes. */
  parsed(body: unknown, request: Request): unknown {
    if (typeof body === 'string') return parsedOrText(body);
    if (!(body instanceof Uint8Array)) return body;
    return readBody(body, opened(headersOf(request)), this.#options.limits.bytes);
  }

  /** A request's body off the wire. */
  sent(bytes: string | Uint8Array, request: Request): unknown {
    return readBody(bytes, headersOf(request), this.#options.limits.bytes);
  }

  /** An answer's body, as text or bytes that the handler gave (`whole`), or off the wire. */
  answered(content: string | Uint8Array, header: HeaderOf, whole: boolean): unknown {
    if (whole && typeof content === 'string') return parsedOrText(content);
    return readBody(content, whole ? opened(header) : header, this.#options.limits.bytes);
  }

  /** X of a body. */
  inputs(codec: Codec, body: unknown, request: Request, pick: RowPick): DecodedTable | undefined {
    const decoded = codec.inputs(body, pick, { path: request.path, header: headersOf(request) });
    return decoded === undefined
      ? undefined
      : this.#options.pipeline.rules.apply(decoded, 'X_', this.#route.features);
  }

  /** Y of an answer to so many rows of X. */
  outputs(codec: Codec, answer: Answer, rows: number, pick: RowPick): DecodedTable | undefined {
    const decoded = codec.outputs(answer.body, rows, pick, answer);
    return decoded === undefined
      ? undefined
      : this.#options.pipeline.rules.apply(decoded, 'Y_', this.#route.outputs);
  }

  /** Both, as the user's own codec reads them. */
  own(sent: unknown, answer: Answer, { method, path, headers }: Request): ReadCall {
    const { codec, params, features, outputs } = this.#route;
    if (!isOwnCodec(codec)) return { X: undefined, Y: undefined };
    const { status, body: response } = answer;
    const call = {
      method,
      path,
      params: params(path),
      headers,
      body: bare(sent),
      status,
      response: bare(response),
    };
    const decoded = answerNow('codec.decode', () => codec.decode(call), true);
    return {
      X: this.#table(decoded?.X, 'X_', features),
      Y: this.#table(decoded?.Y, 'Y_', outputs),
    };
  }

  #table(list: unknown, side: 'X_' | 'Y_', given: readonly string[]): DecodedTable | undefined {
    const rows = Array.isArray(list) ? rowsOfList(list, this.#options.limits) : undefined;
    return rows === undefined ? undefined : this.#options.pipeline.rules.apply(rows, side, given);
  }
}

/** As a user's own codec takes it. */
export const bare = (body: unknown): unknown => (body instanceof TextBody ? body.text : body);

const headersOf =
  ({ headers }: Request): HeaderOf =>
  (name) => {
    const value = headers[name];
    return typeof value === 'string' ? value : value?.[0];
  };

/** The headers of a body that is not compressed any more. */
const opened =
  (header: HeaderOf): HeaderOf =>
  (name) =>
    name === 'content-encoding' ? undefined : header(name);
