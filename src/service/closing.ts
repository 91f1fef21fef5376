import { systemClock } from '../leaves/clock.js';
import { LeewayError } from '../leaves/errors.js';
import { withTimeLimit } from '../leaves/time-limit.js';

/** What closing needs. */
export interface ClosingOptions {
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1_000;

/**
 * The last things that a process does, all of them within one time: the machine's, since whoever ends the process counts by
 * that. Nothing here rejects.
 */
export class Closing {
  readonly #options: ClosingOptions;
  readonly #deadline: number;
  #isOver = false;

  constructor(options: ClosingOptions) {
    this.#options = options;
    this.#deadline = performance.now() + options.timeoutMs;
  }

  /** Runs something once, for as long as there is time left. */
  async step<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { onError, timeoutMs } = this.#options;
    if (this.#isOver) return undefined;
    try {
      const late = (): Error =>
        new LeewayError('ERR_LEEWAY_STORE', `close() gave up waiting for the store after ${timeoutMs} ms`);
      return await withTimeLimit(work, { clock: systemClock, ms: Math.max(1, this.#left), late });
    } catch (error) {
      this.#isOver = this.#left <= 0;
      onError(error);
      return undefined;
    }
  }

  /** Tries something again and again until it says that it is done, or the time is over. */
  async until(work: () => Promise<boolean>): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, 2 * waitMs)) {
      if ((await this.step(work)) === true || this.#left <= 0) return;
      // It holds the process open: somebody waits for this end.
      await new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, Math.min(waitMs, this.#left))));
    }
  }

  get #left(): number {
    return this.#deadline - performance.now();
  }
}
