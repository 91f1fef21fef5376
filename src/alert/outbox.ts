/** A message waiting to be delivered. */
export interface PendingAlert<T> {
  readonly id: string;
  readonly payload: T;
  readonly attempts: number;
}

/** What the outbox needs from the outside: where messages wait, who gets them, and who hears of trouble. */
export interface OutboxOptions<T> {
  readonly pending: () => Promise<readonly PendingAlert<T>[]>;
  readonly settle: (id: string, outcome: { readonly done: boolean }) => Promise<void>;
  readonly deliver: (payload: T) => unknown;
  readonly onFailure: (error: unknown, payload: T, attempts: number) => void;
}

/** After so many failures a message is given up, and said to be. */
const MAX_ATTEMPTS = 10;

/**
 * Delivers what waits, each at least once and in order, one delivery at a time. A delivery that fails stays and is tried
 * again at the next call, ten times in all; a failure of one does not hold up the others.
 */
export class Outbox<T> {
  readonly #options: OutboxOptions<T>;
  #running: Promise<void> | undefined;

  constructor(options: OutboxOptions<T>) {
    this.#options = options;
  }

  /** Delivers what waits now. Calls while one is under way wait for that one. Never rejects. */
  deliver(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    const { pending, settle, deliver, onFailure } = this.#options;
    let waiting: readonly PendingAlert<T>[];
    try {
      waiting = await pending();
    } catch {
      // The store is down; whoever wrote to it has said so, and the messages are still there.
      return;
    }
    for (const { id, payload, attempts } of waiting) {
      let done = true;
      try {
        await deliver(payload);
      } catch (error) {
        done = attempts + 1 >= MAX_ATTEMPTS;
        onFailure(error, payload, attempts + 1);
      }
      try {
        await settle(id, { done });
      } catch {
        return;
      }
    }
  }
}
