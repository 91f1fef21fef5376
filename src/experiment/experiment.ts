import { type Clock, systemClock } from '../leaves/clock.js';
import { defined } from '../leaves/defined.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames } from '../leaves/option-names.js';
import type { MonitorKind } from '../monitor/log/monitor-kind.js';
import type { DriftMonitor } from '../monitor/monitor.js';
import { EventLog } from '../tracking/event-log.js';
import type { TrackingStore } from '../tracking/store.js';
import type { Erased, ErasureQuery } from './erasure-query.js';
import { type JobRecord, readJobs } from './job-records.js';
import type { TrackedModel } from './tracked-model.js';
import type { ModelUsage, UsageQuery } from './usage.js';
import { type FollowCall, wrapModel } from './wrap.js';

/** What an experiment needs of whoever records and watches for it. */
export interface ExperimentHooks {
  /** Whether wrapped models are logged. */
  readonly autotrack: boolean;
  /** Writes what is still buffered, so that a query sees what was just recorded. */
  readonly flush: () => Promise<unknown>;
  readonly close: () => Promise<void>;
  /** What sees the calls of a model that is wrapped under this name. */
  readonly follow: (model: string) => FollowCall;
  /** The monitor of a model, or of data; it is made where there is none yet. */
  readonly monitor: (model: string, kind: MonitorKind) => DriftMonitor;
  /** Settles how a model is watched. */
  readonly track: (model: string, options: TrackOptions) => Promise<DriftMonitor | undefined>;
  readonly warn: (message: string) => void;
}

/** How a model of an experiment is watched. What is left out is as for all models. */
export interface TrackOptions extends TrackedModel {
  /** Whether a monitor is attached, and its job created. @default false */
  readonly monitor?: boolean;
  /** What is watched: the model's calls, or data that is logged under its name. @default 'model' */
  readonly kind?: MonitorKind;
}

/** The log of one experiment, with what it takes to fill and to watch it. */
export class Experiment extends EventLog {
  readonly #store: TrackingStore;
  readonly #clock: Clock;
  readonly #hooks: ExperimentHooks;

  /** @internal */
  constructor(
    name: string,
    store: TrackingStore,
    options: { readonly clock?: Clock; readonly userid?: string; readonly hooks: ExperimentHooks },
  ) {
    const { hooks, clock = systemClock, userid } = options;
    super(name, store, { clock, beforeRead: hooks.flush, ...defined({ userid }) });
    this.#store = store;
    this.#clock = clock;
    this.#hooks = hooks;
  }

  /**
   * Wraps a model so that its calls are logged: `predict`, `transform` and similar methods like requests, `fit` with its rows,
   * `score` as a metric. Everything else of the model, its answers and its errors are unchanged. With `autotrack: false` nothing
   * is logged.
   *
   * @param name the name of the model in the log.
   *
   * @example
   * const model = exp.wrap('california', { predict: (X) => X.map(([income]) => 0.4 * income) });
   * model.predict([[3], [5]]);
   */
  wrap<T extends object>(name: string, model: T): T {
    if (typeof name !== 'string' || name === '') {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `the first argument of wrap must be the model's name, got ${shown(name)}`,
      );
    }
    if (model === null || (typeof model !== 'object' && typeof model !== 'function')) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `the second argument of wrap must be a model, an object with methods, got ${shown(model)}`,
      );
    }
    return this.#hooks.autotrack ? wrapModel(model, this.#hooks.follow(name)) : model;
  }

  /**
   * The monitor of a model of this experiment. Its job is started. With `autotrack: false` there is a warning, because the
   * monitor receives only what is logged by hand.
   *
   * @param options.kind `'data'`: watches data without a model, which is passed to it, or logged under this name by `logData`.
   *   @default 'model'
   * @throws LeewayError `ERR_LEEWAY_OPTION` if it is already monitored as the other kind.
   */
  asMonitor(model: string, options: { readonly kind?: MonitorKind } = {}): DriftMonitor {
    checkOptionNames('asMonitor', options, ['kind']);
    const { kind = 'model' } = options;
    if (kind !== 'model' && kind !== 'data') {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `kind must be 'model' or 'data', got ${shown(kind)}`,
      );
    }
    if (!this.#hooks.autotrack) {
      this.#hooks.warn(
        `the experiment ${shown(this.experiment)} has autotrack: false, so the monitor of ${shown(model)} sees only what is logged by hand`,
      );
    }
    return this.#hooks.monitor(model, kind);
  }

  /**
   * Configures how a model of this experiment is monitored: its baseline, schedule and rules. With `monitor: true` a monitor is
   * attached, and its job is created, stored and started.
   *
   * @returns the monitor, if one is attached.
   * @throws LeewayError `ERR_LEEWAY_OPTION` if an option is wrong, `ERR_LEEWAY_STATE` if the model is already monitored.
   *
   * @example
   * const monitor = await exp.track('california', { monitor: true, schedule: 'daily' });
   */
  track(model: string, options: TrackOptions & { readonly monitor: true }): Promise<DriftMonitor>;
  track(model: string, options?: TrackOptions): Promise<DriftMonitor | undefined>;
  async track(model: string, options: TrackOptions = {}): Promise<DriftMonitor | undefined> {
    if (typeof model !== 'string' || model === '') {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `the first argument of track must be the model's name, got ${shown(model)}`,
      );
    }
    return this.#hooks.track(model, options);
  }

  /** The jobs of this experiment, as they were last recorded, sorted by name. */
  async jobs(): Promise<readonly JobRecord[]> {
    return readJobs(this.#store, this.experiment);
  }

  /**
   * Erases calls by id, or rows by their values, from rows, late labels and the samples in profiles. The log records that an
   * erasure was made, but not what was erased.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` if the query has neither or both, `ERR_LEEWAY_CONFLICT` if the log changed repeatedly meanwhile.
   *
   * @example
   * await exp.erase({ id: 'request-17' });
   * await exp.erase({ where: { X_customer: 4711 } });
   */
  async erase(query: ErasureQuery): Promise<Erased> {
    await this.#hooks.flush();
    const { erase } = await import('./erasure.js');
    return erase(this.#store, this.experiment, query, (event, key, value) =>
      this.entry(event, key, value),
    );
  }

  /**
   * How models are used: calls, rows, latency, throughput and utilisation of each, most used first.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` where a time is none.
   */
  async stats(query: UsageQuery = {}): Promise<ModelUsage[]> {
    await this.#hooks.flush();
    const { usageOf } = await import('./usage.js');
    return usageOf(this.#store, this.experiment, query, this.#clock);
  }

  /** Writes what is buffered, stops jobs, and closes the store where the experiment opened it. Idempotent. */
  close(): Promise<void> {
    return this.#hooks.close();
  }
}
