import {
  dressedNumber,
  infiniteText,
  LONGEST_NUMBER,
  looksNumeric,
  numberSort,
  thousandsByPoint,
} from './number-text.js';
import { readTime } from './time-text.js';

/**
 * What a string says, beyond being a name:
 * - `integer`, `decimal`: a plain number. `infinite`: one beyond what a float64 holds, or `inf`;
 * - `dressed`: a number that is written with thousands, a decimal comma, a currency, a percent sign or other digits;
 * - `code`: digits that begin with a needless zero, such as the zip code 02139: never a number;
 * - `truth`: true or false, in whatever case;
 * - `time`: a date, or a time of day on a date, whose order of day and month is certain;
 * - `date`: one whose order of day and month only its column can tell;
 * - `name`: anything else; `measure` where it looks like a number that is not understood, such as `12 kg`.
 */
export type StringSort =
  | 'integer'
  | 'decimal'
  | 'infinite'
  | 'dressed'
  | 'code'
  | 'truth'
  | 'time'
  | 'date'
  | 'measure'
  | 'name';

export interface StringReading {
  readonly sort: StringSort;
  /** The number, or epoch ms; of a `dressed` one by a decimal point, of a `date` with the day first; else 0. */
  readonly value: number;
  /**
   * The value by the other convention: of numbers by a decimal comma, of dates with the month first. NaN where it has
   * none. Absent where both are one.
   */
  readonly other?: number;
  /** The unit of a `dressed` number. */
  readonly unit?: string;
}

const NAME: StringReading = { sort: 'name', value: 0 };
const CODE: StringReading = { sort: 'code', value: 0 };
const MEASURE: StringReading = { sort: 'measure', value: 0 };
const TRUTH: StringReading = { sort: 'truth', value: 0 };

/** Reads one string; blanks around it don't matter. Strings of more than 40 characters are names. */
export function readString(given: string): StringReading {
  const text = trimmed(given);
  const { length } = text;
  if (length === 0 || length > LONGEST_NUMBER) return NAME;
  const first = text.charCodeAt(0);
  // Most strings that are no numbers begin with a letter.
  if (first > 57 && first < 128) return readWord(text, first);
  const sort = numberSort(text);
  if (sort === 'code') return CODE;
  if (sort === 'integer') return { sort, value: Number(text) };
  if (sort !== undefined) return { sort, value: Number(text), other: thousandsByPoint(text) };
  return readTimeOrNumber(text);
}

const SMALL_I = 105;
/** How dates and prices begin that begin with a letter. */
const WORDS_BEFORE =
  /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|q[1-4][-\s/]|R\$|US\$|Rs|Fr|kr|[A-Z]{3}\s?[\d+-])/i;

function readWord(text: string, first: number): StringReading {
  if (isTruth(text)) return TRUTH;
  if ((first | 32) === SMALL_I) {
    const infinite = infiniteText(text);
    if (infinite !== undefined) return { sort: 'infinite', value: infinite };
  }
  return WORDS_BEFORE.test(text) ? readTimeOrNumber(text) : NAME;
}

function readTimeOrNumber(text: string): StringReading {
  const infinite = infiniteText(text);
  if (infinite !== undefined) return { sort: 'infinite', value: infinite };
  const time = readTime(text);
  if (time !== undefined) {
    if (time.order === 'any') return { sort: 'time', value: time.dayFirst };
    return { sort: 'date', value: time.dayFirst, other: time.monthFirst };
  }
  const number = dressedNumber(text);
  if (number !== undefined)
    return { sort: 'dressed', value: number.point, other: number.comma, unit: number.unit };
  return looksNumeric(text) ? MEASURE : NAME;
}

/** The string without blanks around it; most have none, and are not copied. */
function trimmed(text: string): string {
  const { length } = text;
  if (length === 0) return text;
  return isBlank(text.charCodeAt(0)) || isBlank(text.charCodeAt(length - 1)) ? text.trim() : text;
}

const isBlank = (code: number): boolean => code <= 32 || code === 0xa0;

/** Under which name a string is counted: those that say true or false under that, in small letters. */
export function categoryOf(text: string): string {
  return isTruth(text) ? text.toLowerCase() : text;
}

/** The name of a string in a column whose numbers are names: 1.0 is the category 1; codes stay as they are written. */
export function categoryCodeOf(text: string): string {
  const { sort, value } = readString(text);
  return sort === 'integer' || sort === 'decimal' ? String(value) : categoryOf(text);
}

function isTruth(text: string): boolean {
  if (text.length !== 4 && text.length !== 5) return false;
  const word = text.toLowerCase();
  return word === 'true' || word === 'false';
}
