import type { Clock } from '../clock.js';
import { checkOptionNames } from '../option-names.js';
import { type DataQuery, EventLog, type EventLogOptions } from '../tracking/event-log.js';
import type { EventTable } from '../tracking/event-table.js';
import { openStore } from '../tracking/open-store.js';
import type { TrackingStore } from '../tracking/store.js';
import { warnOnce } from './warnings.js';

/** How an experiment is opened. */
export interface ExperimentOptions {
  /** `'memory:'`, `'sqlite:FILE'`, or a store. @default SQLite in ./.leeway/ */
  readonly store?: string | TrackingStore;
  /** Said of every event. @default '' */
  readonly userid?: string;
  readonly clock?: Clock;
}

/** What an experiment needs of those who opened it. */
export interface ExperimentHooks {
  /** Writes what is still buffered, so that a query sees what was just recorded. */
  readonly beforeRead?: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** An experiment's log that can be closed. */
export class Experiment extends EventLog {
  readonly #hooks: ExperimentHooks;

  constructor(name: string, store: TrackingStore, options: EventLogOptions, hooks: ExperimentHooks) {
    super(name, store, options);
    this.#hooks = hooks;
  }

  override async data(query: DataQuery = {}): Promise<EventTable> {
    await this.#hooks.beforeRead?.();
    return super.data(query);
  }

  /** Closes the store, where the experiment opened it. Idempotent. */
  close(): Promise<void> {
    return this.#hooks.close();
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
  return new Experiment(name, opened.store, { ...time, ...(userid !== undefined && { userid }) }, { close });
}
