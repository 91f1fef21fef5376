import { LRUCache } from 'lru-cache';
import type { AnswerFacts, Codec, RequestFacts } from '../codec.js';
import type { DecodedTable, DecodeLimits } from '../decoded-table.js';
import { json } from './json.js';
import { mlflow } from './mlflow.js';
import { oip } from './oip.js';
import { omega } from './omega.js';
import { openaiChat } from './openai-chat.js';
import { openaiEmbeddings } from './openai-embeddings.js';
import { tfserving } from './tfserving.js';

/** Formats that are told by the shape of their bodies, the particular ones first. */
const BY_SHAPE: readonly Codec[] = [oip, omega, tfserving, mlflow];
/** Formats whose bodies might be anyone's: only their own routes tell them. */
const BY_ROUTE: readonly Codec[] = [openaiChat, openaiEmbeddings];
/** Routes of which the format is remembered. */
const REMEMBERED_ROUTES = 500;
/** A longer path is not worth remembering. */
const MAX_PATH_LENGTH = 256;

/**
 * Takes each call for the most particular format that fits its route and both its bodies. What a route turned out to be
 * is asked first the next time.
 *
 * @param plain whether what fits no particular format is read as plain JSON. Without, only formats that reserve a route
 *   record, and only their own bodies.
 */
export function autoCodec(plain: boolean): Codec {
  return choiceOf(plain ? 'auto' : 'reserved', plain ? [...BY_SHAPE, json] : BY_SHAPE, BY_ROUTE);
}

/**
 * Several formats as one: the first that fits.
 *
 * @param byRoute further ones, which are asked on their own routes only.
 */
export function choiceOf(
  name: string,
  byShape: readonly Codec[],
  byRoute: readonly Codec[] = [],
): Codec {
  const everyone = [...byRoute, ...byShape];
  const formats = {
    byShape,
    everyone,
    known: new LRUCache<string, Codec>({ max: REMEMBERED_ROUTES }),
  };
  const route = rememberingLatest((method, path) =>
    first(everyone, (candidate) => candidate.route(method, path)),
  );
  return {
    name,
    route,
    inputs: (body, limits, request) =>
      first(candidatesFor(body, byShape), (candidate) => candidate.inputs(body, limits, request)),
    outputs: (response, rows, limits, answer) =>
      first(candidatesFor(response, byShape), (candidate) =>
        candidate.outputs(response, rows, limits, answer),
      ),
    forCall: (method) => new Choice(name, route, formats, method),
  };
}

interface Formats {
  readonly byShape: readonly Codec[];
  readonly everyone: readonly Codec[];
  /** What routes turned out to be. */
  readonly known: LRUCache<string, Codec>;
}

/** The format of one call: its answer is first read by what its request was taken for. */
class Choice implements Codec {
  readonly name: string;
  readonly route: Codec['route'];
  readonly #formats: Formats;
  readonly #method: string;
  #path = '';
  #chosen: Codec | undefined;
  #remembered: Codec | undefined;

  constructor(name: string, route: Codec['route'], formats: Formats, method: string) {
    this.name = name;
    this.route = route;
    this.#formats = formats;
    this.#method = method;
  }

  inputs(body: unknown, limits: DecodeLimits, request?: RequestFacts): DecodedTable | undefined {
    const { known, everyone, byShape } = this.#formats;
    this.#path = request?.path ?? '';
    this.#remembered = known.get(this.#path);
    const candidates = candidatesFor(body, byShape);
    const reserving =
      this.#remembered ??
      everyone.find((candidate) => candidate.route(this.#method, this.#path) !== undefined);
    const ask = (candidate: Codec): DecodedTable | undefined => {
      const X = candidate.inputs(body, limits, request);
      if (X !== undefined) this.#chosen = candidate;
      return X;
    };
    return first(candidates, ask, candidates === byShape ? reserving : undefined);
  }

  outputs(
    response: unknown,
    rows: number,
    limits: DecodeLimits,
    answer?: AnswerFacts,
  ): DecodedTable | undefined {
    const { known, byShape } = this.#formats;
    const ask = (candidate: Codec): DecodedTable | undefined => {
      const Y = candidate.outputs(response, rows, limits, answer);
      const isNews =
        Y !== undefined && candidate === this.#chosen && candidate !== this.#remembered;
      // Plain JSON takes what no other does, so it must never be asked before them.
      if (isNews && candidate !== json && this.#path.length <= MAX_PATH_LENGTH)
        known.set(this.#path, candidate);
      return Y;
    };
    const candidates = candidatesFor(response, byShape);
    return first(candidates, ask, candidates === byShape ? this.#chosen : undefined);
  }
}

/** Most servers have one route that is asked for, and asking a dozen expressions about it takes a while. */
function rememberingLatest(route: Codec['route']): Codec['route'] {
  let latest: { method: string; path: string; found: ReturnType<Codec['route']> } | undefined;
  return (method, path) => {
    if (latest?.path !== path || latest.method !== method)
      latest = { method, path, found: route(method, path) };
    return latest.found;
  };
}

/** Who may read a body: the one whose it surely is, else all. */
function candidatesFor(body: unknown, codecs: readonly Codec[]): readonly Codec[] {
  const owner = codecs.find((candidate) => candidate.claims?.(body));
  return owner === undefined ? codecs : [owner];
}

/** The first that has an answer; one of them may be asked before the others. */
function first<T>(
  codecs: readonly Codec[],
  ask: (codec: Codec) => T | undefined,
  leading?: Codec | undefined,
): T | undefined {
  const answer = leading === undefined ? undefined : ask(leading);
  if (answer !== undefined) return answer;
  for (const codec of codecs) {
    const other = codec === leading ? undefined : ask(codec);
    if (other !== undefined) return other;
  }
  return undefined;
}
