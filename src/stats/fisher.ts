import { LeewayError, shown } from '../errors.js';
import { checkOptionNames } from '../option-names.js';
import { walkHypergeometric } from './hypergeometric.js';
import { oneOf } from './options.js';
import { type Table, twoByTwo } from './table.js';

type Alternative = 'two-sided' | 'less' | 'greater';

const ALTERNATIVES: readonly Alternative[] = ['two-sided', 'less', 'greater'];

export interface FisherOptions {
  /**
   * `'less'` and `'greater'` are about the top left count (an odds ratio below / above 1).
   * @default 'two-sided'
   */
  readonly alternative?: Alternative;
}

export interface FisherResult {
  /** The sample odds ratio ad/bc: 0…Infinity; NaN where a margin is empty (0/0), the p-value is then 1. */
  readonly statistic: number;
  readonly pValue: number;
}

/** Tables as likely as the one seen, up to rounding, count as no likelier (R's choice). */
const TIE_TOLERANCE = 1e-7;

/**
 * Fisher's exact test of a 2 by 2 table: do two windows have the same share of something, however small the counts?
 *
 * For shares with few cases (missing values, a rare category), where chi-square's limit law fails. The p-value is the total
 * probability, both margins fixed, of the tables no likelier than the one seen (two-sided), or with a top left count at most /
 * at least as large (`'less'` / `'greater'`).
 *
 * @param table [[a, b], [c, d]], whole counts: a row per window, a column per outcome
 * @returns the odds ratio and the p-value.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for another shape or a count that is negative, fractional or not finite;
 *   ERR_LEEWAY_OPTION for an unknown alternative.
 *
 * An empty row or column tells nothing: statistic NaN, p = 1. At most O(smallest margin) time, in fact a few dozen standard
 * deviations of the count; no memory.
 *
 * Source: R. A. Fisher (1935); agrees with SciPy 1.10 `fisher_exact`.
 *
 * @example
 * fisherExactTest([[8, 4], [8, 1]]); // { statistic: 0.25, pValue: 0.3383… }
 */
export function fisherExactTest(table: Table, options: FisherOptions = {}): FisherResult {
  checkOptionNames('fisherExactTest', options, ['alternative']);
  const alternative = oneOf(options.alternative, ALTERNATIVES, 'two-sided', 'alternative');
  const counts = twoByTwo(table);
  for (const count of counts) {
    if (Number.isInteger(count)) continue;
    throw new LeewayError('ERR_LEEWAY_SAMPLE', `fisherExactTest needs whole counts, got ${shown(count)}`);
  }
  const [a, b, c, d] = counts;
  const statistic = (a * d) / (b * c);
  if (a + b === 0 || c + d === 0 || a + c === 0 || b + d === 0) return { statistic: Number.NaN, pValue: 1 };
  return { statistic, pValue: tail(a, a + b, a + c, a + b + c + d, alternative) };
}

function tail(seen: number, topSum: number, leftSum: number, total: number, alternative: Alternative): number {
  let seenWeight = 0;
  walkHypergeometric(topSum, leftSum, total, (x, weight) => {
    if (x === seen) seenWeight = weight;
  });
  const limit = seenWeight * (1 + TIE_TOLERANCE);
  let all = 0;
  let extreme = 0;
  walkHypergeometric(topSum, leftSum, total, (x, weight) => {
    all += weight;
    if (alternative === 'less' ? x <= seen : alternative === 'greater' ? x >= seen : weight <= limit) extreme += weight;
  });
  return Math.min(1, extreme / all);
}

/**
 * The largest two-sided p-value up to a level that a table with these margins could give; 0 where there is none.
 *
 * @param topSum the first row's count, and leftSum the first column's.
 */
export function attainedFisherPValue(level: number, topSum: number, leftSum: number, total: number): number {
  const weights: number[] = [];
  walkHypergeometric(topSum, leftSum, total, (_, weight) => weights.push(weight));
  weights.sort((a, b) => a - b);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let [attained, sum] = [0, 0];
  for (let place = 0; place < weights.length; place += 1) {
    sum += weights[place] as number;
    // Tables as likely as each other come together.
    const isLast = (weights[place + 1] ?? Infinity) > (weights[place] as number) * (1 + TIE_TOLERANCE);
    if (!isLast) continue;
    if (sum > level * all) break;
    attained = sum / all;
  }
  return attained;
}
