import type { Codec, OwnCodec } from '../wire/codec.js';
import type { Headers, Matcher, ParamsOf } from './matcher.js';

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
