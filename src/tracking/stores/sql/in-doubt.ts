import { LeewayError } from '../../../leaves/errors.js';

/** A transaction of which nobody knows yet whether it was committed. */
export class InDoubtError extends LeewayError {
  /** What it gave, if it was. */
  readonly result: unknown;

  constructor(location: string, result: unknown, cause: unknown) {
    const message = `${location}: the connection broke during a commit, and it is not known yet whether the commit succeeded`;
    super('ERR_LEEWAY_STORE', message, { cause });
    this.result = result;
  }
}
