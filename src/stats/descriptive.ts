import { mean as meanOf, medianSorted, sumNthPowerDeviations } from 'simple-statistics';
import { type Sample, sortSample } from './sample.js';
import { CompensatedSum } from './sum.js';

/** The first moments of a sample, by simple-statistics: compensated mean, two-pass sum of squared deviations. */
export interface SampleMoments {
  readonly count: number;
  /** The mean, rounded to a double. */
  readonly mean: number;
  /** What that rounding took from it: beside a huge offset this is where a small change of the mean is. */
  readonly rest: number;
  /** Σ (value − mean)², about the unrounded mean. */
  readonly squares: number;
  /** Whether all values are equal, or differ by no more than the rounding of their mean. */
  readonly constant: boolean;
}

/** Mean and sum of squared deviations of a checked, non-empty sample. O(n). */
export function momentsOf(values: Float64Array): SampleMoments {
  // simple-statistics reads length and index only, so a Float64Array does; its types don't say so.
  const numbers = values as unknown as number[];
  const mean = meanOf(numbers);
  const count = values.length;
  const remainder = new CompensatedSum();
  for (const value of values) remainder.add(value - mean);
  const rest = remainder.value / count;
  const squares = Math.max(0, sumNthPowerDeviations(numbers, 2) - count * rest * rest);
  return { count, mean, rest, squares, constant: isRounding(squares, mean, count) };
}

/**
 * The median: the middle value, or the mean of the middle two.
 *
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for an empty sample or a value that is not finite.
 */
export function medianOf(sample: Sample, name: string): number {
  return medianSorted(sortSample(sample, name) as unknown as number[]);
}

/** Whether a sum of squares is no more than the rounding errors of `count` values of about this size. */
export function isRounding(squares: number, size: number, count: number): boolean {
  return squares <= count * (4 * Number.EPSILON * size) ** 2;
}
