import { normalQuantile } from './normal.js';

/** Sums of normal scores of N pooled values over the lowest ranks, tabulated at even steps from rank 0 to rank N. */
export interface NormalScoreSums {
  /** Σ Φ⁻¹(r / (N+1)) up to each step, in `unit`. */
  readonly first: Float64Array;
  /** Σ Φ⁻¹(r / (N+1))² up to each step, in `unit`. */
  readonly second: Float64Array;
  /** The scores of single values, where nothing is tied; up to 16,384 values. */
  readonly single: SingleScores | undefined;
  /** Steps per rank; between steps the sums are linear. */
  readonly perRank: number;
  readonly unit: number;
}

/** Scores by rank, less their average, and the sums of their squares and cubes. */
export interface SingleScores {
  readonly location: CentredScores;
  readonly spread: CentredScores;
}

/** Scores less their average. */
export interface CentredScores {
  readonly scores: Float64Array;
  readonly squares: number;
  readonly cubes: number;
}

/** Up to this many values each rank is a step; above, the integrals that the sums tend to are read from a coarser table. */
const SUMMED = 16_384;
/** The columns of a table mostly have their numbers of values in common; so many are kept. */
const MOST_KEPT = 8;
const GRID = 8192;

const kept = new Map<number, NormalScoreSums>();
let integrals: Pick<NormalScoreSums, 'first' | 'second'> | undefined;

/**
 * Cumulative normal scores, from which the score of a tied group is a difference of two entries. Exact up to 16,384 values;
 * beyond, ∫ Φ⁻¹ = −φ(z) and ∫ (Φ⁻¹)² = p − z φ(z), linear between 8,192 points, which is off by less than a thousandth of
 * a score except in the outermost 8,192nd.
 */
export function normalScoreSums(total: number): NormalScoreSums {
  if (total > SUMMED) {
    integrals ??= integrate();
    return { ...integrals, single: undefined, perRank: GRID / total, unit: total };
  }
  let sums = kept.get(total);
  if (sums === undefined) {
    sums = summed(total);
    const [oldest] = kept.keys();
    if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(total, sums);
  }
  return sums;
}

function summed(total: number): NormalScoreSums {
  const first = new Float64Array(total + 1);
  const second = new Float64Array(total + 1);
  for (let rank = 1; rank <= total; rank += 1) {
    const score = normalQuantile(rank / (total + 1));
    first[rank] = (first[rank - 1] as number) + score;
    second[rank] = (second[rank - 1] as number) + score * score;
  }
  const single = { location: centred(first), spread: centred(second) };
  return { first, second, single, perRank: 1, unit: 1 };
}

function centred(sums: Float64Array): CentredScores {
  const total = sums.length - 1;
  const average = (sums[total] as number) / total;
  const scores = new Float64Array(total);
  let squares = 0;
  let cubes = 0;
  for (let rank = 0; rank < total; rank += 1) {
    const score = (sums[rank + 1] as number) - (sums[rank] as number) - average;
    scores[rank] = score;
    squares += score * score;
    cubes += score * score * score;
  }
  return { scores, squares, cubes };
}

function integrate(): Pick<NormalScoreSums, 'first' | 'second'> {
  const first = new Float64Array(GRID + 1);
  const second = new Float64Array(GRID + 1);
  for (let point = 1; point < GRID; point += 1) {
    const share = point / GRID;
    const z = normalQuantile(share);
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    first[point] = -density;
    second[point] = share - z * density;
  }
  second[GRID] = 1;
  return { first, second };
}
