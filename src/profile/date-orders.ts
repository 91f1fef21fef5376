import { NumberSummary, type NumberSummaryState } from './number-summary.js';
import { checkedCount } from './plain.js';

/** Which of day and month comes first in a date such as 03/04/2026. */
export type DateOrder = 'day-first' | 'month-first';

/** Dates of unknown order as plain data. */
export interface DateOrdersState {
  readonly strings: number;
  readonly dayFirst: NumberSummaryState | undefined;
  readonly monthFirst: NumberSummaryState | undefined;
}

/** So many dates show by how close together they are which order they have … */
const LEAST_DATES = 10;
/** … where one order spreads them over so many times as long. */
const WIDER = 2;

/**
 * Dates whose order only the column can tell, read once with the day and once with the month first. A date that is no
 * day by one of them ends that story; where none does, dates lie close together by the right one. Mergeable.
 */
export class DateOrders {
  strings = 0;
  dayFirst: NumberSummary | undefined = new NumberSummary();
  monthFirst: NumberSummary | undefined = new NumberSummary();

  add(dayFirst: number, monthFirst: number, weight: number, sampled: boolean): void {
    this.strings += weight;
    if (Number.isNaN(dayFirst)) this.dayFirst = undefined;
    if (Number.isNaN(monthFirst)) this.monthFirst = undefined;
    this.dayFirst?.add(dayFirst, weight, sampled);
    this.monthFirst?.add(monthFirst, weight, sampled);
  }

  /** The order of all dates; `undefined` where it is not certain. */
  get order(): DateOrder | undefined {
    const { dayFirst, monthFirst } = this;
    if (dayFirst === undefined) return monthFirst === undefined ? undefined : 'month-first';
    if (monthFirst === undefined) return 'day-first';
    if (this.strings < LEAST_DATES) return undefined;
    const byDay = spanOf(dayFirst);
    const byMonth = spanOf(monthFirst);
    if (byMonth > WIDER * byDay) return 'day-first';
    return byDay > WIDER * byMonth ? 'month-first' : undefined;
  }

  /** Whether both orders occur. */
  get contradictory(): boolean {
    return this.dayFirst === undefined && this.monthFirst === undefined;
  }

  /** The times of all dates by one of the orders. */
  by(order: DateOrder): NumberSummary | undefined {
    return order === 'day-first' ? this.dayFirst : this.monthFirst;
  }

  /** Takes in those of other rows; `other` is left as it is. */
  merge(other: DateOrders): void {
    this.strings += other.strings;
    for (const story of ['dayFirst', 'monthFirst'] as const) {
      const ours = this[story];
      const theirs = other[story];
      if (ours === undefined || theirs === undefined) this[story] = undefined;
      else ours.merge(theirs);
    }
  }

  toState(): DateOrdersState {
    return {
      strings: this.strings,
      dayFirst: this.dayFirst?.toState(),
      monthFirst: this.monthFirst?.toState(),
    };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the parts are impossible. */
  static fromState(state: DateOrdersState): DateOrders {
    const orders = new DateOrders();
    orders.strings = checkedCount(state.strings, 'the number of its dates');
    orders.dayFirst =
      state.dayFirst === undefined ? undefined : NumberSummary.fromState(state.dayFirst);
    orders.monthFirst =
      state.monthFirst === undefined ? undefined : NumberSummary.fromState(state.monthFirst);
    return orders;
  }
}

const spanOf = ({ quantiles }: NumberSummary): number => quantiles.max - quantiles.min;
