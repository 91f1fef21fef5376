import { randomUUID } from 'node:crypto';
import { Outbox } from '../alert/outbox.js';
import type { Alert } from '../alert/rule.js';
import { type Clock, parseDuration, systemClock, type Timer } from '../clock.js';
import { LeewayError, shown } from '../errors.js';
import { type Counters, newCounters } from '../intercept/counters.js';
import { rowsOfList } from '../intercept/decoded-table.js';
import { Folder } from '../intercept/folder.js';
import { type Interception, Interceptor, type Request } from '../intercept/interceptor.js';
import { type PackedChunk, Recorder } from '../intercept/recorder.js';
import { DriftMonitor } from '../monitor/monitor.js';
import type { MonitorState, MonitorStatus } from '../monitor/state.js';
import type { Profile } from '../profile/profile.js';
import { Job } from '../schedule/job.js';
import { type OpenedStore, openStore } from '../tracking/open-store.js';
import { pinnedBaseline } from './baseline.js';
import { Experiment } from './experiment.js';
import { type DriftOptions, PERIOD_BY_HAND_MS, type ResolvedOptions, resolveOptions } from './options.js';
import { warnOnce } from './warnings.js';

export type { Interception } from '../intercept/interceptor.js';

/** What `drift.status()` says. */
export interface DriftStatus {
  /** Whether leeway itself works. Drift never makes it false. */
  readonly ok: boolean;
  /** The most pressing state of all models; `learning` before there is one. */
  readonly state: MonitorState | 'disabled';
  readonly reasons: readonly string[];
  readonly counters: Readonly<Counters>;
  readonly store: {
    readonly location: string;
    readonly unflushedRows: number;
    readonly failing: boolean;
    readonly degraded?: string;
  };
  readonly models: readonly MonitorStatus[];
}

/** A call recorded by hand: rows as objects, or as lists where columns have given names. */
export interface RecordedByHand {
  readonly X: readonly unknown[];
  readonly Y: readonly unknown[];
  /** The model's name. @default the `model` option, else `'default'` */
  readonly model?: string;
  /** The call's own id. */
  readonly id?: string;
}

/** What every adapter's middleware carries beside its work. */
export interface Drift {
  /** The monitor of a model; it is made where there is none yet. @param model default: the only model there is */
  monitor(model?: string): DriftMonitor;
  /** The log. */
  readonly experiment: Experiment;
  /** Synchronous and cheap. */
  status(): DriftStatus;
  /** Records a call that no route brings: a queue's, a websocket's. Never throws; what can't be read is counted. */
  record(call: RecordedByHand): void;
  /** Writes what is buffered into the log. Never rejects; gives whether everything is written. */
  flush(): Promise<boolean>;
  /**
   * Flushes, stops the jobs, and closes what was opened. Idempotent; always settles.
   *
   * @param options.timeout how long to wait, as a duration. @default '5s'
   */
  close(options?: { readonly timeout?: string }): Promise<void>;
}

/** The order in which states press. */
const PRESSING: readonly MonitorState[] = ['failing', 'drifting', 'no-data', 'learning', 'healthy'];
const FOLD_EVERY_MS = 60_000;
const LEASE_MS = 60_000;
const DELIVERIES_AT_ONCE = 100;
const OTHER_MODEL = 'other';

/**
 * The composition root: from options to one host's store, recorder, monitors and jobs. An adapter asks `begin` about each
 * request, follows the interception up, and hands `drift` to the host.
 */
