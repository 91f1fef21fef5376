import type { Alert } from './alert.js';

/**
 * Where alerts are delivered. `deliver` may be asynchronous. If it throws or rejects, the alert is delivered again later. An
 * alert may therefore arrive twice, with the same `alert.id`.
 */
export interface AlertSink {
  /** The name of the sink in logs, errors and status. It never contains an address or a token. */
  readonly name: string;
  deliver(alert: Alert): unknown;
}
