import { type JobRecord, readJobs } from '../../experiment/job-records.js';
import { parseSchedule } from '../../schedule/schedule.js';
import type { TrackingStore } from '../../tracking/store.js';
import type { MonitorHead } from '../../tracking/window-commit.js';
import { type Command, EXIT } from '../command.js';
import { experimentsOf, STORE_PARAMETER, withStore } from '../store-argument.js';
import { safeJson, safeName } from '../terminal.js';
import { textTable } from '../text-table.js';

/** `leeway jobs STORE`: what captures which model, and when. */
export const jobsCommand: Command = {
  name: 'jobs',
  summary: 'list the jobs of a store',
  parameters: [STORE_PARAMETER],
  options: [
    { name: 'experiment', short: 'e', value: 'NAME', description: 'only this one (default: all)' },
  ],
  examples: ['leeway jobs sqlite:leeway.db', 'leeway jobs .leeway/leeway.db --json'],
  async run(input, io) {
    const [spec] = input.parameters as [string];
    const jobs = await withStore(spec, async (store) => {
      const all: ListedJob[] = [];
      for (const experiment of await experimentsOf(store, input)) {
        for (const job of await readJobs(store, experiment))
          all.push(await listed(store, experiment, job));
      }
      return all;
    });
    if (input.flag('json')) io.stdout.write(`${safeJson({ jobs })}\n`);
    else if (jobs.length === 0)
      io.stdout.write('no jobs yet: a job is recorded with its first capture\n');
    else io.stdout.write(`${textTable(HEAD, jobs.map(asRow))}\n`);
    return EXIT.fine;
  },
};

interface ListedJob extends JobRecord {
  readonly snapshots: number;
  /** ISO 8601; `null` before the first, or where nothing is planned. */
  readonly lastTick: string | null;
  readonly nextTick: string | null;
}

const HEAD = ['job', 'schedule', 'snapshots', 'last tick (UTC)', 'next tick (UTC)'];

async function listed(
  store: TrackingStore,
  experiment: string,
  job: JobRecord,
): Promise<ListedJob> {
  const head: MonitorHead = await store.monitorHead(experiment, job.name);
  const next =
    job.schedule === null ? Number.NaN : parseSchedule(job.schedule, job.timeZone).next(Date.now());
  return {
    ...job,
    snapshots: head.seq + 1,
    lastTick: head.tick > 0 ? new Date(head.tick).toISOString() : null,
    nextTick: Number.isFinite(next) ? new Date(next).toISOString() : null,
  };
}

function asRow({ name, schedule, timeZone, snapshots, lastTick, nextTick }: ListedJob): string[] {
  const byRows = typeof schedule === 'object' ? `every ${schedule?.everyRows} rows` : schedule;
  const when = schedule === null ? 'by hand' : byRows;
  const minute = (time: string | null): string =>
    time === null ? '' : time.slice(0, 16).replace('T', ' ');
  const zone = timeZone === 'UTC' ? '' : ` ${timeZone}`;
  return [
    safeName(name),
    safeName(`${when}${zone}`),
    String(snapshots),
    minute(lastTick),
    minute(nextTick),
  ];
}
