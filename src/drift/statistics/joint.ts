import type { Profile } from '../../profile/profile.js';
import { normalTwoSided } from '../../stats/normal.js';
import { sortedOrder } from '../../stats/sorted-order.js';
import { referToT } from '../calibration/inflation.js';

/** A change of a column's rank correlation with another. */
export interface PartnerChange {
  readonly partner: string;
  readonly baseline: number;
  readonly current: number;
  /** Of this pair alone. */
  readonly pValue: number;
}

/** How pairs of columns changed between two profiles. */
export interface JointChanges {
  /** How many pairs were looked at. */
  readonly pairs: number;
  /** Per column, the largest change of its correlation with another. */
  readonly largest: ReadonlyMap<string, PartnerChange>;
}

/** Fewer sampled rows than this on either side say nothing about correlations. */
const LEAST_ROWS = 20;
/**
 * Nor do columns that mostly have one value each, until so many rows of either window are expected to have other values in both:
 * a single such row has a product so large that the normal law fails.
 */
const LEAST_APART = 2;

/**
 * Compares rank correlations of all pairs of numeric columns in the samples of rows that both profiles keep.
 *
 * A correlation is the mean product of the two columns' ranks, standardised within their own window: so it sees how columns
 * go together and nothing of how each one is spread. The difference is set against the variance of the products, which is
 * that of independent columns, and more than that of correlated ones: p-values err upwards there. Ranks and not normal
 * scores: their products are bounded, so the normal law holds far out in the tail also for small windows.
 *
 * @param wanted whether a column takes part.
 * @param inflation by how much sums over a window vary more than over independent rows.
 */
export function compareJoint(
  baseline: Profile,
  current: Profile,
  wanted: (column: string) => boolean,
  { inflation, degrees }: { readonly inflation: number; readonly degrees: number },
): JointChanges | undefined {
  const before = baseline.joint;
  const now = current.joint;
  if (before === undefined || now === undefined || Math.min(before.rows, now.rows) < LEAST_ROWS)
    return undefined;
  const numbersBefore = before.numbers();
  const numbersNow = now.numbers();
  const scored = before.columns
    .filter((name) => now.columns.includes(name) && wanted(name))
    .map((name) => ({
      name,
      before: scoresOf(numbersBefore.get(name)),
      now: scoresOf(numbersNow.get(name)),
    }))
    .filter((column) => column.before !== undefined && column.now !== undefined) as ScoredColumn[];
  let pairs = 0;
  const greatest = new Float64Array(scored.length);
  const partners = new Int32Array(scored.length).fill(-1);
  const keep = (column: number, partner: number, z: number): void => {
    if (z < (greatest[column] as number)) return;
    greatest[column] = z;
    partners[column] = partner;
  };
  for (let one = 0; one < scored.length; one += 1) {
    for (let other = one + 1; other < scored.length; other += 1) {
      const change = changeOf(
        scored[one] as ScoredColumn,
        scored[other] as ScoredColumn,
        inflation,
      );
      if (change === undefined) continue;
      pairs += 1;
      const z = Math.abs(change.z);
      keep(one, other, z);
      keep(other, one, z);
    }
  }
  if (pairs === 0) return undefined;
  const largest = new Map<string, PartnerChange>();
  scored.forEach((column, place) => {
    const partner = scored[partners[place] as number];
    const change = partner && changeOf(column, partner, inflation);
    if (partner === undefined || change === undefined) return;
    const pValue = referToT(normalTwoSided(change.z), Math.min(degrees, change.degrees));
    largest.set(column.name, {
      partner: partner.name,
      baseline: change.before,
      current: change.now,
      pValue,
    });
  });
  return { pairs, largest };
}

/** A square matrix of rank correlations (Spearman), in the order of `columns`. Unknown values are NaN. */
export interface RankCorrelations {
  readonly columns: readonly string[];
  readonly values: readonly (readonly number[])[];
}

/**
 * Rank correlations of all pairs of numeric columns, in the profile's sample of rows.
 *
 * @returns no columns if the profile has no sample, or one that is too small.
 */
export function rankCorrelations(profile: Profile, columns?: readonly string[]): RankCorrelations {
  const sample = profile.joint;
  if (sample === undefined || sample.rows < LEAST_ROWS) return { columns: [], values: [] };
  const numbers = sample.numbers();
  const scored = (columns ?? sample.columns).map((name) => ({
    name,
    scores: scoresOf(numbers.get(name)),
  }));
  const values = scored.map(({ scores: one }, row) =>
    scored.map(({ scores: other }, column) => {
      if (one === undefined || other === undefined) return Number.NaN;
      if (row === column) return 1;
      const { rows, mean } = products(one, other);
      return rows < LEAST_ROWS ? Number.NaN : mean;
    }),
  );
  return { columns: scored.map(({ name }) => name), values };
}

interface Change {
  readonly before: number;
  readonly now: number;
  readonly z: number;
  /** With how many degrees of freedom the variance is known. */
  readonly degrees: number;
}

