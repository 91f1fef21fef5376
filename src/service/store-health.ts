import type { Clock } from '../leaves/clock.js';
import { defined } from '../leaves/defined.js';
import type { RecordingPipeline } from '../record/recording-pipeline.js';
import type { OpenedStore } from '../tracking/open-store.js';
import type { Housekeeping } from './housekeeping.js';
import type { StoreStatus } from './middleware-controls.js';

/** Rows that wait for so long are not being written. */
const FLUSH_WITHIN_MS = 15_000;

/** What tells how a store is doing. */
export interface StoreHealthOptions {
  readonly opened: OpenedStore;
  readonly pipeline: RecordingPipeline;
  readonly housekeeping: Housekeeping;
  readonly clock: Clock;
}

/** How the store is doing, as this process sees it. */
export class StoreHealth {
  readonly #options: StoreHealthOptions;

  constructor(options: StoreHealthOptions) {
    this.#options = options;
  }

  get status(): StoreStatus {
    const { store, degraded } = this.#options.opened;
    const { rows, isFailing, lastError } = this.#options.pipeline.pending;
    return {
      location: store.location,
      unflushedRows: rows,
      failing: isFailing,
      ...(lastError !== undefined && { lastError: messageOf(lastError) }),
      ...defined({ degraded }),
    };
  }

  /** Whether rows are written, as far as is known. */
  get flushes(): boolean {
    return this.#flushTrouble === undefined;
  }

  /** What is wrong with the store, or does not happen any more, in sentences. */
  get complaints(): string[] {
    const { opened, housekeeping } = this.#options;
    const found = [this.#flushTrouble, opened.degraded].filter((text) => text !== undefined);
    return [...found, ...housekeeping.complaints];
  }

  get #flushTrouble(): string | undefined {
    const { pipeline, clock } = this.#options;
    const { isFailing, lastError, unflushed, since } = pipeline.pending;
    const waitedMs = since === undefined ? 0 : clock.now() - since;
    if (!isFailing && waitedMs <= FLUSH_WITHIN_MS) return undefined;
    const from = since === undefined ? '' : ` since ${new Date(since).toISOString()}`;
    const why = lastError === undefined ? '' : `: ${messageOf(lastError)}`;
    return `the store has not accepted ${unflushed} rows${from}${why}`;
  }
}

/** An error in words. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
