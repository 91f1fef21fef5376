import type { Clock, Timer } from './clock.js';

/** Limits are counted in so many steps of a second or less. */
const LONGEST_STEP_MS = 1_000;
const FEWEST_STEPS = 10;

/** What a time limit needs. */
export interface TimeLimit {
  readonly clock: Clock;
  readonly ms: number;
  /** Makes the error of work that takes longer. */
  readonly late: () => Error;
}

/**
 * Waits for work that may never end. Work can't be taken back: what is given up may still happen later.
 *
 * The time is counted in steps. When a machine wakes up, or a blocked event loop is free again, a single long timer would
 * fire before an answer that is there already.
 *
 * @returns the work's result.
 * @throws whatever the work rejects with, or `late()` where it takes longer than `ms`.
 */
export function withTimeLimit<T>(
  work: () => PromiseLike<T> | T,
  { clock, ms, late }: TimeLimit,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const step = Math.min(LONGEST_STEP_MS, ms / FEWEST_STEPS);
    let left = ms;
    let timer: Timer | undefined;
    const wait = (): void => {
      const waited = Math.min(step, left);
      timer = clock.setTimer(waited, () => {
        left -= waited;
        if (left > 0) wait();
        else reject(late());
      });
    };
    wait();
    const settle = (done: () => void): void => {
      timer?.cancel();
      done();
    };
    // Started here, so that work which throws at once rejects too.
    new Promise<T>((start) => start(work())).then(
      (result) => settle(() => resolve(result)),
      (error) => settle(() => reject(error)),
    );
  });
}
