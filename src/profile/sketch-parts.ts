import type { DecimalMark } from '../cells/number-text.js';
import type { FrequentItems } from '../sketch/frequent-items.js';
import type { DateOrders } from './date-orders.js';
import type { DressedNumbers } from './dressed-numbers.js';
import type { ListSummary } from './list-summary.js';
import type { NumberSummary } from './number-summary.js';
import type { TextSummary } from './text-summary.js';
import type { ReadingCounts, Tally, ValueCounts } from './value-counts.js';
import type { VectorSummary } from './vector-summary.js';

/** The counts and sketches that a column is made of. */
export interface SketchParts {
  readonly counts: Tally<ValueCounts>;
  readonly readings: Tally<ReadingCounts>;
  /** Finite numbers, and strings that are plain numbers. */
  numbers: NumberSummary;
  times: NumberSummary | undefined;
  items: FrequentItems;
  texts: TextSummary | undefined;
  vectors: VectorSummary | undefined;
  lists: ListSummary | undefined;
  dressed: DressedNumbers | undefined;
  dates: DateOrders | undefined;
  /** Strings that look like numbers and are none that can be read. */
  measures: number;
  /** Strings such as `1.0`: whole, though written with a point. */
  wholeDecimals: number;
}

/** The same, with what they say together. */
export interface ReadSketches extends SketchParts {
  /** Whether its type is fixed as one whose numbers are names. */
  readonly namesNumbers: boolean;
  /** What separates the decimals of its numbers, where some have a dress and all can be read. */
  readonly mark: DecimalMark | undefined;
  /** How many strings are numbers in a dress that can be read. */
  readonly dressedStrings: number;
  /** How many strings are dates whose order is certain. */
  readonly orderedDates: number;
  /** How many strings are whole numbers. */
  readonly wholeStrings: number;
  /** All its times, in epoch ms. */
  allTimes(): NumberSummary;
}
