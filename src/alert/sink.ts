import type { Alert } from './alert.js';

/**
 * Someone who is told of alerts. `deliver` may be asynchronous; if it throws or rejects, the alert is delivered again later, so
 * it may come twice: `alert.id` tells.
 */
export interface AlertSink {
  /** What logs, errors and status call it. It never shows an address or a token. */
  readonly name: string;
  deliver(alert: Alert): unknown;
}
