import type { Alert } from '../alert/alert.js';
import { type Clock, DURATION_MS } from '../clock.js';
import { LeewayError } from '../errors.js';
import { DriftMonitor } from '../monitor/monitor.js';
import { Job } from '../schedule/job.js';
import type { Schedule } from '../schedule/schedule.js';
import type { EventLog } from '../tracking/event-log.js';
import type { TrackingStore } from '../tracking/store.js';
import { type JobRecord, jobEntries, ticksSince } from './job-records.js';
import type { ModelSettings } from './model-settings.js';
import { PERIOD_BY_HAND_MS, type ResolvedOptions } from './options.js';

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
  readonly onError: (error: unknown) => void;
}

/** How long a capture may take before another replica may try; the commit itself needs no lease. */
export const LEASE_MS = 60_000;
const OTHER_MODEL = 'other';
const DEFAULT_MODEL = 'default';
const MAX_NAME_LENGTH = 256;

/** The monitors of a service with their jobs, one per model, made when the model is first seen. */
export class Monitors {
  readonly #options: MonitorsOptions;
  readonly #monitors = new Map<string, DriftMonitor>();

  constructor(options: MonitorsOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): Iterator<DriftMonitor> {
    return this.#monitors.values();
  }

  /** The monitor of a model. Without a name, of the only one there is. */
  of(model: string = this.onlyModel()): DriftMonitor {
    let monitor = this.#monitors.get(model);
    if (monitor === undefined) {
      monitor = this.#make(model);
      this.#monitors.set(model, monitor);
    }
    return monitor;
  }

  /** A model's own name while there is room for it, else `other`. */
  admit(name: unknown): string {
    const text = typeof name === 'string' && name !== '' ? name.slice(0, MAX_NAME_LENGTH) : DEFAULT_MODEL;
    return this.#monitors.has(text) || this.#monitors.size < this.#options.resolved.limits.models ? text : OTHER_MODEL;
  }

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where there are several. */
  onlyModel(): string {
    const { model } = this.#options.resolved;
    if (typeof model === 'string') return model;
    const names = [...this.#monitors.keys()];
    if (names.length > 1) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `there are several models, name one of ${names.join(', ')}`);
    }
    return names[0] ?? DEFAULT_MODEL;
  }

  /** Stops all jobs, and waits for captures under way. */
  async stop(): Promise<void> {
    for (const monitor of this) await monitor.job.stop();
  }

  #make(model: string): DriftMonitor {
    const { resolved, settingsOf, log, store, clock, owner, prepare, notify, route, recordsJobs, onError } =
      this.#options;
    const { comparison, minRows, enabled } = resolved;
    const settings = settingsOf(model);
    const { baseline, profileAs, schedule, rules } = settings;
    const everyRows = schedule?.everyRows;
    const monitor = new DriftMonitor({
      model,
      log,
      store,
      clock,
      profileAs,
      ...(baseline !== undefined && { baseline }),
      ...(rules !== undefined && { rules }),
      comparison,
      ...(schedule !== undefined && { periodMs: schedule.periodMs }),
      falseAlarmRate: () => this.#falseAlarmRate(schedule),
      minRows,
      prepare,
      notify,
      route,
      ...(recordsJobs && {
        notes: (name: string) =>
          jobEntries(store, log, recordOf(resolved, settings, { name, model, createdAt: clock.now() })),
      }),
      onError,
    });
    const job = new Job({
      name: monitor.name,
      schedule,
      clock,
      acquire: async (tick) => {
        if (tick !== undefined && (await store.monitorHead(log.experiment, monitor.name)).tick >= tick) return 'done';
        return (await store.takeLease(monitor.name, owner, LEASE_MS)) ? 'mine' : 'taken';
      },
      retryMs: LEASE_MS,
      resume: () => ticksSince(store, { experiment: log.experiment, name: monitor.name, model }),
      ...(everyRows !== undefined && { due: async () => (await monitor.pendingRows()) >= everyRows }),
      work: async (tick) => {
        try {
          await monitor.capture(tick === undefined ? {} : { tick });
        } finally {
          await store.releaseLease(monitor.name, owner);
        }
      },
      onError,
    });
    monitor.attach(job);
    if (enabled) {
      job.start();
      monitor.refresh().catch(onError);
    }
    return monitor;
  }

  /** The share of the budget that one capture of one model may spend; never more than one in twenty. */
  #falseAlarmRate(schedule: Schedule | undefined): number {
    const { falseAlarmsPerMs } = this.#options.resolved;
    const periodMs = schedule?.periodMs ?? PERIOD_BY_HAND_MS;
    return Math.min(0.05, (falseAlarmsPerMs * periodMs) / Math.max(1, this.#monitors.size));
  }
}

const MONTH_MS = 30 * (DURATION_MS.d as number);

/** What the log says of a job. */
function recordOf(
  { minRows, falseAlarmsPerMs }: ResolvedOptions,
  { schedule, rules, baseline }: ModelSettings,
  job: Pick<JobRecord, 'name' | 'model' | 'createdAt'>,
): JobRecord {
  const plain = rules?.map(({ when: _when, notify: _notify, ...rule }) => rule) ?? null;
  return {
    ...job,
    schedule: schedule?.spec ?? null,
    timeZone: schedule?.timeZone ?? 'UTC',
    options: {
      minRows,
      falseAlarms: { atMost: falseAlarmsPerMs * MONTH_MS, per: '30d' },
      rules: plain,
      baseline: baseline === undefined ? 'first' : 'pinned',
    },
  };
}
