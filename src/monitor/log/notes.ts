import type { LogEntry, QueryOptions } from '../../tracking/log-entry.js';

/** What a monitor noted under a name, the latest first. */
export interface Notes {
  notes(name: string, options?: QueryOptions): AsyncIterable<LogEntry>;
}
