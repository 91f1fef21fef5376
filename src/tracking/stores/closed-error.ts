import { LeewayError } from '../../leaves/errors.js';

/** What a call of a store rejects with that was closed. */
export const closedError = (location: string): LeewayError =>
  new LeewayError('ERR_LEEWAY_CLOSED', `the store ${location} was closed`);
