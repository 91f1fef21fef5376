import { Cron } from 'croner';
import { LeewayError, shown } from '../leaves/errors.js';
import { DAY_MS, HOUR_MS, parseDuration } from '../leaves/time.js';
import { type CronPeriods, cronPeriods } from './cron-periods.js';

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
  /** How long from one tick to the next on average, ms. */
  readonly periodMs: number;
  /** How long from one tick to the next at most, ms. */
  readonly longestMs: number;
}

const NAMED: Readonly<Record<string, string>> = {
  hourly: '0 * * * *',
  daily: '0 0 * * *',
  weekly: '0 0 * * 1',
  monthly: '0 0 1 * *',
};

/** Known beforehand, since looking at all their ticks takes some 20 ms. */
const NAMED_PERIODS: Readonly<Record<string, CronPeriods>> = {
  hourly: { meanMs: HOUR_MS, longestMs: HOUR_MS },
  daily: { meanMs: DAY_MS, longestMs: DAY_MS },
  weekly: { meanMs: 7 * DAY_MS, longestMs: 7 * DAY_MS },
  monthly: { meanMs: (365.25 / 12) * DAY_MS, longestMs: 31 * DAY_MS },
};

/** Short names that cron patterns may have. */
const ALIASES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** A shorter period than this is no schedule for comparing windows. */
const SHORTEST_MS = 1_000;

/**
 * Reads a schedule.
 *
 * @param timeZone IANA name that named and cron schedules are meant in. @default 'UTC'
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it is none or never comes, or the time zone is unknown.
 */
export function parseSchedule(spec: ScheduleSpec, timeZone = 'UTC'): Schedule {
  const expected =
    "'hourly', 'daily', 'weekly', 'monthly', a duration such as '15m', a cron pattern, { everyRows }, or false";
  const refuse = (cause?: unknown): never => {
    throw new LeewayError('ERR_LEEWAY_OPTION', `schedule must be ${expected}, got ${shown(spec)}`, {
      cause,
    });
  };
  if (typeof spec === 'object' && spec !== null) return everyRowsOf(spec, timeZone, refuse);
  if (typeof spec !== 'string') return refuse();
  const every = parseDuration(spec);
  if (every !== undefined) {
    if (every < SHORTEST_MS) refuse();
    return {
      spec,
      timeZone,
      periodMs: every,
      longestMs: every,
      next: (after) => (Math.floor(after / every) + 1) * every,
    };
  }
  checkTimeZone(timeZone);
  const pattern = Object.hasOwn(NAMED, spec) ? (NAMED[spec] as string) : spec;
  let cron: Cron;
  let periods: CronPeriods | undefined;
  try {
    cron = new Cron(pattern, { timezone: timeZone, paused: true });
    periods = NAMED_PERIODS[spec] ?? cronPeriods(ALIASES[pattern] ?? pattern);
  } catch (cause) {
    return refuse(cause);
  }
  const next = (after: number): number =>
    cron.nextRun(new Date(after))?.getTime() ?? Number.POSITIVE_INFINITY;
  if (periods === undefined || next(Date.now()) === Number.POSITIVE_INFINITY) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `schedule ${shown(spec)} never occurs: no future day matches the pattern`,
    );
  }
  return { spec, timeZone, periodMs: periods.meanMs, longestMs: periods.longestMs, next };
}

/** How long a run by rows takes to come round is not known; for what needs a number it is a day. */
const ROWS_PERIOD_MS = DAY_MS;

function everyRowsOf(spec: EveryRows, timeZone: string, refuse: () => never): Schedule {
  const { everyRows } = spec;
  if (Object.keys(spec).length !== 1 || !(Number.isSafeInteger(everyRows) && everyRows >= 1))
    refuse();
  return {
    spec,
    timeZone,
    everyRows,
    periodMs: ROWS_PERIOD_MS,
    longestMs: ROWS_PERIOD_MS,
    next: () => Number.POSITIVE_INFINITY,
  };
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
