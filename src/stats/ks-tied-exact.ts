import { binomialLaw, likeliest } from './binomial-law.js';
import type { PooledGroups } from './pooled-groups.js';

/** The laws of the groups are made value by value: of more values than this, in a millisecond, none are. */
const MOST_VALUES = 1e6;

/**
 * The share of all splits of the pooled values, tied as they are, with a Kolmogorov–Smirnov distance of at least the given one;
 * `undefined` where that takes more than `mostSteps` (about 1 ns each), for more than a million values, and where weights are not whole. 1 − P is rounding below 10⁻¹².
 *
 * Values are taken in ascending order, group by group; how many of them are the smaller sample's is a walk with binomial steps,
 * conditioned on where it ends. Carried on are the walks that were within the distance after each group. Time: the groups times the
 * width of that band squared at most.
 *
 * Source: the recursion of J. L. Hodges (1958), with ties as in G. Schröer and D. Trenkler, "Exact and randomization distributions
 * of Kolmogorov–Smirnov tests two or three samples" (1995).
 */
export function ksTiedExact(
  distance: number,
  groups: PooledGroups,
  mostSteps: number,
): number | undefined {
  const { sizes, n, m } = groups;
  const taken = Math.min(n, m);
  const total = n + m;
  if (total > MOST_VALUES || !sizes.every(Number.isInteger)) return undefined;
  // Differences of the two distribution functions are whole multiples of 1 / (n·m).
  const gap = Math.ceil(distance * n * m * (1 - 1e-12) - 1e-9);
  if (gap <= 0) return 1;
  if (stepsOf(sizes, (2 * gap) / total + 1) > mostSteps) return undefined;
  const share = taken / total;
  const laws = new Map<number, Float64Array>();
  // By count less the least that is within the distance.
  let within = new Float64Array(taken + 1);
  let next = new Float64Array(taken + 1);
  within[0] = 1;
  let low = 0;
  let high = 0;
  let passed = 0;
  for (let group = 0; group < sizes.length; group += 1) {
    const size = sizes[group] as number;
    passed += size;
    const nextLow = Math.max(0, Math.ceil((passed * taken - gap + 1) / total));
    const nextHigh = Math.min(taken, Math.floor((passed * taken + gap - 1) / total));
    if (nextHigh < nextLow) return 1;
    let law = laws.get(size);
    if (law === undefined) {
      law = binomialLaw(size, share);
      laws.set(size, law);
    }
    carryOn({ counts: within, low, high }, law, { counts: next, low: nextLow, high: nextHigh });
    [within, next, low, high] = [next, within, nextLow, nextHigh];
  }
  const pValue = 1 - (within[taken - low] as number) / likeliest(taken, total);
  return Math.min(1, Math.max(0, pValue));
}

function stepsOf(sizes: Float64Array, width: number): number {
  let steps = 0;
  for (let group = 0; group < sizes.length; group += 1)
    steps += width * Math.min((sizes[group] as number) + 1, width);
  return steps;
}

/** How likely it is that so many of the values so far are the smaller sample's, from `low` to `high`. */
interface Band {
  readonly counts: Float64Array;
  readonly low: number;
  readonly high: number;
}

/** Takes a band from before a group of values to after it; what is not in the next band has left. */
function carryOn(from: Band, law: Float64Array, to: Band): void {
  const most = law.length - 1;
  for (let count = to.low; count <= to.high; count += 1) {
    const first = Math.max(from.low, count - most);
    const last = Math.min(from.high, count);
    let sum = 0;
    for (let before = first; before <= last; before += 1) {
      sum += (from.counts[before - from.low] as number) * (law[count - before] as number);
    }
    to.counts[count - to.low] = sum;
  }
}
