import { chanceOfAll } from './hypergeometric.js';

/** Up to this many unseen rows their law is computed; beyond, and far out in its tail, it is bounded. */
const COMPUTED = 64;
/** Below this, 1 − Σ is rounding. */
const LEAST_COMPUTED = 1e-10;

/** How many categories occur so often in both samples together. */
export type CategorySizes = ReadonlyMap<number, number>;

/**
 * The chance that so many or more values of the second sample lie in categories that the first one lacks, if nothing changed.
 *
 * Given how often each category occurs in both samples together, a category of s values is wholly in the second with
 * probability C(m, s)/C(N, s). Such events hinder each other a little, so taking them for independent errs upwards in the tail; so does
 * Chernoff's bound, which is used where the law would take too long.
 *
 * @param rows how many values of the second sample are in categories that the first lacks
 * @param sizes of all categories, by how often each occurs in both samples together
 * @param n size of the first sample, and m of the second
 */
export function unseenPValue(rows: number, sizes: CategorySizes, n: number, m: number): number {
  if (rows <= 0) return 1;
  const classes = classesOf(sizes, n, m);
  const computed = rows <= COMPUTED ? 1 - sum(lawBelow(rows, classes)) : 0;
  return computed > LEAST_COMPUTED ? Math.min(1, computed) : bound(rows, classes);
}

/** The largest p-value up to a level that `unseenPValue` could give; 0 where it is rounding. */
export function attainedUnseenPValue(
  level: number,
  sizes: CategorySizes,
  n: number,
  m: number,
): number {
  const classes = classesOf(sizes, n, m);
  const law = lawBelow(COMPUTED, classes);
  let computed = 1 - (law[0] as number);
  for (let rows = 1; rows < COMPUTED; rows += 1) {
    const here = law[rows] as number;
    if (here > 0 && computed <= level) {
      const pValue = computed > LEAST_COMPUTED ? computed : bound(rows, classes);
      if (pValue <= level) return pValue;
    }
    computed -= here;
  }
  return Math.min(level, Math.max(0, computed));
}

/** The smallest p-value that `unseenPValue` could give: all of the categories given are in the second sample only. */
export function leastUnseenPValue(sizes: CategorySizes, n: number, m: number): number {
  let least = 1;
  let left = m;
  for (const [size, count] of [...sizes].sort(([a], [b]) => a - b)) {
    const fitting = Math.min(count, Math.floor(left / size));
    least *= chanceOfAll(size, n, m) ** fitting;
    left -= fitting * size;
    if (fitting < count || least < 1e-12) break;
  }
  return least;
}

interface SizeClass {
  readonly size: number;
  readonly count: number;
  readonly chance: number;
}

const classesOf = (sizes: CategorySizes, n: number, m: number): readonly SizeClass[] =>
  [...sizes]
    .map(([size, count]) => ({ size, count, chance: chanceOfAll(size, n, m) }))
    .filter(({ chance }) => chance > 0);

/** P(U = u) for u < rows, by convolution of binomial laws. */
function lawBelow(rows: number, classes: readonly SizeClass[]): Float64Array {
  let law = new Float64Array(rows);
  law[0] = 1;
  for (const { size, count, chance } of classes) {
    if (size >= rows) {
      // Any one of them would be enough.
      const none = (1 - chance) ** count;
      law = law.map((probability) => probability * none);
      continue;
    }
    const next = new Float64Array(rows);
    let weight = (1 - chance) ** count;
    for (let met = 0; met <= count && met * size < rows && weight > 0; met += 1) {
      for (let sum = met * size; sum < rows; sum += 1) {
        next[sum] = (next[sum] as number) + weight * (law[sum - met * size] as number);
      }
      weight *= ((count - met) / (met + 1)) * (chance / (1 - chance));
    }
    law = next;
  }
  return law;
}

const sum = (law: Float64Array): number =>
  law.reduce((total, probability) => total + probability, 0);

/** Chernoff's bound, min over θ of e^{−θu} Π (1 + q(e^{θs} − 1)): the slope in θ is bisected. */
function bound(rows: number, classes: readonly SizeClass[]): number {
  const exponent = (theta: number): { value: number; slope: number } => {
    let value = -theta * rows;
    let slope = -rows;
    for (const { size, count, chance } of classes) {
      // Written with e^{−θs}, so that nothing overflows.
      const fade = Math.exp(-theta * size);
      const rest = (1 - chance) * fade;
      value += count * (theta * size + Math.log(rest + chance));
      slope += (count * size * chance) / (rest + chance);
    }
    return { value, slope };
  };
  let low = 0;
  let high = 1;
  while (exponent(high).slope < 0 && high < 1e3) high *= 2;
  for (let round = 0; round < 50; round += 1) {
    const middle = (low + high) / 2;
    if (exponent(middle).slope < 0) low = middle;
    else high = middle;
  }
  return Math.min(1, Math.exp(exponent(low).value));
}
