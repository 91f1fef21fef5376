import { randomUUID } from 'node:crypto';
import type { OutboxStatus } from '../alert/outbox.js';
import { type Clock, systemClock, type Timer } from '../clock.js';
import { LeewayError } from '../errors.js';
import { ByteBudget } from '../intercept/byte-budget.js';
import { ColumnRules } from '../intercept/column-rules.js';
import { type Counters, newCounters } from '../intercept/counters.js';
import { Folder } from '../intercept/folder.js';
import type { PackedChunk } from '../intercept/packed-chunk.js';
import { predictionsOf } from '../intercept/predictions.js';
import { Recorder } from '../intercept/recorder.js';
import type { Recording } from '../intercept/recording.js';
import type { RowChoice } from '../intercept/row-choice.js';
import { Summaries, type Summary } from '../intercept/summaries.js';
import { isOverdue, TimedCalls } from '../intercept/timed-calls.js';
import type { BaselineDescription } from '../monitor/baselines.js';
import { mergeParts } from '../monitor/model-source.js';
import type { DriftMonitor } from '../monitor/monitor.js';
import { representedRows } from '../tracking/chunk.js';
import { packCalls } from '../tracking/logged-rows.js';
import { type OpenedStore, openStore } from '../tracking/open-store.js';
import type { TrackingStore } from '../tracking/store.js';
import { deferredStore } from '../tracking/stores/deferred.js';
import { Upkeep } from '../tracking/upkeep.js';
import { Deliveries } from './deliveries.js';
import type { StoreStatus } from './drift.js';
import { Experiment, type TrackOptions } from './experiment.js';
import { jobEntries } from './job-records.js';
import { type ModelSettingsBook, settleModels } from './model-settings.js';
import { Monitors } from './monitors.js';
import { Replicas, sealOf } from './replicas.js';
import { type ResolvedOptions, resolveTrackedModel } from './resolved-options.js';
import { startLine } from './start-line.js';
import { UnmatchedNames } from './unmatched-names.js';
import { UnusualCalls } from './unusual-calls.js';
import { warnOnce } from './warnings.js';
import type { FollowCall } from './wrap.js';
import { followCalls } from './wrapped-call.js';

/** All buffers of a host together. */
const MEMORY_BYTES = 48 * 1024 * 1024;
const FOLD_EVERY_MS = 60_000;
const CLOSE_TIMEOUT_MS = 5_000;

/** What is given to a tracker beside the options. */
export interface TrackerInternals {
  readonly clock?: Clock;
  /** By which a store is waited for, which lives in the machine's time whatever `clock` says. @default the machine's */
  readonly patience?: Clock;
  /** Said of every event. */
  readonly userid?: string | undefined;
  /** Whether wrapped models are logged. @default true */
  readonly autotrack?: boolean;
  /** Whether what the log held before goes. @default false */
  readonly recreate?: boolean;
  /**
   * A process that only passes by: it leaves alerts in the outbox for one that has their sinks, and records of jobs as they
   * are. @default false
   */
  readonly visiting?: boolean;
  /** Whether it says at the start, once for each monitor, what is compared with what. @default false */
  readonly saysBaselines?: boolean;
}

/**
 * From calls to alerts, without the question where calls come from: the log of one experiment, the recorder that writes to
 * it, the monitors with their jobs, the outbox, and the upkeep. It does nothing until it is started.
 */
