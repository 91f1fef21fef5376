import type { Codec } from '../codec.js';
import type { DecodedTable, DecodeLimits } from '../decoded-table.js';
import { objectOf } from './reserved-route.js';

/** Up to so many dimensions a vector is kept as it is; of a longer one its norm and some projections. */
const DIMENSIONS_KEPT = 64;
const PROJECTIONS = 8;

/**
 * OpenAI's embeddings: a row per input, with its length in characters or tokens, never its text → the vectors, from floats
 * or base64: `embedding.0` … up to 64 dimensions, and above that `norm` and eight `projection.0` … on fixed random
 * directions. Reserves `POST …/v1/embeddings`, of the model `embeddings`.
 */
export const openaiEmbeddings: Codec = {
  name: 'openai-embeddings',
  route: (method, path) =>
    method === 'POST' && path.endsWith('/v1/embeddings') ? { model: 'embeddings' } : undefined,
  inputs(body, limits) {
    const request = objectOf(body);
    if (request === undefined || typeof request.model !== 'string' || !('input' in request))
      return undefined;
    const { input } = request;
    const isTokens =
      Array.isArray(input) && input.length > 0 && input.every((token) => typeof token === 'number');
    const texts = Array.isArray(input) && !isTokens ? input : [input];
    if (texts.length === 0 || 2 * texts.length > limits.cells) return undefined;
    const rows = texts.map((text) => {
      if (typeof text === 'string') return [text.length, null];
      return Array.isArray(text) ? [null, text.length] : undefined;
    });
    if (rows.some((row) => row === undefined)) return undefined;
    return { names: ['characters', 'tokens'], rows: rows as (number | null)[][] };
  },
  outputs(response, rows, limits) {
    const data = objectOf(response)?.data;
    if (!Array.isArray(data) || data.length !== rows) return undefined;
    const ordered: (Float64Array | undefined)[] = new Array(rows);
    for (const [place, entry] of data.entries()) {
      const { index = place, embedding } = objectOf(entry) ?? {};
      if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= rows)
        return undefined;
      ordered[index as number] = vectorOf(embedding);
    }
    return tableOfVectors(ordered, limits);
  },
};

/** The numbers of a list, or of little-endian float32 in base64. */
function vectorOf(embedding: unknown): Float64Array | undefined {
  if (Array.isArray(embedding)) {
    return embedding.every((value) => typeof value === 'number')
      ? Float64Array.from(embedding)
      : undefined;
  }
  if (typeof embedding !== 'string') return undefined;
  const bytes = Buffer.from(embedding, 'base64');
  if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
  return Float64Array.from({ length: bytes.length / 4 }, (_, index) =>
    bytes.readFloatLE(4 * index),
  );
}

function tableOfVectors(
  vectors: readonly (Float64Array | undefined)[],
  limits: DecodeLimits,
): DecodedTable | undefined {
  const dimension = vectors[0]?.length ?? 0;
  if (dimension === 0 || vectors.some((vector) => vector?.length !== dimension)) return undefined;
  const whole = vectors as readonly Float64Array[];
  if (dimension <= Math.min(DIMENSIONS_KEPT, limits.columns)) {
    if (dimension * vectors.length > limits.cells) return undefined;
    const names = Array.from({ length: dimension }, (_, index) => `embedding.${index}`);
    return { names, rows: whole.map((vector) => Array.from(vector)) };
  }
  const names = [
    'norm',
    ...Array.from({ length: PROJECTIONS }, (_, index) => `projection.${index}`),
  ];
  return { names, rows: whole.map(summary) };
}

function summary(vector: Float64Array): number[] {
  const sums = new Float64Array(PROJECTIONS);
  let squares = 0;
  vector.forEach((value, dimension) => {
    squares += value * value;
    const signs = signsOf(dimension);
    for (let each = 0; each < PROJECTIONS; each += 1) {
      sums[each] = (sums[each] as number) + ((signs >> each) & 1 ? value : -value);
    }
  });
  return [Math.sqrt(squares), ...Array.from(sums, (sum) => sum / Math.sqrt(vector.length))];
}

/** One bit for each projection, the same in every process. */
function signsOf(dimension: number): number {
  let bits = Math.imul(dimension + 0x1eea, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
