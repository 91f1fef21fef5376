import { logBinomialMass } from './binomial-law.js';
import { integrate } from './integrate.js';

/** The margins of a 2 by 2 table: they fix the law of its top left count. */
export interface Margins {
  readonly topSum: number;
  readonly leftSum: number;
  readonly total: number;
}

/** Below the smallest normal double a product of ratios loses its digits, and may never reach 0. */
const SMALLEST = 2 ** -1022;
/** Masses this many standard deviations from the mean are below the smallest double. */
const REACH = 40;
/** Up to this many masses are added one by one: about 5 ms. */
const MOST_SUMMED = 5e5;
/** Up to this many factors a product is at least as precise as the logarithm of a mass. */
const FEW_FACTORS = 64;

/**
 * Walks over the hypergeometric law of one cell of a 2 by 2 table with fixed margins: the count x of the top left cell with its
 * weight, 1 at the mode. Outwards from the mode by ratios of neighbours, so small weights keep all their digits; a weight
 * below the smallest normal double ends that side. About 80 standard deviations of the count at most.
 */
export function walkHypergeometric(
  topSum: number,
  leftSum: number,
  total: number,
  visit: (x: number, weight: number) => void,
): void {
  const { lowest, highest } = supportOf({ topSum, leftSum, total });
  const mode = modeOf({ topSum, leftSum, total });
  visit(mode, 1);
  let weight = 1;
  for (let x = mode + 1; x <= highest && weight >= SMALLEST; x += 1) {
    weight *= ((topSum - x + 1) * (leftSum - x + 1)) / (x * (total - topSum - leftSum + x));
    visit(x, weight);
  }
  weight = 1;
  for (let x = mode - 1; x >= lowest && weight >= SMALLEST; x -= 1) {
    weight *= ((x + 1) * (total - topSum - leftSum + x + 1)) / ((topSum - x) * (leftSum - x));
    visit(x, weight);
  }
}

/** Whether walking over the whole law takes few steps; else its tails are integrated. */
export function isQuicklyWalked(margins: Margins): boolean {
  const { lowest, highest } = supportOf(margins);
  return Math.min(highest - lowest, 2 * REACH * deviationOf(margins)) <= MOST_SUMMED;
}

/** The least and the greatest count that the margins allow. */
export function supportOf({ topSum, leftSum, total }: Margins): {
  readonly lowest: number;
  readonly highest: number;
} {
  return { lowest: Math.max(0, topSum + leftSum - total), highest: Math.min(topSum, leftSum) };
}

/** The likeliest count. */
export function modeOf(margins: Margins): number {
  const { topSum, leftSum, total } = margins;
  const { lowest, highest } = supportOf(margins);
  return Math.min(
    highest,
    Math.max(lowest, Math.floor(((topSum + 1) * (leftSum + 1)) / (total + 2))),
  );
}

/** The logarithm of the chance of a count, which may lie between whole numbers. */
export function logMass(x: number, { topSum, leftSum, total }: Margins): number {
  const share = topSum / total;
  const complement = (total - topSum) / total;
  return (
    logBinomialMass(x, leftSum, share, complement) +
    logBinomialMass(topSum - x, total - leftSum, share, complement) -
    logBinomialMass(topSum, total, share, complement)
  );
}

/** P(count ≥ from), for laws that take too long to walk over: their masses are a smooth curve. Relative error below 1e-8. */
export function upperTail(from: number, margins: Margins): number {
  const { lowest, highest } = supportOf(margins);
  if (from <= lowest) return 1;
  if (from > highest) return 0;
  const mode = modeOf(margins);
  return from > mode
    ? integratedTail(from, margins)
    : Math.max(0, 1 - lowerTail(from - 1, margins));
}

/** P(count ≤ upTo), as `upperTail`. */
export function lowerTail(upTo: number, { topSum, leftSum, total }: Margins): number {
  const turned = { topSum, leftSum: total - leftSum, total };
  const from = topSum - upTo;
  if (from <= supportOf(turned).lowest) return 1;
  if (from > supportOf(turned).highest) return 0;
  if (from > modeOf(turned)) return integratedTail(from, turned);
  return Math.max(0, 1 - integratedTail(upTo + 1, { topSum, leftSum, total }));
}

/** Euler–Maclaurin from the middle between two counts: Σ f(k) = ∫ f + f′/24 there. */
function integratedTail(from: number, margins: Margins): number {
  const { topSum, leftSum, total } = margins;
  const { highest } = supportOf(margins);
  const step = deviationOf(margins) / 2;
  const density = (x: number): number => Math.exp(logMass(x, margins));
  const edge = from - 0.5;
  let sum = 0;
  for (let low = edge; low < highest; low += step) {
    const part = integrate(density, low, Math.min(low + step, highest));
    sum += part;
    if (part <= Number.EPSILON * sum) break;
  }
  const ratio =
    ((topSum - from + 1) * (leftSum - from + 1)) / (from * (total - topSum - leftSum + from));
  return Math.min(1, Math.max(0, sum + (density(edge) * Math.log(ratio)) / 24));
}

function deviationOf({ topSum, leftSum, total }: Margins): number {
  const shares =
    (topSum / total) * (leftSum / total) * ((total - topSum) / total) * ((total - leftSum) / total);
  return Math.sqrt(shares) * Math.sqrt(total);
}

/**
 * The chance that all of `size` given values are in the second of two samples of sizes n and m: C(m, size) / C(n + m, size).
 * O(1) for any sizes.
 */
export function chanceOfAll(size: number, n: number, m: number): number {
  if (size > m) return 0;
  if (size <= FEW_FACTORS) return productOf(size, m, n + m);
  // The same as: none of the first sample's n are among them.
  if (n <= FEW_FACTORS) return productOf(n, n + m - size, n + m);
  return Math.exp(logMass(size, { topSum: size, leftSum: m, total: n + m }));
}

function productOf(factors: number, top: number, bottom: number): number {
  let product = 1;
  for (let taken = 0; taken < factors; taken += 1)
    product *= Math.max(0, top - taken) / (bottom - taken);
  return product;
}
