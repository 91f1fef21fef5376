import { deserialize, serialize } from 'node:v8';
import { RowPick } from '../record/row-choice.js';
import type { Codec } from '../wire/codec.js';
import { type DecodedTable, tableBytes } from '../wire/decoded-table.js';
import type { InterceptorOptions } from './interceptor-options.js';
import type { Request } from './route.js';
import { bare, type RouteReader } from './route-reader.js';
import { type Incoming, isUntouched } from './tap.js';
import { WireBytes } from './wire-bytes.js';

/**
 * What the request of a call sent: X as a body parser left it, taken out at first sight, or else as it came off the wire. What it
 * holds meanwhile comes out of the host's budget, until `release`.
 */
export class SentBody {
  readonly #options: InterceptorOptions;
  readonly #reader: RouteReader;
  readonly #request: Request;
  readonly #codec: Codec | undefined;
  #pick: RowPick | undefined;
  #X: DecodedTable | undefined;
  #held = 0;
  #bytes: WireBytes | undefined;
  /** Whether the bytes are of use; not known before the first of them comes. */
  #follows: boolean | undefined;
  /** For the user's own codec, which reads a call when it is over: a copy in bytes, whose size is known. */
  #copy: Uint8Array | undefined;
  #seen = false;
  #shed = false;

  constructor(
    options: InterceptorOptions,
    reader: RouteReader,
    request: Request,
    codec: Codec | undefined,
  ) {
    this.#options = options;
    this.#reader = reader;
    this.#request = request;
    this.#codec = codec;
  }

  /** Whether a parsed body was seen. */
  get seen(): boolean {
    return this.#seen;
  }

  /** Whether there was no memory to hold it. */
  get shed(): boolean {
    return this.#shed;
  }

  /** Which rows of the call were drawn. */
  get pick(): RowPick | undefined {
    return this.#pick;
  }

  /** Takes in a parsed body, before a handler can change it. What holds nothing waits for something that does. */
  parsed(body: unknown, model: string): void {
    if (this.#seen || isVoid(body)) return;
    this.#seen = true;
    const value = this.#reader.parsed(body, this.#request);
    if (this.#codec !== undefined) {
      this.#take(this.#codec, value, model);
      this.#bytes?.drop();
    } else if (this.#bytes === undefined || !this.#bytes.whole) {
      const copy = serialize(bare(value));
      if (this.#hold(copy.length)) this.#copy = copy;
    }
  }

  /** Takes in a piece off the wire. */
  received(incoming: Incoming, chunk: unknown, encoding: unknown): void {
    if (this.#seen || this.#follows === false) return;
    const { limits, pipeline } = this.#options;
    const { memory } = pipeline;
    const bytes = this.#bytes;
    if (this.#follows === undefined) {
      // Of a body that began to come before anyone looked, the beginning is lost.
      this.#follows = isUntouched(incoming);
      if (this.#follows) this.#bytes = new WireBytes(limits.bytes, memory, false);
    } else if (
      bytes?.pieces === 1 &&
      Number(this.#request.headers['content-length'] ?? 0) > limits.bytes
    ) {
      // Nearly all bodies come in one piece, and then nobody need ask for its length.
      bytes.drop();
    }
    this.#bytes?.add(chunk, encoding);
  }

  /** X, as it was seen, or read now from the bytes. */
  inputs(codec: Codec, model: string): DecodedTable | undefined {
    if (!this.#seen) {
      const body = this.#read();
      if (body !== undefined) this.#take(codec, body, model);
    }
    return this.#X;
  }

  /** The body for the user's own codec: what went over the wire, where that is known. */
  whole(): unknown {
    return this.#read() ?? (this.#copy === undefined ? undefined : deserialize(this.#copy));
  }

  /** Lets go of all that it holds. */
  release(): void {
    const { memory } = this.#options.pipeline;
    this.#X = undefined;
    this.#copy = undefined;
    this.#follows = false;
    const held = this.#held;
    this.#held = 0;
    if (held > 0) memory.give(held);
    this.#bytes?.drop();
  }

  #read(): unknown {
    const bytes = this.#bytes;
    if (bytes === undefined || !bytes.seen || !bytes.whole) return undefined;
    return this.#reader.sent(bytes.content(), this.#request);
  }

  #take(codec: Codec, body: unknown, model: string): void {
    const { limits, pipeline } = this.#options;
    this.#pick = new RowPick(limits, model, (name, rows) => pipeline.choose(name, rows));
    const X = this.#reader.inputs(codec, body, this.#request, this.#pick);
    if (X !== undefined && this.#hold(tableBytes(X))) this.#X = X;
  }

  #hold(size: number): boolean {
    this.#shed = !this.#options.pipeline.memory.take(size);
    if (!this.#shed) this.#held = size;
    return !this.#shed;
  }
}

/** Nothing, or what body parsers put in place of a body before they have read it. */
function isVoid(body: unknown): boolean {
  if (body === undefined) return true;
  return (
    body !== null &&
    typeof body === 'object' &&
    !Array.isArray(body) &&
    !ArrayBuffer.isView(body) &&
    isEmpty(body)
  );
}

function isEmpty(body: object): boolean {
  for (const _name in body) return false;
  return true;
}
