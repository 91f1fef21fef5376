/** Terms of Stirling's series B₂ₖ / (2k (2k−1) x²ᵏ⁻¹), k = 1 … 10; from x = 10 on they leave an error below 1e-17. */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
  43867 / 244188,
  -174611 / 125400,
];
const HALF_LOG_TWO_PI = 0.9189385332046727;
const EULER_GAMMA = 0.5772156649015329;
/** ζ(k) − 1 for k = 2 … 40, for the Taylor series of ln Γ about 1. */
const ZETA_LESS_ONE = Array.from({ length: 39 }, (_, index) => zetaLessOne(index + 2));
/** Series and continued fractions stop when a term no longer changes the sum. */
const PRECISION = 1e-17;
const SMALLEST = 1e-300;
/** From this shape on series would take some 10⁵ terms. */
const MOST_SUMMED = 1e8;
/** Near the mean the first correction of the uniform expansion is a difference of two large numbers. */
const NEAR = 0.02;

/**
 * ln Γ(x) for x > 0, relative error about 1e-15.
 *
 * Stirling's series after shifting x to 10 or more; about 1 and 2, where ln Γ vanishes, its Taylor series, so that the
 * relative error stays small there too. NIST DLMF 5.11.1, 5.7.3.
 */
export function gammaln(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.POSITIVE_INFINITY;
  if (Math.abs(x - 1) < 0.3) return logGammaTwoPlus(x - 1) - Math.log1p(x - 1);
  if (Math.abs(x - 2) < 0.3) return logGammaTwoPlus(x - 2);
  let shifted = x;
  let product = 1;
  while (shifted < 10) {
    product *= shifted;
    shifted += 1;
  }
  return (
    (shifted - 0.5) * Math.log(shifted) -
    shifted +
    HALF_LOG_TWO_PI +
    stirlingTail(shifted) -
    Math.log(product)
  );
}

/** ln Γ(x) less the leading part (x − ½) ln x − x + ½ ln 2π of Stirling's formula. */
export function stirlingError(x: number): number {
  if (x >= 10) return stirlingTail(x);
  return gammaln(x) - ((x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI);
}

/** u − ln(1 + u), exact to the last digits also where u is near 0 and the difference would cancel. */
export function logGap(u: number): number {
  if (Math.abs(u) > 0.3) return u - Math.log1p(u);
  const ratio = u / (2 + u);
  const square = ratio * ratio;
  let power = square * ratio;
  let sum = 0;
  for (let odd = 3; Math.abs(power) > PRECISION * Math.abs(ratio * ratio); odd += 2) {
    sum += power / odd;
    power *= square;
  }
  // ln(1 + u) = 2 (r + r³/3 + …) with r = u / (2 + u), and u − 2r = u·r.
  return u * ratio - 2 * sum;
}

/**
 * observed · ln(observed / expected) + expected − observed, never negative: the deviance part of a Poisson or binomial mass.
 *
 * @param excess expected − observed, as precisely as the caller knows it.
 */
export function deviance(observed: number, expected: number, excess: number): number {
  const u = excess / observed;
  return Math.abs(u) <= 0.3 ? observed * logGap(u) : observed * (u - Math.log(expected / observed));
}

/**
 * The regularised upper incomplete gamma function Q(a, x), a > 0, x ≥ 0: relative error below 1e-12 down to 1e-300.
 *
 * Power series for x < a + 1, Legendre's continued fraction (modified Lentz) above; the prefactor xᵃ e⁻ˣ / Γ(a) in Loader's
 * deviance form, so that large a loses nothing. NIST DLMF 8.11.4, 8.9.2; C. Loader, "Fast and accurate computation of
 * binomial probabilities" (2000).
 */
export function gammaincc(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0)) return Number.NaN;
  if (x === 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  if (a > MOST_SUMMED) return uniformTail(a, (x - a) / a, true);
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x);
}