export class Service implements Drift {
  readonly experiment: Experiment;
  readonly #options: ResolvedOptions;
  readonly #clock: Clock;
  readonly #counters = newCounters();
  readonly #opened: OpenedStore;
  readonly #baseline: Profile | undefined;
  readonly #recorder: Recorder;
  readonly #folder: Folder;
  readonly #interceptor: Interceptor;
  readonly #outbox: Outbox<Alert>;
  readonly #monitors = new Map<string, DriftMonitor>();
  readonly #owner = randomUUID();
  #foldTimer: Timer | undefined;
  #closing: Promise<void> | undefined;

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where an option is unknown or wrong. */
  constructor(options: DriftOptions, internals: { readonly clock?: Clock } = {}) {
    const resolved = resolveOptions(options);
    this.#options = resolved;
    this.#clock = internals.clock ?? systemClock;
    this.#baseline = pinnedBaseline(resolved);
    // A host that turned leeway off gets no files from it either.
    const spec = resolved.enabled ? resolved.store : 'memory:';
    this.#opened = openStore(spec, { clock: this.#clock, onWarning: (error) => this.#report(error) });
    const { store } = this.#opened;
    this.experiment = new Experiment(resolved.experiment, store, { clock: this.#clock }, () => this.close());
    this.#folder = new Folder({
      fold: (fold) => store.fold({ ...fold, experiment: resolved.experiment }),
      catcols: () => this.#baseline?.catcols ?? [],
    });
    this.#recorder = new Recorder({
      clock: this.#clock,
      counters: this.#counters,
      features: resolved.features,
      outputs: resolved.outputs,
      columnLimit: resolved.limits.columns,
      append: (packed) => this.#append(packed),
      onStored: (packed, pos) => this.#folder.add(packed, pos),
      onError: (error) => this.#report(error),
    });
    this.#interceptor = new Interceptor({
      clock: this.#clock,
      counters: this.#counters,
      match: resolved.match,
      codec: resolved.codec,
      model: resolved.model,
      requestId: resolved.requestId,
      admitModel: (name) => this.#admitModel(name),
      limits: resolved.limits,
      activeRun: () => this.experiment.activeRun,
      record: (recording) => {
        const rows = recording.X?.rows.length ?? 0;
        this.monitor(recording.model).noteRows(rows);
        this.#recorder.record(recording);
      },
      onError: (error) => this.#report(error),
    });
    this.#outbox = new Outbox<Alert>({
      pending: async () => {
        const waiting = await store.pendingDeliveries(resolved.experiment, DELIVERIES_AT_ONCE);
        return waiting.map(({ id, payload, attempts }) => ({ id, attempts, payload: payload as unknown as Alert }));
      },
      settle: (id, outcome) => store.settleDelivery(id, outcome),
      deliver: (alert) => this.#deliver(alert),
      onFailure: (error) => this.#report(error),
    });
    if (!resolved.enabled) return;
    if (typeof resolved.model === 'string') this.monitor(resolved.model);
    this.#foldTimer = this.#armFold();
  }

  /** Looks at a request; gives what follows it up, where it is a predict call to be recorded. Never throws. */
  begin(request: Request): Interception | undefined {
    if (!this.#options.enabled || this.#closing !== undefined) return undefined;
    return this.#interceptor.begin(request);
  }

  monitor(model?: string): DriftMonitor {
    const name = model ?? this.#onlyModel();
    let monitor = this.#monitors.get(name);
    if (monitor === undefined) {
      monitor = this.#makeMonitor(name);
      this.#monitors.set(name, monitor);
    }
    return monitor;
  }

  status(): DriftStatus {
    const models = [...this.#monitors.values()].map((monitor) => monitor.status());
    const state = PRESSING.find((candidate) => models.some((model) => model.state === candidate)) ?? 'learning';
    const failing = this.#recorder.failing;
    const { store, degraded } = this.#opened;
    const reasons = models.flatMap((model) =>
      models.length === 1 ? model.reasons : model.reasons.map((reason) => `${model.model}: ${reason}`),
    );
    return {
      ok: !failing && state !== 'failing',
      state: this.#options.enabled ? state : 'disabled',
      reasons: models.length === 0 ? ['no predict call seen yet'] : reasons,
      counters: { ...this.#counters },
      store: {
        location: store.location,
        unflushedRows: this.#recorder.unflushedRows,
        failing,
        ...(degraded !== undefined && { degraded }),
      },
      models,
    };
  }

  record(call: RecordedByHand): void {
    if (!this.#options.enabled || this.#closing !== undefined) return;
    try {
      const { limits } = this.#options;
      const X = Array.isArray(call.X) ? rowsOfList(call.X, limits) : undefined;
      const Y = Array.isArray(call.Y) ? rowsOfList(call.Y, limits) : undefined;
      if (X === undefined || Y === undefined || X.rows.length !== Y.rows.length) {
        this.#counters.undecodable += 1;
        return;
      }
      const model = this.#admitModel(call.model ?? this.#onlyModel());
      this.monitor(model).noteRows(X.rows.length);
      this.#recorder.record({
        model,
        X,
        Y,
        at: this.#clock.now(),
        latencyMs: Number.NaN,
        status: 0,
        requestId: call.id ?? null,
        parent: this.experiment.activeRun ?? null,
      });
    } catch (error) {
      this.#report(error);
    }
  }

  flush(): Promise<boolean> {
    return this.#recorder.flush();
  }

  close(options: { readonly timeout?: string } = {}): Promise<void> {
    const timeoutMs = parseDuration(options.timeout ?? '5s');
    if (timeoutMs === undefined) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `timeout must be a duration such as '5s', got ${shown(options.timeout)}`,
      );
    }
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#foldTimer?.cancel();
    const work = async (): Promise<void> => {
      for (const monitor of this.#monitors.values()) await monitor.job.stop();
      if (!(await this.#recorder.close())) {
        this.#counters.droppedRows += this.#recorder.unflushedRows;
        this.#report(
          new LeewayError(
            'ERR_LEEWAY_STORE',
            `closed with ${this.#recorder.unflushedRows} rows that the store did not take`,
          ),
        );
      }
      await this.#folder.foldAll();
      if (this.#opened.owned) await this.#opened.store.close();
    };
    const timeout = new Promise<void>((resolve) => {
      this.#clock.setTimer(timeoutMs, () => {
        this.#report(
          new LeewayError('ERR_LEEWAY_STORE', `close() gave up waiting for the store after ${timeoutMs} ms`),
        );
        resolve();
      });
    });
    await Promise.race([work().catch((error) => this.#report(error)), timeout]);
  }

  async #append(packed: PackedChunk): Promise<number> {
    const { chunk, model, bytes } = packed;
    const times = chunk.calls.map((call) => call.at);
    const [written] = await this.#opened.store.append(this.#options.experiment, [
      {
        ...this.experiment.entry('predict', model, null),
        runs: chunk.calls.length,
        rows: chunk.rows,
        bytes,
        dt: times.reduce((a, b) => Math.min(a, b)),
        dtEnd: times.reduce((a, b) => Math.max(a, b)),
      },
    ]);
    return (written as { pos: number }).pos;
  }

  #makeMonitor(model: string): DriftMonitor {
    const { rules, minRows, schedule } = this.#options;
    const { store } = this.#opened;
    const monitor = new DriftMonitor({
      model,
      log: this.experiment,
      store,
      clock: this.#clock,
      ...(this.#baseline !== undefined && { baseline: this.#baseline }),
      ...(rules !== undefined && { rules }),
      ...(schedule !== undefined && { periodMs: schedule.periodMs }),
      falseAlarmRate: () => this.#falseAlarmRate(),
      minRows,
      prepare: async () => {
        await this.#recorder.flush();
        await this.#folder.foldAll();
      },
      notify: () => this.#deliverWaiting(),
    });
    const job = new Job({
      name: monitor.name,
      schedule,
      clock: this.#clock,
      acquire: () => store.takeLease(monitor.name, this.#owner, LEASE_MS),
      work: async () => {
        try {
          await monitor.capture();
        } finally {
          await store.releaseLease(monitor.name, this.#owner);
        }
      },
      onError: (error) => this.#report(error),
    });
    monitor.attach(job);
    if (this.#options.enabled) {
      job.start();
      monitor.refresh().catch((error) => this.#report(error));
    }
    return monitor;
  }

  /** The share of the budget that one capture of one model may spend; never more than one in twenty. */
  #falseAlarmRate(): number {
    const periodMs = this.#options.schedule?.periodMs ?? PERIOD_BY_HAND_MS;
    return Math.min(0.05, (this.#options.falseAlarmsPerMs * periodMs) / Math.max(1, this.#monitors.size));
  }

  #onlyModel(): string {
    const { model } = this.#options;
    if (typeof model === 'string') return model;
    const [only, ...more] = this.#monitors.keys();
    if (more.length > 0) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `there are several models, name one: ${[...this.#monitors.keys()].join(', ')}`,
      );
    }
    return only ?? 'default';
  }

  /** A model's own name while there is room for it, else `other`. */
  #admitModel(name: unknown): string {
    const text = typeof name === 'string' && name !== '' ? name.slice(0, 256) : 'default';
    return this.#monitors.has(text) || this.#monitors.size < this.#options.limits.models ? text : OTHER_MODEL;
  }

  #armFold(): Timer {
    return this.#clock.setTimer(FOLD_EVERY_MS, () => {
      this.#foldTimer = this.#armFold();
      this.#folder.foldAll().catch((error) => this.#report(error));
      // What could not be delivered when it was raised, perhaps before a restart.
      void this.#deliverWaiting();
    });
  }

  /** Delivers what waits, unless another replica is at it: then it, or a later round, delivers ours too. */
  async #deliverWaiting(): Promise<void> {
    const { store } = this.#opened;
    const lease = `outbox/${this.#options.experiment}`;
    try {
      if (!(await store.takeLease(lease, this.#owner, LEASE_MS))) return;
      try {
        await this.#outbox.deliver();
      } finally {
        await store.releaseLease(lease, this.#owner);
      }
    } catch (error) {
      this.#report(error);
    }
  }

  async #deliver(alert: Alert): Promise<void> {
    const { onAlert } = this.#options;
    if (onAlert !== undefined) await onAlert(alert);
    else process.emitWarning(`leeway: ${alert.title}`, { code: 'LEEWAY_ALERT' });
  }

  #report(error: unknown): void {
    this.#counters.errors += 1;
    try {
      if (this.#options.onError === undefined) warnOnce(error);
      else this.#options.onError(error);
    } catch {
      // Who is told of errors and fails can't be told of that.
    }
  }
}

/** The controls of a service, as an adapter hangs them on its middleware. */
export function controlsOf(service: Service): Drift {
  return {
    experiment: service.experiment,
    monitor: (model) => service.monitor(model),
    status: () => service.status(),
    record: (call) => service.record(call),
    flush: () => service.flush(),
    close: (options) => service.close(options),
  };
}
