import { randomUUID } from 'node:crypto';
import type { OutboxStatus } from '../alert/outbox.js';
import { Experiment, type TrackOptions } from '../experiment/experiment.js';
import { jobEntries } from '../experiment/job-records.js';
import type { FollowCall } from '../experiment/wrap.js';
import { followCalls } from '../experiment/wrapped-call.js';
import { type Clock, systemClock } from '../leaves/clock.js';
import { LeewayError } from '../leaves/errors.js';
import type { BaselineDescription } from '../monitor/baseline/baselines.js';
import type { DriftMonitor } from '../monitor/monitor.js';
import { mergeParts } from '../monitor/window/model-source.js';
import { ByteBudget } from '../record/byte-budget.js';
import { Folder } from '../record/chunk-compactor.js';
import { ColumnRules } from '../record/column-rules.js';
import { type Counters, newCounters } from '../record/counters.js';
import { LostCalls } from '../record/lost-calls.js';
import type { PackedChunk } from '../record/packed-chunk.js';
import { predictionsOf } from '../record/predictions.js';
import { Recorder } from '../record/recorder.js';
import type { Recording } from '../record/recording.js';
import type { RowChoice } from '../record/row-choice.js';
import { type SeenColumn, SeenColumns } from '../record/seen-columns.js';
import { Summaries, type Summary } from '../record/summaries.js';
import { representedRows } from '../tracking/chunk.js';
import { packCalls } from '../tracking/logged-rows.js';
import { type OpenedStore, openStore } from '../tracking/open-store.js';
import type { TrackingStore } from '../tracking/store.js';
import { deferredStore } from '../tracking/stores/deferred.js';
import { timedStore } from '../tracking/stores/timed.js';
import { isOverdue } from '../tracking/timed-calls.js';
import { Upkeep } from '../tracking/upkeep.js';
import { Closing } from './closing.js';
import { Deliveries } from './deliveries.js';
import { Housekeeping } from './housekeeping.js';
import type { StoreStatus } from './middleware-controls.js';
import { type ModelSettingsBook, settleModels } from './model-settings.js';
import { Monitors } from './monitors.js';
import { Replicas, sealOf } from './replicas.js';
import { type ResolvedOptions, resolveTrackedModel } from './resolved-options.js';
import { startLine } from './start-line.js';
import { UnmatchedNames } from './unmatched-names.js';
import { UnusualCalls } from './unusual-calls.js';
import { warnOnce } from './warnings.js';

