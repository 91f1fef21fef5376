import { gammainc, gammaincc } from './gamma.js';
import { solveDecreasing } from './solve.js';

/** P(X > x) of the chi-square law with df > 0 degrees of freedom (any positive number): Q(df/2, x/2). */
export function chiSquareSf(x: number, df: number): number {
  return x <= 0 ? 1 : gammaincc(df / 2, x / 2);
}

/** The x with P(X ≤ x) = p, by bisection on whichever tail is the smaller. */
export function chiSquareQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1) || !(df > 0)) return Number.NaN;
  if (p === 0) return 0;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const top = 4 * df + 4000;
  if (p > 0.5) return solveDecreasing((x) => chiSquareSf(x, df), 1 - p, 1e-300, top);
  return solveDecreasing((x) => -gammainc(df / 2, x / 2), -p, 1e-300, top);
}
