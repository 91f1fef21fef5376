import { BLOCK_BINS, type ColumnTransform } from '../../profile/baseline-transforms.js';
import type { Block, BlockColumn } from '../../profile/block.js';
import { familyOf } from '../../profile/schema.js';
import { normalQuantile } from '../../stats/normal.js';
import { INDEPENDENT, type Inflation } from './inflation.js';
import type { ExpectedColumn } from './same-hours.js';

/** Fewer blocks than this say nothing about how much they vary. */
export const LEAST_BLOCKS = 10;
/** A block with fewer values than this is left out. */
const LEAST_VALUES = 5;

/** What blocks are measured against where it is not all of them together. */
export interface Around {
  /** By block. */
  readonly expected: readonly ExpectedColumn[];
  readonly degrees: number;
}

/** By how much one column's statistics vary more from block to block than those of independent rows would. */
export function inflationOf(
  transform: ColumnTransform,
  blocks: readonly Block[],
  place: number,
  around: Around | undefined = undefined,
): Inflation {
  const all = blocks.map((block) => block.column(place));
  const degrees = around?.degrees ?? blocks.length - 1;
  const fallback = around === undefined ? wholeOf(all) : undefined;
  const measured = all.map((column, index) => ({
    column,
    expected: fallback ?? (around?.expected[index] as ExpectedColumn),
  }));
  return { ...factorsOf(transform, measured, degrees), degrees };
}

interface Measured {
  readonly column: BlockColumn;
  readonly expected: ExpectedColumn;
}

/** All blocks together, as what each of them is expected to be. */
function wholeOf(all: readonly BlockColumn[]): ExpectedColumn {
  const sum = (of: (column: BlockColumn) => number): number =>
    all.reduce((total, column) => total + of(column), 0);
  const count = sum((column) => column.count);
  const rows = count + sum((column) => column.missing);
  const per = (value: number): number => (count > 0 ? value / count : 0);
  const bins = Float64Array.from({ length: BLOCK_BINS }, (_, bin) =>
    per(sum(({ bins: counts }) => counts[bin] ?? 0)),
  );
  return {
    count,
    rows,
    bins,
    missing: rows > 0 ? 1 - count / rows : 0,
    score: per(sum(({ scores }) => scores)),
    square: per(sum(({ squares }) => squares)),
  };
}

function factorsOf(
  transform: ColumnTransform,
  all: readonly Measured[],
  degrees: number,
): Omit<Inflation, 'degrees'> {
  const dispersionOf = (parts: readonly Part[]): number => dispersion(parts, degrees);
  const shares = dispersionOf(
    all.map(({ column: { count, missing }, expected }) => ({
      total: count + missing,
      part: missing,
      expected: expected.missing,
      variance: expected.missing * (1 - expected.missing),
    })),
  );
  const measured = all.filter(({ column }) => column.count >= LEAST_VALUES);
  const family = familyOf(transform.type);
  const counted = { ...INDEPENDENT, shares };
  if (measured.length < LEAST_BLOCKS) return counted;
  const left = degrees - (all.length - measured.length);
  if (family === 'categorical') return { ...counted, ...ofCategories(measured, left) };
  if (family !== 'numeric') return counted;
  const varianceOf = ({ score, square }: ExpectedColumn): number =>
    Math.max(square - score * score, 1e-9);
  const location = dispersion(
    measured.map(({ column: { count, scores }, expected }) => ({
      total: count,
      part: scores,
      expected: expected.score,
      variance: varianceOf(expected),
    })),
    left,
  );
  const spread = dispersion(
    measured.map(({ column: { count, squares }, expected }) => {
      const variance = varianceOf(expected);
      // Of normal scores; ties make it smaller, so that the factor errs downwards there and location's stands in.
      const ofSquares = 2 * variance ** 2 + 4 * expected.score ** 2 * variance;
      return { total: count, part: squares, expected: expected.square, variance: ofSquares };
    }),
    left,
  );
  const ks = ofRanks(measured, left);
  return { ...counted, ks, waerden: location, wilcoxon: location, klotz: spread, counts: 1 };
}

