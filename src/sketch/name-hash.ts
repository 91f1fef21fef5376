/** Of a longer string only so many characters from either end are read, so that 10 MB cost no more than 64 kB. */
export const MAX_HASHED_LENGTH = 65_536;

/** Two 32-bit hashes of a string, independent enough to count and to tell apart by. */
export interface NameHash {
  readonly first: number;
  readonly second: number;
}

/**
 * Hashes a string: the same on every machine, whatever its characters. Strings longer than 65,536 characters are told
 * apart by their length, their first and their last 32,768.
 */
export function hashName(name: string): NameHash {
  let first = 0x811c9dc5 ^ name.length;
  let second = 0x9747b28c;
  const head = Math.min(name.length, MAX_HASHED_LENGTH / 2);
  const tail = Math.max(head, name.length - MAX_HASHED_LENGTH / 2);
  for (let index = 0; index < name.length; index = index + 1 === head ? tail : index + 1) {
    const code = name.charCodeAt(index);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(((second << 13) | (second >>> 19)) ^ code, 0x5bd1e995);
  }
  return {
    first: finished(first ^ Math.imul(second, 0x27d4eb2d)),
    second: finished(second + first),
  };
}

function finished(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
