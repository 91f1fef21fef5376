import { logBinomialMass } from './binomial-law.js';
import { integrate } from './integrate.js';
import { solveDecreasing } from './solve.js';

/** Below this √n·D the theta-transformed series converges faster than the alternating one. */
const SWITCH = 0.82;
/** From this n·D² on both one-sided events together are so rare that P(D ≥ d) = 2 P(D⁺ ≥ d) to 1e-6 (Simard, L'Ecuyer). */
const TAIL_FROM = 2.2;
/** Up to this size the finite-n law is computed by Durbin's matrix, above by the Pelz–Good expansion. */
const MATRIX_TO = 140;
/** Up to this many terms of the one-sided law are added one by one. */
const MOST_TERMS = 1e5;
/** Beyond, whole numbers are no longer told apart. */
const MOST_COUNTABLE = 2 ** 52;
/** How much longer each next stretch of its terms is. */
const STRETCH = 1.05;

/**
 * P(K > x) of Kolmogorov's limit law: of √n D as n grows. 1 at 0; relative error below 1e-13 down to 1e-300.
 *
 * 2 Σ (−1)ᵏ⁻¹ e^{−2k²x²}, below 0.82 its theta transform. A. Kolmogorov (1933); G. Marsaglia et al., JSS 8(18), 2003.
 */
export function kolmogorovSf(x: number): number {
  if (!(x >= 0)) return Number.NaN;
  if (x < 0.04) return 1;
  if (x < SWITCH) return 1 - thetaCdf(x);
  let sum = 0;
  for (let k = 1; ; k += 1) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term <= 1e-17 * sum || term === 0) return 2 * sum;
  }
}

/** The x with P(K > x) = p, 0 < p ≤ 1, by bisection of `kolmogorovSf`. */
export function kolmogorovIsf(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 1) return 0;
  if (p === 0) return Number.POSITIVE_INFINITY;
  return solveDecreasing(kolmogorovSf, p, 0.04, 20);
}

/**
 * P(Dₙ⁺ ≥ d) of the one-sided one-sample Kolmogorov–Smirnov statistic at finite n.
 *
 * Σ over j ≤ n(1−d) of d C(n,j) (d + j/n)^{j−1} (1 − d − j/n)^{n−j}: all terms positive. Birnbaum and Tingey (1951). O(n) up to
 * n = 10⁵; beyond, the terms in the middle are integrated, with a relative error below 1e-9, in about 3 ms.
 */
export function ksOneSidedSf(d: number, n: number): number {
  if (!(d >= 0 && d <= 1) || !(n >= 1)) return Number.NaN;
  if (d === 0) return 1;
  // Where n + 1 is n for a double, the limit law is exact to its last digit.
  if (n > MOST_COUNTABLE) return Math.exp(-2 * n * d * d);
  const term = (j: number): number => {
    const up = d + j / n;
    const down = (n - j) / n - d;
    if (j >= n || !(down > 0)) return 0;
    return (d / up) * Math.exp(logBinomialMass(j, n, up, down, d * n));
  };
  const last = Math.floor(n * (1 - d) * (1 + 4 * Number.EPSILON));
  const first = Math.exp(n * Math.log1p(-d));
  if (last <= MOST_TERMS) return Math.min(1, first + sumOfTerms(term, 1, last));
  const edge = Math.floor(MOST_TERMS / 4);
  const inner = middleOfTerms(term, edge, last - edge);
  return Math.min(
    1,
    first + sumOfTerms(term, 1, edge) + inner + sumOfTerms(term, last - edge + 1, last),
  );
}

function sumOfTerms(term: (j: number) => number, from: number, to: number): number {
  let sum = 0;
  for (let j = from; j <= to; j += 1) sum += term(j);
  return sum;
}

/** Σ of the terms above `from` up to `to`, by Euler and Maclaurin: terms change in shares of their distance from either end. */
function middleOfTerms(term: (j: number) => number, from: number, to: number): number {
  const low = from + 0.5;
  const high = to + 0.5;
  const centre = (low + high) / 2;
  let sum = 0;
  for (let place = low; place < centre; ) {
    const next = Math.min(centre, place * STRETCH);
    sum +=
      integrate(term, place, next) + integrate(term, high - (next - low), high - (place - low));
    place = next;
  }
  return sum;
}

/**
 * P(Dₙ ≥ d) of the two-sided one-sample Kolmogorov–Smirnov statistic at finite n; relative error below 1e-6.
 *
 * Durbin's matrix power for n ≤ 140, the Pelz–Good expansion above, and twice the one-sided probability in the tail (both
 * crossings together are negligible there). R. Simard and P. L'Ecuyer, JSS 39(11), 2011.
 */
