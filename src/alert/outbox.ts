import type { Clock } from '../leaves/clock.js';
import type { Random } from '../leaves/random.js';
import { withTimeLimit } from '../leaves/time-limit.js';

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
  /** The messages that wait, oldest first: at most `limit`, after the one with an id. One that ignores both gives all. */
  readonly pending: (
    limit: number,
    after: string | undefined,
  ) => Promise<readonly PendingAlert<T>[]>;
  readonly settle: (id: string, outcome: { readonly done: boolean }) => Promise<void>;
  readonly deliver: (payload: T) => unknown;
  readonly onFailure: (error: unknown, payload: T, attempts: number) => void;
  /** Hears where the messages can't be read, or not be settled. @default nobody */
  readonly onTrouble?: (error: unknown) => void;
  /** Who gets a message. One who fails gets no other in the same round, and holds up nobody else. @default all one */
  readonly laneOf?: (payload: T) => string;
  /** A delivery that takes longer counts as failed. @default 30_000 */
  readonly timeoutMs?: number;
}

/** The status of the outbox. */
export interface OutboxStatus {
  /** The number of messages that wait, when the outbox was last read. */
  readonly waiting: number;
  /** The number of failed deliveries since the start. */
  readonly failures: number;
  /** The error of the failed delivery that waits longest, or why the outbox can't be read; otherwise `null`. */
  readonly lastError: string | null;
}

const TIMEOUT_MS = 30_000;
/** The first wait after a failure; it doubles with each, up to an hour. */
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 3_600_000;
/** After so many failures, about five days, a message is given up, and said to be. */
const MAX_ATTEMPTS = 128;
/** So many messages are read at a time. */
const PAGE = 100;

/**
 * Delivers what waits, each at least once, to each lane one at a time. A delivery that fails stays, and is tried again by a later
 * call, after a wait that grows with each failure; a failure of one does not hold up the others.
 */
export class Outbox<T> {
  readonly #options: OutboxOptions<T>;
  /** What failed, why, and when it is tried again. Kept in this process alone: after a restart each is tried at once. */
  readonly #failed = new Map<string, { readonly error: string; readonly notBefore: number }>();
  #running: Promise<void> | undefined;
  #waiting = 0;
  #failures = 0;
  /** Why the last round could not be finished, where the store failed. */
  #trouble: string | undefined;

  constructor(options: OutboxOptions<T>) {
    this.#options = options;
  }

  get status(): OutboxStatus {
    const [first] = this.#failed.values();
    const lastError = first?.error ?? this.#trouble ?? null;
    return { waiting: this.#waiting, failures: this.#failures, lastError };
  }

  /** Delivers what waits now. Calls while one is under way wait for that one. Never rejects. */
  deliver(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Counts what waits, without delivering it: another replica is at it. */
  async look(): Promise<void> {
    this.#settleWith(await this.#walk(async () => []));
  }

  async #run(): Promise<void> {
    const closed = new Set<string>();
    try {
      this.#settleWith(await this.#walk((page) => this.#deliverPage(page, closed)));
      this.#trouble = undefined;
    } catch (error) {
      // The messages are still there, but nobody gets them.
      this.#trouble = `the outbox can't be read or written: ${messageOf(error)}`;
      this.#options.onTrouble?.(error);
    }
  }

  /**
   * Goes through all that waits, page by page.
   *
   * @param work gives the ids of a page that do not wait any more.
   * @returns the ids of those that do.
   */
  async #walk(
    work: (page: readonly PendingAlert<T>[]) => Promise<readonly string[]>,
  ): Promise<ReadonlySet<string>> {
    const waiting = new Set<string>();
    let after: string | undefined;
    for (;;) {
      const page = await this.#options.pending(PAGE, after);
      // A store that knows no pages gives the first one again.
      if (page.some(({ id }) => waiting.has(id))) return waiting;
      for (const { id } of page) waiting.add(id);
      this.#waiting = Math.max(this.#waiting, waiting.size);
      for (const id of await work(page)) waiting.delete(id);
      if (page.length < PAGE) return waiting;
      after = page.findLast(({ id }) => waiting.has(id))?.id ?? after;
    }
  }

  #settleWith(waiting: ReadonlySet<string>): void {
    // What another replica delivered meanwhile is no failure of ours any more.
    for (const id of this.#failed.keys()) if (!waiting.has(id)) this.#failed.delete(id);
    this.#waiting = waiting.size;
  }

  /** @returns the ids that were settled. */
  async #deliverPage(
    page: readonly PendingAlert<T>[],
    closed: Set<string>,
  ): Promise<readonly string[]> {
    const { laneOf } = this.#options;
    const lanes = new Map<string, PendingAlert<T>[]>();
    for (const message of page) {
      const lane = laneOf?.(message.payload) ?? '';
      lanes.set(lane, [...(lanes.get(lane) ?? []), message]);
    }
    const settled: string[] = [];
    const work = [...lanes].map(async ([lane, messages]) => {
      for (const message of messages) {
        if (closed.has(lane) || this.#isEarly(message.id)) continue;
        const done = await this.#attempt(message);
        await this.#options.settle(message.id, { done });
        if (done) settled.push(message.id);
        if (laneOf !== undefined && this.#failed.has(message.id)) closed.add(lane);
      }
    });
    // All lanes come to an end before anybody hears that a store failed under one.
    for (const lane of await Promise.allSettled(work))
      if (lane.status === 'rejected') throw lane.reason;
    return settled;
  }

  /** Whether a message that failed has to wait. A clock that was ahead may have set a time that is too far off. */
  #isEarly(id: string): boolean {
    const wait = (this.#failed.get(id)?.notBefore ?? 0) - this.#options.clock.now();
    return wait > 0 && wait <= LONGEST_WAIT_MS;
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
      this.#failed.set(id, { error: messageOf(error), notBefore });
      this.#failures += 1;
      onFailure(error, payload, failures);
      return failures >= MAX_ATTEMPTS;
    }
  }

  /** A sink that never answers must not hold up all others. */
  #inTime(work: () => Promise<unknown>): Promise<unknown> {
    const { clock, timeoutMs = TIMEOUT_MS } = this.#options;
    return withTimeLimit(work, {
      clock,
      ms: timeoutMs,
      late: () => new Error(`no answer in ${timeoutMs} ms`),
    });
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
