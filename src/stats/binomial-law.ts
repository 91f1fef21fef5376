import { deviance, stirlingError } from './gamma.js';

/** Weights below this share of the greatest add nothing. */
const NEGLIGIBLE = 1e-20;

/** The chances of 0 … `size` successes, outwards from the mode by ratios of neighbours; negligible ones are 0. */
export function binomialLaw(size: number, share: number): Float64Array {
  const law = new Float64Array(size + 1);
  const odds = share / (1 - share);
  const mode = Math.min(size, Math.floor((size + 1) * share));
  law[mode] = 1;
  let sum = 1;
  let weight = 1;
  for (let count = mode + 1; count <= size && weight > NEGLIGIBLE; count += 1) {
    weight *= ((size - count + 1) / count) * odds;
    law[count] = weight;
    sum += weight;
  }
  weight = 1;
  for (let count = mode - 1; count >= 0 && weight > NEGLIGIBLE; count -= 1) {
    weight *= (count + 1) / (size - count) / odds;
    law[count] = weight;
    sum += weight;
  }
  for (let count = 0; count <= size; count += 1) law[count] = (law[count] as number) / sum;
  return law;
}

/**
 * The logarithm of the chance of `count` successes in `size`, each with the chance `share`, 0 < share < 1. Sizes up to 2⁵³ and
 * counts between whole numbers are fine: nothing overflows, and no digits cancel.
 *
 * @param complement 1 − share, as precisely as the caller knows it.
 * @param excess size · share − count, likewise.
 *
 * Source: C. Loader, "Fast and accurate computation of binomial probabilities" (2000).
 */
export function logBinomialMass(
  count: number,
  size: number,
  share: number,
  complement: number,
  excess: number = share * (size - count) - complement * count,
): number {
  const rest = size - count;
  if (count < 0 || rest < 0) return Number.NEGATIVE_INFINITY;
  if (count === 0) return size * logOf(complement, share);
  if (rest === 0) return size * logOf(share, complement);
  const gap = deviance(count, size * share, excess) + deviance(rest, size * complement, -excess);
  const errors = stirlingError(size) - stirlingError(count) - stirlingError(rest);
  return errors - gap - Math.log((2 * Math.PI * count * rest) / size) / 2;
}

/** ln(share) by what is left of 1, where that is the smaller. */
const logOf = (share: number, complement: number): number =>
  complement < 0.5 ? Math.log1p(-complement) : Math.log(share);

/** The chance of `taken` in `total` where each is taken with the chance taken / total: by Stirling's series, about 15 digits. */
export function likeliest(taken: number, total: number): number {
  const left = total - taken;
  const errors = stirlingError(total) - stirlingError(taken) - stirlingError(left);
  return Math.sqrt(total / (2 * Math.PI * taken * left)) * Math.exp(errors);
}
