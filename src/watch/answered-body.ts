import type { HeaderOf } from '../wire/wire.js';
import type { InterceptorOptions } from './interceptor-options.js';
import type { Answer, RouteReader } from './route-reader.js';
import { WireBytes } from './wire-bytes.js';

/** A response as the Fetch API has it, as far as it is read. */
export interface ResponseCopy {
  readonly headers: { get(name: string): string | null };
  readonly body: {
    getReader(): { read(): Promise<{ done: boolean; value?: unknown }>; cancel(): Promise<void> };
  } | null;
}

/** What no header is known of. */
export const noHeader: HeaderOf = () => undefined;

/**
 * What a call was answered, and when: the text that the handler gave, or else what was written. What it holds meanwhile comes
 * out of the host's budget, until `release`.
 */
export class AnsweredBody {
  readonly #options: InterceptorOptions;
  readonly #startedAt = performance.now();
  #given: string | Uint8Array | undefined;
  #bytes: WireBytes | undefined;
  #firstByteMs = Number.NaN;
  #latencyMs = Number.NaN;
  #ending = false;
  #ended = false;

  constructor(options: InterceptorOptions) {
    this.#options = options;
  }

  /** Whether the host is just ending it; it may be refused. */
  get isEnding(): boolean {
    return this.#ending;
  }

  /** Whether the host has ended it. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** From the request to the last byte of the answer, or to now. */
  get latencyMs(): number {
    if (Number.isNaN(this.#latencyMs)) this.#latencyMs = performance.now() - this.#startedAt;
    return this.#latencyMs;
  }

  /** Takes the text or bytes that the handler answers with; what else it is given is none. @returns whether it was taken. */
  give(body: unknown): boolean {
    if (this.#given !== undefined || !(typeof body === 'string' || body instanceof Uint8Array))
      return false;
    this.#given = body;
    return true;
  }

  /** Lets go of what was given, where the host could not answer with it. */
  takeBack(): void {
    if (!this.#ended) this.#given = undefined;
  }

  /** Takes what was written, where it is `wanted`. */
  wrote(chunk: unknown, encoding: unknown, wanted: () => boolean): void {
    // Some write their last piece while they end.
    if (!this.#ending && !this.#ended)
      this.#take(performance.now() - this.#startedAt, chunk, encoding, wanted);
  }

  /** The host ends it: what is written from now on is part of the last piece. */
  ending(): void {
    this.#ending = true;
  }

  /** The end was refused, as if it had not been tried. */
  refused(): void {
    this.#ending = false;
  }

  /** Takes the last piece: the answer is complete, whatever comes after. */
  end(chunk: unknown, encoding: unknown, wanted: () => boolean): void {
    this.#ending = false;
    if (this.#ended) return;
    this.#ended = true;
    this.#latencyMs = performance.now() - this.#startedAt;
    this.#take(this.#latencyMs, chunk, encoding, wanted);
  }

  /** It is complete, though nobody saw its end: what was seen of it counts only where the handler gave the whole of it. */
  endUnseen(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#bytes?.drop();
  }

  /** Reads a copy of the response; of one that is too long nothing is read to its end. @returns its headers. */
  async readCopy(copyOf: () => ResponseCopy): Promise<HeaderOf> {
    const bytes = new WireBytes(this.#options.limits.bytes, this.#options.pipeline.memory);
    this.#bytes = bytes;
    let header = noHeader;
    try {
      const copy = copyOf();
      header = (name) => copy.headers.get(name) ?? undefined;
      const reader = copy.body?.getReader();
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) return header;
        if (!this.#gather(bytes, value)) break;
      }
      await reader?.cancel();
    } catch {
      // A body that fails is the host's: what came of it is what was answered.
    }
    return header;
  }

  /** The answer as codecs take it; `undefined` where it was not seen, or not whole. */
  read(reader: RouteReader, status: number, header: HeaderOf): Answer | undefined {
    const body = this.#body(reader, header);
    if (body === undefined) return undefined;
    return { status, header, body, latencyMs: this.latencyMs, firstByteMs: this.#firstByteMs };
  }

  /** Lets go of all that it holds. */
  release(): void {
    this.#given = undefined;
    this.#ended = true;
    this.#bytes?.drop();
  }

  #take(ms: number, chunk: unknown, encoding: unknown, wanted: () => boolean): void {
    if (Number.isNaN(this.#firstByteMs)) this.#firstByteMs = ms;
    if (this.#given !== undefined || !wanted()) return;
    this.#bytes ??= new WireBytes(this.#options.limits.bytes, this.#options.pipeline.memory);
    this.#bytes.add(chunk, encoding);
  }

  #body(reader: RouteReader, header: HeaderOf): unknown {
    if (this.#given !== undefined) return reader.answered(this.#given, header, true);
    const bytes = this.#bytes;
    return bytes?.seen === true && bytes.whole
      ? reader.answered(bytes.content(), header, false)
      : undefined;
  }

  #gather(bytes: WireBytes, value: unknown): boolean {
    try {
      bytes.add(value);
    } catch (error) {
      bytes.drop();
      this.#options.onError(error);
    }
    return bytes.whole;
  }
}
