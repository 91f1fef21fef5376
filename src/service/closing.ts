import type { Lazy } from '../leaves/async.js';
import { systemClock } from '../leaves/clock.js';
import { LeewayError } from '../leaves/errors.js';
import { withTimeLimit } from '../leaves/time-limit.js';
import type { RecordingPipeline } from '../record/recording-pipeline.js';
import type { OpenedStore } from '../tracking/open-store.js';
import type { Upkeep } from '../tracking/upkeep.js';
import type { Monitors } from './monitors.js';
import type { Reporter } from './reporter.js';
import { messageOf } from './store-health.js';

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
        new LeewayError(
          'ERR_LEEWAY_STORE',
          `close() gave up waiting for the store after ${timeoutMs} ms`,
        );
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
      await new Promise<void>((resolve) =>
        setTimeout(resolve, Math.max(0, Math.min(waitMs, this.#left))),
      );
    }
  }

  get #left(): number {
    return this.#deadline - performance.now();
  }
}

/** Who writes rows, makes captures, and reports. */
export interface WritingParts {
  readonly pipeline: RecordingPipeline;
  readonly monitors: Monitors;
  readonly reporter: Reporter;
}

/** What closes beside the parts that write and report. */
export interface ClosingParts {
  readonly timeoutMs: number;
  readonly upkeep: Lazy<Upkeep>;
  readonly opened: OpenedStore;
}

/** Writes what is buffered, ends the captures under way, and closes what was opened, all within one time. */
export async function closeParts(
  { pipeline, monitors, reporter }: WritingParts,
  { timeoutMs, upkeep, opened }: ClosingParts,
): Promise<void> {
  const closing = new Closing({ timeoutMs, onError: (error) => reporter.error(error) });
  const stopped = monitors.stop();
  // Rows go first: it is they that are lost where the time runs out.
  await closing.until(() => pipeline.close());
  await closing.step(() => pipeline.writeSummaries());
  const { lastError } = pipeline.pending;
  const dropped = pipeline.countDropped();
  if (dropped > 0) {
    const why = lastError === undefined ? 'it did not answer' : messageOf(lastError);
    const message = `closed with ${dropped} rows that the store did not accept in ${timeoutMs} ms: ${why}`;
    reporter.error(new LeewayError('ERR_LEEWAY_STORE', message));
  }
  await closing.step(() => pipeline.fold());
  await closing.step(() => stopped);
  await closing.step(async () => upkeep.value?.stop());
  if (opened.owned) await closing.step(() => opened.store.close());
}
