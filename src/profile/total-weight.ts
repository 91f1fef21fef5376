import { LeewayError, shown } from '../leaves/errors.js';

/** Σw and Σw² of the rows `[from, to)`. */
export function totalWeight(
  from: number,
  to: number,
  weights: ArrayLike<number> | undefined,
): { readonly total: number; readonly squares: number } {
  const count = Math.max(0, to - from);
  if (weights === undefined) return { total: count, squares: count };
  let total = 0;
  let squares = 0;
  for (let row = from; row < to; row += 1) {
    const weight = weights[row];
    if (weight === undefined || !Number.isSafeInteger(weight) || weight < 0) {
      throw new LeewayError(
        'ERR_LEEWAY_SAMPLE',
        `a weight must be a whole number from 0 up, got ${shown(weight)}`,
      );
    }
    total += weight;
    squares += weight * weight;
  }
  return { total, squares };
}
