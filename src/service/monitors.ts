import type { Alert } from '../alert/alert.js';
import { type JobRecord, jobEntries, ticksSince } from '../experiment/job-records.js';
import type { Clock, Timer } from '../leaves/clock.js';
import { defined } from '../leaves/defined.js';
import { LeewayError } from '../leaves/errors.js';
import { MAX_NAME_LENGTH } from '../leaves/limits.js';
import { storedName } from '../leaves/stored-name.js';
import { MONTH_MS } from '../leaves/time.js';
import type { BaselineDescription } from '../monitor/baseline/baselines.js';
import type { MonitorKind } from '../monitor/log/monitor-kind.js';
import { DriftMonitor } from '../monitor/monitor.js';
import { Job } from '../schedule/job.js';
import type { Schedule } from '../schedule/schedule.js';
import type { EventLog } from '../tracking/event-log.js';
import type { TrackingStore } from '../tracking/store.js';
import type { ModelSettings } from './model-settings.js';
import { PERIOD_BY_HAND_MS, type ResolvedOptions } from './resolved-options.js';

/** What a monitor compares with. */
export interface BaselineFacts {
  /** `undefined` where it is not there yet. */
  readonly baseline: BaselineDescription | undefined;
  /** How many rows the next window takes. */
  readonly neededRows: number;
}

/** What monitors share. */
export interface MonitorsOptions {
  readonly resolved: ResolvedOptions;
  readonly log: EventLog;
  readonly store: TrackingStore;
  readonly clock: Clock;
  /** How each model is watched. */
  readonly settingsOf: (model: string) => ModelSettings;
  /** Who this process is to leases. */
  readonly owner: string;
  readonly prepare: () => Promise<void>;
  readonly notify: () => Promise<void>;
  /** Names of those who are to be told of an alert. */
  readonly route: (alert: Alert) => readonly string[];
  /** Whether jobs, and what they need to be run elsewhere, are written to the log. */
  readonly recordsJobs: boolean;
  /** Hears once of each monitor what it compares with. @default nobody */
  readonly onBaseline?: ((monitor: DriftMonitor, about: BaselineFacts) => void) | undefined;
  readonly onError: (error: unknown) => void;
}

/** How long a capture may take before another replica may try; the commit itself needs no lease. */
export const LEASE_MS = 60_000;
/** The first calls of a server do not wait for the engine to be loaded: a monitor first looks at the log a little later. */
const FIRST_LOOK_AFTER_MS = 1_000;
const OTHER_MODEL = 'other';
const DEFAULT_MODEL = 'default';

/** The monitors of a service with their jobs, one per model, made when the model is first seen. */
export class Monitors {
  readonly #options: MonitorsOptions;
  readonly #monitors = new Map<string, DriftMonitor>();
  /** One for each monitor. */
  readonly #firstLooks = new Set<Timer>();

  constructor(options: MonitorsOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): Iterator<DriftMonitor> {
    return this.#monitors.values();
  }

