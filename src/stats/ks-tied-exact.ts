import { stirlingError } from './gamma.js';
import type { PooledGroups } from './pooled-groups.js';

/** Weights below this share of the greatest add nothing. */
const NEGLIGIBLE = 1e-20;

/**
 * The share of all splits of the pooled values, tied as they are, with a Kolmogorov–Smirnov distance of at least the given one;
 * `undefined` where that takes more than `mostSteps` (about 1 ns each), or where weights are not whole. 1 − P is rounding below 10⁻¹².
 *
 * Values are taken in ascending order, group by group; how many of them are the smaller sample's is a walk with binomial steps,
 * conditioned on where it ends. Carried on are the walks that were within the distance after each group. Time: the groups times the
 * width of that band squared at most.
 *
 * Source: the recursion of J. L. Hodges (1958), with ties as in G. Schröer and D. Trenkler, "Exact and randomization distributions
 * of Kolmogorov–Smirnov tests two or three samples" (1995).
 */
export function ksTiedExact(distance: number, groups: PooledGroups, mostSteps: number): number | undefined {
  const { sizes, n, m } = groups;
  const [taken, total] = [Math.min(n, m), n + m];
  if (!sizes.every(Number.isInteger)) return undefined;
  // Differences of the two distribution functions are whole multiples of 1 / (n·m).
  const gap = Math.ceil(distance * n * m * (1 - 1e-12) - 1e-9);
  if (gap <= 0) return 1;
  if (stepsOf(sizes, (2 * gap) / total + 1) > mostSteps) return undefined;
  const share = taken / total;
  let [low, within, passed] = [0, Float64Array.of(1), 0];
  for (const size of sizes) {
    passed += size;
    const nextLow = Math.max(0, Math.ceil((passed * taken - gap + 1) / total));
    const nextHigh = Math.min(taken, Math.floor((passed * taken + gap - 1) / total));
    if (nextHigh < nextLow) return 1;
    within = carriedOn(within, low, binomialLaw(size, share), nextLow, nextHigh);
    low = nextLow;
  }
  const pValue = 1 - (within[taken - low] as number) / likeliest(taken, total);
  return Math.min(1, Math.max(0, pValue));
}

function stepsOf(sizes: Float64Array, width: number): number {
  let steps = 0;
  for (let group = 0; group < sizes.length; group += 1) steps += width * Math.min((sizes[group] as number) + 1, width);
  return steps;
}

/** Counts after a group, by those before: what is not between `low` and `high` has left. */
function carriedOn(
  within: Float64Array,
  from: number,
  law: Float64Array,
  low: number,
  high: number,
): Float64Array<ArrayBuffer> {
  const next = new Float64Array(high - low + 1);
  const most = law.length - 1;
  for (let count = low; count <= high; count += 1) {
    const first = Math.max(0, count - most - from);
    const last = Math.min(within.length - 1, count - from);
    let sum = 0;
    for (let place = first; place <= last; place += 1) {
      sum += (within[place] as number) * (law[count - from - place] as number);
    }
    next[count - low] = sum;
  }
  return next;
}

/** The binomial law, outwards from its mode by ratios of neighbours. */
function binomialLaw(size: number, share: number): Float64Array {
  const law = new Float64Array(size + 1);
  const odds = share / (1 - share);
  const mode = Math.min(size, Math.floor((size + 1) * share));
  law[mode] = 1;
  let sum = 1;
  let weight = 1;
  for (let count = mode + 1; count <= size && weight > NEGLIGIBLE; count += 1) {
    weight *= ((size - count + 1) / count) * odds;
    law[count] = weight;
    sum += weight;
  }
  weight = 1;
  for (let count = mode - 1; count >= 0 && weight > NEGLIGIBLE; count -= 1) {
    weight *= (count + 1) / (size - count) / odds;
    law[count] = weight;
    sum += weight;
  }
  for (let count = 0; count <= size; count += 1) law[count] = (law[count] as number) / sum;
  return law;
}

/** The chance of `taken` in `total` if each is taken with chance taken / total: by Stirling's series, at the mode. */
function likeliest(taken: number, total: number): number {
  const left = total - taken;
  const errors = stirlingError(total) - stirlingError(taken) - stirlingError(left);
  return Math.sqrt(total / (2 * Math.PI * taken * left)) * Math.exp(errors);
}
