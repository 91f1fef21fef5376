import type { Clock } from '../clock.js';
import { checkOptionNames } from '../option-names.js';
import { EventLog, type EventLogOptions } from '../tracking/event-log.js';
import { openStore } from '../tracking/open-store.js';
import type { TrackingStore } from '../tracking/store.js';
import { warnOnce } from './warnings.js';

/** How an experiment is opened. */
export interface ExperimentOptions {
  /** `'memory:'`, `'sqlite:FILE'`, `'postgres://…'`, or a store. @default SQLite in ./.leeway/ */
  readonly store?: string | TrackingStore;
  /** Said of every event. @default '' */
  readonly userid?: string;
  readonly clock?: Clock;
}

/** An experiment's log that can be closed. */
export class Experiment extends EventLog {
  readonly #close: () => Promise<void>;

  constructor(name: string, store: TrackingStore, options: EventLogOptions & { readonly close: () => Promise<void> }) {
    super(name, store, options);
    this.#close = options.close;
  }

  /** Closes the store, where the experiment opened it. Idempotent. */
  close(): Promise<void> {
    return this.#close();
  }
}

/**
 * Opens an experiment, to log to it or to read what a server logged.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where the name or an option is wrong.
 *
 * @example
 * const exp = experiment('housing', { store: 'sqlite:./leeway.db' });
 * await exp.logMetric('rmse', 0.52);
 * const calls = await exp.data({ event: 'predict', since: '1d' });
 */
export function experiment(name: string, options: ExperimentOptions = {}): Experiment {
  checkOptionNames('experiment', options, ['store', 'userid', 'clock']);
  const { userid, clock } = options;
  const time = clock === undefined ? {} : { clock };
  const opened = openStore(options.store, { onWarning: warnOnce, ...time });
  const close = async (): Promise<void> => {
    if (opened.owned) await opened.store.close();
  };
  return new Experiment(name, opened.store, { ...time, ...(userid !== undefined && { userid }), close });
}
