import type { Codec } from '../wire/codec.js';
import { type DecodedTable, rowCount } from '../wire/decoded-table.js';
import type { HeaderOf } from '../wire/wire.js';
import { admit, isWhole } from './admission.js';
import { AnsweredBody, noHeader, type ResponseCopy } from './answered-body.js';
import { Connection, type ServerSocket, type Waiting } from './connection.js';
import type { InterceptorOptions } from './interceptor-options.js';
import type { Request } from './route.js';
import type { Answer, ReadCall, RouteReader } from './route-reader.js';
import { SentBody } from './sent-body.js';
import { type Follower, type Incoming, type Outgoing, sentHeader } from './tap.js';

/** What a call under way takes by itself, about, whatever it brings. */
export const CALL_BYTES = 1_280;

/** Answers that have no body to read. */
const isBodiless = (status: number): boolean => status === 204 || status === 205 || status === 304;

/**
 * One predict call under way. An adapter tells it what it sees: the parsed body at first sight (`request`), or the raw
 * request and response to watch (`watchIncoming`, `watchOutgoing`), or the answer's text (`answer`) and the status
 * (`end`). Of each kind the first counts. No method throws.
 */
export class Interception implements Follower, Waiting {
  readonly #options: InterceptorOptions;
  readonly #reader: RouteReader;
  readonly #request: Request;
  readonly #model: string;
  readonly #version: string | undefined;
  readonly #codec: Codec | undefined;
  readonly #at: number;
  readonly #parent: number | null;
  readonly #sent: SentBody;
  readonly #answered: AnsweredBody;
  #connection: Connection | undefined;
  #outgoing: Outgoing | undefined;
  #awaitsClose = false;
  /** Whether nobody can hang up on the response: it is no server's, but made by a test kit or a serverless runtime. */
  #isDetached = false;
  #tapped = false;
  #trouble: { readonly error: unknown } | undefined;
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
    this.#sent = new SentBody(options, reader, request, this.#codec);
    this.#answered = new AnsweredBody(options);
    this.#at = options.clock.now();
    this.#parent = options.activeRun() ?? null;
  }

  /** Whether the request's body was seen. */
  get seen(): boolean {
    return this.#sent.seen;
  }

  /** Whether the call is settled. */
  get over(): boolean {
    return this.#ended;
  }

  /** Whether the response is watched by methods of its own. */
  get tapped(): boolean {
    return this.#tapped;
  }

  /** Takes X out of the parsed body, before a handler can change it. */
  request(body: unknown): void {
    if (this.#ended) return;
    try {
      this.#sent.parsed(body, this.#model);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Follows the request's bytes as they come in, for handlers that parse them by themselves. */
  watchIncoming(incoming: Incoming): void {
    if (!this.#sent.seen) this.#options.taps.incoming(incoming, this);
  }

  /** Follows what is written to a response, and ends with it. */
  watchOutgoing(outgoing: Outgoing, socket: ServerSocket | null | undefined): void {
    this.#tapped = true;
    this.#options.taps.outgoing(outgoing, this);
    this.awaitEnd(outgoing, socket);
  }

  /** Ends as aborted where the client goes away before `answered` is told. */
  awaitEnd(outgoing: Outgoing, socket: ServerSocket | null | undefined): void {
    this.#outgoing = outgoing;
    try {
      this.#connection = Connection.of(socket);
      this.#connection?.add(this);
    } catch (error) {
      this.#options.onError(error);
    }
    if (socket?.closed === true) this.abort();
    else if (this.#connection === undefined) {
      // Of HTTP/2 each call is a stream, which tells when it is closed.
      this.#isDetached = !('stream' in outgoing);
      this.#endWhenClosed(outgoing);
    }
  }

  /** A piece of the request's body came in. */
  received(incoming: Incoming, chunk: unknown, encoding: unknown): void {
    if (this.#ended) return;
    try {
      this.#sent.received(incoming, chunk, encoding);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A piece of the answer was taken. */
  wrote(outgoing: Outgoing, chunk: unknown, encoding: unknown): void {
    if (this.#ended) return;
    try {
      this.#answered.wrote(chunk, encoding, () => isSuccess(outgoing.statusCode));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The host ends its answer. */
  ending(): void {
    this.#answered.ending();
  }

  /** The end was refused: the answer goes on, unless nobody waits for it. */
  refused(): void {
    this.#answered.refused();
    if (this.#connection?.isGone === true) this.abort();
  }

  /**
   * The end was taken, with the last piece of the answer: once all of it is with the network, and all of the request came in, the
   * call is over.
   */
  answered(outgoing: Outgoing, chunk: unknown, encoding: unknown): void {
    if (this.#ended) return;
    try {
      this.#answered.end(chunk, encoding, () => isSuccess(outgoing.statusCode));
    } catch (error) {
      this.#fail(error);
    }
    try {
      if (this.#connection?.isGone === true) this.abort();
      else if (this.#isFinished(outgoing) && this.#isSent(outgoing)) this.#settleWith(outgoing);
      else this.#endWhenClosed(outgoing);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** The connection is closed. */
  hungUp(): void {
    if (this.#outgoing !== undefined) this.#closed(this.#outgoing);
  }

  /** Another call came over the same connection, so that the one before it may be over unseen. */
  followed(): void {
    if (this.#outgoing?.writableFinished === true) this.#closed(this.#outgoing);
  }

  /** Sees the text or bytes that the handler answers with; what else it is given is none. @returns whether it was taken. */
  answer(body: unknown): boolean {
    return this.#answered.give(body);
  }

  /** The handler could not answer with what it gave. */
  takeBack(): void {
    this.#answered.takeBack();
  }

  /**
   * Records the call, or counts why not.
   *
   * @param header gives the response's headers.
   */
  end(status: number, header: HeaderOf = noHeader): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      this.#settle(status, header);
    } catch (error) {
      this.#options.onError(error);
    }
    this.#release();
  }

  /** Ends with the text of a copy of the response, once it is read; of one that is too long nothing is read to its end. */
  endWith(copyOf: () => ResponseCopy, status: number): void {
    this.#answered.readCopy(copyOf).then(
      (header) => this.end(status, header),
      (error) => {
        this.#options.onError(error);
        this.end(status);
      },
    );
  }

  /** Ends it without a word: it can't be followed. */
  letGo(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
  }

  /** The client went away before the answer. */
  abort(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.pipeline.counters.aborted += 1;
    try {
      const isSent =
        this.#codec !== undefined && (this.#outgoing === undefined || this.#isSent(this.#outgoing));
      const X = isSent ? this.#sent.inputs(this.#codec, this.#model) : undefined;
      if (X !== undefined && X.rows.length > 0) this.#admit(X, undefined, 0, true);
    } catch (error) {
      this.#options.onError(error);
    }
    this.#release();
  }

  #isSent(outgoing: Outgoing): boolean {
    return this.#sent.seen || outgoing.req?.complete !== false;
  }

  #settle(status: number, header: HeaderOf): void {
    const { counters, lost } = this.#options.pipeline;
    if (!isSuccess(status)) {
      counters.unsuccessful += 1;
      return;
    }
    // Whatever is thrown on the way, the call is in one place.
    try {
      const outcome = this.#outcome(status, header);
      if (outcome === undefined) return;
      if (this.#trouble === undefined) counters[outcome] += 1;
      else lost.add(this.#trouble.error);
    } catch (error) {
      lost.add(error);
      throw error;
    }
  }

  /** What went wrong may be why there is nothing to record in the end. */
  #fail(error: unknown): void {
    this.#trouble ??= { error };
    this.#options.onError(error);
  }

  /** Records the call, or tells what to count it as. */
  #outcome(
    status: number,
    header: HeaderOf,
  ): 'droppedCalls' | 'bypassed' | 'undecodable' | undefined {
    if (this.#sent.shed) return 'droppedCalls';
    const bodiless = isBodiless(status) || this.#request.method === 'HEAD';
    const answer = bodiless ? undefined : this.#answered.read(this.#reader, status, header);
    if (answer === undefined) return 'bypassed';
    const { X, Y } =
      this.#codec === undefined
        ? this.#reader.own(this.#sent.whole(), answer, this.#request)
        : this.#read(this.#codec, answer);
    if (X === undefined || !isWhole({ X, Y }))
      return this.#sent.shed ? 'droppedCalls' : 'undecodable';
    this.#admit(X, Y, status, false);
    return undefined;
  }

  #read(codec: Codec, answer: Answer): ReadCall {
    const X = this.#sent.inputs(codec, this.#model);
    const { pick } = this.#sent;
    if (X === undefined || pick === undefined) return { X, Y: undefined };
    return { X, Y: this.#reader.outputs(codec, answer, rowCount(X), pick) };
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
        latencyMs: this.#answered.latencyMs,
        parent: this.#parent,
        pick: this.#sent.pick,
      },
      this.#options,
    );
  }

  #endWhenClosed(outgoing: Outgoing): void {
    if (this.#awaitsClose) return;
    this.#awaitsClose = true;
    if (typeof outgoing.once === 'function') outgoing.once('close', () => this.#closed(outgoing));
  }

  #closed(outgoing: Outgoing): void {
    // Whether an end that goes on is taken is told at once.
    if (this.#answered.isEnding) return;
    // A stream of HTTP/2 that was reset has finished, too.
    if (!this.#isFinished(outgoing) || (!this.#answered.isEnded && 'stream' in outgoing))
      this.abort();
    else {
      this.#answered.endUnseen();
      this.#settleWith(outgoing);
    }
  }

  #isFinished(outgoing: Outgoing): boolean {
    return outgoing.writableFinished || (this.#isDetached && this.#answered.isEnded);
  }

  #settleWith(outgoing: Outgoing): void {
    this.end(outgoing.statusCode, (name) => sentHeader(outgoing, name));
  }

  #release(): void {
    try {
      this.#options.pipeline.memory.give(CALL_BYTES);
      this.#sent.release();
      this.#answered.release();
      this.#connection?.delete(this);
    } catch (error) {
      this.#options.onError(error);
    }
    this.#outgoing = undefined;
  }
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;
