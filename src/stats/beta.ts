import { deviance, nonZero, stirlingError } from './gamma.js';

/**
 * The regularised incomplete beta function I_x(a, b), a, b > 0, 0 ≤ x ≤ 1: relative error below 1e-12 down to 1e-300.
 *
 * Continued fraction (modified Lentz) on the side of the mean where it converges fast, the other side by the reflection
 * I_x(a, b) = 1 − I_{1−x}(b, a); the prefactor in Loader's deviance form. NIST DLMF 8.17.22, 8.17.4.
 */
export function betainc(a: number, b: number, x: number): number {
  return betaincOf(a, b, x, 1 - x);
}

/** `betainc` for callers that know x and 1 − x separately, so that an x next to 1 loses no digits. */
export function betaincOf(a: number, b: number, x: number, complement: number): number {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(complement >= 0)) return Number.NaN;
  if (x === 0) return 0;
  if (complement === 0) return 1;
  if (x <= (a + 1) / (a + b + 2)) return betaFraction(a, b, x, complement);
  return 1 - betaFraction(b, a, complement, x);
}

/** P(T > t) of Student's t with df > 0 degrees of freedom, by I_{df/(df+t²)}(df/2, 1/2). */
export function studentTSf(t: number, df: number): number {
  const upper = studentTTwoSided(t, df) / 2;
  return t >= 0 ? upper : 1 - upper;
}

/** P(|T| > |t|): the two-sided p-value, without the rounding of 2 · (1 − (1 − p)). */
export function studentTTwoSided(t: number, df: number): number {
  const square = t * t;
  if (square === Number.POSITIVE_INFINITY) return 0;
  return betaincOf(df / 2, 0.5, df / (df + square), square / (df + square));
}

/** P(F > f) of the F distribution with d1, d2 > 0 degrees of freedom, by I_{d2/(d2+d1 f)}(d2/2, d1/2). */
export function fSf(f: number, d1: number, d2: number): number {
  if (f <= 0) return 1;
  if (f === Number.POSITIVE_INFINITY) return 0;
  const scaled = d1 * f;
  return betaincOf(d2 / 2, d1 / 2, d2 / (d2 + scaled), scaled / (d2 + scaled));
}

function betaFraction(a: number, b: number, x: number, complement: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let k = 1; k < 100_000; k += 1) {
    const even = (k * (b - k) * x) / ((a + 2 * k - 1) * (a + 2 * k));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    value *= c * d;
    const odd = (-(a + k) * (a + b + k) * x) / ((a + 2 * k) * (a + 2 * k + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) <= Number.EPSILON) break;
  }
  return Math.min(1, (value * betaPrefactor(a, b, x, complement)) / a);
}

/** xᵃ (1−x)ᵇ / B(a, b), from the deviances of a and b from their share of a + b. */
function betaPrefactor(a: number, b: number, x: number, complement: number): number {
  const total = a + b;
  // total·x − a = x·b − (1−x)·a, which does not cancel when x is near a / total.
  const excess = x * b - complement * a;
  const gap = deviance(a, total * x, excess) + deviance(b, total * complement, -excess);
  const stirling = stirlingError(total) - stirlingError(a) - stirlingError(b);
  return Math.sqrt((a * b) / (2 * Math.PI * total)) * Math.exp(stirling - gap);
}
