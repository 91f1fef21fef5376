import type { EcdfDistances, WeightedSample } from './weighted.js';

/** Kolmogorov–Smirnov, where it is attained, and which sample is ahead there. */
export type GreatestDistance = Pick<EcdfDistances, 'ks' | 'location' | 'sign'>;

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
  return { values: new Float64Array(length), inX: new Float64Array(length), sizes: new Float64Array(length) };
}

/**
 * Pools two weighted samples, each in ascending order, into groups of equal values: what every rank statistic is made of.
 * The arrays are good until the next call. O(n + m) time.
 */
export function poolGroups(first: WeightedSample, second: WeightedSample): PooledGroups {
  const [a, b] = [first.values, second.values];
  const [weightsA, weightsB] = [first.weights, second.weights];
  const most = a.length + b.length;
  if (scratch.values.length < most) scratch = newScratch(2 * most);
  const { values, inX, sizes } = scratch;
  let [i, j, groups] = [0, 0, 0];
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

/** The greatest distance between the two distribution functions of samples that are pooled already, as `ecdfDistances` has it. O(groups). */
export function greatestDistance({ values, inX, sizes, n, m }: PooledGroups): GreatestDistance {
  // Sums of integer weights are exact, so equal shares compare equal. Distances are in units of 1 / (n·m).
  const total = n + m;
  let [passed, passedX, highest, lowest, highestAt, lowestAt] = [0, 0, 0, 0, 0, 0];
  for (let group = 0; group < sizes.length; group += 1) {
    passed += sizes[group] as number;
    passedX += inX[group] as number;
    const difference = passedX * total - passed * n;
    if (difference > highest) {
      highest = difference;
      highestAt = group;
    } else if (difference < lowest) {
      lowest = difference;
      lowestAt = group;
    }
  }
  const isAbove = highest > -lowest || (highest === -lowest && highestAt <= lowestAt);
  const location = values[isAbove ? highestAt : lowestAt] as number;
  return { ks: Math.max(highest, -lowest) / (n * m), location, sign: isAbove ? 1 : -1 };
}
