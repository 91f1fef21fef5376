import { readPeriod } from './period-text.js';

/** A day and a time of day, as epoch ms. */
export interface TimeReading {
  /** Which of day and month comes first: `any` where the string says so itself, or both are one number. */
  readonly order: 'any' | 'day-first' | 'month-first' | 'unknown';
  /** Epoch ms if the day comes first, and if the month does; NaN where that is no date. */
  readonly dayFirst: number;
  readonly monthFirst: number;
}

const CLOCK =
  /(?:[T ,]\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?([AaPp]\.?[Mm]\.?)?\s?(UTC|GMT|Z|z|[+-]\d\d(?::?\d\d)?)?)?/
    .source;
const YEAR_FIRST = new RegExp(`^(\\d{4})([-/.])(\\d{1,2})\\2(\\d{1,2})${CLOCK}$`);
const YEAR_LAST = new RegExp(`^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4}|\\d\\d)${CLOCK}$`);
const WEEKDAY = '(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\\s+)?';
const DAY_MONTH = new RegExp(
  `^${WEEKDAY}(\\d{1,2})[- ./]?([a-z]{3,9})\\.?,?[- ./]?(\\d{4}|\\d\\d)${CLOCK}$`,
  'i',
);
const MONTH_DAY = new RegExp(`^${WEEKDAY}([a-z]{3,9})\\.?\\s(\\d{1,2}),?\\s(\\d{4})${CLOCK}$`, 'i');
/** Other ways to write a moment, each with the same in one of the forms above. */
const REWRITTEN: readonly (readonly [form: RegExp, known: string])[] = [
  // ISO 8601 in its basic form: 20241231T140506Z.
  [/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d(?:[.,]\d{1,9})?)(?=$|Z|[+-]\d)/, '$1-$2-$3T$4:$5:$6'],
  // Logs of web servers: 31/Dec/2024:14:05:06 +0000.
  [/^(\d{1,2})\/([a-z]{3})\/(\d{4}):(?=\d)/i, '$1 $2 $3 '],
  // The year first and the month by its name: 2024-Dec-31.
  [/^(\d{4})[-/ ]([a-z]{3,9})[-/ ](\d{1,2})(?=$|[T ,])/i, '$3 $2 $1'],
  // A month by its name alone: Dec 2024, which begins on its first day.
  [/^([a-z]{3,9})\.?[- /](\d{4})$/i, '1 $1 $2'],
  // C's asctime: Tue Dec 31 14:05:06 2024.
  [/^([a-z]{3} [a-z]{3}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})$/i, '$1 $2 $4 $3'],
];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
/** Two digits up to this are years of this century, as POSIX has it. */
const LAST_OF_CENTURY = 68;

/** Reads a date, with or without a time of day; without a zone it is UTC, on every machine. */
export function readTime(text: string): TimeReading | undefined {
  if (!/\d/.test(text)) return undefined;
  const yearFirst = YEAR_FIRST.exec(text);
  if (yearFirst !== null) {
    const [, year, , month, day] = yearFirst;
    return certain(moment(Number(year), Number(month), Number(day), yearFirst.slice(5)));
  }
  const yearLast = YEAR_LAST.exec(text);
  if (yearLast !== null) return fromYearLast(yearLast);
  const dayMonth = DAY_MONTH.exec(text);
  if (dayMonth !== null) {
    const [, day, month, year] = dayMonth;
    return certain(moment(yearOf(year), monthOf(month), Number(day), dayMonth.slice(4)));
  }
  const monthDay = MONTH_DAY.exec(text);
  if (monthDay === null) return rewritten(text);
  const [, month, day, year] = monthDay;
  return certain(moment(Number(year), monthOf(month), Number(day), monthDay.slice(4)));
}

function rewritten(text: string): TimeReading | undefined {
  const found = REWRITTEN.find(([form]) => form.test(text));
  if (found !== undefined) return readTime(text.replace(...found));
  const period = readPeriod(text);
  return period === undefined ? undefined : certain(period);
}

/** A year of four digits, or of two. */
function yearOf(digits = ''): number {
  const year = Number(digits);
  if (digits.length !== 2) return year;
  return year + (year <= LAST_OF_CENTURY ? 2000 : 1900);
}

