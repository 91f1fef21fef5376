/** What a string of plain digits is. */
export type NumberSort = 'integer' | 'decimal' | 'code' | 'infinite';

/** Longer strings are never numbers. */
export const LONGEST_NUMBER = 40;

const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const SMALL_E = 101;

/**
 * What a string of digits is, or `undefined` if it is not a plain number: an optional sign, digits, an optional point
 * and exponent. Digits after a needless zero are a code (a zip code, 02139).
 *
 * CSV columns consist of such strings: this is one pass over the characters and allocates nothing.
 */
export function numberSort(text: string): NumberSort | undefined {
  const { length } = text;
  if (length > LONGEST_NUMBER) return undefined;
  const start = isSign(text.charCodeAt(0)) ? 1 : 0;
  const point = endOfDigits(text, start);
  if (point === length) {
    if (point === start) return undefined;
    return point - start > 1 && text.charCodeAt(start) === ZERO ? 'code' : 'integer';
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
  // Forty characters reach infinity only with an exponent.
  return hasExponent && !Number.isFinite(Number(text)) ? 'infinite' : 'decimal';
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= NINE) at += 1;
  return at;
}

const isSign = (code: number): boolean => code === PLUS || code === MINUS;

/** How the decimals of numbers are separated: `12.5` or `12,5`. */
export type DecimalMark = 'point' | 'comma';

/**
 * A number that is written with more than digits and a point: `1,234.50`, `12,5`, `€ 3`, `12 %`, `0x1F`, `١٢`.
 * The marks of one string do not always say which is the decimal mark, so it has a value for each; NaN where the string
 * is not a number by that mark.
 */
export interface DressedNumber {
  readonly point: number;
  readonly comma: number;
  /** What stands beside the digits: a currency, `%`, `hex`; `''` where nothing does. */
  readonly unit: string;
}

const INFINITE = /^([+-]?)inf(?:inity)?$/i;
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]{1,13})$/i;
const CURRENCY =
  /^(?:R\$|US\$|\p{Sc}|USD|EUR|GBP|CHF|JPY|CNY|INR|RUB|BRL|AUD|CAD|SEK|NOK|DKK|PLN|CZK|HUF|kr\.?|zł|Rs\.?|Fr\.?)$/u;
