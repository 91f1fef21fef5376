import { DURATION_MS } from '../clock.js';
import type { Retention } from './store.js';

const DAY_MS = DURATION_MS.d as number;

/** How long a log keeps what, unless told otherwise: rows seven days or 100,000 of a model, whichever is less. */
export const DEFAULT_RETENTION: Readonly<Required<Retention>> = {
  rowsMs: 7 * DAY_MS,
  maxRows: 100_000,
  profilesMs: 400 * DAY_MS,
  predictionsMs: 30 * DAY_MS,
};
