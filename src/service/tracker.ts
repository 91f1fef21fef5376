import { randomUUID } from 'node:crypto';
import { Experiment } from '../experiment/experiment.js';
import { Lazy } from '../leaves/async.js';
import { type Clock, systemClock } from '../leaves/clock.js';
import { defined } from '../leaves/defined.js';
import { newCounters } from '../record/counters.js';
import { RecordingPipeline } from '../record/recording-pipeline.js';
import type { OpenedStore } from '../tracking/open-store.js';
import type { Upkeep } from '../tracking/upkeep.js';
import { closeParts } from './closing.js';
import { Deliveries } from './deliveries.js';
import { experimentHooks } from './experiment-hooks.js';
import { Housekeeping } from './housekeeping.js';
import { minuteWork } from './minute-work.js';
import { settleModels } from './model-settings.js';
import { Monitors } from './monitors.js';
import { Replicas, sealOf } from './replicas.js';
import { Reporter } from './reporter.js';
import type { ResolvedOptions } from './resolved-options.js';
import { startLine } from './start-line.js';
import { StoreHealth } from './store-health.js';
import { openTrackedStore } from './tracked-store.js';
import type { TrackerInternals } from './tracker-internals.js';
import { UnmatchedNames } from './unmatched-names.js';
import { UnusualCalls } from './unusual-calls.js';

/**
 * All that one experiment takes in one process, whoever brings the calls: its log, the pipeline that records to it, the
 * monitors with their jobs, the outbox of alerts, and the upkeep. It does nothing until it is started.
 */
export class Tracker {
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly pipeline: RecordingPipeline;
  readonly experiment: Experiment;
  readonly monitors: Monitors;
  readonly deliveries: Deliveries;
  readonly replicas: Replicas;
  readonly unmatched: UnmatchedNames;
  readonly health: StoreHealth;
  readonly #isEnabled: boolean;
  readonly #opened: OpenedStore;
  readonly #upkeep: Lazy<Upkeep>;
  readonly #housekeeping: Housekeeping;
  #closing: Promise<void> | undefined;
  #closedAt: number | undefined;

  constructor(resolved: ResolvedOptions, internals: TrackerInternals = {}) {
    const { visiting = false, saysBaselines = false, autotrack = true, userid } = internals;
    const clock = internals.clock ?? systemClock;
    const settings = settleModels(resolved);
    const owner = randomUUID();
    const onError = (error: unknown): void => this.reporter.error(error);
    this.clock = clock;
    this.#isEnabled = resolved.enabled;
    const counters = newCounters();
    this.reporter = new Reporter({ ...resolved, counters });
    const { opened, store } = openTrackedStore(resolved, internals, onError);
    this.#opened = opened;
    const hooks = experimentHooks({ host: this, resolved, settings, store, autotrack });
    this.experiment = new Experiment(resolved.experiment, store, {
      clock,
      ...defined({ userid }),
      hooks,
    });
    const unusual =
      resolved.onUnusual === undefined
        ? undefined
        : new UnusualCalls({
            baselineOf: (model) => this.monitors.of(model).baseline(),
            pinned: (model) => {
              const { isPinned, profiling } = settings.of(model);
              return isPinned ? profiling() : undefined;
            },
            features: resolved.features,
            tell: resolved.onUnusual,
            onError,
          });
    this.pipeline = new RecordingPipeline({
      ...resolved,
      counters,
      store,
      clock,
      entry: (event, key, value) => this.experiment.entry(event, key, value),
      columnLimit: resolved.limits.columns,
      profilingOf: (model) => settings.of(model).profiling(),
      isEnabled: resolved.enabled,
      needsAllRows: unusual !== undefined,
      onAccepted: (recording) => {
        this.start();
        const rows = recording.choice?.count ?? recording.X?.rows.length ?? 0;
        if (recording.aborted !== true) this.monitors.of(recording.model).noteRows(rows);
        unusual?.look(recording);
        this.unmatched.tell();
      },
      onRecovered: () => this.monitors.noteAnswer(),
      onError,
    });
    this.unmatched = new UnmatchedNames(this.pipeline.rules, resolved.minRows);
    this.deliveries = new Deliveries({ resolved, store, clock, owner, onError });
    this.monitors = new Monitors({
      resolved,
      log: this.experiment,
      store,
      clock,
      settingsOf: settings.of,
      owner,
      prepare: () => this.pipeline.settle(),
      notify: () => (visiting ? Promise.resolve() : this.deliveries.deliver().catch(onError)),
      route: (alert) => this.deliveries.sinksFor(alert),
      recordsJobs: !visiting,
      onBaseline: (monitor, { baseline, neededRows }) => {
        if (!saysBaselines) return;
        this.reporter.info(
          startLine(monitor.model, baseline, { now: clock.now(), firstRows: neededRows }),
        );
      },
      onError,
    });
    this.#upkeep = new Lazy(async () => {
      const { Upkeep } = await import('../tracking/upkeep.js');
      return new Upkeep({
        store,
        experiment: resolved.experiment,
        clock,
        owner,
        retention: resolved.retention,
        merge: async (parts) => {
          const { profileAs } = await settings.of(parts[0]?.key ?? '').profiling();
          const { mergeParts } = await import('../monitor/window/model-source.js');
          return mergeParts(profileAs, parts);
        },
      });
    });
    this.replicas = new Replicas(store, resolved.experiment, () => sealOf(resolved, settings.of));
    const { pipeline, monitors, replicas, deliveries } = this;
    const due = {
      pipeline,
      monitors,
      replicas,
      deliveries,
      upkeep: this.#upkeep,
      unusual,
      visiting,
    };
    this.#housekeeping = new Housekeeping({ clock, work: minuteWork(due), onError });
    this.health = new StoreHealth({ opened, pipeline, housekeeping: this.#housekeeping, clock });
  }

  /** Begins with what is due every minute. Idempotent; without effect where leeway is turned off. */
  start(): void {
    if (this.isOpen && !this.#housekeeping.isOn) this.#housekeeping.start();
  }

  /** Whether it accepts calls. */
  get isOpen(): boolean {
    return this.#isEnabled && this.#closing === undefined;
  }

  /** When it was closed, epoch ms, or `undefined` while it is open. */
  get closedAt(): number | undefined {
    return this.#closedAt;
  }

  /** Writes what is buffered. Never rejects; gives whether everything is written. */
  flush(): Promise<boolean> {
    return this.pipeline.flush();
  }

  /** Flushes, stops the jobs, and closes what was opened. Idempotent; settles after `timeoutMs` at the latest. */
  close(timeoutMs: number): Promise<void> {
    this.#closedAt ??= this.clock.now();
    this.#housekeeping.stop();
    this.#closing ??= closeParts(this, { timeoutMs, upkeep: this.#upkeep, opened: this.#opened });
    return this.#closing;
  }
}
