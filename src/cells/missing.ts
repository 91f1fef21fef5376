import { LeewayError, shown } from '../leaves/errors.js';

/**
 * The words that stand for a missing value where nothing else is said: those that pandas takes for one in CSV, and `\N`,
 * which databases write.
 */
export const MISSING_WORDS: readonly string[] = [
  ...[
    '',
    '#N/A',
    '#N/A N/A',
    '#NA',
    '-1.#IND',
    '-1.#QNAN',
    '-NaN',
    '-nan',
    '1.#IND',
    '1.#QNAN',
    '<NA>',
    'N/A',
    'NA',
  ],
  ...['NULL', 'NaN', 'None', 'n/a', 'nan', 'null', '\\N'],
];

const DEFAULT: ReadonlySet<string> = new Set(MISSING_WORDS);
const LONGEST_DEFAULT = 8;
const MOST_WORDS = 1_000;

/** Which strings are missing values. */
export type MissingWords = ReadonlySet<string>;

/**
 * Checks the words that stand for a missing value.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where they are not a list of strings.
 */
export function missingWords(words: unknown): MissingWords {
  if (words === undefined) return DEFAULT;
  const sound =
    Array.isArray(words) &&
    words.length <= MOST_WORDS &&
    words.every((word) => typeof word === 'string');
  if (sound) return new Set(words);
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `missing must be a list of words such as ['', 'NA'], got ${shown(words)}`,
  );
}

/** Whether a string is one of the words, with or without blanks around it. */
export function isMissing(text: string, words: MissingWords): boolean {
  if (words === DEFAULT && text.length > LONGEST_DEFAULT && !isBlank(text.charCodeAt(0))) {
    return text === '#N/A N/A' || text === '-1.#QNAN';
  }
  if (words.has(text)) return true;
  const trimmed = text.trim();
  return trimmed.length < text.length && words.has(trimmed);
}

const isBlank = (code: number): boolean => code <= 32 || code === 0xa0;