  /**
   * The monitor of a model, or of data. Without a name, of the only model there is.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` where it is a monitor of the other kind already.
   */
  of(name: string = this.onlyModel(), kind: MonitorKind = 'model'): DriftMonitor {
    const model = storedName(name, MAX_NAME_LENGTH);
    let monitor = this.#monitors.get(model);
    if (monitor === undefined) {
      monitor = this.#make(model, kind);
      this.#monitors.set(model, monitor);
    }
    if (monitor.kind === kind) return monitor;
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${JSON.stringify(model)} is monitored as ${monitor.kind} already, not as ${kind}`,
    );
  }

  /** Whether a model has a monitor. */
  has(model: string): boolean {
    return this.#monitors.has(model);
  }

  /** The record of a model's job, to be logged. */
  recordOf(model: string, kind: MonitorKind = 'model'): JobRecord {
    const { resolved, settingsOf, clock } = this.#options;
    return recordOf(resolved, settingsOf(model), {
      name: this.of(model, kind).name,
      model,
      kind,
      createdAt: clock.now(),
    });
  }

  /** A model's own name while there is room for it, else `other`. */
  admit(name: unknown): string {
    const text =
      typeof name === 'string' && name !== '' ? storedName(name, MAX_NAME_LENGTH) : DEFAULT_MODEL;
    return this.#monitors.has(text) || this.#monitors.size < this.#options.resolved.limits.models
      ? text
      : OTHER_MODEL;
  }

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where there are several. */
  onlyModel(): string {
    const { model } = this.#options.resolved;
    if (typeof model === 'string') return model;
    const names = [...this.#monitors.keys()];
    if (names.length > 1) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `there are several models, name one of ${names.join(', ')}`,
      );
    }
    return names[0] ?? DEFAULT_MODEL;
  }

  /** Stops all jobs, and waits for captures under way. */
  async stop(): Promise<void> {
    for (const look of this.#firstLooks) look.cancel();
    await Promise.all([...this].map((monitor) => monitor.job.stop()));
  }

  /** Notes that the store answers again, after it did not. */
  noteAnswer(): void {
    for (const monitor of this) monitor.noteAnswer();
  }

  /** Has all monitors look at what other replicas did. */
  async keepUp(): Promise<void> {
    for (const monitor of this) {
      try {
        await monitor.keepUp();
      } catch (error) {
        monitor.noteTrouble(error);
        throw error;
      }
    }
  }

  /** The tick that a monitor stands at. One ahead of the store's clock is none: the clock that made it was wrong. */
  async #reachedTick(monitor: DriftMonitor): Promise<number> {
    const { store, log, clock } = this.#options;
    const { tick } = await store.monitorHead(log.experiment, monitor.name);
    const now = (await store.now?.()) ?? clock.now();
    return tick > now ? 0 : tick;
  }

  #make(model: string, kind: MonitorKind): DriftMonitor {
    const {
      resolved,
      settingsOf,
      log,
      store,
      clock,
      owner,
      prepare,
      notify,
      route,
      recordsJobs,
      onError,
    } = this.#options;
    const { comparison, minRows, enabled } = resolved;
    const settings = settingsOf(model);
    const { choice, profiling, schedule, rules } = settings;
    const everyRows = schedule?.everyRows;
    const monitor = new DriftMonitor({
      model,
      kind,
      log,
      store,
      clock,
      profiling,
      choice,
      ...defined({ rules }),
      comparison,
      ...(schedule !== undefined && { periodMs: schedule.periodMs }),
      falseAlarmRate: () => this.#falseAlarmRate(schedule),
      minRows,
      prepare,
      notify,
      route,
      ...(recordsJobs && {
        notes: (name: string) =>
          jobEntries(
            store,
            log,
            recordOf(resolved, settings, { name, model, kind, createdAt: clock.now() }),
          ),
      }),
      onError,
    });
    const job = new Job({
      name: monitor.name,
      schedule,
      clock,
      ...(store.now !== undefined && { now: () => (store.now as () => Promise<number>)() }),
      acquire: async (tick) => {
        if (tick !== undefined && (await this.#reachedTick(monitor)) >= tick) {
          monitor.noteSettled();
          return 'done';
        }
        return (await store.takeLease(monitor.name, owner, LEASE_MS)) ? 'mine' : 'taken';
      },
      retryMs: LEASE_MS,
      isPassing,
      resume: async () => {
        const now = (await store.now?.()) ?? clock.now();
        return ticksSince(store, { experiment: log.experiment, name: monitor.name, model }, now);
      },
      ...(everyRows !== undefined && {
        due: async () => (await monitor.pendingRows()) >= everyRows,
      }),
      work: async (tick) => {
        try {
          await monitor.capture(tick === undefined ? {} : { tick });
        } finally {
          // What can't be given back runs out by itself.
          await store.releaseLease(monitor.name, owner).catch(onError);
        }
      },
      onError: (error) => {
        if (isPassing(error)) monitor.noteTrouble(error);
        onError(error);
      },
    });
    monitor.attach(job);
    if (enabled) {
      job.start();
      this.#firstLooks.add(clock.setTimer(FIRST_LOOK_AFTER_MS, () => this.#lookFirst(monitor)));
    }
    return monitor;
  }

  /** Reads where a monitor stands, and reports what it compares with. */
  async #lookFirst(monitor: DriftMonitor): Promise<void> {
    const { onBaseline, onError } = this.#options;
    try {
      await monitor.refresh();
      const baseline = await monitor.baselineInfo();
      onBaseline?.(monitor, { baseline, neededRows: await monitor.neededRows() });
    } catch (error) {
      // A host that closes at once is told nothing, and that is no failure.
      if (error instanceof LeewayError && error.code === 'ERR_LEEWAY_CLOSED') return;
      monitor.noteTrouble(error);
      onError(error);
    }
  }

  /** The share of the budget that one capture of one model may spend; never more than one in twenty. */
  #falseAlarmRate(schedule: Schedule | undefined): number {
    const { falseAlarmsPerMs } = this.#options.resolved;
    const periodMs = schedule?.periodMs ?? PERIOD_BY_HAND_MS;
    return Math.min(0.05, (falseAlarmsPerMs * periodMs) / Math.max(1, this.#monitors.size));
  }
}

/** Whether a store may answer in a moment. */
const isPassing = (error: unknown): boolean =>
  error instanceof LeewayError &&
  ['ERR_LEEWAY_STORE', 'ERR_LEEWAY_TIMEOUT', 'ERR_LEEWAY_CONFLICT'].includes(error.code);

/** What the log says of a job. */
function recordOf(
  { minRows, falseAlarmsPerMs, comparison, groupby }: ResolvedOptions,
  { schedule, rules, isPinned, choice }: ModelSettings,
  {
    kind,
    ...job
  }: Pick<JobRecord, 'name' | 'model' | 'createdAt'> & { readonly kind: MonitorKind },
): JobRecord {
  const plain = rules?.map(({ when: _when, notify: _notify, ...rule }) => rule) ?? null;
  const { statistics: _functions, ...compared } = comparison;
  return {
    ...job,
    schedule: schedule?.spec ?? null,
    timeZone: schedule?.timeZone ?? 'UTC',
    options: {
      minRows,
      falseAlarms: { atMost: falseAlarmsPerMs * MONTH_MS, per: '30d' },
      rules: plain,
      baseline: isPinned ? 'pinned' : choice,
      ...(Object.keys(compared).length > 0 && { comparison: compared }),
      ...(groupby.length > 0 && { segments: groupby }),
      ...(kind === 'data' && { kind }),
    },
  };
}
