import type { WeightedSample } from '../stats/weighted.js';
import { sortRun } from './sort-run.js';

/** A weighted sample that knows how much weight lies up to each of its values, so that ranks take a bisection. */
export class SortedView {
  readonly sample: WeightedSample;
  /** `passed[i]` = the weight of values 0 … i; made when first asked for. */
  #passed: Float64Array | undefined;

  /** @param starts where each level begins in `items`, and after them where the last one ends. */
  constructor(items: Float64Array, starts: readonly number[], total: number) {
    this.sample = { ...gathered(items, starts), total };
  }

  /** The weight of the values below `value`, and with `inclusive` of those equal to it too. */
  weightBelow(value: number, inclusive: boolean): number {
    const { values } = this.sample;
    let low = 0;
    let high = values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const held = values[middle] as number;
      if (held < value || (inclusive && held === value)) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.passed(low - 1);
  }

  /** The index of the first value up to which at least (or, `beyond`, more than) such a weight lies; at most the last. */
  indexAt(weight: number, beyond: boolean): number {
    const sums = this.#sums();
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const passed = sums[middle] as number;
      if (passed < weight || (beyond && passed === weight)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The weight up to and with the value at an index. */
  passed(index: number): number {
    return this.#sums()[index] as number;
  }

  #sums(): Float64Array {
    if (this.#passed !== undefined) return this.#passed;
    const { weights } = this.sample;
    const passed = new Float64Array(weights.length);
    let sum = 0;
    for (let index = 0; index < weights.length; index += 1) {
      sum += weights[index] as number;
      passed[index] = sum;
    }
    this.#passed = passed;
    return passed;
  }
}

/** All levels in one sorted list; of equal values the lighter comes first. */
function gathered(
  items: Float64Array,
  starts: readonly number[],
): { values: Float64Array; weights: Float64Array } {
  const lowest = items.subarray(starts[0], starts[1]);
  // One buffer for both: a table has many columns.
  const both = new Float64Array(2 * lowest.length);
  let values: Float64Array = both.subarray(0, lowest.length);
  values.set(lowest);
  sortRun(values, 0, values.length);
  let weights: Float64Array = both.subarray(lowest.length).fill(1);
  for (let level = 1; level + 1 < starts.length; level += 1) {
    const above = items.subarray(starts[level], starts[level + 1]);
    const merged = new Float64Array(values.length + above.length);
    const mergedWeights = new Float64Array(merged.length);
    const weight = 2 ** level;
    let left = 0;
    let right = 0;
    for (let out = 0; out < merged.length; out += 1) {
      const fromLeft =
        right >= above.length ||
        (left < values.length && (values[left] as number) <= (above[right] as number));
      merged[out] = (fromLeft ? values[left] : above[right]) as number;
      mergedWeights[out] = fromLeft ? (weights[left] as number) : weight;
      if (fromLeft) left += 1;
      else right += 1;
    }
    values = merged;
    weights = mergedWeights;
  }
  return { values, weights };
}
