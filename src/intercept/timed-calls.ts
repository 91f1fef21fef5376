import type { Clock, Timer } from '../clock.js';
import { LeewayError } from '../errors.js';

/**
 * A call to a store is waited for so many seconds. They are counted one by one: when a machine wakes up, or an event loop is
 * free again, a timer of a minute would come before the answer that is there already.
 */
const ANSWER_WITHIN_S = 60;
const SECOND_MS = 1_000;
/** So many may be under way beyond that; what they were given is held by the store, and is in nobody's bounds. */
const MOST_OVERDUE = 8;

/** What timed calls need from the outside. */
export interface TimedCallsOptions {
  readonly clock: Clock;
  /** The store's name for people. */
  readonly location: string;
}

/**
 * Calls to a store that may never come back: a connection that died unnoticed, a network file system that is away. A call
 * can't be taken back, so of one that is given up nobody knows whether it is done, or will be.
 */
export class TimedCalls {
  readonly #options: TimedCallsOptions;
  #overdue = 0;

  constructor(options: TimedCallsOptions) {
    this.#options = options;
  }

  /**
   * What a call gives, or why it fails, within a minute.
   *
   * @param what names it for people: `a write of 540 rows`.
   * @throws LeewayError `ERR_LEEWAY_TIMEOUT` where it takes longer; `ERR_LEEWAY_STORE`, with nothing done, where several
   *   calls are overdue already.
   */
  async make<T>(what: string, call: () => Promise<T>): Promise<T> {
    const { clock, location } = this.#options;
    if (this.#overdue >= MOST_OVERDUE) {
      const message = `${location}: ${this.#overdue} calls have not come back; none is made until one does`;
      throw new LeewayError('ERR_LEEWAY_STORE', message);
    }
    const answer = call();
    return new Promise<T>((resolve, reject) => {
      let [seconds, timer] = [0, undefined as Timer | undefined];
      const wait = (): void => {
        timer = clock.setTimer(SECOND_MS, () => {
          seconds += 1;
          if (seconds < ANSWER_WITHIN_S) return wait();
          this.#overdue += 1;
          return reject(new LeewayError('ERR_LEEWAY_TIMEOUT', overdueMessage(location, what)));
        });
      };
      const settled = (): void => {
        timer?.cancel();
        if (seconds >= ANSWER_WITHIN_S) this.#overdue -= 1;
      };
      wait();
      answer.then(settled, settled);
      answer.then(resolve, reject);
    });
  }
}

const overdueMessage = (location: string, what: string): string =>
  `${location}: ${what} was not answered within ${ANSWER_WITHIN_S} s; it may be done or not, and is not tried again`;

/** Whether it is unknown if what failed is done. */
export const isOverdue = (error: unknown): boolean =>
  error instanceof LeewayError && error.code === 'ERR_LEEWAY_TIMEOUT';
