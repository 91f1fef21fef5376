/** What happened to requests and rows since the start. Every request and row is in exactly one place. */
export interface Counters {
  /** Requests seen. */
  requests: number;
  /** Requests to other routes. */
  unmatched: number;
  /** Predict calls recorded. */
  recorded: number;
  /** Predict calls not answered with 2xx. */
  unsuccessful: number;
  /** Predict calls whose client went away before the answer; the log has their X, with status 0, and no window counts it. */
  aborted: number;
  /** Predict calls that `sample` left out. */
  unsampled: number;
  /** Predict calls whose bodies no codec could read, or that had no rows, or not as many in Y as in X. */
  undecodable: number;
  /** Calls that an error kept from being recorded: of ours, or of a function given as an option. */
  failed: number;
  /** Predict calls whose answer could not be followed: too long, compressed beyond reading, or none. */
  bypassed: number;
  /** Predict calls dropped because the calls under way held all the memory there is for them. */
  droppedCalls: number;
  /** Rows recorded. */
  rows: number;
  /** Rows recorded that others stand for in log and profile, by weight, because more came than the budget keeps. */
  sampledOutRows: number;
  /** Rows recorded and then lost, because the store was away for too long or memory was short. */
  droppedRows: number;
  /** Rows recorded of which nobody knows whether the log has them, because the store never said; they are not sent again. */
  unconfirmedRows: number;
  /**
   * Columns of recorded rows that were left out, since their model had as many as `limits.columns` allows or names took too
   * much room: distinct names, at least, as of one row at most one beyond the limit is looked at.
   */
  droppedColumns: number;
  /** Flushes that failed; they are tried again. */
  failedFlushes: number;
  /** Errors of ours, or of callbacks given to us, that were kept from the host. */
  errors: number;
}

/** All at zero. */
export function newCounters(): Counters {
  return {
    requests: 0,
    unmatched: 0,
    recorded: 0,
    unsuccessful: 0,
    aborted: 0,
    unsampled: 0,
    undecodable: 0,
    failed: 0,
    bypassed: 0,
    droppedCalls: 0,
    rows: 0,
    sampledOutRows: 0,
    droppedRows: 0,
    unconfirmedRows: 0,
    droppedColumns: 0,
    failedFlushes: 0,
    errors: 0,
  };
}
