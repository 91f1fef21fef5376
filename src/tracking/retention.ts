import { DAY_MS } from '../leaves/time.js';

/** How long things are kept, by the store's clock. What is left out is kept. */
export interface Retention {
  /** Rows as they came: a chunk goes when its last call is older … */
  readonly rowsMs?: number;
  /** … or when it and the newer chunks of its model have more rows than this. */
  readonly maxRows?: number;
  /** Folds go when their last row is older and no window that is open needs them. */
  readonly profilesMs?: number;
  /** Predictions, which wait for labels, go when they are older. */
  readonly predictionsMs?: number;
}

/** What `prune` took away. */
export interface Pruned {
  readonly chunks: number;
  /** Rows of those chunks. */
  readonly rows: number;
  readonly folds: number;
  readonly predictions: number;
}

/** How long a log keeps what, unless told otherwise: rows seven days or 100,000 of a model, whichever is less. */
export const DEFAULT_RETENTION: Readonly<Required<Retention>> = {
  rowsMs: 7 * DAY_MS,
  maxRows: 100_000,
  profilesMs: 400 * DAY_MS,
  predictionsMs: 30 * DAY_MS,
};
