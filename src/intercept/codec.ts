import type { DecodedTable, DecodeLimits } from './decoded-table.js';

/** A call as a user's own codec sees it. Bodies are those that the framework parsed and the handler answered with. */
export interface Call {
  readonly method: string;
  /** Pathname of the original URL. */
  readonly path: string;
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
}

/** A wire format: how X lies in a request, and Y in its response. */
export interface Codec {
  readonly name: string;
  /** The route, where the format reserves one and this is it. */
  route(method: string, path: string): ReservedRoute | undefined;
  /** X, or `undefined` where the body is of another format. */
  inputs(body: unknown, limits: DecodeLimits): DecodedTable | undefined;
  /** Y for `rows` rows of X, or `undefined` where the response is of another format. */
  outputs(response: unknown, rows: number, limits: DecodeLimits): DecodedTable | undefined;
}

/** A user's own way of reading calls, in place of a wire format. */
export interface OwnCodec {
  readonly decode: (call: Call) => DecodedCall | undefined;
}

export function isOwnCodec(codec: Codec | OwnCodec): codec is OwnCodec {
  return 'decode' in codec;
}
