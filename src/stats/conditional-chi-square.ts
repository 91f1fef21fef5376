import { walkHypergeometric } from './hypergeometric.js';
import { shiftedGammaSf } from './shifted-gamma.js';
import type { CompactTable } from './table.js';

/** Tables whose X² equals the one seen up to rounding count as at least as extreme. */
const TIE_TOLERANCE = 1e-9;

/**
 * P(X² ≥ statistic) with both margins of the table fixed: what a random exchange of rows between the windows gives.
 *
 * Exact for a 2 by 2 table of whole counts; otherwise a gamma law with the exact conditional mean and variance.
 */
export function conditionalTail(table: CompactTable, statistic: number): number {
  if (table.rowSums.length === 2 && table.columnSums.length === 2 && table.rowSums.every(Number.isInteger)) {
    return exactTail(table, statistic);
  }
  const { mean, variance } = conditionalMoments(table);
  if (!(variance > 0)) return 1;
  return shiftedGammaSf(statistic, mean, Math.sqrt(variance), (2 * Math.sqrt(variance)) / mean);
}

/**
 * Mean and variance of X² with both margins fixed. R. Dawson (1954): mean N(R−1)(C−1)/(N−1), variance
 * 2N/(N−3)·(v₁−w₁)(v₂−w₂) + N²/(N−1)·w₁w₂ with v = (k−1)(N−k)/(N−1) and w = (Σ N/margin − k²)/(N−2) for the k rows, the k columns.
 */
export function conditionalMoments({ rowSums, columnSums, total }: CompactTable): { mean: number; variance: number } {
  const mean = (total * (rowSums.length - 1) * (columnSums.length - 1)) / (total - 1);
  if (total <= 3) return { mean, variance: 0 };
  const rows = marginTerms(rowSums, total);
  const columns = marginTerms(columnSums, total);
  const regular = ((2 * total) / (total - 3)) * (rows.v - rows.w) * (columns.v - columns.w);
  return { mean, variance: regular + (total ** 2 / (total - 1)) * rows.w * columns.w };
}

function marginTerms(sums: readonly number[], total: number): { v: number; w: number } {
  const count = sums.length;
  let inverses = 0;
  for (const sum of sums) inverses += total / sum;
  return { v: ((count - 1) * (total - count)) / (total - 1), w: (inverses - count ** 2) / (total - 2) };
}

function exactTail({ rowSums, columnSums, total }: CompactTable, statistic: number): number {
  const [topSum, bottomSum] = rowSums as [number, number];
  const [leftSum, rightSum] = columnSums as [number, number];
  const expected = (topSum * leftSum) / total;
  const scale = total ** 3 / (topSum * bottomSum * leftSum * rightSum);
  const limit = statistic * (1 - TIE_TOLERANCE);
  let all = 0;
  let extreme = 0;
  walkHypergeometric(topSum, leftSum, total, (x, weight) => {
    all += weight;
    if ((x - expected) ** 2 * scale >= limit) extreme += weight;
  });
  return extreme / all;
}
