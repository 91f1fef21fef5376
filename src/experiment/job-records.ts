import type { AlertRule } from '../alert/rule.js';
import type { ComparisonSettings } from '../drift/compare-options.js';
import type { BaselineChoice } from '../monitor/baseline/baseline-choice.js';
import type { ScheduleSpec } from '../schedule/schedule.js';
import type { EventLog } from '../tracking/event-log.js';
import type { JsonValue } from '../tracking/json-value.js';
import type { NewEntry } from '../tracking/log-entry.js';
import type { TrackingStore } from '../tracking/store.js';

/** A job as it stands in the log: what captures which model, and when. */
export interface JobRecord {
  /** `monitors/<experiment>/<model>`. */
  readonly name: string;
  readonly model: string;
  /** `null`: it runs only when told. */
  readonly schedule: ScheduleSpec | null;
  readonly timeZone: string;
  /** When it was first started, epoch ms. */
  readonly createdAt: number;
  /** What it takes to run it elsewhere: from a command line, or a function that is woken by a clock of its own. */
  readonly options: {
    readonly minRows: number;
    readonly falseAlarms: { readonly atMost: number; readonly per: string };
    /** Rules without their functions and sinks; `null` for the monitor's own verdict. */
    readonly rules: readonly AlertRule[] | null;
    /** A pinned baseline lies in the log too; see `loggedBaseline`. */
    readonly baseline: 'pinned' | BaselineChoice;
    /** How windows are compared, without functions. @default nothing said */
    readonly comparison?: Omit<ComparisonSettings, 'statistics'>;
    /** Columns by whose values rows are judged apart. @default none */
    readonly segments?: readonly string[];
    /** Monitors of data are no model's. @default 'model' */
    readonly kind?: 'data';
  };
}

/** Records of jobs are `system` entries under this key. */
const KEY = 'jobs';

/** The jobs of an experiment as they were last recorded, by name. */
export async function readJobs(store: TrackingStore, experiment: string): Promise<JobRecord[]> {
  const jobs = new Map<string, JobRecord>();
  for await (const { value } of store.query(experiment, { events: ['system'], keys: [KEY] })) {
    const record = value as unknown as JobRecord;
    if (typeof record?.name === 'string') jobs.set(record.name, record);
  }
  return [...jobs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * What is to be written about a job: nothing where the log says the same already. It is written in one piece with a capture, so that
 * it takes no run of its own.
 */
export async function jobEntries(
  store: TrackingStore,
  log: EventLog,
  job: JobRecord,
): Promise<NewEntry[]> {
  const known = (await readJobs(store, log.experiment)).find(({ name }) => name === job.name);
  const record = { ...job, createdAt: known?.createdAt ?? job.createdAt };
  if (known !== undefined && JSON.stringify(known) === JSON.stringify(record)) return [];
  return [log.entry('system', KEY, record as unknown as JsonValue)];
}

/**
 * Since when ticks count: the latest that was captured; else when the model was first asked, so that a server which is
 * restarted before every tick captures all the same. `undefined` where it never was.
 */
export async function ticksSince(
  store: TrackingStore,
  {
    experiment,
    name,
    model,
  }: { readonly experiment: string; readonly name: string; readonly model: string },
  now: number,
): Promise<number | undefined> {
  const { tick } = await store.monitorHead(experiment, name);
  // A tick ahead of now was made by a clock that was wrong, and is none.
  if (tick > 0 && tick <= now) return tick;
  const filter = { events: ['predict'], keys: [model] } as const;
  for await (const { dt } of store.query(experiment, filter, { limit: 1, withBytes: false }))
    return dt;
  return undefined;
}
