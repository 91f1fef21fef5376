import type { Counters } from '../record/counters.js';
import { warnOnce } from './warnings.js';

/** Where a host wants to hear of errors and of facts. */
export interface ReporterOptions {
  readonly counters: Pick<Counters, 'errors'>;
  /** @default one warning of the process for each code */
  readonly onError: ((error: unknown) => unknown) | undefined;
  /** @default the process's standard error */
  readonly onInfo: ((line: string) => unknown) | undefined;
}

/** Reports to the host, by its own callbacks where it gave some. Nothing here throws. */
export class Reporter {
  readonly #options: ReporterOptions;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Counts an error of ours, or of a callback that was given to us, and reports it. */
  error(error: unknown): void {
    const { counters, onError } = this.#options;
    counters.errors += 1;
    try {
      if (onError === undefined) warnOnce(error);
      else void Promise.resolve(onError(error)).catch(() => undefined);
    } catch {
      // A callback for errors that fails cannot be told of its own failure.
    }
  }

  /** Reports what the user should know, in a line. */
  info(line: string): void {
    const { onInfo } = this.#options;
    try {
      if (onInfo === undefined) process.stderr.write(`leeway: ${line}\n`);
      else void Promise.resolve(onInfo(line)).catch((error: unknown) => this.error(error));
    } catch (error) {
      this.error(error);
    }
  }
}
