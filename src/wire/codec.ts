import type { DecodedTable, DecodeLimits } from './decoded-table.js';
import type { HeaderOf } from './wire.js';

/** A call as a user's own codec sees it. Bodies are those that the framework parsed, and what was answered. */
export interface Call {
  readonly method: string;
  /** Pathname of the original URL. */
  readonly path: string;
  /** What `:name` stood for in the path of `match`. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  readonly status: number;
  readonly response: unknown;
}

/** What a user's own codec makes of a call: rows as objects or lists; `undefined` where it is none of the model's. */
export interface DecodedCall {
  readonly X?: readonly unknown[];
  readonly Y?: readonly unknown[];
}

/** What a route that a wire format reserves for itself says about the call. */
export interface ReservedRoute {
  readonly model: string;
  readonly version?: string | undefined;
}

/** What a codec may look at beside a request's body. */
export interface RequestFacts {
  readonly path: string;
  readonly header: HeaderOf;
}

/** What a codec may look at beside a response's body. */
export interface AnswerFacts {
  readonly header: HeaderOf;
  /** From the request to the end of the response. */
  readonly latencyMs: number;
  /** From the request to the first byte of the response. */
  readonly firstByteMs: number;
}

/** A wire format: how X lies in a request, and Y in its response. */
export interface Codec {
  readonly name: string;
  /** The route, where the format reserves one and this is it. */
  route(method: string, path: string): ReservedRoute | undefined;
  /**
   * X, or `undefined` where the body is of another format.
   *
   * @param body the value of JSON, a `TextBody` of text that is none, or the bytes of neither.
   */
  inputs(body: unknown, limits: DecodeLimits, request?: RequestFacts): DecodedTable | undefined;
  /** Y for `rows` rows of X, or `undefined` where the response is of another format. */
  outputs(
    response: unknown,
    rows: number,
    limits: DecodeLimits,
    answer?: AnswerFacts,
  ): DecodedTable | undefined;
  /**
   * Whether a body, sent or answered, is of this format beyond doubt: where it can't be read, no other is to guess at it.
   *
   * @default that of none is
   */
  claims?(body: unknown): boolean;
  /** A codec for one call, where the answer is read by what the request was taken for. @default this one */
  forCall?(method: string): Codec;
}

/** A user's own way of reading calls, in place of a wire format. */
export interface OwnCodec {
  readonly decode: (call: Call) => DecodedCall | undefined;
}

export function isOwnCodec(codec: Codec | OwnCodec): codec is OwnCodec {
  return 'decode' in codec;
}
