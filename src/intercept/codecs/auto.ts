import { LRUCache } from 'lru-cache';
import type { AnswerFacts, Codec, RequestFacts } from '../codec.js';
import type { DecodedTable, DecodeLimits } from '../decoded-table.js';
import { json } from './json.js';
import { tfserving } from './tfserving.js';

/** Formats that are told by the shape of their bodies, the particular ones first. */
const PARTICULAR: readonly Codec[] = [tfserving];
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
  const known = new LRUCache<string, Codec>({ max: REMEMBERED_ROUTES });
  const everyone = plain ? [...PARTICULAR, json] : PARTICULAR;

  /** The formats in the order in which they are asked. */
  const order = (first: readonly (Codec | undefined)[]): Codec[] => [
    ...new Set([...first.filter((codec) => codec !== undefined), ...everyone]),
  ];

  function forCall(method: string): Codec & { chosen: Codec | undefined } {
    let path = '';
    return {
      ...codec,
      chosen: undefined,
      inputs(body, limits, request) {
        path = request?.path ?? '';
        const reserving = everyone.find((candidate) => candidate.route(method, path) !== undefined);
        for (const candidate of order([reserving, known.get(path)])) {
          const X = candidate.inputs(body, limits, request);
          if (X === undefined) continue;
          this.chosen = candidate;
          return X;
        }
        return undefined;
      },
      outputs(response, rows, limits, answer) {
        for (const candidate of order([this.chosen])) {
          const Y = candidate.outputs(response, rows, limits, answer);
          if (Y === undefined) continue;
          if (candidate === this.chosen && path.length <= MAX_PATH_LENGTH) known.set(path, candidate);
          return Y;
        }
        return undefined;
      },
    };
  }

  const codec: Codec = {
    name: plain ? 'auto' : 'reserved',
    route: (method, path) => first(everyone, (candidate) => candidate.route(method, path)),
    inputs: (body: unknown, limits: DecodeLimits, request?: RequestFacts): DecodedTable | undefined =>
      first(everyone, (candidate) => candidate.inputs(body, limits, request)),
    outputs: (response: unknown, rows: number, limits: DecodeLimits, answer?: AnswerFacts): DecodedTable | undefined =>
      first(everyone, (candidate) => candidate.outputs(response, rows, limits, answer)),
    forCall,
  };
  return codec;
}

function first<T>(codecs: readonly Codec[], ask: (codec: Codec) => T | undefined): T | undefined {
  for (const codec of codecs) {
    const answer = ask(codec);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
