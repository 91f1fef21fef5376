/** Columns with longer names are not taken in. */
export const MAX_GIVEN_NAME_LENGTH = 16_384;

/** So many dropped names are told apart; each further one counts whenever it comes. */
const MAX_TOLD_APART = 16_384;

/** Counts distinct names by their hashes, in at most 1 MB: after a merge or a decoding, a name may count again. */
export class DroppedNames {
  count = 0;
  readonly #hashes = new Set<number>();

  add(name: string): void {
    const hash = hashOf(name);
    if (this.#hashes.has(hash)) return;
    if (this.#hashes.size < MAX_TOLD_APART) this.#hashes.add(hash);
    this.count += 1;
  }

  merge(other: DroppedNames): void {
    let common = 0;
    for (const hash of other.#hashes) {
      if (this.#hashes.has(hash)) common += 1;
      else if (this.#hashes.size < MAX_TOLD_APART) this.#hashes.add(hash);
    }
    this.count += other.count - common;
  }
}

/** FNV-1a of the length and the first 16,384 characters, in 32 bits. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5 ^ name.length;
  const end = Math.min(name.length, MAX_GIVEN_NAME_LENGTH);
  for (let index = 0; index < end; index += 1)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