const PARTS = /^(\D*?)([\d.,](?:[\d.,' _]*[\d.,])?(?:[eE][+-]?\d+)?)(\D*)$/u;
const FOREIGN = /[^\x20-\x7e]/;
const SOME_DIGIT = /\p{Nd}/u;

/** `inf` and `Infinity` in the dresses that Python and pandas write; `undefined` for anything else. */
export function infiniteText(text: string): number | undefined {
  const found = INFINITE.exec(text);
  if (found === null) return undefined;
  return found[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Reads a number that is not plain; `undefined` if the string is no number in any of the known dresses. */
export function dressedNumber(given: string): DressedNumber | undefined {
  if (given.length > LONGEST_NUMBER || !SOME_DIGIT.test(given)) return undefined;
  let text = (FOREIGN.test(given) ? inAscii(given) : given).trim();
  const hexadecimal = HEXADECIMAL.exec(text);
  if (hexadecimal !== null) {
    const value = Number(`0x${hexadecimal[2]}`) * (hexadecimal[1] === '-' ? -1 : 1);
    return { point: value, comma: value, unit: 'hex' };
  }
  // Accounting writes (12.50) for −12.50, SAP 12.50-.
  let sign = 1;
  const negative = /^\((.*)\)$/.exec(text)?.[1] ?? /^(.*\d)\s?-$/.exec(text)?.[1];
  if (negative !== undefined) {
    sign = -1;
    text = negative.trim();
  }
  const parts = PARTS.exec(text);
  if (parts === null) return undefined;
  const [, before = '', digits = '', after = ''] = parts;
  const signs = [...before.replace(/[^+-]/g, '')];
  if (signs.length > 1 || (signs.length === 1 && sign < 0)) return undefined;
  if (signs[0] === '-') sign = -1;
  const unit = unitOf(before.replace(/[+-]/, '').trim(), after.trim());
  if (unit === undefined) return undefined;
  const point = groupedNumber(digits, '.', ',', unit);
  const comma = groupedNumber(digits, ',', '.', unit);
  return Number.isNaN(point) && Number.isNaN(comma)
    ? undefined
    : { point: sign * point, comma: sign * comma, unit };
}

/** Digits of other scripts as ours, and the marks and blanks that go with them. */
function inAscii(text: string): string {
  return text
    .replace(/\p{Nd}/gu, (digit) => String(digitValue(digit.codePointAt(0) as number)))
    .replace(/[\u2212\ufe63\uff0d]/g, '-')
    .replace(/[\u066b\uff0e]/g, '.')
    .replace(/[\u066c\uff0c]/g, ',')
    .replace(/\u066a/g, '%')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u00a0\u2007\u2009\u202f]/g, ' ');
}

/** Unicode has decimal digits in runs of ten, each of which begins with its zero. */
function digitValue(code: number): number {
  // The one block in which runs follow each other without a gap.
  if (code >= 0x1d7ce && code <= 0x1d7ff) return (code - 0x1d7ce) % 10;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return code - zero;
}

/** The unit beside the digits; `undefined` where it is not one that is known. */
function unitOf(before: string, after: string): string | undefined {
  if (before !== '' && after !== '') return undefined;
  const unit = before || after;
  if (unit === '') return '';
  if (after === '%' || after === '‰') return after;
  return CURRENCY.test(unit) ? unit : undefined;
}

/** The value of digits in which `mark` separates the decimals and `group`, a blank or ' the thousands; NaN if it is none. */
function groupedNumber(text: string, mark: string, group: string, unit: string): number {
  const [, digits = '', exponent = ''] = /^(.*?)([eE][+-]?\d+)?$/.exec(text) ?? [];
  const parts = digits.split(mark);
  if (parts.length > 2) return Number.NaN;
  const [whole = '', fraction = ''] = parts;
  if (!/^\d*$/.test(fraction)) return Number.NaN;
  const plain = ungrouped(whole, group);
  if (plain === undefined || plain + fraction === '') return Number.NaN;
  const power = Number(exponent.slice(1)) - ({ '%': 2, '‰': 3 }[unit] ?? 0);
  const value = Number(`${plain || '0'}.${fraction || '0'}e${power}`);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** The digits of a whole number without its groups of three (or, in India, two); `undefined` if they are grouped otherwise. */
function ungrouped(whole: string, group: string): string | undefined {
  if (/^\d*$/.test(whole)) return whole;
  if (/^\d+(?:_\d+)+$/.test(whole)) return whole.replaceAll('_', '');
  const mark = [group, "'", ' '].find((candidate) => whole.includes(candidate));
  if (mark === undefined) return undefined;
  const groups = whole.split(mark);
  const [first = '', ...rest] = groups;
  if (!/^[1-9]\d{0,2}$/.test(first) || rest.at(-1)?.length !== 3) return undefined;
  const ofThree = rest.every((digits) => /^\d{3}$/.test(digits));
  const ofTwo =
    mark === ',' &&
    first.length <= 2 &&
    rest.slice(0, -1).every((digits) => /^\d{2}$/.test(digits));
  return ofThree || (ofTwo && /^\d{3}$/.test(rest.at(-1) as string)) ? groups.join('') : undefined;
}

/** What a plain decimal would be if its point separated thousands: 1.234 as 1234; NaN where it can't. */
export function thousandsByPoint(text: string): number {
  return /^[+-]?[1-9]\d{0,2}\.\d{3}$/.test(text) ? Number(text.replace('.', '')) : Number.NaN;
}

/** A number, then a blank and a word, or a unit that is often written without one. */
const MEASURE =
  /^[<>≤≥~≈=]{0,2}\s?[+-]?\p{Sc}?(?:0|[1-9][\d,']*)(?:[.,]\d+)?(?:\s[\p{L}%°µ²³/]{1,6}\.?|[kKmMbB]|[kmcµn]?[gmlsVWA]|[kmM]?Wh|[kMGT]B|°[CF]?|min|px|bn|mn|h|x|km\/h)?$/u;

/** Whether a string that is no number to us is written like one: `12 kg`, `>100`, `~5`, `3.5M`. */
export const looksNumeric = (text: string): boolean =>
  text.length <= LONGEST_NUMBER && MEASURE.test(text);
