import { chiSquareSf } from './chi-square-law.js';

/** The two mean directions of unit vectors, of how many each, and by what factor their variance is larger than of independent ones. */
export interface MeanDirections {
  readonly first: ArrayLike<number>;
  readonly second: ArrayLike<number>;
  readonly n: number;
  readonly m: number;
  readonly inflation?: number;
}

/** What two mean directions say of whether the vectors point elsewhere. */
export interface DirectionResult {
  /** How far apart the means are, 0 … 2. */
  readonly distance: number;
  /** The same in standard deviations of one vector around the common mean. */
  readonly effect: number;
  /** Whether all vectors point the same way, so that nothing could have been seen. */
  readonly constant: boolean;
  readonly pValue: number;
}

/** Greater statistics than this have at most the p-value of one degree of freedom, whatever the directions of the variance. */
const LEAST_BOUNDED = 1.5365;
/** Two unit vectors are no further apart. */
const FURTHEST = 2;
/** What sums of many directions are off by. */
const ROUNDING = 1e-9;

/**
 * Whether unit vectors of two samples have the same mean. Of unit vectors the mean tells the variance: that of all dimensions together
 * is 1 − |mean|². Under exchange of rows the squared distance of the two means is, over its expectation, a sum of squares of normal
 * values with weights that sum to 1; of all such weights a single one has the heaviest tail. So the p-value errs upwards, whatever the
 * dimensions have to do with each other, and no dimension is overlooked. Where few vectors differ from the others, steps are large:
 * Bernstein's correction for the largest step is added to the variance.
 *
 * Source: G. Székely and N. Bakirov, "Extremal probabilities for Gaussian quadratic forms" (2003); S. Bernstein (1924).
 */
export function directionTest({
  first,
  second,
  n,
  m,
  inflation = 1,
}: MeanDirections): DirectionResult {
  let squares = 0;
  let length = 0;
  for (let index = 0; index < first.length; index += 1) {
    const a = first[index] as number;
    const b = second[index] as number;
    squares += (a - b) ** 2;
    length += ((n * a + m * b) / (n + m)) ** 2;
  }
  const distance = Math.sqrt(squares);
  const variance = Math.max(0, 1 - length);
  const constant = variance < ROUNDING;
  if (constant || distance < ROUNDING) return { distance, effect: 0, constant, pValue: 1 };
  const expected = (variance * inflation * (n + m) ** 2) / (n * m * (n + m - 1));
  const steps = (distance * FURTHEST * inflation) / (3 * Math.min(n, m));
  const statistic = squares / (expected + steps);
  const pValue = statistic > LEAST_BOUNDED ? chiSquareSf(statistic, 1) : 1;
  return { distance, effect: distance / Math.sqrt(variance), constant, pValue };
}
