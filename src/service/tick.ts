import type { Alert } from '../alert/alert.js';
import type { Verdict } from '../drift/verdict/not-compared.js';
import { type JobRecord, readJobs, ticksSince } from '../experiment/job-records.js';
import { type Clock, systemClock } from '../leaves/clock.js';
import { loggedBaseline } from '../monitor/baseline/pinned-baseline.js';
import { Profile } from '../profile/profile.js';
import { lastTick } from '../schedule/job.js';
import { parseSchedule } from '../schedule/schedule.js';
import type { TrackingStore } from '../tracking/store.js';
import { resolveDriftOptions } from './resolved-options.js';
import { Tracker } from './tracker.js';

/** What came of one job. */
export interface TickResult {
  readonly experiment: string;
  readonly name: string;
  readonly model: string;
  /** The tick it ran for, ISO 8601; `null` where none was due. */
  readonly tick: string | null;
  /** As of a capture; `not-due` where there was nothing to do, `failed` where it went wrong. */
  readonly outcome: string;
  readonly drift: boolean;
  /** `none` where no verdict was made. */
  readonly verdict: Verdict;
  readonly alerts: readonly Alert[];
  readonly error?: string;
}

/**
 * Runs the jobs of a store that are due, once each: for cron, and for functions that are woken by a clock of their own. Jobs are those that
 * a server has recorded. Their alerts are committed and wait in the outbox for a process with the sinks; they are in the result
 * too. Whoever else captures the same tick, it is captured once.
 */
export async function runDueJobs(
  store: TrackingStore,
  experiments: readonly string[],
  clock: Clock = systemClock,
): Promise<TickResult[]> {
  const results: TickResult[] = [];
  for (const experiment of experiments) {
    for (const job of await readJobs(store, experiment))
      results.push(await runJob(store, experiment, job, clock));
  }
  return results;
}

async function runJob(
  store: TrackingStore,
  experiment: string,
  job: JobRecord,
  clock: Clock,
): Promise<TickResult> {
  const { name, model } = job;
  const nothing = {
    experiment,
    name,
    model,
    tick: null,
    drift: false,
    verdict: 'none' as const,
    alerts: [],
  };
  const due = await dueTick(store, experiment, job, (await store.now?.()) ?? clock.now());
  if (due === undefined) return { ...nothing, outcome: 'not-due' };
  const tick = due.tick === undefined ? null : new Date(due.tick).toISOString();
  const { baseline: choice, comparison = {}, segments = [], kind = 'model' } = job.options;
  const bytes = choice === 'pinned' ? await loggedBaseline(store, experiment, name) : undefined;
  const chosen = choice === 'pinned' ? 'first' : choice;
  const baseline = bytes === undefined ? chosen : Profile.fromBytes(bytes);
  const tracker = new Tracker(
    resolveDriftOptions({
      experiment,
      model,
      store,
      schedule: false,
      minRows: job.options.minRows,
      falseAlarms: job.options.falseAlarms,
      ...(job.options.rules !== null && { rules: job.options.rules }),
      ...comparison,
      baseline,
      segments,
      onError: () => undefined,
    }),
    { clock, visiting: true },
  );
  try {
    const captured = await tracker.monitors
      .of(model, kind)
      .capture(due.tick === undefined ? {} : { tick: due.tick });
    const { outcome, drift, verdict, alerts } = captured;
    return { ...nothing, tick, outcome, drift, verdict, alerts };
  } catch (error) {
    return {
      ...nothing,
      tick,
      outcome: 'failed',
      error: error instanceof Error ? error.message : String(error),
    };
  } finally {
    await tracker.close(5_000);
  }
}

/** The latest tick that nobody captured yet, or `{}` where rows made it due; `undefined` where nothing is due. */
async function dueTick(
  store: TrackingStore,
  experiment: string,
  { name, model, schedule: spec, timeZone, createdAt }: JobRecord,
  now: number,
): Promise<{ readonly tick?: number } | undefined> {
  if (spec === null) return undefined;
  const schedule = parseSchedule(spec, timeZone);
  if (schedule.everyRows !== undefined) {
    const { pos } = await store.head(experiment);
    const { cursor } = await store.monitorHead(experiment, name);
    return (await store.windowRows(experiment, model, cursor, pos)) >= schedule.everyRows
      ? {}
      : undefined;
  }
  const since = (await ticksSince(store, { experiment, name, model }, now)) ?? createdAt;
  // A time ahead of now is a wrong clock's, and must not keep the job from running until then.
  const first = schedule.next(since > now ? now - 2 * schedule.periodMs : since);
  return first > now ? undefined : { tick: lastTick(schedule, first, now) };
}
