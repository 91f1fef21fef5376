import type { AlertRule } from '../alert/rule.js';
import { Profile } from '../profile/profile.js';
import type { ScheduleSpec } from '../schedule/schedule.js';
import type { EventLog } from '../tracking/event-log.js';
import { toStored } from '../tracking/logged-value.js';
import type { JsonValue, NewEntry, TrackingStore } from '../tracking/store.js';

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
    /** A pinned baseline lies in the log, as the artifact `baseline/<model>`. */
    readonly baseline: 'first' | 'pinned';
  };
}

/** Records of jobs are `system` entries under this key. */
const KEY = 'jobs';

/** The name of the artifact that a model's pinned baseline is kept as. */
export const baselineKey = (model: string): string => `baseline/${model}`;

/** The pinned baseline of a model as the log keeps it, or `undefined`. */
export async function storedBaseline(
  store: TrackingStore,
  experiment: string,
  model: string,
): Promise<Profile | undefined> {
  const filter = { events: ['artifact'], keys: [baselineKey(model)] } as const;
  for await (const { bytes } of store.query(experiment, filter, { order: 'newest-first', limit: 1 })) {
    if (bytes !== undefined) return Profile.fromBytes(bytes);
  }
  return undefined;
}

/** What is to be written of a pinned baseline: nothing where the log has the same already. */
export async function baselineEntries(
  store: TrackingStore,
  log: EventLog,
  model: string,
  baseline: Profile,
): Promise<NewEntry[]> {
  const bytes = baseline.toBytes();
  const known = await storedBaseline(store, log.experiment, model);
  if (known !== undefined && Buffer.compare(known.toBytes(), bytes) === 0) return [];
  const stored = toStored(bytes);
  return [{ ...log.entry('artifact', baselineKey(model), stored.value), bytes }];
}

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
export async function jobEntries(store: TrackingStore, log: EventLog, job: JobRecord): Promise<NewEntry[]> {
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
  { experiment, name, model }: { readonly experiment: string; readonly name: string; readonly model: string },
): Promise<number | undefined> {
  const { tick } = await store.monitorHead(experiment, name);
  if (tick > 0) return tick;
  const filter = { events: ['predict'], keys: [model] } as const;
  for await (const { dt } of store.query(experiment, filter, { limit: 1, withBytes: false })) return dt;
  return undefined;
}
