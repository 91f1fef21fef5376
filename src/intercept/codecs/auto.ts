import type { Codec } from '../codec.js';
import { json } from './json.js';
import { tfserving } from './tfserving.js';

/** Formats that are told by the shape of their bodies, the particular ones first. */
const PARTICULAR: readonly Codec[] = [tfserving];

/** Takes each body for the most particular format that it fits, and for plain JSON else. */
export const auto: Codec = {
  name: 'auto',
  route: (method, path) => first((codec) => codec.route(method, path)),
  inputs: (body, limits) => first((codec) => codec.inputs(body, limits)) ?? json.inputs(body, limits),
  outputs: (response, rows, limits) =>
    first((codec) => codec.outputs(response, rows, limits)) ?? json.outputs(response, rows, limits),
};

/** The formats that may record without being asked: those that reserve a route, with their own bodies only. */
export const reserved: Codec = {
  name: 'reserved',
  route: auto.route,
  inputs: (body, limits) => first((codec) => codec.inputs(body, limits)),
  outputs: (response, rows, limits) => first((codec) => codec.outputs(response, rows, limits)),
};

function first<T>(ask: (codec: Codec) => T | undefined): T | undefined {
  for (const codec of PARTICULAR) {
    const answer = ask(codec);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
