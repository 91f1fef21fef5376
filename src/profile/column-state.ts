import type { MissingWords } from '../cells/missing.js';
import { LeewayError } from '../leaves/errors.js';
import { FrequentItems, type FrequentItemsState } from '../sketch/frequent-items.js';
import { DateOrders, type DateOrdersState } from './date-orders.js';
import { DressedNumbers, type DressedNumbersState } from './dressed-numbers.js';
import { ListSummary, type ListSummaryState } from './list-summary.js';
import { NumberSummary, type NumberSummaryState } from './number-summary.js';
import { checkedCount } from './plain.js';
import { isCounterName, RisingNumbers, type RisingNumbersState } from './rising-numbers.js';
import { type ColumnType, isColumnType } from './schema.js';
import { TextSummary, type TextSummaryState } from './text-summary.js';
import {
  checkedCounts,
  NO_READINGS,
  NO_VALUES,
  type ReadingCounts,
  type ValueCounts,
} from './value-counts.js';
import { VectorSummary, type VectorSummaryState } from './vector-summary.js';

/** What a column is made of. */
export interface ColumnParts {
  /** Its declared or frozen type; without, it is inferred from the values. */
  readonly fixed?: ColumnType | undefined;
  /** Whether '' is missing whatever words are. @default false */
  readonly emptyIsMissing?: boolean | undefined;
  /** The strings that stand for a missing value. @default none, or '' with `emptyIsMissing` */
  readonly missing?: MissingWords | undefined;
  readonly counts?: ValueCounts;
  readonly readings?: ReadingCounts;
  readonly numbers?: NumberSummary;
  readonly times?: NumberSummary | undefined;
  readonly items?: FrequentItems;
  readonly texts?: TextSummary | undefined;
  readonly vectors?: VectorSummary | undefined;
  readonly lists?: ListSummary | undefined;
  readonly dressed?: DressedNumbers | undefined;
  readonly dates?: DateOrders | undefined;
  readonly rising?: RisingNumbers | undefined;
  /** Strings that look like numbers and can't be read. @default 0 */
  readonly measures?: number;
  /** Strings such as `1.0`, which are whole. @default 0 */
  readonly wholeDecimals?: number;
}

/** A column as plain data, for an encoding to carry. */
export interface ColumnState {
  readonly name: string;
  readonly type: ColumnType | undefined;
  readonly emptyIsMissing: true | undefined;
  readonly counts: ValueCounts;
  readonly readings: ReadingCounts;
  readonly numbers: NumberSummaryState | undefined;
  readonly times: NumberSummaryState | undefined;
  readonly items: FrequentItemsState;
  readonly texts: TextSummaryState | undefined;
  readonly vectors: VectorSummaryState | undefined;
  readonly lists?: ListSummaryState | undefined;
  readonly dressed?: DressedNumbersState | undefined;
  readonly dates?: DateOrdersState | undefined;
  readonly rising?: RisingNumbersState | undefined;
  readonly measures?: number | undefined;
  readonly wholeDecimals?: number | undefined;
}

type WholeParts = ColumnParts &
  Required<Pick<ColumnParts, 'counts' | 'readings' | 'numbers' | 'items'>>;

/** The parts of a column as plain data; what is empty is left out. */
export function encodeColumn(name: string, parts: WholeParts): ColumnState {
  return {
    name,
    type: parts.fixed,
    emptyIsMissing: parts.emptyIsMissing === true || undefined,
    counts: { ...parts.counts },
    readings: { ...parts.readings },
    numbers: parts.numbers.count > 0 ? parts.numbers.toState() : undefined,
    times: parts.times?.toState(),
    items: parts.items.toState(),
    texts: parts.texts?.toState(),
    vectors: parts.vectors?.toState(),
    lists: parts.lists?.toState(),
    dressed: parts.dressed?.toState(),
    dates: parts.dates?.toState(),
    rising: isCounterName(name) ? parts.rising?.toState() : undefined,
    measures: parts.measures || undefined,
    wholeDecimals: parts.wholeDecimals || undefined,
  };
}

/**
 * The parts of a column from plain data of unknown origin.
 *
 * @throws LeewayError `ERR_LEEWAY_FORMAT`, or whatever reading what isn't there throws, where they can't be a column's.
 */
export function decodeColumn(
  state: ColumnState,
  missing?: MissingWords,
): { readonly name: string; readonly parts: WholeParts } {
  const { name, type } = state;
  if (typeof name !== 'string') throw refused('a column has no name');
  if (type !== undefined && !isColumnType(type)) throw refused('a column has an unknown type');
  const parts = {
    fixed: type,
    emptyIsMissing: state.emptyIsMissing === true,
    missing,
    counts: checkedCounts(NO_VALUES, state.counts, 'the count of values'),
    readings: checkedCounts(NO_READINGS, state.readings, 'the count of readings'),
    numbers:
      state.numbers === undefined ? new NumberSummary() : NumberSummary.fromState(state.numbers),
    times: state.times === undefined ? undefined : NumberSummary.fromState(state.times),
    items: FrequentItems.fromState(state.items),
    texts: state.texts === undefined ? undefined : TextSummary.fromState(state.texts),
    vectors: state.vectors === undefined ? undefined : VectorSummary.fromState(state.vectors),
    lists: state.lists === undefined ? undefined : ListSummary.fromState(state.lists),
    dressed: state.dressed === undefined ? undefined : DressedNumbers.fromState(state.dressed),
    dates: state.dates === undefined ? undefined : DateOrders.fromState(state.dates),
    rising: state.rising === undefined ? undefined : RisingNumbers.fromState(state.rising),
    measures: checkedCount(state.measures ?? 0, 'the number of its measures'),
    wholeDecimals: checkedCount(state.wholeDecimals ?? 0, 'the number of its whole decimals'),
  };
  const { counts, readings } = parts;
  const { integer, decimal, code, truth, time } = readings;
  if (readings.whole > counts.number || integer + decimal + code + truth + time > counts.string) {
    throw refused('a column has more readings than values');
  }
  if ((parts.vectors?.count ?? 0) !== counts.vector)
    throw refused('a column has other vectors than it counts');
  return { name, parts };
}

const refused = (why: string): LeewayError =>
  new LeewayError('ERR_LEEWAY_FORMAT', `not a leeway profile: ${why}`);
