import { admit, isWhole } from './admission.js';
import type { Codec } from './codec.js';
import { type DecodedTable, rowCount, tableBytes } from './decoded-table.js';
import type { InterceptorOptions, Request } from './interceptor.js';
import { type Answer, bare, type ReadCall, type RouteReader } from './route-reader.js';
import { RowPick } from './row-choice.js';
import { type Incoming, isUntouched, type Outgoing, sentHeader, tapIncoming, tapOutgoing } from './tap.js';
import type { HeaderOf } from './wire.js';
import { WireBytes } from './wire-bytes.js';

/** A response as the Fetch API has it, as far as it is read. */
export interface ResponseCopy {
  readonly headers: { get(name: string): string | null };
  readonly body: {
    getReader(): { read(): Promise<{ done: boolean; value?: unknown }>; cancel(): Promise<void> };
  } | null;
}

/** Answers that have no body to read. */
const isBodiless = (status: number): boolean => status === 204 || status === 205 || status === 304;

/**
 * One predict call under way. An adapter tells it what it sees: the parsed body at first sight (`request`), or the raw
 * request and response to watch (`watchIncoming`, `watchOutgoing`), or the answer's text (`answer`) and the status
 * (`end`). Of each kind the first counts. No method throws.
 */
export class Interception {
  readonly #options: InterceptorOptions;
  readonly #reader: RouteReader;
  readonly #request: Request;
  readonly #model: string;
  readonly #version: string | undefined;
  readonly #codec: Codec | undefined;
  readonly #at: number;
  readonly #startedAt: number;
  readonly #parent: number | null;
  #sent: WireBytes | undefined;
  #answered: WireBytes | undefined;
  #answer: string | Uint8Array | undefined;
  #body: unknown;
  #X: DecodedTable | undefined;
  #pick: RowPick | undefined;
  #held = 0;
  #firstByteMs = Number.NaN;
  #latencyMs = Number.NaN;
  #follows = false;
  #seen = false;
  #shed = false;
  #written = false;
  #ended = false;

  /**
   * @param model the model's name, as the host or the route has it.
   * @param version the version that the route names.
   */
  constructor(
    options: InterceptorOptions,
    reader: RouteReader,
    request: Request,
    model: string,
    version: string | undefined,
  ) {
    this.#options = options;
    this.#reader = reader;
    this.#request = request;
    this.#model = model;
    this.#version = version;
    this.#codec = reader.codecFor(request);
    this.#at = options.clock.now();
    this.#startedAt = performance.now();
    this.#parent = options.activeRun() ?? null;
  }

  /** Whether the request's body was seen. */
  get seen(): boolean {
    return this.#seen;
  }

