/** Values in ascending order, with how many originals each stands for. With weights of 1 it is a plain sorted sample. */
export interface WeightedSample {
  readonly values: Float64Array;
  readonly weights: Float64Array;
  /** The sum of the weights. */
  readonly total: number;
}

/** How far apart two empirical distributions are. */
export interface EcdfDistances {
  /** Kolmogorov–Smirnov: the greatest distance between the two distribution functions, in 0…1. */
  readonly ks: number;
  /** Where it is attained (the smallest such value). */
  readonly location: number;
  /** +1 if the first sample's distribution function is the higher one there, else −1. */
  readonly sign: 1 | -1;
  /** Wasserstein-1: the area between the two functions, in the unit of the data. */
  readonly wasserstein: number;
  /** ∫ (F − G)² dH over the pooled distribution H: Cramér–von Mises' measure, up to about 1/3. */
  readonly meanSquare: number;
}

/**
 * Kolmogorov–Smirnov and Wasserstein-1 distances of two weighted samples, such as quantile sketches hold, in one walk.
 *
 * With weights of 1 the answers are those of `ksTest(x, y).statistic` and `wassersteinDistance(x, y)`. Distribution
 * functions are right-continuous, tied values count together. Both samples need at least one value.
 * O(n + m) time, no allocation.
 *
 * @example
 * const sample = (values: number[]) => ({ values: Float64Array.from(values), weights: new Float64Array(values.length).fill(1), total: values.length });
 * ecdfDistances(sample([1, 2]), sample([2, 3]));
 * // { ks: 0.5, location: 1, sign: 1, wasserstein: 1, meanSquare: 0.1875 }
 */
export function ecdfDistances(first: WeightedSample, second: WeightedSample): EcdfDistances {
  const a = first.values;
  const b = second.values;
  let i = 0;
  let j = 0;
  // Sums of integer weights are exact, so equal shares compare equal. Distances are in units of 1 / (n·m).
  const unit = first.total * second.total;
  const perUnit = 1 / unit;
  let passedFirst = 0;
  let passedSecond = 0;
  let greatest = 0;
  let location = Math.min(a[0] as number, b[0] as number);
  let sign: 1 | -1 = 1;
  let area = 0;
  let lost = 0;
  let squares = 0;
  let nextFirst = a[0] as number;
  let nextSecond = b[0] as number;
  while (i < a.length || j < b.length) {
    const value = nextFirst < nextSecond ? nextFirst : nextSecond;
    const passedBefore = passedFirst + passedSecond;
    while (nextFirst === value) {
      passedFirst += first.weights[i] as number;
      i += 1;
      nextFirst = i < a.length ? (a[i] as number) : Number.POSITIVE_INFINITY;
    }
    while (nextSecond === value) {
      passedSecond += second.weights[j] as number;
      j += 1;
      nextSecond = j < b.length ? (b[j] as number) : Number.POSITIVE_INFINITY;
    }
    const difference = passedFirst * second.total - passedSecond * first.total;
    const distance = difference < 0 ? -difference : difference;
    squares += distance * distance * (passedFirst + passedSecond - passedBefore);
    if (distance > greatest) {
      greatest = distance;
      location = value;
      sign = difference > 0 ? 1 : -1;
    }
    const following = nextFirst < nextSecond ? nextFirst : nextSecond;
    if (distance > 0 && following < Number.POSITIVE_INFINITY) {
      // Kahan: a tail of many tiny areas must not vanish beside one large one.
      const term = distance * perUnit * (following - value) - lost;
      const sum = area + term;
      lost = sum - area - term;
      area = sum;
    }
  }
  const pooled = first.total + second.total;
  return { ks: greatest / unit, location, sign, wasserstein: area, meanSquare: squares / unit / unit / pooled };
}
