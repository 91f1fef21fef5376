import { studentTTwoSided } from '../../stats/beta.js';
import { normalQuantile } from '../../stats/normal.js';

/**
 * By how much a column's statistics vary more than those of independent rows: factors of their variances, from 1 up, and
 * the degrees of freedom with which these are known.
 */
export interface Inflation {
  readonly ks: number;
  readonly waerden: number;
  readonly klotz: number;
  readonly wilcoxon: number;
  /** Of counts of categories, all together. */
  readonly counts: number;
  /** Of the count of a single category: the largest factor of any. */
  readonly category: number;
  /** Of shares of rows: missing, of another type. */
  readonly shares: number;
  readonly degrees: number;
}

/** Rows that don't depend on each other. */
export const INDEPENDENT: Inflation = {
  ks: 1,
  waerden: 1,
  klotz: 1,
  wilcoxon: 1,
  counts: 1,
  category: 1,
  shares: 1,
  degrees: Number.POSITIVE_INFINITY,
};

/** The p-value that a two-sided p-value becomes if the variance it was referred to is only known with so many degrees of freedom. */
export function referToT(pValue: number, degrees: number): number {
  if (degrees === Number.POSITIVE_INFINITY || !(pValue < 1)) return pValue;
  // Beyond what a quantile can tell, z² ≈ −2 ln p.
  const z = pValue > 1e-300 ? -normalQuantile(pValue / 2) : 37;
  return studentTTwoSided(z, degrees);
}

/** The p-value that a two-sided p-value becomes if its variance was larger by a factor than it was taken for. */
export function deflated(pValue: number, factor: number, degrees: number): number {
  if (!(pValue < 1) || (factor === 1 && degrees === Number.POSITIVE_INFINITY)) return pValue;
  const z = (pValue > 1e-300 ? -normalQuantile(pValue / 2) : 37) / Math.sqrt(factor);
  return studentTTwoSided(z, Math.min(degrees, 1e9));
}
