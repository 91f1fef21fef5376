import { LeewayError, shown } from '../leaves/errors.js';
import { checkCounts, type Sample } from './sample.js';
import { CompensatedSum } from './sum.js';

/**
 * What is done about empty bins before logarithms are taken.
 *
 * - `{ floor: e }`: shares below e become e; the shares are not renormalised (evidently and most PSI code, e = 1e-4).
 * - `{ add: c }`: c is added to every count (c = ½: Jeffreys' prior).
 * - `'none'`: nothing; a bin that is empty on one side then gives Infinity.
 */
export type Smoothing = { readonly floor: number } | { readonly add: number } | 'none';

export interface SmoothingOptions {
  readonly smoothing?: Smoothing;
}

/** Two distributions over the same bins. */
export interface Shares {
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** The sum of first − second: 0 unless a floor lifted some shares. */
  readonly surplus: number;
}

/**
 * The shares of two lists of counts, `added` put on every count first.
 *
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for counts that are empty, all 0, negative, not finite or of unlike length.
 */
export function shares(p: Sample, q: Sample, added = 0): Shares {
  const firstSum = checkCounts(p, 'p');
  const secondSum = checkCounts(q, 'q');
  if (p.length !== q.length) {
    throw new LeewayError(
      'ERR_LEEWAY_SAMPLE',
      `p and q must have the same bins, got ${p.length} and ${q.length}`,
    );
  }
  const first = new Float64Array(p.length);
  const second = new Float64Array(q.length);
  for (let bin = 0; bin < p.length; bin += 1) {
    first[bin] = ((p[bin] as number) + added) / (firstSum + added * p.length);
    second[bin] = ((q[bin] as number) + added) / (secondSum + added * q.length);
  }
  return { first, second, surplus: 0 };
}

/**
 * The shares after smoothing.
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION for a smoothing of another form; ERR_LEEWAY_SAMPLE as `shares`.
 */
export function smoothedShares(p: Sample, q: Sample, smoothing: Smoothing): Shares {
  if (smoothing === 'none') return shares(p, q);
  const { add, floor } = (smoothing ?? {}) as { readonly add?: unknown; readonly floor?: unknown };
  if (typeof add === 'number' && add > 0 && Number.isFinite(add) && floor === undefined)
    return shares(p, q, add);
  if (typeof floor === 'number' && floor > 0 && floor < 1 && add === undefined)
    return lifted(shares(p, q), floor);
  const message = `smoothing must be 'none', { floor: 0…1 } or { add: above 0 }, got ${shown(smoothing)}`;
  throw new LeewayError('ERR_LEEWAY_OPTION', message);
}

function lifted({ first, second }: Shares, floor: number): Shares {
  const surplus = new CompensatedSum();
  for (let bin = 0; bin < first.length; bin += 1) {
    first[bin] = Math.max(first[bin] as number, floor);
    second[bin] = Math.max(second[bin] as number, floor);
    surplus.add((first[bin] as number) - (second[bin] as number));
  }
  return { first, second, surplus: surplus.value };
}

/** The compensated sum of a term over all bins. */
export function sumOverShares(
  p: Sample,
  q: Sample,
  term: (share: number, other: number) => number,
): number {
  const { first, second } = shares(p, q);
  const sum = new CompensatedSum();
  for (let bin = 0; bin < first.length; bin += 1)
    sum.add(term(first[bin] as number, second[bin] as number));
  return sum.value;
}
