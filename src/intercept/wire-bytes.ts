import type { ByteBudget } from './byte-budget.js';

/**
 * A body as it passes, up to a bound and within the host's budget; of a longer one nothing is kept.
 */
export class WireBytes {
  readonly #most: number;
  readonly #memory: ByteBudget;
  readonly #copies: boolean;
  #pieces: (string | Uint8Array)[] = [];
  #size = 0;
  #whole = true;

  /** @param copies whether to copy what passes: a host may use its own buffers again, what came off the wire is fresh. */
  constructor(most: number, memory: ByteBudget, copies = true) {
    this.#copies = copies;
    this.#most = most;
    this.#memory = memory;
  }

  /** Whether anything passed. */
  get seen(): boolean {
    return this.#size > 0 || !this.#whole;
  }

  /** Whether everything that passed is held. */
  get whole(): boolean {
    return this.#whole;
  }

  /** Takes what a stream was given: bytes, or text in an encoding. */
  add(chunk: unknown, encoding?: unknown): void {
    if (!this.#whole) return;
    const piece = !this.#copies && chunk instanceof Uint8Array ? chunk : pieceOf(chunk, encoding);
    if (piece === undefined || piece.length === 0) return;
    if (this.#size + piece.length > this.#most || !this.#memory.take(piece.length)) {
      this.drop();
      return;
    }
    this.#size += piece.length;
    this.#pieces.push(piece);
  }

  /** Everything in one piece. */
  content(): string | Uint8Array {
    const pieces = this.#pieces;
    if (pieces.length === 1) return pieces[0] as string | Uint8Array;
    if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
    return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
  }

  /** Lets go of what is held, and takes nothing more. */
  drop(): void {
    this.#memory.give(this.#size);
    this.#pieces = [];
    this.#size = 0;
    this.#whole = false;
  }
}

function pieceOf(chunk: unknown, encoding: unknown): string | Uint8Array | undefined {
  if (typeof chunk === 'string') {
    const utf8 = typeof encoding !== 'string' || /^utf-?8$/i.test(encoding);
    return utf8 ? chunk : Buffer.from(chunk, encoding as BufferEncoding);
  }
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined;
}
