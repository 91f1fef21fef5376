import { standIn } from '../leaves/wrap-method.js';
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
  /** A piece of the answer was taken. One that is refused, with an error that the host gets, is not told of. */
  wrote(outgoing: Outgoing, chunk: unknown, encoding: unknown): void;
  /** The host ends its answer: what is written until that is taken or refused is a part of its last piece. */
  ending(): void;
  /** The end was taken, with the last piece, and what of it the network takes at once is on its way. */
  answered(outgoing: Outgoing, chunk: unknown, encoding: unknown): void;
  /** The end was refused: the answer goes on. */
  refused(): void;
}

/** Whether a body has not begun to come in: of one that has, the beginning can't be seen any more. */
export const isUntouched = (incoming: Incoming): boolean =>
  incoming.readableDidRead !== true && (incoming.readableLength ?? 0) === 0;

/**
 * Shows what passes through requests and responses, to the follower that each is marked with: the bytes of a body as they
 * come off the wire, before anyone reads them, and what is written as it is written. Everything goes its way at once, with
 * the arguments it came with, and what the host gets back is what it would have got.
 */
export class Taps {
  readonly #mark: symbol = Symbol('leeway call');
  readonly #push = standIn<Incoming['push']>((push) => {
    const mark = this.#mark;
    return function (this: Marked, chunk: unknown, encoding?: unknown): boolean {
      if (chunk !== null) this?.[mark]?.received(this as Incoming, chunk, encoding);
      // biome-ignore lint/complexity/noArguments: handed on as they came, without a copy
      return push.apply(this as Incoming, arguments as never);
    };
  });
  readonly #write = standIn<Outgoing['write']>((write) => {
    const mark = this.#mark;
    return function (this: Marked, chunk?: unknown, encoding?: unknown): boolean {
      // biome-ignore lint/complexity/noArguments: handed on as they came, without a copy
      const given = write.apply(this as Outgoing, arguments as never);
      this?.[mark]?.wrote(this as Outgoing, chunk, encoding);
      return given;
    };
  });
  readonly #end = standIn<Outgoing['end']>((end) => {
    const mark = this.#mark;
    return function (this: Marked, chunk?: unknown, encoding?: unknown): unknown {
      const follower = this?.[mark];
      follower?.ending();
      let refused = true;
      let given: unknown;
      try {
        // biome-ignore lint/complexity/noArguments: handed on as they came, without a copy
        given = end.apply(this as Outgoing, arguments as never);
        refused = false;
      } finally {
        // In `finally`, an error keeps the line that threw it.
        if (refused) follower?.refused();
      }
      follower?.answered(this as Outgoing, chunk, encoding);
      return given;
    };
  });

  /** Shows the bytes of a request. */
  incoming(incoming: Incoming, follower: Follower): void {
    (incoming as Marked)[this.#mark] = follower;
    incoming.push = this.#push(incoming.push);
  }

  /** Shows what is written to a response. */
  outgoing(outgoing: Outgoing, follower: Follower): void {
    (outgoing as Marked)[this.#mark] = follower;
    outgoing.write = this.#write(outgoing.write);
    outgoing.end = this.#end(outgoing.end);
  }
}

type Marked = (Incoming | Outgoing) & { [mark: symbol]: Follower | undefined };

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
