/** A socket as `node:http` has it, as far as it is watched. */
export interface ServerSocket {
  readonly closed?: boolean;
  readonly destroyed?: boolean;
  once(event: 'close', listener: () => void): unknown;
  /** The response that is being sent, or null; no other socket has it. */
  readonly _httpMessage?: unknown;
}

/** Who wants to know that the client is gone. */
export interface Waiting {
  hungUp(): void;
  /** Another call came over the connection. */
  followed(): void;
}

const CONNECTION = Symbol('leeway connection');

type Watched = ServerSocket & { [CONNECTION]?: Connection };

/**
 * A client's connection, and the calls that came over it and are not over. It has one listener for as long as it lives, where
 * one for each response would cost more than most of what is done with a call; and it also hears for responses that wait
 * behind others on their connection, which are never told that it is gone.
 */
export class Connection {
  readonly #socket: ServerSocket;
  /** Nearly always there is one at most. */
  #one: Waiting | undefined;
  readonly #more = new Set<Waiting>();

  private constructor(socket: ServerSocket) {
    this.#socket = socket;
  }

  /** The connection of a socket; `undefined` where it is not one of `node:http`, or is closed already. */
  static of(socket: ServerSocket | null | undefined): Connection | undefined {
    if (
      socket === null ||
      socket === undefined ||
      socket._httpMessage === undefined ||
      socket.closed === true
    ) {
      return undefined;
    }
    const watched: Watched = socket;
    const known = watched[CONNECTION];
    if (known !== undefined) return known;
    const connection = new Connection(socket);
    watched[CONNECTION] = connection;
    socket.once('close', () => connection.#close());
    return connection;
  }

  /** Whether the client is gone, though nobody may have been told yet. */
  get isGone(): boolean {
    return this.#socket.destroyed === true;
  }

  /** Has somebody told when the client is gone. */
  add(waiting: Waiting): void {
    this.#one?.followed();
    if (this.#one === undefined) this.#one = waiting;
    else this.#more.add(waiting);
  }

  /** Whoever is done need not be told. */
  delete(waiting: Waiting): void {
    if (this.#one === waiting) this.#one = undefined;
    else this.#more.delete(waiting);
  }

  #close(): void {
    this.#one?.hungUp();
    for (const waiting of this.#more) waiting.hungUp();
  }
}