/** All buffers of a host together. */
const MEMORY_BYTES = 48 * 1024 * 1024;
/** Rows that wait for so long are not being written. */
const FLUSH_WITHIN_MS = 15_000;
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
  readonly lost: LostCalls = new LostCalls(this.counters);
  /** What may be kept of which column. */
  readonly rules: ColumnRules;
  readonly memory: ByteBudget = new ByteBudget(MEMORY_BYTES);
  readonly clock: Clock;
  readonly #options: ResolvedOptions;
  readonly #opened: OpenedStore;
  readonly #store: TrackingStore;
  readonly #recorder: Recorder;
  readonly #folder: Folder;
  readonly #summaries: Summaries;
  readonly #deliveries: Deliveries;
  readonly #upkeep: Upkeep;
  readonly #replicas: Replicas;
  readonly #unusual: UnusualCalls | undefined;
  readonly #unmatched: UnmatchedNames;
  /** By the models that were admitted, which are few. */
  readonly #seen = new Map<string, SeenColumns>();
  readonly #owner = randomUUID();
  readonly #housekeeping: Housekeeping;
  #closing: Promise<void> | undefined;
  #closedAt: number | undefined;

  constructor(resolved: ResolvedOptions, internals: TrackerInternals = {}) {
    this.#options = resolved;
    this.clock = internals.clock ?? systemClock;
    const settings = settleModels(resolved);
    const settingsOf = settings.of;
    const { clock } = this;
    const onError = (error: unknown): void => this.report(error);
    // A host that turned leeway off gets no files from it either.
    this.#opened = openStore(resolved.enabled ? resolved.store : 'memory:', {
      // A database has a clock of its own, which is the same to all replicas.
      ...(internals.clock !== undefined && { clock }),
      onWarning: onError,
    });
    const opened = timedStore(this.#opened.store, { clock: internals.patience ?? systemClock });
    const store = internals.recreate === true ? cleared(opened, resolved.experiment) : opened;
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
    this.#folder = new Folder({
      fold: (fold) => store.fold({ ...fold, experiment: resolved.experiment }),
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
      onRecovered: () => this.monitors.noteAnswer(),
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
        if (internals.visiting !== true) await this.#deliveries.deliver().catch(onError);
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
    this.#housekeeping = new Housekeeping({
      clock,
      work: {
        summaries: () => this.#summaries.writeAll(),
        folds: () => this.#folder.foldAll(),
        'look at what other replicas did': () => this.monitors.keepUp(),
        'look for a baseline of unusual calls': async () => this.#unusual?.refresh(),
        "look at other replicas' options": () => this.#replicas.look(),
        'upkeep of the log': () => this.#upkeep.round(),
        // What could not be delivered when it was raised, perhaps before a restart.
        deliveries: () => (internals.visiting === true ? Promise.resolve() : this.#deliveries.deliver()),
      },
      onError,
    });
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
    if (!this.#options.enabled || this.#housekeeping.isOn || this.#closing !== undefined) return;
    this.#housekeeping.start();
  }

  /** Whether it takes calls. */
  get open(): boolean {
    return this.#options.enabled && this.#closing === undefined;
  }

  /** When it was closed, epoch ms, or `undefined` while it is open. */
  get closedAt(): number | undefined {
    return this.#closedAt;
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
    const { unflushedRows, failing, lastError } = this.#recorder;
    const waiting = unflushedRows + this.#summaries.rows;
    return {
      ...{ location: store.location, unflushedRows: waiting, failing },
      ...(lastError !== undefined && { lastError: messageOf(lastError) }),
      ...(degraded !== undefined && { degraded }),
    };
  }

  /** Whether rows are written, as far as is known. */
  get flushes(): boolean {
    return this.#flushTrouble === undefined;
  }

  /** What is wrong with the store, or does not happen any more, in sentences. */
  get complaints(): string[] {
    const { degraded } = this.#opened;
    const trouble = this.#flushTrouble;
    return [
      ...(trouble === undefined ? [] : [trouble]),
      ...(degraded === undefined ? [] : [degraded]),
      ...this.#housekeeping.complaints,
    ];
  }

  get #flushTrouble(): string | undefined {
    const { failing, lastError, unflushedRows, unflushedSince = Number.POSITIVE_INFINITY } = this.#recorder;
    const why = lastError === undefined ? '' : `: ${messageOf(lastError)}`;
    const waitedMs = this.clock.now() - unflushedSince;
    if (!failing && waitedMs <= FLUSH_WITHIN_MS) return undefined;
    const since = Number.isFinite(unflushedSince) ? ` since ${new Date(unflushedSince).toISOString()}` : '';
    return `the store has not taken ${unflushedRows} rows${since}${why}`;
  }

  /** Chooses which rows of a call are worth copying; `undefined`: all of them. */
  choose(model: string, rows: number): RowChoice | undefined {
    return this.#unusual === undefined ? this.#recorder.choose(model, rows) : undefined;
  }

  /** Takes a call into the buffer. */
  record(recording: Recording): void {
    if (!this.open) return;
    this.start();
    this.#seenIn(recording.model).note(recording);
    if (recording.aborted !== true)
      this.monitors.of(recording.model).noteRows(recording.choice?.count ?? recording.X?.rows.length ?? 0);
    this.#unusual?.look(recording);
    this.#recorder.record(recording);
    this.#unmatched.tell();
  }

  /** The columns of a model's calls, in this process; `undefined` before the first call. */
  columnsOf(model: string): readonly SeenColumn[] | undefined {
    return this.#seen.get(model)?.columns;
  }

  #seenIn(model: string): SeenColumns {
    const known = this.#seen.get(model);
    if (known !== undefined) return known;
    const seen = new SeenColumns();
    this.#seen.set(model, seen);
    return seen;
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
    this.#closedAt ??= this.clock.now();
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
    this.#housekeeping.stop();
    const closing = new Closing({ timeoutMs, onError: (error) => this.report(error) });
    const stopped = this.monitors.stop();
    // Rows go first: it is they that are lost where the time runs out. Of a full store a fold makes room.
    await closing.until(async () => (await this.#recorder.close()) || (await this.#foldAndFlush()));
    await closing.step(() => this.#summaries.writeAll());
    this.#countLost(timeoutMs);
    await closing.step(() => this.#folder.foldAll());
    await closing.step(() => stopped);
    await closing.step(() => this.#upkeep.stop());
    if (this.#opened.owned) await closing.step(() => this.#opened.store.close());
  }

  async #foldAndFlush(): Promise<boolean> {
    await this.#folder.foldAll();
    return this.#recorder.close();
  }

  /** Counts what close could not bring into the log. */
  #countLost(timeoutMs: number): void {
    const { unflushedRows, lastError } = this.#recorder;
    // Too few to be written about: what keeps them private is that they go.
    this.counters.droppedRows += unflushedRows + this.#summaries.rows;
    if (unflushedRows === 0) return;
    const why = lastError === undefined ? 'it did not answer' : messageOf(lastError);
    const message = `closed with ${unflushedRows} rows that the store did not take in ${timeoutMs} ms: ${why}`;
    this.report(new LeewayError('ERR_LEEWAY_STORE', message));
  }

  /** Counts the rows of a write that never came back: it holds up no other, and is not sent again. */
  async #inTime(rows: number, write: () => Promise<number>): Promise<number> {
    try {
      return await write();
    } catch (error) {
      if (isOverdue(error)) this.counters.unknownRows += rows;
      throw error;
    }
  }

  async #append({ chunk, model, bytes, batch }: PackedChunk): Promise<number> {
    const times = chunk.calls.map((call) => call.at);
    const [written] = await this.#store.append(this.#options.experiment, [
      {
        ...this.experiment.entry('predict', model, null),
        batch,
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

  async #appendSummary({ model, profile, bytes, calls, batch }: Summary): Promise<number> {
    const times = calls.map((call) => call.at);
    const [written] = await this.#store.append(this.#options.experiment, [
      {
        ...this.experiment.entry('predict', model, packCalls(calls)),
        batch,
        runs: calls.length,
        rows: profile.rows,
        bytes,
        dt: times.reduce((a, b) => Math.min(a, b)),
        dtEnd: times.reduce((a, b) => Math.max(a, b)),
      },
    ]);
    return (written as { pos: number }).pos;
  }

  /** Reports what the user should know, in a line. */
  say(line: string): unknown {
    const { onInfo } = this.#options;
    return onInfo === undefined ? process.stderr.write(`leeway: ${line}\n`) : onInfo(line);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The store, without what the experiment held before. */
function cleared(store: TrackingStore, experiment: string): TrackingStore {
  return deferredStore(store.location, async () => {
    await store.clear(experiment);
    return store;
  });
}
