/**
 * A 32-bit seed for the `index`-th draw of a generator with this seed. A detector that draws by index keeps no generator
 * state, so it serialises and goes on exactly. (Murmur3's finaliser over both words.)
 */
export function seedAt(seed: number, index: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.floor(index / 4_294_967_296);
  mixed = finish(mixed) ^ (index >>> 0);
  return finish(mixed + 0x165667b1);
}

/** A uniform number in (0, 1) for the `index`-th draw; never 0 or 1. */
export function uniformAt(seed: number, index: number): number {
  return (seedAt(seed, index) + 0.5) / 4_294_967_296;
}

function finish(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