/** The regularised lower incomplete gamma function P(a, x) = 1 − Q(a, x), with the methods of `gammaincc`. */
export function gammainc(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0)) return Number.NaN;
  if (x === 0) return 0;
  if (x === Number.POSITIVE_INFINITY) return 1;
  if (a > MOST_SUMMED) return uniformTail(a, (x - a) / a, false);
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x);
}

/**
 * Q(a, a(1+u)), or 1 − Q, for large a: ½ erfc(η√(a/2)) ± e^{−aη²/2}/√(2πa) · (1/u − 1/η) with η²/2 = u − ln(1+u); relative
 * error about 1/a². N. M. Temme (1979), as in NIST DLMF 8.12.3.
 */
export function uniformTail(a: number, u: number, upper: boolean): number {
  const half = logGap(u);
  const eta = Math.sign(u) * Math.sqrt(2 * half);
  const first = Math.abs(eta) < NEAR ? -1 / 3 + eta / 12 - (2 * eta * eta) / 135 : 1 / u - 1 / eta;
  const correction = (Math.exp(-a * half) / Math.sqrt(2 * Math.PI * a)) * first;
  return upper
    ? normalTail(eta * Math.sqrt(a)) + correction
    : normalTail(-eta * Math.sqrt(a)) - correction;
}

/** P(Z > z) of the standard normal law: ½ Q(½, z²/2). */
function normalTail(z: number): number {
  const upper = gammaincc(0.5, (z * z) / 2) / 2;
  return z >= 0 ? upper : 1 - upper;
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let next = a + 1; term > sum * PRECISION; next += 1) {
    term *= x / next;
    sum += term;
  }
  return Math.min(1, sum * gammaPrefactor(a, x));
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / SMALLEST;
  let d = 1 / b;
  let value = d;
  for (let k = 1; k < 100_000; k += 1) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / nonZero(numerator * d + b);
    c = nonZero(b + numerator / c);
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) <= Number.EPSILON) break;
  }
  return value * gammaPrefactor(a, x);
}

/** xᵃ e⁻ˣ / Γ(a). */
function gammaPrefactor(a: number, x: number): number {
  if (a < 1) return Math.exp(a * Math.log(x) - x - gammaln(a));
  return Math.sqrt(a / (2 * Math.PI)) * Math.exp(-deviance(a, x, x - a) - stirlingError(a));
}

/** Keeps Lentz's method from dividing by 0. */
export function nonZero(value: number): number {
  return Math.abs(value) < SMALLEST ? SMALLEST : value;
}

function stirlingTail(x: number): number {
  const square = 1 / (x * x);
  let sum = 0;
  for (let index = STIRLING.length - 1; index >= 0; index -= 1)
    sum = sum * square + (STIRLING[index] as number);
  return sum / x;
}

/** ln Γ(2 + z) = z (1 − γ) + Σ (−1)ᵏ (ζ(k) − 1) zᵏ / k for |z| < 0.3. */
function logGammaTwoPlus(z: number): number {
  let sum = 0;
  let power = -z;
  for (let k = 2; k < ZETA_LESS_ONE.length + 2; k += 1) {
    power *= -z;
    sum += ((ZETA_LESS_ONE[k - 2] as number) * power) / k;
  }
  return z * (1 - EULER_GAMMA) + sum;
}

/** ζ(k) − 1 by direct summation to 20 and the Euler–Maclaurin formula for the rest. */
function zetaLessOne(k: number): number {
  const cut = 20;
  let sum = 0;
  for (let n = cut - 1; n >= 2; n -= 1) sum += n ** -k;
  const edge = cut ** -k;
  return (
    sum +
    (edge * cut) / (k - 1) +
    edge / 2 +
    (edge * k) / (12 * cut) -
    (edge * k * (k + 1) * (k + 2)) / (720 * cut ** 3) +
    (edge * k * (k + 1) * (k + 2) * (k + 3) * (k + 4)) / (30240 * cut ** 5)
  );
}
