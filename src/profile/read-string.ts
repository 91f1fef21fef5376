/**
 * What a string says, beyond being a name:
 * - `integer`, `decimal`: a number, as CSV delivers it, and its value;
 * - `code`: digits that begin with a needless zero, such as the zip code 02139: never a number;
 * - `truth`: true or false, in whatever case;
 * - `time`: an ISO 8601 date or time of day on a date, and its epoch ms; without a zone it is UTC, on every machine;
 * - `name`: anything else. Digits beyond what a float64 holds are names: they identify.
 */
export type StringSort = 'integer' | 'decimal' | 'code' | 'truth' | 'time' | 'name';

export interface StringReading {
  readonly sort: StringSort;
  /** Of numbers and times; else 0. */
  readonly value: number;
}

const LONGEST_READ = 40;
const MAX_DIGITS = 15;
const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?)?$/;

const [PLUS, MINUS, POINT, ZERO, NINE, SMALL_E] = [43, 45, 46, 48, 57, 101];

const NAME: StringReading = { sort: 'name', value: 0 };
const TRUTH: StringReading = { sort: 'truth', value: 0 };
const UNNUMBERED = { code: { sort: 'code', value: 0 }, name: NAME } as const;

/** Reads one string. Strings of more than 40 characters are names. */
export function readString(text: string): StringReading {
  const { length } = text;
  if (length === 0 || length > LONGEST_READ) return NAME;
  const first = text.charCodeAt(0);
  if (first > 57) return isTruth(text) ? TRUTH : NAME;
  if (first < 48 && first !== 43 && first !== 45 && first !== 46) return NAME;
  const sort = numberSort(text);
  if (sort !== undefined) return sort === 'code' || sort === 'name' ? UNNUMBERED[sort] : { sort, value: Number(text) };
  const value = readTime(text);
  return Number.isNaN(value) ? NAME : { sort: 'time', value };
}

/**
 * What a string of digits is, or `undefined` where it is none: an optional sign, digits, an optional point and exponent.
 * Columns of CSV are made of these, so it is one pass over the characters and makes nothing.
 */
export function numberSort(text: string): 'integer' | 'decimal' | 'code' | 'name' | undefined {
  const { length } = text;
  if (length > LONGEST_READ) return undefined;
  const start = isSign(text.charCodeAt(0)) ? 1 : 0;
  const point = endOfDigits(text, start);
  if (point === length) {
    if (point === start) return undefined;
    if (point - start > 1 && text.charCodeAt(start) === ZERO) return 'code';
    return length > MAX_DIGITS ? 'name' : 'integer';
  }
  const hasPoint = text.charCodeAt(point) === POINT;
  let at = hasPoint ? endOfDigits(text, point + 1) : point;
  if (at - start === (hasPoint ? 1 : 0)) return undefined;
  const hasExponent = at < length && (text.charCodeAt(at) | 32) === SMALL_E;
  if (hasExponent) {
    const digits = at + (isSign(text.charCodeAt(at + 1)) ? 2 : 1);
    at = endOfDigits(text, digits);
    if (at === digits) return undefined;
  }
  if (at !== length) return undefined;
  // Forty characters reach infinity with an exponent only.
  return hasExponent && !Number.isFinite(Number(text)) ? 'name' : 'decimal';
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= NINE) at += 1;
  return at;
}

const isSign = (code: number): boolean => code === PLUS || code === MINUS;

/** Under which name a string is counted: those that say true or false under that, in small letters. */
export function categoryOf(text: string): string {
  return isTruth(text) ? text.toLowerCase() : text;
}

function isTruth(text: string): boolean {
  if (text.length !== 4 && text.length !== 5) return false;
  const word = text.toLowerCase();
  return word === 'true' || word === 'false';
}

/** Epoch ms, or NaN where it is no date of the calendar. `Date.parse` would read some forms in the machine's zone. */
function readTime(text: string): number {
  const parts = TIME.exec(text);
  if (parts === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return Number.NaN;
  if (hour > 24 || minute > 59 || second > 60) return Number.NaN;
  const fraction = parts[7] === undefined ? 0 : Number(`0.${parts[7]}`);
  return date.getTime() + ((hour * 60 + minute - zoneMinutes(parts[8])) * 60 + second + fraction) * 1000;
}

function zoneMinutes(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', '') || 0);
  return zone.startsWith('-') ? -minutes : minutes;
}
