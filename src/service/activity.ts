import type { Clock } from '../leaves/clock.js';

/** What went wrong last with something, and when, epoch ms. */
export interface Trouble {
  readonly message: string;
  readonly at: number;
}

/** What an activity needs. */
export interface ActivityOptions {
  /** What it is called in sentences: `folds`. */
  readonly name: string;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly work: () => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

/**
 * Work that is due again and again. It fails alone, never runs twice at once, and knows when it was done last, so that
 * `status()` can name what does not happen any more.
 */
export class Activity {
  readonly #options: ActivityOptions;
  #doneAt: number;
  #trouble: Trouble | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ActivityOptions) {
    this.#options = options;
    this.#doneAt = options.clock.now();
  }

  /** Runs it, unless it is at work already. Never rejects. */
  async run(): Promise<void> {
    if (this.#running !== undefined) return;
    this.#running = this.#run();
    await this.#running;
    this.#running = undefined;
  }

  /** Why it has not been done for over two periods, or `undefined` where it has. */
  get overdue(): string | undefined {
    const { name, everyMs, clock } = this.#options;
    const now = clock.now();
    // A clock that was ahead when it was done last must not hide that it is not done any more.
    this.#doneAt = Math.min(this.#doneAt, now);
    if (now - this.#doneAt <= 2 * everyMs + everyMs / 2) return undefined;
    return `no ${name} since ${new Date(this.#doneAt).toISOString()}${shownTrouble(this.#trouble)}`;
  }

  async #run(): Promise<void> {
    const { work, clock, onError } = this.#options;
    try {
      await work();
      this.#doneAt = clock.now();
      this.#trouble = undefined;
    } catch (error) {
      this.#trouble = troubleOf(error, clock.now());
      onError(error);
    }
  }
}

/** What an error says, and when it came. */
export const troubleOf = (error: unknown, at: number): Trouble => ({
  message: error instanceof Error ? error.message : String(error),
  at,
});

/** Trouble as the end of a sentence. */
export const shownTrouble = (trouble: Trouble | undefined): string =>
  trouble === undefined ? '' : `: ${trouble.message} (${new Date(trouble.at).toISOString()})`;
