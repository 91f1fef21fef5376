/**
 * What all buffers of one host may hold together: calls under way, bytes that the tap follows, rows on their way to the
 * store. Who wants to hold something takes its size first and, refused, lets the thing go and counts it.
 */
export class ByteBudget {
  readonly #most: number;
  #used = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How much is held now. */
  get used(): number {
    return this.#used;
  }

  /** @returns `false`, and takes nothing, where so much is not free. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#most) return false;
    this.#used += bytes;
    return true;
  }

  /** Takes what is held already, whether or not so much is free: whoever comes next is refused. */
  charge(bytes: number): void {
    this.#used += bytes;
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#used = Math.max(0, this.#used - bytes);
  }
}
