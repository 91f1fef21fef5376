import { type Random, seededRandom } from '../leaves/random.js';

const SEED = 0x5a3b;

/**
 * Chooses a share of calls. One with an id is chosen by the id alone, so that every replica and every retry decides alike;
 * one without is chosen by lot.
 */
export class Sampler {
  readonly #share: number;
  readonly #random: Random = seededRandom(SEED);

  /** @param share from 0 (none) to 1 (all). */
  constructor(share: number) {
    this.#share = share;
  }

  takes(call: { readonly requestId: string | null }): boolean {
    if (this.#share >= 1) return true;
    const id = call.requestId;
    return (id === null ? this.#random() : uniform(id)) < this.#share;
  }
}

/** A number in [0, 1) out of a text: FNV-1a, then mixed so that near ids lie far apart. */
function uniform(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}
