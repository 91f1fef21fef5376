/** Larger copies are left to the garbage collector, so that one great batch doesn't take memory for ever. */
const MAX_KEPT_BYTES = 1_000_000;

/**
 * Memory for copies of payloads that are needed while a call lasts, used again by the next call. Chunks come once a second
 * and are large: as garbage they cost as much as a seventh of writing them.
 */
export class PayloadMemory {
  #kept: Uint8Array = new Uint8Array(0);

  /** Gives `work` a function that copies bytes; the copies last until its promise settles. */
  async lend<T>(work: (copy: (bytes: Uint8Array) => Uint8Array) => Promise<T>): Promise<T> {
    const block = this.#kept;
    // A call that comes meanwhile has none, and makes its own.
    this.#kept = new Uint8Array(0);
    let used = 0;
    const copy = (bytes: Uint8Array): Uint8Array => {
      // An empty view of empty memory is a null pointer, which node:sqlite of Node 22 binds as NULL.
      if (bytes.byteLength === 0) return new Uint8Array(0);
      const from = used;
      used += bytes.byteLength;
      if (used > block.byteLength) return new Uint8Array(bytes);
      block.set(bytes, from);
      return block.subarray(from, used);
    };
    try {
      return await work(copy);
    } finally {
      const next = used > block.byteLength && used <= MAX_KEPT_BYTES ? new Uint8Array(used) : block;
      if (next.byteLength > this.#kept.byteLength) this.#kept = next;
    }
  }
}
