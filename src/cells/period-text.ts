const DAY_MS = 86_400_000;

const WEEK = /^(\d{4})-?W(\d\d)(?:-?([1-7]))?$/i;
const QUARTER = /^(\d{4})[-\s/]?Q([1-4])$/i;
const QUARTER_FIRST = /^Q([1-4])[-\s/](\d{4})$/i;
const MONTH = /^(\d{4})[-/](\d\d)$/;

/**
 * Epoch ms at which a week (`2023-W01`), a quarter (`2023-Q1`, `Q1 2023`) or a month (`2023-01`) begins; `undefined` where the text
 * names none.
 */
export function readPeriod(text: string): number | undefined {
  const week = WEEK.exec(text);
  if (week !== null) return startOfWeek(Number(week[1]), Number(week[2]), Number(week[3] ?? 1));
  const quarter = QUARTER.exec(text);
  if (quarter !== null) return startOfMonth(Number(quarter[1]), 3 * Number(quarter[2]) - 2);
  const quarterFirst = QUARTER_FIRST.exec(text);
  if (quarterFirst !== null)
    return startOfMonth(Number(quarterFirst[2]), 3 * Number(quarterFirst[1]) - 2);
  const month = MONTH.exec(text);
  return month === null ? undefined : startOfMonth(Number(month[1]), Number(month[2]));
}

/** Of our days: 1234-05 is a number of something. */
function startOfMonth(year: number, month: number): number | undefined {
  return isOurs(year) && month >= 1 && month <= 12 ? Date.UTC(year, month - 1, 1) : undefined;
}

/** A day of a week by ISO 8601: the week with 4 January in it is the first, and weeks begin on Mondays. */
function startOfWeek(year: number, week: number, day: number): number | undefined {
  if (!isOurs(year) || week < 1 || week > 53) return undefined;
  const fourth = Date.UTC(year, 0, 4);
  const sinceMonday = (new Date(fourth).getUTCDay() + 6) % 7;
  return fourth + (7 * (week - 1) + day - 1 - sinceMonday) * DAY_MS;
}

const isOurs = (year: number): boolean => year >= 1900 && year < 2100;
