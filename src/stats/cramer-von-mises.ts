import { LeewayError } from '../leaves/errors.js';
import { checkOptionNames } from '../leaves/option-names.js';
import { cramerVonMisesSf } from './cramer-von-mises-law.js';
import { chosenOf } from './options.js';
import { hasTies, walkPooled } from './pooled.js';
import { type Sample, sortSample } from './sample.js';
import { CompensatedSum } from './sum.js';

export interface CramerVonMisesOptions {
  /**
   * `'exact'` counts all orderings (no ties), `'asymptotic'` is the limit law of the standardised statistic, `'auto'` is exact
   * where there are no ties and that costs at most about 10 ms (to about n = m = 18).
   * @default 'auto'
   */
  readonly method?: 'auto' | 'exact' | 'asymptotic';
}

export interface CramerVonMisesResult {
  /** T, with midranks for ties. */
  readonly statistic: number;
  readonly pValue: number;
  readonly method: 'exact' | 'asymptotic';
}

/** Sums counted by the exact method: to this many by default, to that many at all. */
const EXACT_STEPS = 5e6;
const MOST_STEPS = 1e9;

/**
 * The two-sample Cramér–von Mises test: is there any difference between two distributions?
 *
 * Like Kolmogorov–Smirnov's, but it adds up all squared differences of the two empirical distribution functions instead of
 * taking the greatest, so it is mostly a little more powerful. T = U / (nm(n+m)) − (4nm − 1) / (6(n+m)) with
 * U = n Σ (rᵢ − i)² + m Σ (sⱼ − j)² over the pooled ranks r, s of the sorted samples.
 *
 * @param x baseline sample, two or more finite numbers in any order
 * @param y current sample, likewise
 * @returns T, its p-value and the method used.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for a sample of fewer than two values or a value that is not finite (naming argument
 *   and index), and for ties under `'exact'`; ERR_LEEWAY_OPTION for an unknown option or an exact count beyond 10⁹ steps.
 *
 * Not for tied data in samples of unequal size: the midrank form of T, kept because it is SciPy's, counts the ties themselves
 * as a difference and then rejects always (six integers, 1,000 against 100: 1.00 at .05). Use `ksTest`, or the scores tests,
 * there. With ties in equal sizes it is conservative; equal and constant samples give p = 1. O(n log n) time.
 *
 * Realised size at .05 and .001 (bench/stats/realised-size): holds for continuous data at 1:1, 10:1 and 200:1.
 *
 * Source: T. W. Anderson (1962); W. J. Conover (1999); agrees with SciPy 1.10 `cramervonmises_2samp`, in the tail with
 * Smirnov's formula, where SciPy's series ends at 1e-9.
 *
 * @example
 * cramerVonMisesTest([1, 2, 3, 4, 5], [10, 11, 12, 13, 14]); // { statistic: 0.85, pValue: 0.0079…, method: 'exact' }
 */
export function cramerVonMisesTest(
  x: Sample,
  y: Sample,
  options: CramerVonMisesOptions = {},
): CramerVonMisesResult {
  checkOptionNames('cramerVonMisesTest', options, ['method']);
  const requested = chosenOf(options.method, ['auto', 'exact', 'asymptotic'], 'auto', 'method');
  const xs = sortSample(x, 'x', 2);
  const ys = sortSample(y, 'y', 2);
  const statistic = statisticOf(xs, ys);
  if (
    requested === 'exact' ||
    (requested === 'auto' && stepsOf(xs.length, ys.length) <= EXACT_STEPS)
  ) {
    const tied = hasTies(xs, ys);
    if (requested === 'exact') checkExact(tied, xs.length, ys.length);
    if (!tied) return { statistic, pValue: exactTail(xs, ys), method: 'exact' };
  }
  return { statistic, pValue: limitTail(statistic, xs.length, ys.length), method: 'asymptotic' };
}

