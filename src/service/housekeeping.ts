import type { Clock, Timer } from '../leaves/clock.js';
import { Activity } from './activity.js';

/** How often everything is due. */
const EVERY_MS = 60_000;

/** What housekeeping needs. */
export interface HousekeepingOptions {
  readonly clock: Clock;
  /** What is due every minute, by its name in sentences, in this order. */
  readonly work: Readonly<Record<string, () => Promise<unknown>>>;
  readonly onError: (error: unknown) => void;
}

/**
 * Does what is due every minute, one thing after the other. Each fails alone; one that hangs is left out of the next rounds
 * until it ends, and the others go on.
 */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #activities: readonly Activity[];
  #timer: Timer | undefined;

  constructor(options: HousekeepingOptions) {
    const { clock, work, onError } = options;
    this.#options = options;
    this.#activities = Object.entries(work).map(
      ([name, one]) => new Activity({ name, everyMs: EVERY_MS, clock, work: one, onError }),
    );
  }

  /** Whether it was begun and not stopped. */
  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  /** What has not been done for over two rounds, in sentences. */
  get complaints(): string[] {
    if (!this.isOn) return [];
    return this.#activities.flatMap(({ overdue }) => (overdue === undefined ? [] : [overdue]));
  }

  /** Begins. */
  start(): void {
    this.#timer = this.#options.clock.setTimer(EVERY_MS, () => {
      this.start();
      void this.#round();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #round(): Promise<void> {
    for (const activity of this.#activities) await activity.run();
  }
}
