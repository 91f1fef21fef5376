import { randomUUID } from 'node:crypto';
import { Outbox } from '../alert/outbox.js';
import type { Alert } from '../alert/rule.js';
import { type Clock, parseDuration, systemClock, type Timer } from '../clock.js';
import { LeewayError, shown } from '../errors.js';
import { ByteBudget } from '../intercept/byte-budget.js';
import { ColumnRules } from '../intercept/column-rules.js';
import { newCounters } from '../intercept/counters.js';
import { rowsOfList, tableBytes } from '../intercept/decoded-table.js';
import { Folder } from '../intercept/folder.js';
import { type Interception, visibleId } from '../intercept/interception.js';
import { Interceptor, type Request } from '../intercept/interceptor.js';
import { nameLimit } from '../intercept/name-limit.js';
import { predictionsOf } from '../intercept/predictions.js';
import { type PackedChunk, Recorder, type Recording } from '../intercept/recorder.js';
import { Sampler } from '../intercept/sampler.js';
import type { DriftMonitor } from '../monitor/monitor.js';
import type { MonitorState } from '../monitor/state.js';
import { mergeParts } from '../monitor/window.js';
import { representedRows } from '../tracking/chunk.js';
import { type OpenedStore, openStore } from '../tracking/open-store.js';
import { Upkeep } from '../tracking/upkeep.js';
import { pinnedBaseline } from './baseline.js';
import type { Drift, DriftStatus, RecordedByHand } from './drift.js';
import { Experiment } from './experiment.js';
import { LEASE_MS, Monitors } from './monitors.js';
import { type DriftOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { Replicas, sealOf } from './replicas.js';
import { warnOnce } from './warnings.js';

export type { Interception } from '../intercept/interception.js';

/** The order in which states press. */
const PRESSING: readonly MonitorState[] = ['failing', 'drifting', 'no-data', 'learning', 'healthy'];
/** All buffers of a host together. */
const MEMORY_BYTES = 48 * 1024 * 1024;
const FOLD_EVERY_MS = 60_000;
const DELIVERIES_AT_ONCE = 100;
const OPTIONS_DIFFER =
  'another replica of this experiment runs with other options (baseline, schedule, rules, minRows, falseAlarms, features or outputs)';

/**
 * The composition root: from options to one host's store, recorder, monitors and jobs. An adapter asks `begin` about each
 * request, follows the interception up, and hands the controls to the host.
 */
export class Service implements Drift {
  readonly experiment: Experiment;
  readonly #options: ResolvedOptions;
  readonly #clock: Clock;
  readonly #counters = newCounters();
  readonly #memory = new ByteBudget(MEMORY_BYTES);
  readonly #rules: ColumnRules;
  readonly #opened: OpenedStore;
  readonly #recorder: Recorder;
  readonly #folder: Folder;
  readonly #interceptor: Interceptor;
  readonly #outbox: Outbox<Alert>;
  readonly #monitors: Monitors;
  readonly #upkeep: Upkeep;
  readonly #replicas: Replicas;
  readonly #owner = randomUUID();
  #foldTimer: Timer | undefined;
  #closing: Promise<void> | undefined;

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where an option is unknown or wrong. */
  constructor(options: DriftOptions, internals: { readonly clock?: Clock } = {}) {
    const resolved = resolveOptions(options);
    this.#options = resolved;
    this.#clock = internals.clock ?? systemClock;
    this.#rules = new ColumnRules(resolved.columnRules);
    const baseline = pinnedBaseline(resolved);
    const profileAs = { schema: baseline?.schema, maxColumns: resolved.limits.columns };
    const clock = this.#clock;
    const onError = (error: unknown): void => this.#report(error);
    // A host that turned leeway off gets no files from it either.
    this.#opened = openStore(resolved.enabled ? resolved.store : 'memory:', { clock, onWarning: onError });
    const { store } = this.#opened;
    this.experiment = new Experiment(resolved.experiment, store, {
      clock,
      beforeRead: () => this.flush(),
      close: () => this.close(),
    });
    this.#folder = new Folder({
      fold: (fold) => store.fold({ ...fold, experiment: resolved.experiment }),
      profileAs,
    });
    this.#recorder = new Recorder({
      clock,
      counters: this.#counters,
      features: resolved.features,
      outputs: resolved.outputs,
      columnLimit: resolved.limits.columns,
      rowsPerSecond: resolved.rowsPerSecond,
      memory: this.#memory,
      append: (packed) => this.#append(packed),
      onStored: (packed, pos) => this.#folder.add(packed, pos),
      onError,
    });
    this.#monitors = new Monitors({
      resolved,
      log: this.experiment,
      store,
      clock,
      baseline,
      profileAs,
      owner: this.#owner,
      prepare: async () => {
        await this.#recorder.flush();
        await this.#folder.foldAll();
      },
      notify: () => this.#deliverWaiting(),
      onError,
    });
    this.#interceptor = new Interceptor({
      clock,
      counters: this.#counters,
      routes: resolved.routes,
      rules: this.#rules,
      sampler: new Sampler(resolved.sample),
      memory: this.#memory,
      requestId: resolved.requestId,
      version: resolved.version,
      admitModel: (name) => this.#monitors.admit(name),
      admitVersion: nameLimit(resolved.limits.versions),
      limits: resolved.limits,
      activeRun: () => this.experiment.activeRun,
      record: (recording) => this.#record(recording),
      onError,
    });
    this.#outbox = new Outbox<Alert>({
      pending: async () => {
        const waiting = await store.pendingDeliveries(resolved.experiment, DELIVERIES_AT_ONCE);
        return waiting.map(({ id, payload, attempts }) => ({ id, attempts, payload: payload as unknown as Alert }));
      },
      settle: (id, outcome) => store.settleDelivery(id, outcome),
      deliver: (alert) => this.#deliver(alert),
      onFailure: onError,
    });
    this.#upkeep = new Upkeep({
      store,
      experiment: resolved.experiment,
      clock,
      owner: this.#owner,
      retention: resolved.retention,
      merge: (parts) => mergeParts(profileAs, parts),
    });
    this.#replicas = new Replicas(store, resolved.experiment, sealOf(resolved, baseline));
    if (!resolved.enabled) return;
    if (typeof resolved.model === 'string') this.monitor(resolved.model);
    this.#foldTimer = this.#armFold();
  }

  /**
   * Looks at a request, and where it is a predict call hands what follows it up to `watch`, which hooks it into the
   * framework's objects. Never throws.
   */
  follow(request: Request, watch: (call: Interception) => void): Interception | undefined {
    if (!this.#options.enabled || this.#closing !== undefined) return undefined;
    const call = this.#interceptor.begin(request);
    try {
      if (call !== undefined) watch(call);
    } catch (error) {
      this.#report(error);
    }
    return call;
  }

  monitor(model?: string): DriftMonitor {
    return this.#monitors.of(model);
  }

  status(): DriftStatus {
    const models = [...this.#monitors].map((monitor) => monitor.status());
    const state = PRESSING.find((candidate) => models.some((model) => model.state === candidate)) ?? 'learning';
    const failing = this.#recorder.failing;
    const { store, degraded } = this.#opened;
    const reasons = models.flatMap((model) =>
      models.length === 1 ? model.reasons : model.reasons.map((reason) => `${model.model}: ${reason}`),
    );
    return {
      ok: !failing && state !== 'failing',
      state: this.#options.enabled ? state : 'disabled',
      reasons: [
        ...(models.length === 0 ? ['no predict call seen yet'] : reasons),
        ...(this.#replicas.differ ? [OPTIONS_DIFFER] : []),
      ],
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
      const { limits, features, outputs } = this.#options;
      const table = (list: readonly unknown[], side: 'X_' | 'Y_', given: readonly string[]) => {
        const rows = Array.isArray(list) ? rowsOfList(list, limits) : undefined;
        return rows === undefined ? undefined : this.#rules.apply(rows, side, given);
      };
      const X = table(call.X, 'X_', features);
      const Y = table(call.Y, 'Y_', outputs);
      if (X === undefined || Y === undefined || X.rows.length !== Y.rows.length) {
        this.#counters.undecodable += 1;
        return;
      }
      this.#record({
        model: this.#monitors.admit(call.model ?? this.#monitors.onlyModel()),
        X,
        Y,
        at: this.#clock.now(),
        latencyMs: Number.NaN,
        status: 0,
        requestId: visibleId(call.id),
        parent: this.experiment.activeRun ?? null,
        bytes: tableBytes(X) + tableBytes(Y),
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

  #record(recording: Recording): void {
    if (recording.aborted !== true) this.monitor(recording.model).noteRows(recording.X?.rows.length ?? 0);
    this.#recorder.record(recording);
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#foldTimer?.cancel();
    const work = async (): Promise<void> => {
      await this.#monitors.stop();
      if (!(await this.#recorder.close())) {
        const lost = this.#recorder.unflushedRows;
        this.#counters.droppedRows += lost;
        this.#report(new LeewayError('ERR_LEEWAY_STORE', `closed with ${lost} rows that the store did not take`));
      }
      await this.#folder.foldAll();
      await this.#upkeep.stop();
      if (this.#opened.owned) await this.#opened.store.close();
    };
    let timer: Timer | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = this.#clock.setTimer(timeoutMs, () => {
        this.#report(
          new LeewayError('ERR_LEEWAY_STORE', `close() gave up waiting for the store after ${timeoutMs} ms`),
        );
        resolve();
      });
    });
    await Promise.race([work().catch((error) => this.#report(error)), timeout]);
    timer?.cancel();
  }

  async #append({ chunk, model, bytes }: PackedChunk): Promise<number> {
    const times = chunk.calls.map((call) => call.at);
    const [written] = await this.#opened.store.append(this.#options.experiment, [
      {
        ...this.experiment.entry('predict', model, null),
        runs: chunk.calls.length,
        rows: representedRows(chunk),
        bytes,
        predictions: predictionsOf(chunk),
        dt: times.reduce((a, b) => Math.min(a, b)),
        dtEnd: times.reduce((a, b) => Math.max(a, b)),
      },
    ]);
    return (written as { pos: number }).pos;
  }

  #armFold(): Timer {
    return this.#clock.setTimer(FOLD_EVERY_MS, () => {
      this.#foldTimer = this.#armFold();
      this.#keepUp().catch((error) => this.#report(error));
      // What could not be delivered when it was raised, perhaps before a restart.
      void this.#deliverWaiting();
    });
  }

  /** What is due every minute, one after the other. */
  async #keepUp(): Promise<void> {
    await this.#folder.foldAll();
    await this.#replicas.look();
    await this.#upkeep.round();
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
      else void Promise.resolve(this.#options.onError(error)).catch(() => undefined);
    } catch {
      // Who is told of errors and fails can't be told of that.
    }
  }
}
