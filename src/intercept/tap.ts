import type { WireBytes } from './wire-bytes.js';

/** A request as `node:http` has it, as far as it is watched. */
export interface Incoming {
  push(chunk: unknown, encoding?: BufferEncoding): boolean;
  readonly readableDidRead?: boolean;
  readonly readableLength?: number;
}

/** A response as `node:http` has it, as far as it is watched. */
export interface Outgoing {
  statusCode: number;
  readonly writableFinished: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of Node's own, whatever they are
  write(...args: any[]): boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of Node's own, whatever they are
  end(...args: any[]): any;
  once(event: 'close', listener: () => void): unknown;
  getHeader?(name: string): unknown;
  /** The head as it was sent; what is given to `writeHead` alone is found nowhere else. */
  readonly _header?: string | null;
}

/**
 * Sees the bytes of a request's body as they come off the wire, before anyone reads them. The bytes go their way at once,
 * whether or not someone reads.
 *
 * @param onFault hears of the first thing that goes wrong on our side; nothing is watched after it.
 * @returns `false` where the body had begun to come in before: then nothing is watched.
 */
export function tapIncoming(incoming: Incoming, bytes: WireBytes, onFault: (error: unknown) => void): boolean {
  if (incoming.readableDidRead === true || (incoming.readableLength ?? 0) > 0) return false;
  const { push } = incoming;
  let failed = false;
  incoming.push = function (this: Incoming, ...args: Parameters<Incoming['push']>): boolean {
    try {
      if (!failed && args[0] !== null) bytes.add(args[0], args[1]);
    } catch (error) {
      failed = true;
      onFault(error);
    }
    return push.apply(this, args);
  };
  return true;
}

/** Hears of the moments of a response. */
export interface OutgoingListener {
  /** Whether what is written now is wanted. */
  wanted(): boolean;
  /** The first write, or the end of a response that has none. */
  began(): void;
  ended(): void;
  /** Something went wrong on our side; nothing more is watched. */
  failed(error: unknown): void;
}

/**
 * Sees what is written to a response as it is written. Every write goes on at once, with the arguments it came with, and
 * what the host gets back is what it would have got.
 */
export function tapOutgoing(outgoing: Outgoing, bytes: WireBytes, listener: OutgoingListener): void {
  const { write, end } = outgoing;
  let done = false;
  const watch = (chunk: unknown, encoding: unknown, last: boolean): void => {
    if (done) return;
    done = last;
    try {
      listener.began();
      if (listener.wanted()) bytes.add(chunk, encoding);
      if (last) listener.ended();
    } catch (error) {
      done = true;
      listener.failed(error);
    }
  };
  outgoing.write = function (this: Outgoing, ...args: Parameters<Outgoing['write']>): boolean {
    watch(args[0], args[1], false);
    return write.apply(this, args);
  };
  outgoing.end = function (this: Outgoing, ...args: Parameters<Outgoing['end']>): unknown {
    watch(args[0], args[1], true);
    return end.apply(this, args);
  };
}

/** A header of a response that was sent. */
export function sentHeader(outgoing: Outgoing, name: string): string | undefined {
  const set = outgoing.getHeader?.(name);
  if (set !== undefined) return String(set);
  const head = outgoing._header;
  if (typeof head !== 'string') return undefined;
  const start = head.toLowerCase().indexOf(`\r\n${name}:`);
  if (start < 0) return undefined;
  return head.slice(start + name.length + 3, head.indexOf('\r\n', start + 2)).trim();
}
