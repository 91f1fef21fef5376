import { Cron } from 'croner';
import { parseDuration } from '../clock.js';
import { LeewayError, shown } from '../errors.js';

/**
 * When a job runs: a name, a duration such as `'15m'` (counted from midnight UTC of 1970, so all replicas agree), or a
 * cron pattern of five or six fields.
 */
export type ScheduleSpec = 'hourly' | 'daily' | 'weekly' | 'monthly' | (string & {}) | EveryRows;

/** Runs whenever so many rows have come since the last run. */
export interface EveryRows {
  readonly everyRows: number;
}

/** A schedule, ready to be asked. */
export interface Schedule {
  /** As it was given, and the time zone it is meant in. */
  readonly spec: ScheduleSpec;
  readonly timeZone: string;
  /** It runs after so many rows, and `next` is never. */
  readonly everyRows?: number;
  /** The first tick after a time, epoch ms. */
  next(after: number): number;
  /** About how long from one tick to the next, ms. */
  readonly periodMs: number;
}

const NAMED: Readonly<Record<string, string>> = {
  hourly: '0 * * * *',
  daily: '0 0 * * *',
  weekly: '0 0 * * 1',
  monthly: '0 0 1 * *',
};

/** A shorter period than this is no schedule for comparing windows. */
const SHORTEST_MS = 1_000;

/**
 * Reads a schedule.
 *
 * @param timeZone IANA name that named and cron schedules are meant in. @default 'UTC'
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it is none, or the time zone is unknown.
 */
export function parseSchedule(spec: ScheduleSpec, timeZone = 'UTC'): Schedule {
  const expected =
    "'hourly', 'daily', 'weekly', 'monthly', a duration such as '15m', a cron pattern, { everyRows }, or false";
  const refuse = (cause?: unknown): never => {
    throw new LeewayError('ERR_LEEWAY_OPTION', `schedule must be ${expected}, got ${shown(spec)}`, { cause });
  };
  if (typeof spec === 'object' && spec !== null) return everyRowsOf(spec, timeZone, refuse);
  if (typeof spec !== 'string') return refuse();
  const every = parseDuration(spec);
  if (every !== undefined) {
    if (every < SHORTEST_MS) refuse();
    return { spec, timeZone, periodMs: every, next: (after) => (Math.floor(after / every) + 1) * every };
  }
  checkTimeZone(timeZone);
  const pattern = Object.hasOwn(NAMED, spec) ? (NAMED[spec] as string) : spec;
  let cron: Cron;
  try {
    cron = new Cron(pattern, { timezone: timeZone, paused: true });
  } catch (cause) {
    return refuse(cause);
  }
  const next = (after: number): number => cron.nextRun(new Date(after))?.getTime() ?? Number.POSITIVE_INFINITY;
  const first = next(Date.UTC(2026, 0, 1));
  return { spec, timeZone, periodMs: next(first) - first, next };
}

/** How long a run by rows takes to come round is not known; for what needs a number it is a day. */
const ROWS_PERIOD_MS = 86_400_000;

function everyRowsOf(spec: EveryRows, timeZone: string, refuse: () => never): Schedule {
  const { everyRows } = spec;
  if (Object.keys(spec).length !== 1 || !(Number.isSafeInteger(everyRows) && everyRows >= 1)) refuse();
  return { spec, timeZone, everyRows, periodMs: ROWS_PERIOD_MS, next: () => Number.POSITIVE_INFINITY };
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `timeZone must be an IANA name such as 'Europe/Zurich', got ${shown(timeZone)}`,
      {
        cause,
      },
    );
  }
}
