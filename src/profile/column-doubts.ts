import { readString } from '../cells/read-text.js';
import type { ColumnSketches } from './column-sketches.js';
import { roundedNumbers } from './rounded-numbers.js';
import { type ColumnType, familyOf } from './schema.js';

/**
 * What of a column's values can't be read with certainty:
 * - `decimal-mark`: commas separate decimals in some values and thousands in others, or nothing says which they do;
 * - `units`: numbers stand beside several units, or percentages among other numbers;
 * - `measures`: most values look like numbers, such as `12 kg`, and can't be read as such;
 * - `date-order`: nothing says which of day and month comes first, or both orders occur;
 * - `not-numbers`: single values of a column of numbers are text;
 * - `rounded`: whole numbers are so large that their last digits are not kept, here or on their way.
 */
export interface ColumnDoubt {
  readonly column: string;
  readonly about: 'decimal-mark' | 'units' | 'measures' | 'date-order' | 'not-numbers' | 'rounded';
  /** How many rows have such a value. */
  readonly count: number;
  /** One of these values, where it is counted by name. */
  readonly example: string | undefined;
}

/** What is said of values of which there is a doubt. */
export const DOUBT_WORDS: Readonly<Record<ColumnDoubt['about'], string>> = {
  'decimal-mark': 'could have decimal commas or decimal points, and are compared as text',
  units: 'are numbers with different units, and are compared as text',
  measures: "look like numbers and can't be read as such: they are compared as text",
  'date-order':
    'are dates of which it is not known whether the day or the month is first: they are compared as text',
  'not-numbers': 'are not numbers, in a column of numbers',
  rounded:
    'are beyond 2^53, where whole numbers lose their last digits: different numbers may have become equal',
};

/** The doubts about a column. */
export function doubtsOf(
  column: string,
  type: ColumnType,
  sketches: ColumnSketches,
): readonly ColumnDoubt[] {
  const { dressed, dates, measures, counts, readings, present, namesNumbers } = sketches;
  if (present === 0) return [];
  const rounded = roundedNumbers(type, sketches);
  const large: ColumnDoubt[] =
    rounded === undefined ? [] : [{ column, about: 'rounded', ...rounded }];
  if (namesNumbers) return large;
  const doubts: ColumnDoubt[] = large;
  const doubt = (
    about: ColumnDoubt['about'],
    count: number,
    isMeant: (sort: string) => boolean,
  ): void => {
    doubts.push({ column, about, count, example: exampleOf(sketches, isMeant) });
  };
  const plain = counts.number + readings.integer + readings.decimal;
  const unsure = dressed !== undefined && dressed.strings > 0 && sketches.mark === undefined;
  if (unsure && 2 * (dressed.strings + plain) >= present) {
    const about = dressed.doubt(plain) ?? 'decimal-mark';
    doubt(about, dressed.strings, (sort) => sort === 'dressed');
  }
  if (
    dates !== undefined &&
    dates.strings > 0 &&
    sketches.order === undefined &&
    2 * dates.strings >= present
  ) {
    doubt('date-order', dates.strings, (sort) => sort === 'date');
  }
  if (familyOf(type) === 'numeric') {
    const names = counts.string - readings.integer - readings.decimal - readings.time;
    const rest = names - (dressed?.strings ?? 0) - (dates?.strings ?? 0);
    if (rest > 0)
      doubt(
        'not-numbers',
        rest,
        (sort) => sort === 'name' || sort === 'measure' || sort === 'code',
      );
  } else if (2 * (measures + plain) > present && measures > 0) {
    doubt('measures', measures, (sort) => sort === 'measure');
  }
  return doubts;
}

function exampleOf(
  { items }: ColumnSketches,
  isMeant: (sort: string) => boolean,
): string | undefined {
  return items.entries().find(([name]) => isMeant(readString(name).sort))?.[0];
}
