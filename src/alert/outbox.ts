import type { Clock } from '../clock.js';
import type { Random } from '../random.js';

/** A message waiting to be delivered. */
export interface PendingAlert<T> {
  readonly id: string;
  readonly payload: T;
  readonly attempts: number;
}

/** What the outbox needs from the outside: where messages wait, who gets them, and who hears of trouble. */
export interface OutboxOptions<T> {
  readonly clock: Clock;
  readonly random: Random;
  readonly pending: () => Promise<readonly PendingAlert<T>[]>;
  readonly settle: (id: string, outcome: { readonly done: boolean }) => Promise<void>;
  readonly deliver: (payload: T) => unknown;
  readonly onFailure: (error: unknown, payload: T, attempts: number) => void;
  /** A delivery that takes longer counts as failed. @default 30_000 */
  readonly timeoutMs?: number;
}

/** How the outbox is doing. */
export interface OutboxStatus {
  /** Messages waiting, as of the last look. */
  readonly waiting: number;
  /** Failed deliveries since the start. */
  readonly failures: number;
  /** Why the one that waits longest after a failure does, or `null`. */
  readonly lastError: string | null;
}

const TIMEOUT_MS = 30_000;
/** The first wait after a failure; it doubles with each, up to an hour. */
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 3_600_000;
/** After so many failures, about five days, a message is given up, and said to be. */
const MAX_ATTEMPTS = 128;

/**
 * Delivers what waits, each at least once, one delivery at a time. A delivery that fails stays, and is tried again by a later
 * call, after a wait that grows with each failure; a failure of one does not hold up the others.
 */
export class Outbox<T> {
  readonly #options: OutboxOptions<T>;
  /** What failed, why, and when it is tried again. Kept in this process alone: after a restart each is tried at once. */
  readonly #failed = new Map<string, { readonly error: string; readonly notBefore: number }>();
  #running: Promise<void> | undefined;
  #waiting = 0;
  #failures = 0;

  constructor(options: OutboxOptions<T>) {
    this.#options = options;
  }

  get status(): OutboxStatus {
    const [first] = this.#failed.values();
    return { waiting: this.#waiting, failures: this.#failures, lastError: first?.error ?? null };
  }

  /** Delivers what waits now. Calls while one is under way wait for that one. Never rejects. */
  deliver(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    const { pending, settle, clock } = this.#options;
    let waiting: readonly PendingAlert<T>[];
    try {
      waiting = await pending();
    } catch {
      // The store is down; whoever wrote to it has said so, and the messages are still there.
      return;
    }
    this.#waiting = waiting.length;
    // What another replica delivered meanwhile is no failure of ours any more.
    const alive = new Set(waiting.map(({ id }) => id));
    for (const id of this.#failed.keys()) if (!alive.has(id)) this.#failed.delete(id);
    for (const message of waiting) {
      if (clock.now() < (this.#failed.get(message.id)?.notBefore ?? 0)) continue;
      const done = await this.#attempt(message);
      try {
        await settle(message.id, { done });
      } catch {
        return;
      }
      if (done) this.#waiting -= 1;
    }
  }

  /** @returns whether the message is settled: delivered, or given up. */
  async #attempt({ id, payload, attempts }: PendingAlert<T>): Promise<boolean> {
    const { deliver, onFailure, clock, random } = this.#options;
    try {
      await this.#inTime(async () => deliver(payload));
      this.#failed.delete(id);
      return true;
    } catch (error) {
      const failures = attempts + 1;
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempts, 30));
      // Between half of it and all of it, so that replicas and messages do not come all at once.
      const notBefore = clock.now() + wait * (0.5 + random() / 2);
      this.#failed.set(id, { error: error instanceof Error ? error.message : String(error), notBefore });
      this.#failures += 1;
      onFailure(error, payload, failures);
      return failures >= MAX_ATTEMPTS;
    }
  }

  /** A sink that never answers must not hold up all others. */
  async #inTime(work: () => Promise<unknown>): Promise<void> {
    const { clock, timeoutMs = TIMEOUT_MS } = this.#options;
    let cancel = (): void => undefined;
    const timeout = new Promise<never>((_, reject) => {
      const timer = clock.setTimer(timeoutMs, () => reject(new Error(`no answer in ${timeoutMs} ms`)));
      cancel = () => timer.cancel();
    });
    try {
      await Promise.race([work(), timeout]);
    } finally {
      cancel();
    }
  }
}
