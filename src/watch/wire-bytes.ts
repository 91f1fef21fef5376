import type { ByteBudget } from '../record/byte-budget.js';

/** So many pieces are kept as they come; of a body that comes in more, what is short is put together in blocks … */
const FEW_PIECES = 16;
/** … of this length, since a piece by itself takes a few hundred bytes, however short. */
const BLOCK_BYTES = 4_096;
const LONG_BYTES = 1_024;

/** What nobody pushes to. */
const NONE: (string | Uint8Array)[] = [];

/**
 * A body as it passes, up to a bound and within the host's budget; of a longer one nothing is kept.
 */
export class WireBytes {
  readonly #most: number;
  readonly #memory: ByteBudget;
  readonly #copies: boolean;
  #pieces: (string | Uint8Array)[] = NONE;
  /** The block that is being filled, the last of the pieces; and how far. */
  #block: Buffer | undefined;
  #filled = 0;
  #size = 0;
  #held = 0;
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

  /** In how many pieces it is held. */
  get pieces(): number {
    return this.#pieces.length;
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
    this.#size += piece.length;
    const isShort = this.#pieces.length >= FEW_PIECES && piece.length < LONG_BYTES;
    const fits = this.#size <= this.#most && (isShort ? this.#fill(piece) : this.#keep(piece));
    if (!fits) this.drop();
  }

  /** Everything in one piece. */
  content(): string | Uint8Array {
    const pieces = this.#pieces;
    if (pieces.length === 1) return pieces[0] as string | Uint8Array;
    if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
    return Buffer.concat(
      pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)),
    );
  }

  /** Lets go of what is held, and takes nothing more. */
  drop(): void {
    const held = this.#held;
    this.#pieces = NONE;
    this.#block = undefined;
    this.#size = 0;
    this.#held = 0;
    this.#whole = false;
    if (held > 0) this.#memory.give(held);
  }

  #keep(piece: string | Uint8Array): boolean {
    // A character of a text may take two bytes.
    const bytes = typeof piece === 'string' ? 2 * piece.length : piece.length;
    if (!this.#take(bytes)) return false;
    this.#block = undefined;
    // Nearly all bodies come in one piece, and to push to a list makes room for seventeen.
    if (this.#pieces.length === 0) this.#pieces = [piece];
    else this.#pieces.push(piece);
    return true;
  }

  #fill(piece: string | Uint8Array): boolean {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (this.#block === undefined || this.#filled + bytes.length > BLOCK_BYTES) {
      if (!this.#take(BLOCK_BYTES)) return false;
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#filled = 0;
      this.#pieces.push(this.#block);
    }
    this.#block.set(bytes, this.#filled);
    this.#filled += bytes.length;
    this.#pieces[this.#pieces.length - 1] = this.#block.subarray(0, this.#filled);
    return true;
  }

  #take(bytes: number): boolean {
    if (!this.#memory.take(bytes)) return false;
    this.#held += bytes;
    return true;
  }
}

function pieceOf(chunk: unknown, encoding: unknown): string | Uint8Array | undefined {
  if (typeof chunk === 'string') {
    const utf8 = typeof encoding !== 'string' || /^utf-?8$/i.test(encoding);
    if (utf8) return chunk;
    // An encoding that is none is the host's fault, which the write itself will tell it.
    return Buffer.isEncoding(encoding) ? Buffer.from(chunk, encoding) : undefined;
  }
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined;
}
