import type { InterceptorOptions } from './interceptor-options.js';
import type { Answer, RouteReader } from './route-reader.js';
import type { HeaderOf } from './wire.js';
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
  #written = false;

  constructor(options: InterceptorOptions) {
    this.#options = options;
  }

  /** Whether the host has ended it. */
  get isEnded(): boolean {
    return this.#written;
  }

  /** From the request to the last byte of the answer, or to now. */
  get latencyMs(): number {
    if (Number.isNaN(this.#latencyMs)) this.#latencyMs = performance.now() - this.#startedAt;
    return this.#latencyMs;
  }

  /** Takes the text or bytes that the handler answers with; what else it is given is none. */
  give(body: unknown): void {
    if (this.#given === undefined && (typeof body === 'string' || body instanceof Uint8Array)) this.#given = body;
  }

  /** Takes what is written, where it is `wanted`; with the last piece the answer is complete, whatever comes after. */
  wrote(chunk: unknown, encoding: unknown, last: boolean, wanted: () => boolean): void {
    if (this.#written) return;
    this.#written = last;
    const ms = performance.now() - this.#startedAt;
    if (Number.isNaN(this.#firstByteMs)) this.#firstByteMs = ms;
    if (last) this.#latencyMs = ms;
    if (this.#given !== undefined || !wanted()) return;
    this.#bytes ??= new WireBytes(this.#options.limits.bytes, this.#options.memory);
    this.#bytes.add(chunk, encoding);
  }

  /** Reads a copy of the response; of one that is too long nothing is read to its end. @returns its headers. */
  async readCopy(copyOf: () => ResponseCopy): Promise<HeaderOf> {
    const bytes = new WireBytes(this.#options.limits.bytes, this.#options.memory);
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
    this.#written = true;
    this.#bytes?.drop();
  }

  #body(reader: RouteReader, header: HeaderOf): unknown {
    if (this.#given !== undefined) return reader.answered(this.#given, header, true);
    const bytes = this.#bytes;
    return bytes?.seen === true && bytes.whole ? reader.answered(bytes.content(), header, false) : undefined;
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