  /** Takes X out of the parsed body, before a handler can change it. What holds nothing waits for something that does. */
  request(body: unknown): void {
    if (this.#seen || this.#ended) return;
    try {
      if (isVoid(body)) return;
      this.#seen = true;
      const parsed = this.#reader.parsed(body, this.#request);
      if (this.#codec !== undefined) {
        this.#takeInputs(this.#codec, parsed);
        this.#sent?.drop();
      } else if (this.#sent === undefined || !this.#sent.whole) this.#body = structuredClone(bare(parsed));
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** Follows the request's bytes as they come in, for handlers that parse them by themselves. */
  watchIncoming(incoming: Incoming): void {
    if (this.expects(incoming)) tapIncoming(incoming, (chunk, encoding) => this.received(chunk, encoding));
  }

  /** Follows what is written to a response, and ends when it is closed. */
  watchOutgoing(outgoing: Outgoing): void {
    tapOutgoing(outgoing, (chunk, encoding, last) => this.wrote(outgoing, chunk, encoding, last));
    this.endWhenClosed(outgoing);
  }

  /** Makes ready for the request's bytes, which `received` then sees. @returns whether they are wanted. */
  expects(incoming: Incoming): boolean {
    const tooLong = Number(this.#request.headers['content-length'] ?? 0) > this.#options.limits.bytes;
    this.#follows = !this.#seen && !tooLong && isUntouched(incoming);
    return this.#follows;
  }

  /** A piece of the request's body came in. */
  received(chunk: unknown, encoding: unknown): void {
    if (!this.#follows || this.#seen || chunk === null) return;
    try {
      this.#sent ??= new WireBytes(this.#options.limits.bytes, this.#options.memory, false);
      this.#sent.add(chunk, encoding);
    } catch (error) {
      this.#follows = false;
      this.#sent = undefined;
      this.#options.onError(error);
    }
  }

  /** A piece of the answer is written; with the last one it is complete. */
  wrote(outgoing: Outgoing, chunk: unknown, encoding: unknown, last: boolean): void {
    if (this.#written) return;
    this.#written = last;
    try {
      this.began();
      if (this.#answer === undefined && isSuccess(outgoing.statusCode)) {
        this.#answered ??= new WireBytes(this.#options.limits.bytes, this.#options.memory);
        this.#answered.add(chunk, encoding);
      }
      if (last) this.#latencyMs = this.#elapsedMs();
    } catch (error) {
      this.#written = true;
      this.#options.onError(error);
    }
  }

  /** Ends with the response, as it was answered or as aborted. */
  endWhenClosed(outgoing: Outgoing): void {
    outgoing.once('close', () => this.closed(outgoing));
  }

  /** The response is closed. */
  closed(outgoing: Outgoing): void {
    if (outgoing.writableFinished) this.end(outgoing.statusCode, (name) => sentHeader(outgoing, name));
    else this.abort();
  }

  /** The answer begins to go out. */
  began(): void {
    if (Number.isNaN(this.#firstByteMs)) this.#firstByteMs = this.#elapsedMs();
  }

  /** Sees the text or bytes that the handler answers with; what else it is given is none. */
  answer(body: unknown): void {
    if (this.#answer === undefined && (typeof body === 'string' || body instanceof Uint8Array)) this.#answer = body;
  }

  /**
   * Records the call, or counts why not.
   *
   * @param header gives the response's headers.
   */
  end(status: number, header: HeaderOf = () => undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    if (Number.isNaN(this.#latencyMs)) this.#latencyMs = this.#elapsedMs();
    try {
      this.#settle(status, header);
    } catch (error) {
      this.#options.onError(error);
    }
    this.#release();
  }

  /** Ends with the text of a copy of the response, once it is read; of one that is too long nothing is read to its end. */
  endWith(copyOf: () => ResponseCopy, status: number): void {
    const { limits, memory } = this.#options;
    const bytes = new WireBytes(limits.bytes, memory);
    this.#answered = bytes;
    let header: HeaderOf = () => undefined;
    const follow = async (): Promise<void> => {
      const copy = copyOf();
      header = (name) => copy.headers.get(name) ?? undefined;
      const reader = copy.body?.getReader();
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) return;
        bytes.add(value);
        if (!bytes.whole) break;
      }
      await reader?.cancel();
    };
    follow().then(
      () => this.end(status, header),
      () => this.end(status, header),
    );
  }

  /** The client went away before the answer. */
  abort(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#latencyMs = this.#elapsedMs();
    this.#options.counters.aborted += 1;
    try {
      const X = this.#codec === undefined ? undefined : this.#inputs(this.#codec);
      if (X !== undefined && X.rows.length > 0) this.#admit(X, undefined, 0, true);
    } catch (error) {
      this.#options.onError(error);
    }
    this.#release();
  }

  #settle(status: number, header: HeaderOf): void {
    const { counters } = this.#options;
    if (!isSuccess(status)) {
      counters.unsuccessful += 1;
      return;
    }
    // Whatever is thrown on the way, the call is in one place.
    let outcome: keyof typeof counters | undefined = 'undecodable';
    try {
      outcome = this.#outcome(status, header);
    } finally {
      if (outcome !== undefined) counters[outcome] += 1;
    }
  }

  /** Records the call, or tells what to count it as. */
  #outcome(status: number, header: HeaderOf): 'shed' | 'bypassed' | 'undecodable' | undefined {
    if (this.#shed) return 'shed';
    const bodiless = isBodiless(status) || this.#request.method === 'HEAD';
    const body = bodiless ? undefined : this.#response(header);
    if (body === undefined) return 'bypassed';
    const answer = { status, header, body, latencyMs: this.#latencyMs, firstByteMs: this.#firstByteMs };
    const { X, Y } =
      this.#codec === undefined
        ? this.#reader.own(this.#bytesSent() ?? this.#body, answer, this.#request)
        : this.#read(this.#codec, answer);
    if (X === undefined || !isWhole({ X, Y })) return this.#shed ? 'shed' : 'undecodable';
    this.#admit(X, Y, status, false);
    return undefined;
  }

  #response(header: HeaderOf): unknown {
    if (this.#answer !== undefined) return this.#reader.answered(this.#answer, header, true);
    const answered = this.#answered;
    if (answered === undefined || !answered.seen || !answered.whole) return undefined;
    return this.#reader.answered(answered.content(), header, false);
  }

  #read(codec: Codec, answer: Answer): ReadCall {
    const X = this.#inputs(codec);
    if (X === undefined || this.#pick === undefined) return { X, Y: undefined };
    return { X, Y: this.#reader.outputs(codec, answer, rowCount(X), this.#pick) };
  }

  /** What the request sent: seen when it was parsed, or read now from its bytes. */
  #inputs(codec: Codec): DecodedTable | undefined {
    if (!this.#seen) {
      const body = this.#bytesSent();
      if (body !== undefined) this.#takeInputs(codec, body);
    }
    return this.#X;
  }

  #bytesSent(): unknown {
    const sent = this.#sent;
    if (sent === undefined || !sent.seen || !sent.whole) return undefined;
    return this.#reader.sent(sent.content(), this.#request);
  }

  #takeInputs(codec: Codec, body: unknown): void {
    const { limits, memory, choose } = this.#options;
    this.#pick = new RowPick(limits, this.#model, choose);
    const X = this.#reader.inputs(codec, body, this.#request, this.#pick);
    if (X === undefined) return;
    const size = tableBytes(X);
    if (!memory.take(size)) {
      this.#shed = true;
      return;
    }
    this.#held = size;
    this.#X = X;
  }

  #admit(X: DecodedTable, Y: DecodedTable | undefined, status: number, aborted: boolean): void {
    admit(
      {
        X,
        Y,
        status,
        aborted,
        request: this.#request,
        model: this.#model,
        version: this.#version,
        at: this.#at,
        latencyMs: this.#latencyMs,
        parent: this.#parent,
        pick: this.#pick,
      },
      this.#options,
    );
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  #release(): void {
    try {
      if (this.#held > 0) this.#options.memory.give(this.#held);
      this.#held = 0;
      this.#sent?.drop();
      this.#answered?.drop();
    } catch (error) {
      this.#options.onError(error);
    }
    this.#X = undefined;
    this.#body = undefined;
    this.#answer = undefined;
  }
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** Nothing, or what body parsers put in place of a body before they have read it. */
function isVoid(body: unknown): boolean {
  if (body === undefined) return true;
  return (
    body !== null && typeof body === 'object' && !Array.isArray(body) && !ArrayBuffer.isView(body) && isEmpty(body)
  );
}

function isEmpty(body: object): boolean {
  for (const _name in body) return false;
  return true;
}
