import { LeewayError } from '../leaves/errors.js';
import { NumberSummary, type NumberSummaryState } from './number-summary.js';
import { MAX_DIMENSION } from './vector-summary.js';

/** What is derived from each list of numbers. */
export const LIST_MEASURES = ['length', 'mean', 'min', 'max'] as const;

export type ListMeasure = (typeof LIST_MEASURES)[number];
export type ListSummaryState = Readonly<Record<ListMeasure, NumberSummaryState>>;

/**
 * What the lists of a column look like, in numbers: their `length`, and the `mean`, `min` and `max` of the numbers in
 * them. This is what can be compared where lists vary in length. Mergeable; 16 KB at most.
 */
export class ListSummary {
  readonly measures: ReadonlyMap<ListMeasure, NumberSummary>;

  constructor(measures?: ReadonlyMap<ListMeasure, NumberSummary>) {
    this.measures =
      measures ?? new Map(LIST_MEASURES.map((measure) => [measure, NumberSummary.derived()]));
  }

  /** How many lists went in. */
  get count(): number {
    return this.measures.get('length')?.count ?? 0;
  }

  /** Whether all lists are of one length. */
  get even(): boolean {
    const { min, max } = (this.measures.get('length') as NumberSummary).quantiles;
    return min === max;
  }

  /**
   * Adds a list of numbers, `weight` times; NaN in it is a missing number.
   *
   * @returns `false`, and adds nothing, where it holds anything else, or more than 4,096 values.
   */
  add(list: ArrayLike<unknown>, weight: number): boolean {
    const { length } = list;
    if (length > MAX_DIMENSION) return false;
    let count = 0;
    let sum = 0;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < length; index += 1) {
      const value = list[index];
      if (typeof value !== 'number') return false;
      if (value - value !== 0) continue;
      count += 1;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    this.measures.get('length')?.add(length, weight, true);
    if (count === 0) return true;
    const mean = sum / count;
    if (Number.isFinite(mean)) this.measures.get('mean')?.add(mean, weight, true);
    this.measures.get('min')?.add(min, weight, true);
    this.measures.get('max')?.add(max, weight, true);
    return true;
  }

  /** Takes in a summary of other lists; `other` is left as it is. */
  merge(other: ListSummary): void {
    for (const [measure, summary] of this.measures)
      summary.merge(other.measures.get(measure) as NumberSummary);
  }

  toState(): ListSummaryState {
    return Object.fromEntries(
      [...this.measures].map(([name, one]) => [name, one.toState()]),
    ) as ListSummaryState;
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where a measure is impossible. */
  static fromState(state: ListSummaryState): ListSummary {
    const read = (measure: ListMeasure): NumberSummary =>
      NumberSummary.fromState(state[measure], NumberSummary.derived());
    const summary = new ListSummary(
      new Map(LIST_MEASURES.map((measure) => [measure, read(measure)])),
    );
    const counts = [...summary.measures.values()].map(({ count }) => count);
    if (Math.max(...counts) === summary.count) return summary;
    throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a summary of lists: its counts differ');
  }
}
