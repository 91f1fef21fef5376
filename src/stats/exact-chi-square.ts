import { likeliest, logBinomialMass } from './binomial-law.js';
import type { CompactTable } from './table.js';

/** Up to this many tables are enumerated: about 2 ms where X² is so large that most of them are within it; mostly a tenth of that. */
const MOST_TABLES = 2e5;
/** Below, 1 − P has lost too many digits, and the tables beyond X² are summed. */
const LEAST_DIFFERENCE = 1e-9;
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
 *
 * @param midP whether tables as extreme as the one seen count by half.
 */
export function enumeratedTail(
  { rowSums, columnSums, total }: CompactTable,
  statistic: number,
  midP = false,
): number | undefined {
  // Which window is the first makes no difference to X², but to the number of tables: the smaller has fewer.
  const first = Math.min(...rowSums);
  if (rowSums.length !== 2 || !Number.isInteger(first) || !columnSums.every(Number.isInteger))
    return undefined;
  if (boundTables(columnSums, first) > MOST_TABLES) return undefined;
  // The largest comes last: its count follows from the others.
  const sizes = columnSums.toSorted((a, b) => a - b);
  const tail = (limit: number): number => {
    const pValue = 1 - within(sizes, first, total, limit) / likeliest(first, total);
    return pValue > LEAST_DIFFERENCE ? Math.min(1, pValue) : beyond(sizes, first, total, limit);
  };
  const pValue = tail(statistic * (1 - TIE_TOLERANCE));
  return midP ? (pValue + tail(statistic * (1 + TIE_TOLERANCE))) / 2 : pValue;
}

/**
 * The chance of a table with X² below the limit, counts being binomial. What is left for the columns to come adds at least the
 * square of its distance from the expected in proportion to their size, so counts go outwards from the likeliest until even that is too much.
 */
function within(sizes: readonly number[], first: number, total: number, limit: number): number {
  const share = first / total;
  const perSize = 1 / (share * (1 - share));
  const laws = sizes.map((size) => lawUpTo(Math.min(size, first), size, first, total));
  const rests = sizes.map((_, index) =>
    sizes.slice(index + 1).reduce((sum, size) => sum + size, 0),
  );
  const choose = (index: number, left: number, sum: number): number => {
    const size = sizes[index] as number;
    const law = laws[index] as Float64Array;
    const rest = rests[index] as number;
    const isLast = index === sizes.length - 2;
    const lastLaw = laws[index + 1] as Float64Array;
    const ofCount = (count: number): number => {
      const off = count - size * share;
      const offRest = left - count - rest * share;
      const part = sum + (off * off * perSize) / size;
      if (part + (offRest * offRest * perSize) / rest >= limit) return -1;
      const weight = law[count] as number;
      return (
        weight *
        (isLast ? (lastLaw[left - count] as number) : choose(index + 1, left - count, part))
      );
    };
    const lowest = Math.max(0, left - rest);
    const highest = Math.min(size, left);
    const likely = Math.min(highest, Math.max(lowest, Math.round((left * size) / (size + rest))));
    let chance = 0;
    for (let count = likely, more = 0; count <= highest && more >= 0; count += 1) {
      more = ofCount(count);
      if (more > 0) chance += more;
    }
    for (let count = likely - 1, more = 0; count >= lowest && more >= 0; count -= 1) {
      more = ofCount(count);
      if (more > 0) chance += more;
    }
    return chance;
  };
  return choose(0, first, 0);
}

/** The binomial chances of 0 … `most` of a category's counts in the first window: no more fit in there. */
function lawUpTo(most: number, size: number, first: number, total: number): Float64Array {
  const share = first / total;
  const complement = (total - first) / total;
  return Float64Array.from({ length: most + 1 }, (_, count) =>
    Math.exp(logBinomialMass(count, size, share, complement)),
  );
}

/** The share of tables with X² at the limit or above. */
function beyond(sizes: readonly number[], first: number, total: number, limit: number): number {
  const columns = sizes.map((size) => describeColumn(size, first, total));
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
      choose(
        index + 1,
        left - count,
        weight * (weights[count] as number),
        sum + (parts[count] as number),
      );
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
  // No more of them fit into the first window.
  const most = Math.min(size, first);
  const weights = new Float64Array(most + 1);
  const parts = new Float64Array(most + 1);
  const mode = Math.min(most, Math.floor(expected));
  weights[mode] = 1;
  for (let count = mode + 1; count <= most; count += 1) {
    weights[count] = (((weights[count - 1] as number) * (size - count + 1)) / count) * odds;
  }
  for (let count = mode - 1; count >= 0; count -= 1) {
    weights[count] = ((weights[count + 1] as number) * (count + 1)) / (size - count) / odds;
  }
  for (let count = 0; count <= most; count += 1) parts[count] = (count - expected) ** 2 * scale;
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