export class Tracker {
  readonly experiment: Experiment;
  readonly monitors: Monitors;
  readonly counters: Counters = newCounters();
  /** What may be kept of which column. */
  readonly rules: ColumnRules;
  readonly memory: ByteBudget = new ByteBudget(MEMORY_BYTES);
  readonly clock: Clock;
  readonly #options: ResolvedOptions;
  readonly #opened: OpenedStore;
  readonly #store: TrackingStore;
  readonly #calls: TimedCalls;
  readonly #recorder: Recorder;
  readonly #folder: Folder;
  readonly #summaries: Summaries;
  readonly #deliveries: Deliveries;
  readonly #upkeep: Upkeep;
  readonly #replicas: Replicas;
  readonly #unusual: UnusualCalls | undefined;
  readonly #unmatched: UnmatchedNames;
  readonly #owner = randomUUID();
  #foldTimer: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(resolved: ResolvedOptions, internals: TrackerInternals = {}) {
    this.#options = resolved;
    this.clock = internals.clock ?? systemClock;
    const settings = settleModels(resolved);
    const settingsOf = settings.of;
    const { clock } = this;
    const onError = (error: unknown): void => this.report(error);
    // A host that turned leeway off gets no files from it either.
    this.#opened = openStore(resolved.enabled ? resolved.store : 'memory:', { clock, onWarning: onError });
    const store = internals.recreate === true ? cleared(this.#opened.store, resolved.experiment) : this.#opened.store;
    this.#store = store;
    this.rules = new ColumnRules(resolved.columnRules);
    this.#unmatched = new UnmatchedNames(this.rules, resolved.minRows);
    this.experiment = new Experiment(resolved.experiment, store, {
      clock,
      ...(internals.userid !== undefined && { userid: internals.userid }),
      hooks: {
        autotrack: internals.autotrack ?? true,
        flush: () => this.flush(),
        close: () => this.close(CLOSE_TIMEOUT_MS),
        follow: (model) => this.#follow(model),
        monitor: (model, kind) => {
          this.start();
          return this.monitors.of(model, kind);
        },
        track: (model, own) => this.#track(model, settings, own),
        warn: (message) => process.emitWarning(`leeway: ${message}`, { code: 'LEEWAY_AUTOTRACK' }),
      },
    });
    this.#deliveries = new Deliveries({ resolved, store, clock, owner: this.#owner, onError });
    this.#calls = new TimedCalls({ clock: internals.patience ?? systemClock, location: store.location });
    this.#folder = new Folder({
      fold: (fold) => this.#calls.make('a fold', () => store.fold({ ...fold, experiment: resolved.experiment })),
      profileAs: (model) => settingsOf(model).profileAs,
    });
    this.#summaries = new Summaries({
      profileAs: (model) => settingsOf(model).profileAs,
      minRows: resolved.minRows,
      baseline: (model) => settingsOf(model).baseline,
      append: (summary) => this.#inTime(summary.profile.rows, () => this.#appendSummary(summary)),
      onStored: ({ model, profile, calls }, pos) => this.#folder.addProfile(model, profile, calls[0]?.at ?? 0, pos),
    });
    this.#recorder = new Recorder({
      clock,
      counters: this.counters,
      features: resolved.features,
      outputs: resolved.outputs,
      columnLimit: resolved.limits.columns,
      rowsPerSecond: resolved.rowsPerSecond,
      memory: this.memory,
      append: (packed) =>
        resolved.retain === 'rows'
          ? this.#inTime(representedRows(packed.chunk), () => this.#append(packed))
          : this.#summarise(packed),
      onStored: async (packed, pos) => {
        if (resolved.retain === 'rows') await this.#folder.add(packed, pos);
      },
      onError,
    });
    this.monitors = new Monitors({
      resolved,
      log: this.experiment,
      store,
      clock,
      settingsOf,
      owner: this.#owner,
      prepare: async () => {
        await this.#recorder.flush();
        await this.#summaries.writeAll();
        await this.#folder.foldAll();
      },
      notify: async () => {
        if (internals.visiting !== true) await this.#deliveries.deliver();
      },
      route: (alert) => this.#deliveries.sinksFor(alert),
      recordsJobs: internals.visiting !== true,
      ...(internals.saysBaselines === true && {
        onBaseline: (monitor: DriftMonitor, baseline: BaselineDescription | undefined) =>
          this.say(startLine(monitor.model, baseline, { now: clock.now(), firstRows: monitor.neededRows })),
      }),
      onError,
    });
    this.#upkeep = new Upkeep({
      store,
      experiment: resolved.experiment,
      clock,
      owner: this.#owner,
      retention: resolved.retention,
      merge: (parts) => mergeParts(settingsOf(parts[0]?.key ?? '').profileAs, parts),
    });
    if (resolved.onUnusual !== undefined) {
      this.#unusual = new UnusualCalls({
        baselineOf: (model) => this.monitors.of(model).baseline(),
        pinned: (model) => settingsOf(model).baseline,
        features: resolved.features,
        tell: resolved.onUnusual,
        onError,
      });
    }
    this.#replicas = new Replicas(store, resolved.experiment, sealOf(resolved, settingsOf));
  }

  /** Settles how a model is watched, before anybody watches it. */
  async #track(model: string, settings: ModelSettingsBook, own: TrackOptions): Promise<DriftMonitor | undefined> {
    const { monitor = false, kind, ...options } = own;
    if (Object.keys(options).length > 0 && this.monitors.has(model)) {
      throw new LeewayError(
        'ERR_LEEWAY_STATE',
        `${JSON.stringify(model)} is watched already; track it before its first call`,
      );
    }
    settings.set(model, resolveTrackedModel(model, options, this.#options));
    if (!monitor) return undefined;
    this.start();
    const watched = this.monitors.of(model, kind);
    await this.experiment.append(await jobEntries(this.#store, this.experiment, this.monitors.recordOf(model, kind)));
    return watched;
  }

  #follow(name: string): FollowCall {
    const { features, outputs, readingLimits: limits } = this.#options;
    return followCalls({
      model: this.monitors.admit(name),
      log: this.experiment,
      limits,
      now: () => this.clock.now(),
      record: (recording) => this.record(recording),
      permit: (table, side) => this.rules.apply(table, side, side === 'X_' ? features : outputs),
      undecodable: () => {
        this.counters.undecodable += 1;
      },
      keepsRows: this.#options.retain === 'rows',
      onError: (error) => this.report(error),
    });
  }

  /** Begins with what is due every minute. Idempotent; without effect where leeway is turned off. */
  start(): void {
    if (!this.#options.enabled || this.#foldTimer !== undefined || this.#closing !== undefined) return;
    this.#foldTimer = this.#armFold();
  }

  /** Whether it takes calls. */
  get open(): boolean {
    return this.#options.enabled && this.#closing === undefined;
  }

  /** Whether another replica runs with other options. */
  get replicasDiffer(): boolean {
    return this.#replicas.differ;
  }

  /** How alerts fare on their way. */
  get outboxStatus(): OutboxStatus {
    return this.#deliveries.status;
  }

  /** How the store is doing. */
  get storeStatus(): StoreStatus {
    const { store, degraded } = this.#opened;
    const { unflushedRows, failing } = this.#recorder;
    const waiting = unflushedRows + this.#summaries.rows;
    return { location: store.location, unflushedRows: waiting, failing, ...(degraded !== undefined && { degraded }) };
  }

  /** Chooses which rows of a call are worth copying; `undefined`: all of them. */
  choose(model: string, rows: number): RowChoice | undefined {
    return this.#unusual === undefined ? this.#recorder.choose(model, rows) : undefined;
  }

  /** Takes a call into the buffer. */
  record(recording: Recording): void {
    if (!this.open) return;
    this.start();
    if (recording.aborted !== true)
      this.monitors.of(recording.model).noteRows(recording.choice?.count ?? recording.X?.rows.length ?? 0);
    this.#unusual?.look(recording);
    this.#recorder.record(recording);
    this.#unmatched.tell();
  }

  /** Which names of options no column had, once a window of rows came. */
  get unmatchedNames(): readonly string[] {
    return this.#unmatched.reasons;
  }

  /** Writes what is buffered. Never rejects; gives whether everything is written. */
  flush(): Promise<boolean> {
    return this.#recorder.flush();
  }

  /** Flushes, stops the jobs, and closes what was opened. Idempotent; settles after `timeoutMs` at the latest. */
  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  /** Counts what went wrong on our side, and tells whoever wants to know. Never throws. */
  report(error: unknown): void {
    this.counters.errors += 1;
    try {
      if (this.#options.onError === undefined) warnOnce(error);
      else void Promise.resolve(this.#options.onError(error)).catch(() => undefined);
    } catch {
      // Who is told of errors and fails can't be told of that.
    }
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#foldTimer?.cancel();
    const work = async (): Promise<void> => {
      await this.monitors.stop();
      if (!(await this.#recorder.close())) {
        const lost = this.#recorder.unflushedRows;
        this.counters.droppedRows += lost;
        this.report(new LeewayError('ERR_LEEWAY_STORE', `closed with ${lost} rows that the store did not take`));
      }
      await this.#summaries.writeAll();
      // Too few to be written about: what keeps them private is that they go.
      this.counters.droppedRows += this.#summaries.rows;
      await this.#folder.foldAll();
      await this.#upkeep.stop();
      if (this.#opened.owned) await this.#opened.store.close();
    };
    let timer: Timer | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = this.clock.setTimer(timeoutMs, () => {
        this.report(new LeewayError('ERR_LEEWAY_STORE', `close() gave up waiting for the store after ${timeoutMs} ms`));
        resolve();
      });
    });
    await Promise.race([work().catch((error) => this.report(error)), timeout]);
    timer?.cancel();
  }

  /** A write that never comes back holds up no other. Sent again, its rows might be in the log twice. */
  async #inTime(rows: number, write: () => Promise<number>): Promise<number> {
    try {
      return await this.#calls.make(`a write of ${rows} rows`, write);
    } catch (error) {
      if (isOverdue(error)) this.counters.unknownRows += rows;
      throw error;
    }
  }

  async #append({ chunk, model, bytes }: PackedChunk): Promise<number> {
    const times = chunk.calls.map((call) => call.at);
    const [written] = await this.#store.append(this.#options.experiment, [
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

  /** In place of rows: they go into a profile in memory, and have no position in the log yet. */
  async #summarise(packed: PackedChunk): Promise<number> {
    await this.#summaries.add(packed);
    return 0;
  }

  async #appendSummary({ model, profile, bytes, calls }: Summary): Promise<number> {
    const times = calls.map((call) => call.at);
    const [written] = await this.#store.append(this.#options.experiment, [
      {
        ...this.experiment.entry('predict', model, packCalls(calls)),
        runs: calls.length,
        rows: profile.rows,
        bytes,
        dt: times.reduce((a, b) => Math.min(a, b)),
        dtEnd: times.reduce((a, b) => Math.max(a, b)),
      },
    ]);
    return (written as { pos: number }).pos;
  }

  #armFold(): Timer {
    return this.clock.setTimer(FOLD_EVERY_MS, () => {
      this.#foldTimer = this.#armFold();
      this.#keepUp().catch((error) => this.report(error));
      // What could not be delivered when it was raised, perhaps before a restart.
      void this.#deliveries.deliver();
    });
  }

  /** What is due every minute, one after the other. */
  async #keepUp(): Promise<void> {
    await this.#summaries.writeAll();
    await this.#folder.foldAll();
    await this.#unusual?.refresh();
    await this.#replicas.look();
    await this.#upkeep.round();
  }

  /** Says what is worth a line in a log. */
  /** Reports what the user should know, in a line. */
  say(line: string): unknown {
    const { onInfo } = this.#options;
    return onInfo === undefined ? process.stderr.write(`leeway: ${line}\n`) : onInfo(line);
  }
}

/** The store, without what the experiment held before. */
function cleared(store: TrackingStore, experiment: string): TrackingStore {
  return deferredStore(store.location, async () => {
    await store.clear(experiment);
    return store;
  });
}
