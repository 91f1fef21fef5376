import { betainc, fSf, studentTSf } from './beta.js';
import { chiSquareQuantile, chiSquareSf } from './chi-square-law.js';
import { gammainc, gammaincc, gammaln } from './gamma.js';
import { kolmogorovIsf, kolmogorovSf, ksOneSidedSf, ksTwoSidedSf } from './kolmogorov.js';
import { erfc, normalQuantile, normalSf } from './normal.js';

/**
 * The special functions behind every p-value here, for those who need them on their own.
 *
 * Each is accurate to a relative 1e-10 or better down to 1e-300 (`ksTwoSidedSf`: 1e-5), tested against 60-digit arithmetic. An
 * argument outside the domain gives NaN, as in `Math`; nothing here throws. Pure functions of numbers, O(1) in the usual
 * range; `ksOneSidedSf` is O(n). The method of each stands at its definition.
 *
 * - `normalSf(z)`, `normalQuantile(p)`: the standard normal law
 * - `chiSquareSf(x, df)`, `chiSquareQuantile(p, df)`: chi-square, df any positive number
 * - `studentTSf(t, df)`, `fSf(f, d1, d2)`: Student's t and F, upper tails
 * - `gammainc(a, x)`, `gammaincc(a, x)`: regularised incomplete gamma, lower and upper
 * - `betainc(a, b, x)`: regularised incomplete beta
 * - `kolmogorovSf(x)`, `kolmogorovIsf(p)`: Kolmogorov's limit law
 * - `ksOneSidedSf(d, n)`, `ksTwoSidedSf(d, n)`: the one-sample Kolmogorov–Smirnov statistic at finite n
 * - `gammaln(x)`, `erfc(x)`
 *
 * @example
 * specialFunctions.chiSquareSf(3.841, 1); // 0.05001…
 */
export const specialFunctions: {
  readonly normalSf: (z: number) => number;
  readonly normalQuantile: (p: number) => number;
  readonly chiSquareSf: (x: number, df: number) => number;
  readonly chiSquareQuantile: (p: number, df: number) => number;
  readonly studentTSf: (t: number, df: number) => number;
  readonly fSf: (f: number, d1: number, d2: number) => number;
  readonly gammainc: (a: number, x: number) => number;
  readonly gammaincc: (a: number, x: number) => number;
  readonly betainc: (a: number, b: number, x: number) => number;
  readonly kolmogorovSf: (x: number) => number;
  readonly kolmogorovIsf: (p: number) => number;
  readonly ksOneSidedSf: (d: number, n: number) => number;
  readonly ksTwoSidedSf: (d: number, n: number) => number;
  readonly gammaln: (x: number) => number;
  readonly erfc: (x: number) => number;
} = Object.freeze({
  normalSf,
  normalQuantile,
  chiSquareSf,
  chiSquareQuantile,
  studentTSf,
  fSf,
  gammainc,
  gammaincc,
  betainc,
  kolmogorovSf,
  kolmogorovIsf,
  ksOneSidedSf,
  ksTwoSidedSf,
  gammaln,
  erfc,
});
