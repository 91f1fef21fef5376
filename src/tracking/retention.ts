import { DAY_MS } from '../leaves/time.js';

/** How long data is stored, by the store's clock. Without a value, data is never removed. */
export interface Retention {
  /** Rows: a chunk is removed when its last call is older … */
  readonly rowsMs?: number;
  /** … or when it and the newer chunks of its model have more rows than this. */
  readonly maxRows?: number;
  /** Folds are removed when their last row is older and no open window needs them. */
  readonly profilesMs?: number;
  /** Predictions are removed when they are older. */
  readonly predictionsMs?: number;
}

/** What `prune` removed. */
export interface Pruned {
  readonly chunks: number;
  /** Rows of those chunks. */
  readonly rows: number;
  readonly folds: number;
  readonly predictions: number;
}

/** The default retention. Rows: seven days or 100,000 per model, whichever is less. */
export const DEFAULT_RETENTION: Readonly<Required<Retention>> = {
  rowsMs: 7 * DAY_MS,
  maxRows: 100_000,
  profilesMs: 400 * DAY_MS,
  predictionsMs: 30 * DAY_MS,
};
