import type { Clock } from '../leaves/clock.js';
import { LeewayError } from '../leaves/errors.js';
import { withTimeLimit } from '../leaves/time-limit.js';

/** A call to a store is waited for this long. */
export const ANSWER_WITHIN_MS = 60_000;
/** So many calls of one kind may be overdue; what they were given is held by the store, and is in nobody's bounds. */
const MOST_OVERDUE = 8;
/** One of them is forgotten in this time, so that a store which lost them for good is tried again. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/** What timed calls need from the outside. */
export interface TimedCallsOptions {
  readonly clock: Clock;
  /** The store's name for people. */
  readonly location: () => string;
}

/** One call to a store. */
export interface TimedCall {
  /** Calls of one kind are counted together: the method's name. */
  readonly kind: string;
  /** Names it for people: `a write of 540 rows`. */
  readonly what: string;
  /** @default 60_000 */
  readonly ms?: number;
}

/**
 * Calls to a store that may never come back: a connection that died unnoticed, a network file system that is away. A call
 * can't be taken back, so of one that is given up nobody knows whether it is done, or will be.
 */
export class TimedCalls {
  readonly #options: TimedCallsOptions;
  /** When calls that did not come back yet were given up, by kind, oldest first. */
  readonly #overdue = new Map<string, number[]>();

  constructor(options: TimedCallsOptions) {
    this.#options = options;
  }

  /**
   * What a call gives, or why it fails, within its time.
   *
   * @throws LeewayError `ERR_LEEWAY_TIMEOUT` where it takes longer; `ERR_LEEWAY_STORE`, with nothing done, where several
   *   calls of its kind are overdue already.
   */
  async make<T>(
    { kind, what, ms = ANSWER_WITHIN_MS }: TimedCall,
    call: () => PromiseLike<T> | T,
  ): Promise<T> {
    const { clock } = this.#options;
    this.#checkOverdue(kind);
    let answer: Promise<T> | undefined;
    const late = (): Error => {
      this.#note(kind, answer as Promise<T>);
      return new LeewayError('ERR_LEEWAY_TIMEOUT', this.#lateMessage(what, ms));
    };
    const work = (): Promise<T> => {
      answer = new Promise<T>((start) => start(call()));
      return answer;
    };
    return withTimeLimit(work, { clock, ms, late });
  }

  /** Counts a call as overdue until it comes back. */
  #note(kind: string, answer: Promise<unknown>): void {
    const overdue = this.#overdue.get(kind) ?? [];
    this.#overdue.set(kind, overdue);
    const since = this.#options.clock.now();
    overdue.push(since);
    const settled = (): void => {
      const place = overdue.indexOf(since);
      if (place >= 0) overdue.splice(place, 1);
    };
    answer.then(settled, settled);
  }

  #checkOverdue(kind: string): void {
    const { clock, location } = this.#options;
    const overdue = this.#overdue.get(kind) ?? [];
    if (overdue.length < MOST_OVERDUE) return;
    const latest = overdue.at(-1) as number;
    // A clock that was set back must not keep a store from being tried.
    const waited = Math.abs(clock.now() - latest);
    if (waited >= FORGOTTEN_AFTER_MS) {
      overdue.shift();
      return;
    }
    const message = `${location()}: ${overdue.length} calls have not returned; no further call is made until one returns`;
    throw new LeewayError('ERR_LEEWAY_STORE', message);
  }

  #lateMessage(what: string, ms: number): string {
    const seconds = Math.round(ms / 100) / 10;
    return `${this.#options.location()}: ${what} was not answered within ${seconds} s; it may be done or not`;
  }
}

/** Whether it is unknown if what failed is done. */
export const isOverdue = (error: unknown): boolean =>
  error instanceof LeewayError && error.code === 'ERR_LEEWAY_TIMEOUT';
