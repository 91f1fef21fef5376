import type { Clock } from '../leaves/clock.js';

/** What is given to a tracker beside the user's options. */
export interface TrackerInternals {
  readonly clock?: Clock;
  /** By which a store is waited for. It lives in the machine's time whatever `clock` says. @default the machine's clock */
  readonly patience?: Clock;
  /** Stored with every event. */
  readonly userid?: string;
  /** Whether wrapped models are logged. @default true */
  readonly autotrack?: boolean;
  /** Whether what the log held before is deleted. @default false */
  readonly recreate?: boolean;
  /**
   * For a process that is gone in a moment: it leaves alerts in the outbox for a process that has their sinks, and does not
   * write the records of jobs. @default false
   */
  readonly visiting?: boolean;
  /** Whether it reports at the start, once for each monitor, what is compared with what. @default false */
  readonly saysBaselines?: boolean;
}
