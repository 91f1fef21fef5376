import type { EcdfDistances, WeightedSample } from './weighted.js';

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

/** `ecdfDistances` of samples that are pooled already. O(groups). */
export function groupDistances({ values, inX, sizes, n, m }: PooledGroups): EcdfDistances {
  // Sums of integer weights are exact, so equal shares compare equal. Distances are in units of 1 / (n·m).
  const perUnit = 1 / (n * m);
  const total = n + m;
  const last = values.length - 1;
  let [passed, passedX, greatest, area, lost, squares] = [0, 0, 0, 0, 0, 0];
  let location = values[0] as number;
  let sign: 1 | -1 = 1;
  for (let group = 0; group <= last; group += 1) {
    const size = sizes[group] as number;
    passed += size;
    passedX += inX[group] as number;
    const difference = passedX * total - passed * n;
    const distance = difference < 0 ? -difference : difference;
    squares += distance * distance * size;
    if (distance > greatest) {
      greatest = distance;
      location = values[group] as number;
      sign = difference > 0 ? 1 : -1;
    }
    if (distance > 0 && group < last) {
      // Kahan: a tail of many tiny areas must not vanish beside one large one.
      const term = distance * perUnit * ((values[group + 1] as number) - (values[group] as number)) - lost;
      const sum = area + term;
      lost = sum - area - term;
      area = sum;
    }
  }
  return {
    ks: greatest / (n * m),
    location,
    sign,
    wasserstein: area,
    meanSquare: (squares * perUnit * perUnit) / total,
  };
}
