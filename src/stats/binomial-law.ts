import { stirlingError } from './gamma.js';

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

/** The chance of `taken` in `total` where each is taken with the chance taken / total: by Stirling's series, about 15 digits. */
export function likeliest(taken: number, total: number): number {
  const left = total - taken;
  const errors = stirlingError(total) - stirlingError(taken) - stirlingError(left);
  return Math.sqrt(total / (2 * Math.PI * taken * left)) * Math.exp(errors);
}
