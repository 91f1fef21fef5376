import { checkPValues } from './adjust.js';
import { chiSquareSf } from './chi-square-law.js';
import { chosenOf } from './options.js';
import type { Sample } from './sample.js';

/** The ways in which `combinePValues` makes one p-value of many. */
export type Combination = 'cauchy' | 'simes' | 'fisher';

/**
 * The greatest p that enters a Cauchy combination. A p of exactly 1 maps to −∞ and would wipe out every other test's evidence;
 * discrete tests reach it often. At .99 the worst a test can do is to take 32 from the sum, what a p of .01 gives.
 */
const CAUCHY_CLIP = 0.99;

/**
 * Combines the p-values of several tests of one hypothesis into one p-value.
 *
 * - `'cauchy'`: the mean of tan((½ − p)π), referred to the Cauchy law. Holds at small α whatever the dependence of the tests,
 *   and is as good as the best of them: for several statistics of one column. Every p is clipped at .99 first.
 * - `'simes'`: min n·p₍ᵢ₎/i. Holds for independent and positively dependent tests: for columns of one table.
 * - `'fisher'`: −2 Σ ln p on 2n degrees of freedom. Independent tests only; best where many tests show a little.
 *
 * @param ps p-values in any order, 0…1
 * @param method one of the three
 * @returns the combined p-value, 0…1. A single p-value comes back as it is, but for Cauchy's clip.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for a value outside 0…1 or NaN (naming its index) or an empty list;
 *   ERR_LEEWAY_OPTION for an unknown method.
 *
 * A p of 0 gives 0. O(n) time, `'simes'` O(n log n). Source: Y. Liu and J. Xie, JASA 115 (2020) 393–402; R. J. Simes (1986);
 * R. A. Fisher (1932).
 *
 * @example
 * combinePValues([0.001, 0.8, 1], 'cauchy'); // 0.0033…
 */
export function combinePValues(ps: Sample, method: Combination): number {
  checkPValues(ps);
  const chosen = chosenOf(method, ['cauchy', 'simes', 'fisher'], undefined, 'method');
  if (chosen === 'cauchy') return cauchy(ps);
  return chosen === 'simes' ? simes(ps) : fisher(ps);
}

function cauchy(ps: Sample): number {
  let sum = 0;
  for (const p of ps) sum += 1 / Math.tan(Math.PI * Math.min(p, CAUCHY_CLIP));
  const mean = sum / ps.length;
  // atan(1/mean)/π is ½ − atan(mean)/π without its cancellation in the tail.
  return mean > 0 ? Math.atan(1 / mean) / Math.PI : 0.5 - Math.atan(mean) / Math.PI;
}

function simes(ps: Sample): number {
  const sorted = Float64Array.from(ps).sort();
  let smallest = 1;
  for (let rank = 1; rank <= sorted.length; rank += 1) {
    smallest = Math.min(smallest, (sorted.length * (sorted[rank - 1] as number)) / rank);
  }
  return smallest;
}

function fisher(ps: Sample): number {
  let sum = 0;
  for (const p of ps) sum -= 2 * Math.log(p);
  return chiSquareSf(sum, 2 * ps.length);
}
