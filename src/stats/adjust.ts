import { LeewayError, shown } from '../leaves/errors.js';
import { chosenOf } from './options.js';
import type { Sample } from './sample.js';

/** The corrections for many tests that `adjustPValues` knows. */
export type Adjustment =
  | 'bonferroni'
  | 'sidak'
  | 'holm'
  | 'hochberg'
  | 'benjamini-hochberg'
  | 'benjamini-yekutieli';

const ADJUSTMENTS: readonly Adjustment[] = [
  'bonferroni',
  'sidak',
  'holm',
  'hochberg',
  'benjamini-hochberg',
  'benjamini-yekutieli',
];

/**
 * Adjusts p-values for being many: compare each adjusted p-value with the α wanted for all of them together.
 *
 * `'bonferroni'`, `'sidak'` (independent tests), `'holm'` and `'hochberg'` (independent or positively dependent) hold the chance
 * of any false rejection at α; `'benjamini-hochberg'` (likewise) and `'benjamini-yekutieli'` (any dependence) the expected share
 * of false ones among the rejections.
 *
 * With n p-values sorted increasingly, at rank i: n·p; 1 − (1 − p)ⁿ; running maximum of (n − i + 1)·p; running minimum from
 * above of (n − i + 1)·p; of n·p/i; of n·p·Σ(1/k)/i.
 *
 * @param ps p-values in any order, 0…1
 * @param method one of the six
 * @returns the adjusted p-values in the order of the input, at most 1.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for a value outside 0…1 or NaN (naming its index) or an empty list;
 *   ERR_LEEWAY_OPTION for an unknown method.
 *
 * Equal p-values get equal results. O(n log n) time. Source: agrees with statsmodels 0.13.5 `multipletests`.
 *
 * @example
 * adjustPValues([0.01, 0.04, 0.03], 'holm'); // [0.03, 0.06, 0.06]
 */
export function adjustPValues(ps: Sample, method: Adjustment): number[] {
  checkPValues(ps);
  const chosen = chosenOf(method, ADJUSTMENTS, undefined, 'method');
  const count = ps.length;
  if (chosen === 'bonferroni') return Array.from(ps, (p) => Math.min(1, count * p));
  // 1 − (1 − p)ⁿ would lose all digits of a tiny p.
  if (chosen === 'sidak')
    return Array.from(ps, (p) => (p === 1 ? 1 : -Math.expm1(count * Math.log1p(-p))));
  const order = Array.from(ps, (_, index) => index).sort(
    (a, b) => (ps[a] as number) - (ps[b] as number),
  );
  if (chosen === 'holm') return stepDown(ps, order);
  return stepUp(ps, order, factorOf(chosen, count));
}

/**
 * Checks a list of p-values.
 *
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for an empty list or a value outside 0…1 or NaN, naming its index.
 */
export function checkPValues(ps: Sample): void {
  if (!(Array.isArray(ps) || ps instanceof Float64Array) || ps.length === 0) {
    throw new LeewayError(
      'ERR_LEEWAY_SAMPLE',
      `ps must be an array of at least 1 p-value, got ${shown(ps)}`,
    );
  }
  for (let index = 0; index < ps.length; index += 1) {
    const p = ps[index] as number;
    if (typeof p === 'number' && p >= 0 && p <= 1) continue;
    throw new LeewayError(
      'ERR_LEEWAY_SAMPLE',
      `ps[${index}] must be between 0 and 1, got ${shown(p)}`,
    );
  }
}

function factorOf(method: Adjustment, count: number): (rank: number) => number {
  if (method === 'hochberg') return (rank) => count - rank + 1;
  if (method === 'benjamini-hochberg') return (rank) => count / rank;
  let harmonic = 0;
  for (let k = count; k >= 1; k -= 1) harmonic += 1 / k;
  return (rank) => (count * harmonic) / rank;
}

function stepDown(ps: Sample, order: readonly number[]): number[] {
  const adjusted = new Array<number>(ps.length);
  let highest = 0;
  for (let rank = 1; rank <= order.length; rank += 1) {
    const index = order[rank - 1] as number;
    highest = Math.max(highest, Math.min(1, (order.length - rank + 1) * (ps[index] as number)));
    adjusted[index] = highest;
  }
  return adjusted;
}

function stepUp(ps: Sample, order: readonly number[], factor: (rank: number) => number): number[] {
  const adjusted = new Array<number>(ps.length);
  let lowest = 1;
  for (let rank = order.length; rank >= 1; rank -= 1) {
    const index = order[rank - 1] as number;
    lowest = Math.min(lowest, factor(rank) * (ps[index] as number));
    adjusted[index] = lowest;
  }
  return adjusted;
}
