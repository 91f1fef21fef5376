import type { WeightedSample } from './weighted.js';

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

/** The distinct values of two samples together, ascending: how much weight of the first sample each has, and of both. */
export interface PooledGroups {
  readonly values: Float64Array;
  readonly inX: Float64Array;
  readonly sizes: Float64Array;
  /** Total weights of the first and of the second sample. */
  readonly n: number;
  readonly m: number;
}

/** A table has many columns: what is pooled is walked over a few times, and then gives place to the next column. */
let scratch = newScratch(4096);

function newScratch(length: number): Pick<PooledGroups, 'values' | 'inX' | 'sizes'> {
  return {
    values: new Float64Array(length),
    inX: new Float64Array(length),
    sizes: new Float64Array(length),
  };
}

/**
 * Pools two weighted samples, each in ascending order, into groups of equal values: what every rank statistic is made of.
 * The arrays are good until the next call. O(n + m) time.
 */
export function poolGroups(first: WeightedSample, second: WeightedSample): PooledGroups {
  const a = first.values;
  const b = second.values;
  const weightsA = first.weights;
  const weightsB = second.weights;
  const most = a.length + b.length;
  if (scratch.values.length < most) scratch = newScratch(2 * most);
  const { values, inX, sizes } = scratch;
  let i = 0;
  let j = 0;
  let groups = 0;
  let nextA = a.length > 0 ? (a[0] as number) : Number.POSITIVE_INFINITY;
  let nextB = b.length > 0 ? (b[0] as number) : Number.POSITIVE_INFINITY;
  while (i < a.length || j < b.length) {
    const value = nextA < nextB ? nextA : nextB;
    let ofX = 0;
    let ofY = 0;
    while (nextA === value) {
      ofX += weightsA[i] as number;
      i += 1;
      nextA = i < a.length ? (a[i] as number) : Number.POSITIVE_INFINITY;
    }
    while (nextB === value) {
      ofY += weightsB[j] as number;
      j += 1;
      nextB = j < b.length ? (b[j] as number) : Number.POSITIVE_INFINITY;
    }
    values[groups] = value;
    inX[groups] = ofX;
    sizes[groups] = ofX + ofY;
    groups += 1;
  }
  return {
    values: values.subarray(0, groups),
    inX: inX.subarray(0, groups),
    sizes: sizes.subarray(0, groups),
    n: first.total,
    m: second.total,
  };
}

/**
 * Kolmogorov–Smirnov and Wasserstein-1 distances of two samples that are pooled, in one walk. With weights of 1 the answers are
 * those of `ksTest(x, y).statistic` and `wassersteinDistance(x, y)`. Distribution functions are right-continuous. Both samples
 * need at least one value. O(groups) time.
 */
export function groupDistances({ values, inX, sizes, n, m }: PooledGroups): EcdfDistances {
  // Sums of integer weights are exact, so equal shares compare equal. Distances are in units of 1 / (n·m).
  const perUnit = 1 / (n * m);
  const total = n + m;
  let value = values[0] as number;
  let passed = 0;
  let passedX = 0;
  let greatest = 0;
  let difference = 0;
  let squares = 0;
  let area = 0;
  let location = value;
  let sign: 1 | -1 = 1;
  for (let group = 0; group < sizes.length; group += 1) {
    const before = value;
    value = values[group] as number;
    // All terms are positive, so plain sums lose no more than their last few digits.
    if (difference !== 0) area += areaOf(Math.abs(difference) * perUnit, value, before);
    const size = sizes[group] as number;
    passed += size;
    passedX += inX[group] as number;
    difference = passedX * total - passed * n;
    const distance = Math.abs(difference);
    squares += distance * distance * size;
    if (distance > greatest) {
      greatest = distance;
      location = value;
      sign = difference > 0 ? 1 : -1;
    }
  }
  return {
    ks: Math.min(1, greatest / (n * m)),
    location,
    sign,
    wasserstein: area,
    meanSquare: (squares * perUnit ** 2) / total,
  };
}

/** A share of the way from one value to another; of two at opposite ends of a double's range the way itself overflows. */
function areaOf(share: number, to: number, from: number): number {
  const way = to - from;
  return Number.isFinite(way) ? share * way : share * (to / 2 - from / 2) * 2;
}