function statisticOf(xs: Float64Array, ys: Float64Array): number {
  const n = xs.length;
  const m = ys.length;
  const rankGaps = { x: new CompensatedSum(), y: new CompensatedSum() };
  let i = 0;
  let j = 0;
  walkPooled(xs, ys, (inX, inY) => {
    const rank = i + j + (inX + inY + 1) / 2;
    // Σ (rank − i)² over a run of k places, by its middle and its spread.
    rankGaps.x.add(inX * (rank - i - (inX + 1) / 2) ** 2 + (inX * (inX * inX - 1)) / 12);
    rankGaps.y.add(inY * (rank - j - (inY + 1) / 2) ** 2 + (inY * (inY * inY - 1)) / 12);
    i += inX;
    j += inY;
  });
  const total = n + m;
  return (
    rankGaps.x.value / m / total + rankGaps.y.value / n / total - (4 * n * m - 1) / (6 * total)
  );
}

/** The limit law after T is standardised to the law's mean 1/6 and variance 1/45. */
function limitTail(statistic: number, n: number, m: number): number {
  const total = n + m;
  const mean = (1 + 1 / total) / 6;
  const product = n * m;
  const variance =
    ((total + 1) / (45 * total * total)) *
    ((4 * product * total - 3 * (n * n + m * m) - 2 * product) / (4 * product));
  return cramerVonMisesSf(1 / 6 + (statistic - mean) / Math.sqrt(45 * variance));
}

/**
 * The share of lattice paths whose Σ (i·m − j·n)² over their places is at least that of the path seen. Every distinct sum is
 * counted, in units of gcd(n, m)²; counts are doubles, exact as long as C(n+m, n) is below 2⁵³ and good to 1e-15 beyond.
 */
function exactTail(xs: Float64Array, ys: Float64Array): number {
  const n = xs.length;
  const m = ys.length;
  const divisor = greatestCommonDivisor(n, m);
  const stepX = m / divisor;
  const stepY = n / divisor;
  let seen = 0;
  let place = 0;
  walkPooled(xs, ys, (inX) => {
    place += inX > 0 ? stepX : -stepY;
    seen += place * place;
  });
  const counts = countPathSums(n, m, stepX, stepY);
  let all = 0;
  let extreme = 0;
  for (let sum = counts.length - 1; sum >= 0; sum -= 1) {
    all += counts[sum] as number;
    if (sum >= seen) extreme += counts[sum] as number;
  }
  return extreme / all;
}

/** For every possible sum, how many paths from (0, 0) to (n, m) have it. */
function countPathSums(n: number, m: number, stepX: number, stepY: number): Float64Array {
  const row: Float64Array[] = [];
  for (let i = 0; i <= n; i += 1) {
    for (let j = 0; j <= m; j += 1) {
      if (i === 0 && j === 0) {
        row[0] = new Float64Array([1]);
        continue;
      }
      const square = (i * stepX - j * stepY) ** 2;
      row[j] = shiftedSum(i > 0 ? row[j] : undefined, j > 0 ? row[j - 1] : undefined, square);
    }
  }
  return row[m] as Float64Array;
}

function shiftedSum(
  first: Float64Array | undefined,
  second: Float64Array | undefined,
  shift: number,
): Float64Array {
  const result = new Float64Array(Math.max(first?.length ?? 0, second?.length ?? 0) + shift);
  if (first !== undefined) result.set(first, shift);
  if (second === undefined) return result;
  for (let sum = 0; sum < second.length; sum += 1) {
    result[sum + shift] = (result[sum + shift] as number) + (second[sum] as number);
  }
  return result;
}

/** About as many sums as the exact count touches: (n+1)(m+1) places, with at most a third of the greatest path sum each. */
function stepsOf(n: number, m: number): number {
  const divisor = greatestCommonDivisor(n, m);
  const side = (n * m) / divisor;
  return (n + 1) * (m + 1) * ((side * side * (n + m)) / 9);
}

function checkExact(tied: boolean, n: number, m: number): void {
  if (tied)
    throw new LeewayError(
      'ERR_LEEWAY_SAMPLE',
      "method 'exact' needs samples without ties; use 'asymptotic'",
    );
  if (stepsOf(n, m) <= MOST_STEPS) return;
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `method 'exact' is too costly for sizes ${n} and ${m}; use 'asymptotic'`,
  );
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
