import { Cron } from 'croner';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../leaves/time.js';

/** After 28 years the days of the week fall on the same days of the year. */
const YEARS_MS = 28 * 365.25 * DAY_MS;
/** So many days tell how often a pattern comes, where it comes on more of them. */
const ENOUGH_DAYS = 400;
const START = Date.UTC(2024, 0, 1);

/** How often a cron pattern comes: from one tick to the next on average, and at most, in milliseconds. */
export interface CronPeriods {
  readonly meanMs: number;
  readonly longestMs: number;
}

/**
 * Looks at all ticks that a pattern has, not at the first ones: every fifth minute from 9 to 17 on workdays comes every five minutes, and not for 63 hours
 * over a weekend. The fields of a pattern are independent of each other within a day, so each is looked at by itself.
 *
 * @param pattern five, six or seven fields.
 * @returns `undefined` where no day of 28 years has a tick.
 */
export function cronPeriods(pattern: string): CronPeriods | undefined {
  const [second = '', minute = '', hour = '', ...date] = fieldsOf(pattern);
  const seconds = ticksWithin(`${second} * * * * *`, MINUTE_MS);
  const minutes = ticksWithin(`0 ${minute} * * * *`, HOUR_MS);
  const hours = ticksWithin(`0 0 ${hour} * * *`, DAY_MS);
  const days = ticksWithin(`0 0 0 ${date.join(' ')}`, YEARS_MS, ENOUGH_DAYS);
  const firstDay = days[0];
  const lastDay = days.at(-1);
  if (firstDay === undefined || lastDay === undefined) return undefined;
  const spanMs = days.length < ENOUGH_DAYS ? YEARS_MS : lastDay - firstDay;
  const dayCount = days.length < ENOUGH_DAYS ? days.length : days.length - 1;
  const first = (hours[0] ?? 0) + (minutes[0] ?? 0) + (seconds[0] ?? 0);
  const last = (hours.at(-1) ?? 0) + (minutes.at(-1) ?? 0) + (seconds.at(-1) ?? 0);
  const ends = days.length < ENOUGH_DAYS ? [...days, firstDay + YEARS_MS] : days;
  return {
    meanMs: spanMs / (dayCount * hours.length * minutes.length * seconds.length),
    longestMs: Math.max(
      widest(ends) - (last - first),
      widest(hours) - spread(minutes) - spread(seconds),
      widest(minutes) - spread(seconds),
      widest(seconds),
    ),
  };
}

/** Six fields or seven, the first of them seconds. */
function fieldsOf(pattern: string): string[] {
  const fields = pattern.trim().split(/\s+/);
  return fields.length === 5 ? ['0', ...fields] : fields;
}

/** The ticks of a pattern from midnight of a first of January on, ms after it. */
function ticksWithin(pattern: string, spanMs: number, most = Number.POSITIVE_INFINITY): number[] {
  const cron = new Cron(pattern, { timezone: 'UTC', paused: true });
  const ticks: number[] = [];
  for (let at = START - 1; ticks.length < most; ) {
    const next = cron.nextRun(new Date(at))?.getTime();
    if (next === undefined || next >= START + spanMs) break;
    ticks.push(next - START);
    at = next;
  }
  return ticks;
}

/** The widest gap between neighbours. */
function widest(ticks: readonly number[]): number {
  return ticks.reduce(
    (most, tick, index) => (index === 0 ? most : Math.max(most, tick - (ticks[index - 1] ?? tick))),
    0,
  );
}

const spread = (ticks: readonly number[]): number => (ticks.at(-1) ?? 0) - (ticks[0] ?? 0);
