import { LeewayError } from '../leaves/errors.js';
import type { Counters } from './counters.js';

/** Counts the calls that an error kept from being recorded, and remembers why the last one was. */
export class LostCalls {
  readonly #counters: Counters;
  #why: string | undefined;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /** What the last error said. One that is not ours may hold anything, and is not shown. */
  get why(): string | undefined {
    return this.#why;
  }

  add(error: unknown): void {
    this.#counters.failed += 1;
    this.#why = error instanceof LeewayError ? error.message : undefined;
  }
}