interface Part {
  readonly total: number;
  readonly part: number;
  /** What part / total is expected to be, and how much one row varies. */
  readonly expected: number;
  readonly variance: number;
}

/** Σ n (mean of a block − expected)² over the degrees of freedom, against the variance of one value; at least 1. */
function dispersion(parts: readonly Part[], degrees: number): number {
  return Math.max(1, between(parts, degrees) / Math.max(usual(parts), 1e-12)) || 1;
}

function between(parts: readonly Part[], degrees: number): number {
  const squares = parts.reduce(
    (sum, { total, part, expected }) =>
      sum + (total === 0 ? 0 : total * (part / total - expected) ** 2),
    0,
  );
  return squares / Math.max(1, degrees);
}

/** The variance of one value, over all blocks. */
function usual(parts: readonly Part[]): number {
  const total = parts.reduce((sum, part) => sum + part.total, 0);
  return total === 0 ? 0 : parts.reduce((sum, part) => sum + part.total * part.variance, 0) / total;
}

/** Of shares up to each bin's edge, weighted as Cramér and von Mises would. */
function ofRanks(measured: readonly Measured[], degrees: number): number {
  const passed = measured.map(() => ({ part: 0, expected: 0 }));
  let seen = 0;
  let expected = 0;
  for (let bin = 0; bin < BLOCK_BINS - 1; bin += 1) {
    const parts = measured.map(({ column, expected: usually }, place) => {
      const sums = passed[place] as { part: number; expected: number };
      sums.part += column.bins[bin] as number;
      sums.expected += usually.bins[bin] as number;
      return {
        total: column.count,
        ...sums,
        variance: Math.max(0, sums.expected * (1 - sums.expected)),
      };
    });
    seen += between(parts, degrees);
    expected += usual(parts);
  }
  return expected > 0 ? Math.max(1, seen / expected) : 1;
}

/** A share of blocks; what is rarer than the rest may be drift. */
const USUAL_BLOCKS = 0.95;

/**
 * What X² and the largest residual are in most blocks, against what they would be of independent rows. Categories come in bursts, of one
 * client or at night only: then most of the variance is in few blocks, and its mean says little of them.
 */
function ofCategories(
  measured: readonly Measured[],
  degrees: number,
): Pick<Inflation, 'counts' | 'category'> {
  const shares = Float64Array.from({ length: BLOCK_BINS }, (_, bin) =>
    usual(
      measured.map(({ column, expected }) => {
        const share = expected.bins[bin] as number;
        return { total: column.count, part: 0, expected: share, variance: share };
      }),
    ),
  );
  const bins = [...shares.keys()].filter((bin) => (shares[bin] as number) > 0);
  if (bins.length < 2) return { counts: 1, category: 1 };
  // The expected shares were taken from the same blocks, so that these lie closer to them than others would.
  const apart = measured.length / Math.max(1, degrees);
  const blocks = measured.map(({ column, expected }) =>
    bins.map((bin) => {
      const part = (column.bins[bin] as number) / column.count - (expected.bins[bin] as number);
      return (apart * column.count * part ** 2) / (shares[bin] as number);
    }),
  );
  const freedom = bins.length - 1;
  const sums = blocks.map((terms) => terms.reduce((sum, term) => sum + term, 0));
  const largest = blocks.map((terms) =>
    Math.max(...terms.map((term, at) => term / (1 - (shares[bins[at] as number] as number)))),
  );
  const mean = sums.reduce((sum, statistic) => sum + statistic, 0) / sums.length / freedom;
  return {
    counts: Math.max(1, mean, usually(sums) / chiSquareLimit(freedom)),
    category: Math.max(
      1,
      usually(largest) / normalQuantile((1 - USUAL_BLOCKS) / bins.length / 2) ** 2,
    ),
  };
}

/** The value that most blocks stay below. */
function usually(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(USUAL_BLOCKS * sorted.length))] as number;
}

/** The value that chi-square stays below in most cases; E. Wilson and M. Hilferty (1931). */
function chiSquareLimit(freedom: number): number {
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + normalQuantile(USUAL_BLOCKS) * Math.sqrt(spread)) ** 3;
}