/** `undefined` where too few rows tell of both. */
function changeOf(one: ScoredColumn, other: ScoredColumn, inflation: number): Change | undefined {
  const first = products(one.before, other.before);
  const second = products(one.now, other.now);
  if (first.rows < LEAST_ROWS || second.rows < LEAST_ROWS) return undefined;
  const apart = Math.min(
    first.rows * one.before.apart * other.before.apart,
    second.rows * one.now.apart * other.now.apart,
  );
  if (apart < LEAST_APART) return undefined;
  const degrees = first.rows + second.rows - 2;
  const variance = (first.squares + second.squares) / degrees;
  const deviation = Math.sqrt(variance * (1 / first.rows + 1 / second.rows) * inflation);
  const z = deviation > 0 ? (second.mean - first.mean) / deviation : 0;
  return { before: first.mean, now: second.mean, z, degrees };
}

interface ColumnScores {
  readonly values: Float64Array;
  readonly complete: boolean;
  /** The share of the numbers that are not the most frequent one. */
  readonly apart: number;
}

interface ScoredColumn {
  readonly name: string;
  readonly before: ColumnScores;
  readonly now: ColumnScores;
}

/** A baseline is compared again and again. */
const known = new WeakMap<Float64Array, { readonly scores: ColumnScores | undefined }>();

function scoresOf(numbers: Float64Array = new Float64Array(0)): ColumnScores | undefined {
  let entry = known.get(numbers);
  if (entry === undefined) {
    entry = { scores: scores(numbers) };
    known.set(numbers, entry);
  }
  return entry.scores;
}

/** Mid-ranks of a column's numbers, to mean 0 and variance 1; NaN where there is none. `undefined` for constants. */
function scores(numbers: Float64Array): ColumnScores | undefined {
  const complete = !hasNaN(numbers);
  const present = complete ? numbers : numbers.filter((value) => !Number.isNaN(value));
  const ranked = midRanks(present);
  if (ranked === undefined) return undefined;
  const { ranks, apart } = ranked;
  if (complete) return { values: ranks, complete, apart };
  const values = new Float64Array(numbers.length).fill(Number.NaN);
  let next = 0;
  for (let row = 0; row < numbers.length; row += 1) {
    if (Number.isNaN(numbers[row])) continue;
    values[row] = ranks[next] as number;
    next += 1;
  }
  return { values, complete, apart };
}

function hasNaN(numbers: Float64Array): boolean {
  for (let row = 0; row < numbers.length; row += 1) if (Number.isNaN(numbers[row])) return true;
  return false;
}

function midRanks(
  numbers: Float64Array,
): { readonly ranks: Float64Array; readonly apart: number } | undefined {
  const count = numbers.length;
  const order = sortedOrder(numbers);
  const ranks = new Float64Array(count);
  let squares = 0;
  let most = 0;
  for (let from = 0; from < count; ) {
    const value = numbers[order[from] as number];
    let to = from + 1;
    while (to < count && numbers[order[to] as number] === value) to += 1;
    const rank = (from + to - count) / 2;
    for (let place = from; place < to; place += 1) ranks[order[place] as number] = rank;
    squares += (to - from) * rank * rank;
    most = Math.max(most, to - from);
    from = to;
  }
  if (squares === 0) return undefined;
  const scale = Math.sqrt(count / squares);
  for (let row = 0; row < count; row += 1) ranks[row] = (ranks[row] as number) * scale;
  return { ranks, apart: 1 - most / count };
}

interface Products {
  readonly rows: number;
  readonly mean: number;
  /** Σ (product − mean)². */
  readonly squares: number;
}

function products(one: ColumnScores, other: ColumnScores): Products {
  const u = one.values;
  const v = other.values;
  let rows = u.length;
  let sum = 0;
  let squares = 0;
  if (one.complete && other.complete) {
    [sum, squares] = sums(u, v);
  } else {
    rows = 0;
    for (let row = 0; row < u.length; row += 1) {
      const product = (u[row] as number) * (v[row] as number);
      if (Number.isNaN(product)) continue;
      rows += 1;
      sum += product;
      squares += product * product;
    }
  }
  const mean = rows === 0 ? 0 : sum / rows;
  return { rows, mean, squares: Math.max(0, squares - mean * sum) };
}

/** Sums of products and of their squares, by fours: there are a thousand pairs, and a sum must not wait for the one before. */
function sums(u: Float64Array, v: Float64Array): [sum: number, squares: number] {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let aa = 0;
  let bb = 0;
  let cc = 0;
  let dd = 0;
  const whole = u.length - (u.length % 4);
  for (let row = 0; row < whole; row += 4) {
    const first = (u[row] as number) * (v[row] as number);
    const second = (u[row + 1] as number) * (v[row + 1] as number);
    const third = (u[row + 2] as number) * (v[row + 2] as number);
    const fourth = (u[row + 3] as number) * (v[row + 3] as number);
    a += first;
    b += second;
    c += third;
    d += fourth;
    aa += first * first;
    bb += second * second;
    cc += third * third;
    dd += fourth * fourth;
  }
  for (let row = whole; row < u.length; row += 1) {
    const product = (u[row] as number) * (v[row] as number);
    a += product;
    aa += product * product;
  }
  return [a + b + c + d, aa + bb + cc + dd];
}