const certain = (at: number): TimeReading | undefined =>
  Number.isNaN(at) ? undefined : { order: 'any', dayFirst: at, monthFirst: at };

function fromYearLast(found: RegExpExecArray): TimeReading | undefined {
  const [, first, mark, second, digits] = found;
  const clock = found.slice(5);
  const short = digits?.length === 2;
  // 10.12.24 may as well be a version, and 10-12-24 a number of something.
  if (short && mark !== '/') return undefined;
  const year = yearOf(digits);
  const dayFirst = moment(year, Number(second), Number(first), clock);
  // Where points separate them, the day comes first everywhere.
  if (mark === '.') return certain(dayFirst);
  const monthFirst = moment(year, Number(first), Number(second), clock);
  if (Number.isNaN(dayFirst) && Number.isNaN(monthFirst)) return undefined;
  if (Number.isNaN(monthFirst)) return { order: 'day-first', dayFirst, monthFirst };
  if (Number.isNaN(dayFirst)) return { order: 'month-first', dayFirst, monthFirst };
  return { order: dayFirst === monthFirst ? 'any' : 'unknown', dayFirst, monthFirst };
}

/** 1 … 12 of an English name or its first three letters, else 0. */
function monthOf(name = ''): number {
  const small = name.toLowerCase();
  return (
    MONTHS.findIndex(
      (month) => month === small || (small.length <= 4 && month.startsWith(small.slice(0, 3))),
    ) + 1
  );
}

/** Epoch ms, or NaN where there is no such day or time. `Date.parse` would read some forms in the machine's zone. */
function moment(
  year: number,
  month: number,
  day: number,
  clock: readonly (string | undefined)[],
): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return Number.NaN;
  const [hours, minutes = '0', seconds = '0', decimals, half, zone] = clock;
  if (hours === undefined) return date.getTime();
  const hour = hourOf(Number(hours), half);
  const minute = Number(minutes);
  const second = Number(seconds);
  if (!(hour >= 0 && hour <= 24) || minute > 59 || second > 60) return Number.NaN;
  const fraction = decimals === undefined ? 0 : Number(`0.${decimals}`);
  const wholeSeconds = (hour * 60 + minute - zoneMinutes(zone)) * 60 + second;
  // Whole milliseconds, as dates have them.
  return date.getTime() + wholeSeconds * 1000 + Math.floor(Number((fraction * 1000).toFixed(6)));
}

function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return Number.NaN;
  return (hour % 12) + (/^p/i.test(half) ? 12 : 0);
}

function zoneMinutes(zone: string | undefined): number {
  if (zone === undefined || !/^[+-]/.test(zone)) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', '') || 0);
  return zone.startsWith('-') ? -minutes : minutes;
}

/** In what times are counted when they are written as numbers. */
export type TimeUnit = 's' | 'ms' | 'µs' | 'ns' | 'yyyymmdd';

/** From 9 September 2001, when epoch seconds became ten digits, to the beginning of 2050. */
const EPOCH_FROM = 1e9;
const EPOCH_TO = 2_524_608_000;
const PER_SECOND: readonly (readonly [unit: TimeUnit, per: number])[] = [
  ['s', 1],
  ['ms', 1e3],
  ['µs', 1e6],
  ['ns', 1e9],
];

/** The unit in which all numbers between two are times of our days; `undefined` if there is none. */
export function epochUnit(min: number, max: number): TimeUnit | undefined {
  return PER_SECOND.find(([, per]) => min >= EPOCH_FROM * per && max < EPOCH_TO * per)?.[0];
}

/** Epoch ms of a time that is written as a number; NaN where a number of eight digits is no day. */
export function epochMs(value: number, unit: TimeUnit): number {
  if (unit === 'yyyymmdd') {
    const year = Math.floor(value / 10_000);
    const month = Math.floor(value / 100) % 100;
    const day = value % 100;
    return year >= 1900 && year < 2100 ? moment(year, month, day, []) : Number.NaN;
  }
  const per = PER_SECOND.find(([name]) => name === unit)?.[1] ?? 1;
  return (value * 1e3) / per;
}
