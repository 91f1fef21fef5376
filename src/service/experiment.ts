import { type Clock, systemClock } from '../clock.js';
import { checkOptionNames } from '../option-names.js';
import { EventLog, type EventLogOptions } from '../tracking/event-log.js';
import { openStore } from '../tracking/open-store.js';
import type { TrackingStore } from '../tracking/store.js';
import { type Erased, type ErasureQuery, erase } from './erasure.js';
import { type ModelUsage, type UsageQuery, usageOf } from './usage.js';
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
  readonly #store: TrackingStore;
  readonly #clock: Clock;
  readonly #beforeRead: () => Promise<unknown>;
  readonly #close: () => Promise<void>;

  constructor(name: string, store: TrackingStore, options: EventLogOptions & { readonly close: () => Promise<void> }) {
    super(name, store, options);
    this.#store = store;
    this.#clock = options.clock ?? systemClock;
    this.#beforeRead = options.beforeRead ?? (async () => undefined);
    this.#close = options.close;
  }

  /**
   * Erases calls by id, or rows by what is in them, from rows, late labels and the samples that profiles keep; the log says that
   * it was done, not what was there.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` where nothing, or both, is asked for.
   *
   * @example
   * await exp.erase({ id: 'request-17' });
   * await exp.erase({ where: { X_customer: 4711 } });
   */
  async erase(query: ErasureQuery): Promise<Erased> {
    await this.#beforeRead();
    return erase(this.#store, this.experiment, query, (event, key, value) => this.entry(event, key, value));
  }

  /**
   * How models are used: calls, rows, latency, throughput and utilisation of each, most used first.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` where a time is none.
   */
  async stats(query: UsageQuery = {}): Promise<ModelUsage[]> {
    await this.#beforeRead();
    return usageOf(this.#store, this.experiment, query, this.#clock);
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