export function ksTwoSidedSf(d: number, n: number): number {
  if (!(n >= 1) || Number.isNaN(d)) return Number.NaN;
  if (d <= 0.5 / n || Math.sqrt(n) * d < 0.04) return 1;
  if (d >= 1) return 0;
  if (n * d * d >= TAIL_FROM || d >= 0.5) return Math.min(1, 2 * ksOneSidedSf(d, n));
  return Math.min(1, Math.max(0, 1 - (n <= MATRIX_TO ? durbinCdf(d, n) : pelzGoodCdf(d, n))));
}

function thetaCdf(x: number): number {
  const rate = (Math.PI * Math.PI) / (8 * x * x);
  let sum = 0;
  for (let odd = 1; odd < 40; odd += 2) sum += Math.exp(-odd * odd * rate);
  return (Math.sqrt(2 * Math.PI) / x) * sum;
}

/** P(Dₙ < d) = n!/nⁿ times the middle element of Durbin's (2k−1)-square matrix to the power n, k = ⌈nd⌉. */
function durbinCdf(d: number, n: number): number {
  const k = Math.floor(n * d) + 1;
  const size = 2 * k - 1;
  const gap = k - n * d;
  const matrix = durbinMatrix(size, gap);
  let power = identity(size);
  let base = matrix;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, base, size);
    base = multiply(base, base, size);
  }
  // Factors m/n shrink and the matrix grows: applied one by one they'd be exact, in logs they stay in range.
  let logFactor = 0;
  for (let m = 1; m <= n; m += 1) logFactor += Math.log(m / n);
  return (power[(k - 1) * size + (k - 1)] as number) * Math.exp(logFactor);
}

function durbinMatrix(size: number, gap: number): Float64Array {
  const inverseFactorials = [1];
  for (let m = 1; m <= size; m += 1)
    inverseFactorials.push((inverseFactorials[m - 1] as number) / m);
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size && column <= row + 1; column += 1) {
      matrix[row * size + column] = inverseFactorials[row - column + 1] as number;
    }
  }
  for (let index = 0; index < size; index += 1) {
    const missing = gap ** (index + 1) * (inverseFactorials[index + 1] as number);
    matrix[index * size] = (matrix[index * size] as number) - missing;
    const last = (size - 1) * size + (size - 1 - index);
    matrix[last] = (matrix[last] as number) - missing;
  }
  const corner = (size - 1) * size;
  if (gap > 0.5) {
    const both = (2 * gap - 1) ** size * (inverseFactorials[size] as number);
    matrix[corner] = (matrix[corner] as number) + both;
  }
  return matrix;
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let index = 0; index < size; index += 1) matrix[index * size + index] = 1;
  return matrix;
}

function multiply(left: Float64Array, right: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let inner = 0; inner < size; inner += 1) {
      const factor = left[row * size + inner] as number;
      for (let column = 0; column < size; column += 1) {
        const cell = row * size + column;
        product[cell] =
          (product[cell] as number) + factor * (right[inner * size + column] as number);
      }
    }
  }
  return product;
}

/** P(√n Dₙ ≤ z) = K₀(z) + K₁(z)/√n + K₂(z)/n + K₃(z)/n^{3/2}; Pelz and Good (1976), as in Simard and L'Ecuyer eq. 9–12. */
function pelzGoodCdf(d: number, n: number): number {
  const z = Math.sqrt(n) * d;
  const z2 = z * z;
  const z4 = z2 * z2;
  const z6 = z4 * z2;
  const pi2 = Math.PI * Math.PI;
  let k0 = 0;
  let k1 = 0;
  let k2 = 0;
  let k3 = 0;
  for (let k = 0; k < 20; k += 1) {
    const half = (k + 0.5) ** 2 * pi2;
    const weight = 2 * Math.exp(-half / (2 * z2));
    k0 += weight;
    k1 += weight * (half - z2);
    k2 += weight * (6 * z6 + 2 * z4 + half * (2 * z4 - 5 * z2) + half * half * (1 - 2 * z2));
    k3 +=
      weight *
      (half ** 3 * (5 - 30 * z2) +
        half * half * (-60 * z2 + 212 * z4) +
        half * (135 * z4 - 96 * z6) -
        30 * z6 -
        90 * z6 * z2);
  }
  let whole2 = 0;
  let whole3 = 0;
  for (let k = 1; k < 20; k += 1) {
    const whole = k * k * pi2;
    const weight = 2 * Math.exp(-whole / (2 * z2));
    whole2 += weight * whole;
    whole3 += weight * (3 * whole * z2 - whole * whole);
  }
  const root = Math.sqrt(Math.PI / 2);
  const first = (root / z) * k0;
  const second = (root / (6 * z4)) * k1;
  const third = root * (k2 / (72 * z6 * z) - whole2 / (36 * z2 * z));
  const fourth = root * (k3 / (6480 * z6 * z4) + whole3 / (108 * z6));
  return first + second / Math.sqrt(n) + third / n + fourth / n ** 1.5;
}
