import type { CompactTable } from './table.js';

/** Up to this many tables are enumerated: about 2 ms. */
const MOST_TABLES = 2e5;
/** Tables whose X² equals the one seen up to rounding count as at least as extreme. */
const TIE_TOLERANCE = 1e-9;

/** One category's possible counts in the first window: how likely each is, and what it adds to X². */
interface Column {
  readonly size: number;
  readonly weights: Float64Array;
  readonly parts: Float64Array;
}

/**
 * P(X² ≥ statistic) with both margins fixed by enumerating all tables of two rows, or undefined where they are too many or the
 * counts are not whole.
 */
export function enumeratedTail({ rowSums, columnSums, total }: CompactTable, statistic: number): number | undefined {
  const first = rowSums[0] as number;
  if (rowSums.length !== 2 || !Number.isInteger(first) || !columnSums.every(Number.isInteger)) return undefined;
  if (boundTables(columnSums, first) > MOST_TABLES) return undefined;
  // The largest comes last: its count follows from the others.
  const sizes = columnSums.toSorted((a, b) => a - b);
  const columns = sizes.map((size) => describeColumn(size, first, total));
  const limit = statistic * (1 - TIE_TOLERANCE);
  let all = 0;
  let extreme = 0;
  const choose = (index: number, left: number, weight: number, sum: number): void => {
    const { size, weights, parts } = columns[index] as Column;
    if (index === columns.length - 1) {
      if (left > size) return;
      const ways = weight * (weights[left] as number);
      all += ways;
      if (sum + (parts[left] as number) >= limit) extreme += ways;
      return;
    }
    for (let count = 0; count <= size && count <= left; count += 1) {
      choose(index + 1, left - count, weight * (weights[count] as number), sum + (parts[count] as number));
    }
  };
  choose(0, first, 1, 0);
  return Math.min(1, extreme / all);
}

/**
 * Binomial weights with the first window's share as p: with the sum of counts fixed they are in proportion to the
 * hypergeometric ones, and they peak where the tables do, so nothing over- or underflows.
 */
function describeColumn(size: number, first: number, total: number): Column {
  const odds = first / (total - first);
  const expected = (size * first) / total;
  const scale = total ** 2 / (first * (total - first) * size);
  const weights = new Float64Array(size + 1);
  const parts = new Float64Array(size + 1);
  const mode = Math.min(size, Math.floor(expected));
  weights[mode] = 1;
  for (let count = mode + 1; count <= size; count += 1) {
    weights[count] = (((weights[count - 1] as number) * (size - count + 1)) / count) * odds;
  }
  for (let count = mode - 1; count >= 0; count -= 1) {
    weights[count] = ((weights[count + 1] as number) * (count + 1)) / (size - count) / odds;
  }
  for (let count = 0; count <= size; count += 1) parts[count] = (count - expected) ** 2 * scale;
  return { size, weights, parts };
}

function boundTables(columnSums: readonly number[], first: number): number {
  let product = 1;
  let largest = 0;
  for (const sum of columnSums) {
    product *= Math.min(sum, first) + 1;
    largest = Math.max(largest, Math.min(sum, first) + 1);
  }
  return Math.max(product / largest, largest);
}
