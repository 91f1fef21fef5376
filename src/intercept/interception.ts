import { atOnce } from './at-once.js';
import { type Codec, isOwnCodec } from './codec.js';
import { type DecodedTable, rowsOfList, tableBytes } from './decoded-table.js';
import type { InterceptorOptions, Request, Route } from './interceptor.js';
import { type Incoming, isUntouched, type Outgoing, sentHeader, tapIncoming, tapOutgoing } from './tap.js';
import { type HeaderOf, parsedOrText, readBody, TextBody } from './wire.js';
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
  readonly #request: Request;
  readonly #route: Route;
  readonly #codec: Codec | undefined;
  readonly #named: { readonly model: string; readonly version: string | undefined };
  readonly #at: number;
  readonly #startedAt = performance.now();
  readonly #parent: number | null;
  #sent: WireBytes | undefined;
  #answered: WireBytes | undefined;
  #body: unknown;
  #X: DecodedTable | undefined;
  #seen = false;
  #held = 0;
  #shed = false;
  #answer: unknown;
  #hasAnswer = false;
  #firstByteMs = Number.NaN;
  #latencyMs = Number.NaN;
  #written = false;
  #ended = false;

  constructor(
    options: InterceptorOptions,
    request: Request,
    route: Route,
    named: { readonly model: string; readonly version: string | undefined },
  ) {
    this.#options = options;
    this.#request = request;
    this.#route = route;
    this.#named = named;
    const { codec } = route;
    this.#codec = isOwnCodec(codec) ? undefined : (codec.forCall?.(request.method) ?? codec);
    this.#at = options.clock.now();
    this.#parent = options.activeRun() ?? null;
  }

  /** Whether the request's body was seen. */
  get seen(): boolean {
    return this.#seen;
  }

  /** Takes X out of the parsed body, before a handler can change it. What holds nothing waits for something that does. */
  request(body: unknown): void {
    if (this.#seen || this.#ended) return;
    this.#guard(() => {
      if (isVoid(body)) return;
      this.#seen = true;
      if (this.#codec !== undefined) {
        this.#takeInputs(this.#value(body));
        this.#sent?.drop();
      } else if (this.#sent === undefined || !this.#sent.whole) this.#body = structuredClone(bare(this.#value(body)));
    });
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
    const { limits, memory } = this.#options;
    const tooLong = Number(this.#request.headers['content-length'] ?? 0) > limits.bytes;
    if (this.#seen || tooLong || !isUntouched(incoming)) return false;
    this.#sent = new WireBytes(limits.bytes, memory, false);
    return true;
  }

  /** A piece of the request's body came in. */
  received(chunk: unknown, encoding: unknown): void {
    if (this.#seen || this.#sent === undefined || chunk === null) return;
    try {
      this.#sent.add(chunk, encoding);
    } catch (error) {
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
      if (!this.#hasAnswer && isSuccess(outgoing.statusCode)) {
        this.#answered ??= new WireBytes(this.#options.limits.bytes, this.#options.memory);
        this.#answered.add(chunk, encoding);
      }
      if (last) this.#latencyMs = performance.now() - this.#startedAt;
    } catch (error) {
      this.#written = true;
      this.#options.onError(error);
    }
  }

  /** Ends with the response, as it was answered or as aborted. */
  endWhenClosed(outgoing: Outgoing): void {
    outgoing.once('close', () => {
      if (outgoing.writableFinished) this.end(outgoing.statusCode, (name) => sentHeader(outgoing, name));
      else this.abort();
    });
  }

  /** The answer begins to go out. */
  began(): void {
    if (Number.isNaN(this.#firstByteMs)) this.#firstByteMs = performance.now() - this.#startedAt;
  }

  /** Sees the text or bytes that the handler answers with; what else it is given is none. */
  answer(body: unknown): void {
    if (this.#hasAnswer || (typeof body !== 'string' && !ArrayBuffer.isView(body))) return;
    this.#hasAnswer = true;
    this.#answer = body;
  }

  /**
   * Records the call, or counts why not.
   *
   * @param header gives the response's headers.
   */
  end(status: number, header: HeaderOf = () => undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    if (Number.isNaN(this.#latencyMs)) this.#latencyMs = performance.now() - this.#startedAt;
    this.#guard(() => this.#settle(status, header));
    this.#guard(() => this.#release());
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
    this.#latencyMs = performance.now() - this.#startedAt;
    this.#options.counters.aborted += 1;
    this.#guard(() => {
      const X = this.#codec === undefined ? undefined : this.#inputs();
      if (X !== undefined && X.rows.length > 0) this.#record(X, undefined, 0, true);
    });
    this.#guard(() => this.#release());
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
    const response = bodiless ? undefined : this.#response(header);
    if (response === undefined) return 'bypassed';
    const { X, Y } =
      this.#codec === undefined ? this.#decodeOwn(status, response) : this.#decode(this.#codec, response, header);
    if (X === undefined || Y === undefined || X.rows.length !== Y.rows.length || X.rows.length === 0) {
      return this.#shed ? 'shed' : 'undecodable';
    }
    this.#record(X, Y, status, false);
    return undefined;
  }

  #response(header: HeaderOf): unknown {
    const { bytes } = this.#options.limits;
    if (this.#hasAnswer) {
      const answer = this.#answer;
      return typeof answer === 'string'
        ? parsedOrText(answer)
        : readBody(answer as Uint8Array, (name) => (name === 'content-encoding' ? undefined : header(name)), bytes);
    }
    const answered = this.#answered;
    if (answered === undefined || !answered.seen || !answered.whole) return undefined;
    return readBody(answered.content(), header, bytes);
  }

  /** What the request sent: seen when it was parsed, or read now from its bytes. */
  #inputs(): DecodedTable | undefined {
    if (!this.#seen) {
      const body = this.#bytesSent();
      if (body !== undefined) this.#takeInputs(body);
    }
    return this.#X;
  }

  #bytesSent(): unknown {
    const sent = this.#sent;
    if (sent === undefined || !sent.seen || !sent.whole) return undefined;
    return readBody(sent.content(), this.#header, this.#options.limits.bytes);
  }

  readonly #header: HeaderOf = (name) => {
    const value = this.#request.headers[name];
    return typeof value === 'string' ? value : value?.[0];
  };

  /** A body as codecs take it, of a parser that left text or bytes. */
  #value(body: unknown): unknown {
    if (typeof body === 'string') return parsedOrText(body);
    const opened: HeaderOf = (name) => (name === 'content-encoding' ? undefined : this.#header(name));
    return body instanceof Uint8Array ? readBody(body, opened, this.#options.limits.bytes) : body;
  }

  #takeInputs(body: unknown): void {
    const { limits, memory, rules } = this.#options;
    const { path } = this.#request;
    const decoded = this.#codec?.inputs(body, limits, { path, header: this.#header });
    if (decoded === undefined) return;
    const X = rules.apply(decoded, 'X_', this.#route.features);
    const size = tableBytes(X);
    if (!memory.take(size)) {
      this.#shed = true;
      return;
    }
    this.#held = size;
    this.#X = X;
  }

  #decode(codec: Codec, response: unknown, header: HeaderOf) {
    const X = this.#inputs();
    if (X === undefined) return { X, Y: undefined };
    const answer = { header, latencyMs: this.#latencyMs, firstByteMs: this.#firstByteMs };
    const Y = codec.outputs(response, X.rows.length, this.#options.limits, answer);
    return { X, Y: Y === undefined ? undefined : this.#options.rules.apply(Y, 'Y_', this.#route.outputs) };
  }

  #decodeOwn(status: number, response: unknown) {
    const { codec, params } = this.#route;
    if (!isOwnCodec(codec)) return { X: undefined, Y: undefined };
    const { method, path, headers } = this.#request;
    const body = bare(this.#bytesSent() ?? this.#body);
    const decoded = atOnce(
      codec.decode({ method, path, params: params(path), headers, body, status, response: bare(response) }),
      'codec.decode',
    );
    const table = (list: readonly unknown[] | undefined, side: 'X_' | 'Y_', given: readonly string[]) => {
      const rows = Array.isArray(list) ? rowsOfList(list, this.#options.limits) : undefined;
      return rows === undefined ? undefined : this.#options.rules.apply(rows, side, given);
    };
    return { X: table(decoded?.X, 'X_', this.#route.features), Y: table(decoded?.Y, 'Y_', this.#route.outputs) };
  }

  #record(X: DecodedTable, Y: DecodedTable | undefined, status: number, aborted: boolean): void {
    const { record, admitModel, admitVersion, requestId, version, sampler, counters } = this.#options;
    const id = visibleId(atOnce(requestId(this.#request), 'requestId'));
    if (!sampler.takes(id)) {
      if (!aborted) counters.unsampled += 1;
      return;
    }
    const said = version === undefined ? this.#named.version : atOnce(version(this.#request), 'version');
    const model = admitModel(this.#named.model);
    record({
      model,
      X,
      Y,
      at: this.#at,
      latencyMs: this.#latencyMs,
      status,
      requestId: id,
      parent: this.#parent,
      ...(typeof said === 'string' && said !== '' && { version: admitVersion(model, said) }),
      aborted,
      bytes: (this.#held || tableBytes(X)) + (Y === undefined ? 0 : tableBytes(Y)),
    });
  }

  #release(): void {
    this.#options.memory.give(this.#held);
    this.#held = 0;
    this.#sent?.drop();
    this.#answered?.drop();
    this.#X = undefined;
    this.#body = undefined;
    this.#answer = undefined;
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

/** As a user's own codec takes it. */
const bare = (body: unknown): unknown => (body instanceof TextBody ? body.text : body);

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

/** An id of at most 128 visible ASCII characters, or none. */
export function visibleId(id: unknown): string | null {
  return typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id) ? id : null;
}
