import type { ServerSocket } from './connection.js';

/** A request as `node:http` has it, as far as it is watched. */
export interface Incoming {
  push(chunk: unknown, encoding?: BufferEncoding): boolean;
  readonly readableDidRead?: boolean;
  readonly readableLength?: number;
  readonly socket?: ServerSocket | null;
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
  /** Its request, and whether all of that came in. */
  readonly req?: { readonly complete?: boolean };
  /** The head as it was sent; what is given to `writeHead` alone is found nowhere else. */
  readonly _header?: string | null;
}

/** Who is shown what passes. No method throws. */
export interface Follower {
  received(incoming: Incoming, chunk: unknown, encoding: unknown): void;
  wrote(outgoing: Outgoing, chunk: unknown, encoding: unknown, last: boolean): void;
  /** The host has ended its answer, and what of it the network takes at once is on its way. */
  answered(outgoing: Outgoing): void;
}

/** Whether a body has not begun to come in: of one that has, the beginning can't be seen any more. */
export const isUntouched = (incoming: Incoming): boolean =>
  incoming.readableDidRead !== true && (incoming.readableLength ?? 0) === 0;

/**
 * Shows the bytes of a request's body as they come off the wire, before anyone reads them. The bytes go their way at once,
 * whether or not someone reads.
 */
export function tapIncoming(incoming: Incoming, follower: Follower): void {
  const { push } = incoming;
  incoming.push = function (this: Incoming, chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk !== null) follower.received(this, chunk, encoding);
    return push.call(this, chunk, encoding);
  };
}

/**
 * Shows what is written to a response as it is written. Every write goes on at once, with the arguments it came with, and
 * what the host gets back is what it would have got.
 */
export function tapOutgoing(outgoing: Outgoing, follower: Follower): void {
  const { write, end } = outgoing;
  outgoing.write = function (this: Outgoing, ...args: Parameters<Outgoing['write']>): boolean {
    follower.wrote(this, args[0], args[1], false);
    return write.apply(this, args);
  };
  outgoing.end = function (this: Outgoing, ...args: Parameters<Outgoing['end']>): unknown {
    follower.wrote(this, args[0], args[1], true);
    const given = end.apply(this, args);
    follower.answered(this);
    return given;
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
