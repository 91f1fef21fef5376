import { enumeratedTail } from './exact-chi-square.js';
import { isQuicklyWalked, lowerTail, upperTail, walkHypergeometric } from './hypergeometric.js';
import { shiftedGammaSf } from './shifted-gamma.js';
import type { CompactTable } from './table.js';

/** Tables whose X² equals the one seen up to rounding count as at least as extreme. */
const TIE_TOLERANCE = 1e-9;

/**
 * P(X² ≥ statistic) with both margins of the table fixed: what a random exchange of rows between the windows gives.
 *
 * Exact for a 2 by 2 table of whole counts, and for two rows where all tables are quickly enumerated; otherwise a gamma law with the exact conditional mean and variance, and for two rows
 * the exact third moment.
 *
 * @param midP whether tables as extreme as the one seen count by half, where they are counted.
 */
export function conditionalTail(table: CompactTable, statistic: number, midP = false): number {
  if (statistic === 0) return 1;
  const exact = isTwoByTwo(table)
    ? exactTail(table, statistic, midP)
    : enumeratedTail(table, statistic, midP);
  if (exact !== undefined) return exact;
  const { mean, variance, third } = conditionalMoments(table);
  if (!(variance > 0)) return 1;
  const deviation = Math.sqrt(variance);
  // Without a third moment the gamma law that starts at 0.
  const skewness = third === undefined ? (2 * deviation) / mean : third / deviation ** 3;
  return shiftedGammaSf(statistic, mean, deviation, skewness);
}

export interface ConditionalMoments {
  readonly mean: number;
  readonly variance: number;
  /** Third central moment; known for two rows and more than five counts. */
  readonly third: number | undefined;
}

/**
 * Mean, variance and third central moment of X² with both margins fixed. R. Dawson (1954): mean N(R−1)(C−1)/(N−1), variance
 * 2N/(N−3)·(v₁−w₁)(v₂−w₂) + N²/(N−1)·w₁w₂ with v = (k−1)(N−k)/(N−1) and w = (Σ N/margin − k²)/(N−2) for the k rows, the k columns.
 */
export function conditionalMoments({
  rowSums,
  columnSums,
  total,
}: CompactTable): ConditionalMoments {
  const mean = (total * (rowSums.length - 1) * (columnSums.length - 1)) / (total - 1);
  if (total <= 3) return { mean, variance: 0, third: undefined };
  const rows = marginTerms(rowSums, total);
  const columns = marginTerms(columnSums, total);
  const regular = ((2 * total) / (total - 3)) * (rows.v - rows.w) * (columns.v - columns.w);
  const variance = regular + (total ** 2 / (total - 1)) * rows.w * columns.w;
  const third =
    rowSums.length === 2 && total > 5 ? thirdMoment(rowSums, columnSums, total) : undefined;
  return { mean, variance, third };
}

/**
 * The third central moment for two rows. Derived from the factorial moments of the multivariate hypergeometric law
 * (E Π Oⱼ₍ₐ₎ = n₍ₐ₊…₎/N₍ₐ₊…₎ · Π Cⱼ₍ₐ₎) by computer algebra; what is left depends on the columns by K, A = Σ 1/C and B = Σ 1/C² only,
 * and on the rows by s = n·m. Checked against all arrangements of small tables.
 */
function thirdMoment(rowSums: readonly number[], columnSums: readonly number[], N: number): number {
  const K = columnSums.length;
  const s = (rowSums[0] as number) * (rowSums[1] as number);
  let A = 0;
  let B = 0;
  for (const sum of columnSums) {
    A += 1 / sum;
    B += 1 / sum ** 2;
  }
  const g = s + 1 - N;
  const inAK =
    -3 *
    N *
    (N - 1) *
    (N ** 5 +
      N ** 4 -
      N ** 3 * (16 * s + 9) +
      N ** 2 * (30 * s + 11) +
      N * (48 * s * s + 10 * s - 4) -
      120 * s * s);
  const inA =
    -2 * N ** 2 * (N - 1) * g * (-11 * N ** 3 - 23 * N ** 2 + N * (56 * s - 10) + 52 * s + 8);
  const inB =
    N ** 2 *
    (N - 1) ** 2 *
    (N ** 4 + 16 * N ** 3 - N ** 2 * (30 * s - 11) - N * (90 * s + 4) + 120 * s * s);
  const inK3 =
    2 *
    (N ** 6 -
      5 * N ** 5 -
      N ** 4 * (11 * s - 9) +
      N ** 3 * (52 * s - 7) +
      N ** 2 * (28 * s * s - 71 * s + 2) -
      N * (124 * s * s - 30 * s) +
      120 * s * s);
  const inK2 = 6 * N * g * (-3 * N ** 4 + 6 * N ** 3 + N ** 2 * (12 * s - 3) - 16 * N * s - 20 * s);
  const inK =
    4 * N ** 2 * g * (-7 * N ** 3 + N ** 2 * (2 * s - 8) + N * (20 * s + 19) + 14 * s - 4);
  const rest = -8 * N ** 3 * g * (-3 * N ** 2 + N * (s + 3) + 5 * s);
  const sum = A * (K * inAK + inA) + B * inB + ((K * inK3 + inK2) * K + inK) * K + rest;
  return ((N ** 3 / s / s) * sum) / ((N - 5) * (N - 4) * (N - 3) * (N - 2) * (N - 1) ** 3);
}

function marginTerms(sums: readonly number[], total: number): { v: number; w: number } {
  const count = sums.length;
  let inverses = 0;
  for (const sum of sums) inverses += total / sum;
  return {
    v: ((count - 1) * (total - count)) / (total - 1),
    w: (inverses - count ** 2) / (total - 2),
  };
}

function isTwoByTwo({ rowSums, columnSums }: CompactTable): boolean {
  return (
    rowSums.length === 2 &&
    columnSums.length === 2 &&
    [...rowSums, ...columnSums].every(Number.isInteger)
  );
}

function exactTail(
  { rowSums, columnSums, total }: CompactTable,
  statistic: number,
  midP: boolean,
): number {
  // The smaller ones first: what is small keeps its digits.
  const [topSum, bottomSum] = rowSums.toSorted((a, b) => a - b) as [number, number];
  const [leftSum, rightSum] = columnSums.toSorted((a, b) => a - b) as [number, number];
  const expected = (topSum * leftSum) / total;
  const scale = total ** 3 / (topSum * bottomSum * leftSum * rightSum);
  const limit = statistic * (1 - TIE_TOLERANCE);
  const above = statistic * (1 + TIE_TOLERANCE);
  const margins = { topSum, leftSum, total };
  if (!isQuicklyWalked(margins)) {
    // Of so many counts each has next to no chance, so that half of the one seen makes no difference.
    const distance = Math.sqrt(limit / scale);
    return Math.min(
      1,
      lowerTail(Math.floor(expected - distance), margins) +
        upperTail(Math.ceil(expected + distance), margins),
    );
  }
  let all = 0;
  let extreme = 0;
  walkHypergeometric(topSum, leftSum, total, (x, weight) => {
    all += weight;
    const other = (x - expected) ** 2 * scale;
    if (other >= limit) extreme += midP && other <= above ? weight / 2 : weight;
  });
  return extreme / all;
}
