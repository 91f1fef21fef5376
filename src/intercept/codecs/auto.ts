import { LRUCache } from 'lru-cache';
import type { Codec } from '../codec.js';
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
export function choiceOf(name: string, byShape: readonly Codec[], byRoute: readonly Codec[] = []): Codec {
  const known = new LRUCache<string, Codec>({ max: REMEMBERED_ROUTES });
  const everyone = [...byRoute, ...byShape];
  const codec: Codec = {
    name,
    route: rememberingLatest((method, path) => first(everyone, (candidate) => candidate.route(method, path))),
    inputs: (body, limits, request) => first(byShape, (candidate) => candidate.inputs(body, limits, request)),
    outputs: (response, rows, limits, answer) =>
      first(byShape, (candidate) => candidate.outputs(response, rows, limits, answer)),
    forCall: (method) => {
      let path = '';
      let chosen: Codec | undefined;
      let remembered: Codec | undefined;
      return {
        ...codec,
        inputs(body, limits, request) {
          path = request?.path ?? '';
          remembered = known.get(path);
          const reserving = remembered ?? everyone.find((candidate) => candidate.route(method, path) !== undefined);
          return first(distinct(reserving, byShape), (candidate) => {
            const X = candidate.inputs(body, limits, request);
            if (X !== undefined) chosen = candidate;
            return X;
          });
        },
        outputs(response, rows, limits, answer) {
          return first(distinct(chosen, byShape), (candidate) => {
            const Y = candidate.outputs(response, rows, limits, answer);
            const isNews = Y !== undefined && candidate === chosen && candidate !== remembered;
            if (isNews && path.length <= MAX_PATH_LENGTH) known.set(path, candidate);
            return Y;
          });
        },
      };
    },
  };
  return codec;
}

/** Most servers have one route that is asked for, and asking a dozen expressions about it takes a while. */
function rememberingLatest(route: Codec['route']): Codec['route'] {
  let latest: { method: string; path: string; found: ReturnType<Codec['route']> } | undefined;
  return (method, path) => {
    if (latest?.path !== path || latest.method !== method) latest = { method, path, found: route(method, path) };
    return latest.found;
  };
}

function distinct(leading: Codec | undefined, others: readonly Codec[]): readonly Codec[] {
  if (leading === undefined || leading === others[0]) return others;
  return [leading, ...others.filter((codec) => codec !== leading)];
}

function first<T>(codecs: readonly Codec[], ask: (codec: Codec) => T | undefined): T | undefined {
  for (const codec of codecs) {
    const answer = ask(codec);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
