import type { ColumnProfile } from '../../profile/column-profile.js';

/**
 * The standard deviation of a column's numbers. Where its square is too large or too small for a double it is taken from the values that
 * the column's sketch holds, in their own unit; it is NaN below two values, and 0 of one value only.
 */
export function standardDeviationOf({ moments, quantiles }: ColumnProfile): number {
  const plain = moments.standardDeviation;
  if (moments.count < 2 || quantiles.min === quantiles.max) return plain;
  if (Number.isFinite(plain) && plain > 0) return plain;
  const unit = Math.max(Math.abs(quantiles.min), Math.abs(quantiles.max));
  const { values, weights, total } = quantiles.weightedValues();
  const sumOf = (term: (value: number) => number): number =>
    values.reduce((sum, value, place) => sum + (weights[place] as number) * term(value / unit), 0);
  const mean = sumOf((value) => value) / total;
  const variance = sumOf((value) => (value - mean) ** 2) / Math.max(1, total - 1);
  return Math.min(Number.MAX_VALUE, Math.sqrt(variance) * unit);
}

/** The mean of a column's numbers, also where sums of them overflow; NaN where it has none. */
export function meanOf({ moments, quantiles }: ColumnProfile): number {
  if (moments.count === 0 || Number.isFinite(moments.mean)) return moments.mean;
  const { values, weights, total } = quantiles.weightedValues();
  return values.reduce(
    (sum, value, place) => sum + ((weights[place] as number) / total) * value,
    0,
  );
}
