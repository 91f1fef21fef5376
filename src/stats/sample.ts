import { LeewayError, shown } from '../leaves/errors.js';
import { sortNumbers } from './sort-numbers.js';

/** What a two-sample function takes: numbers in any order, finite, never changed by us. */
export type Sample = readonly number[] | Float64Array;

/**
 * The one check that every sample passes: an array of finite numbers, long enough.
 *
 * @param sample what the caller gave
 * @param name the argument's name, for the message
 * @param minSize the least number of values the statistic can work with
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE, naming the argument and, for a bad value, its index.
 */
export function checkSample(sample: Sample, name: string, minSize = 1): void {
  checkShape(sample, name, minSize);
  for (let index = 0; index < sample.length; index += 1) {
    if (!Number.isFinite(sample[index]))
      throw badValue(name, index, sample[index], 'a finite number');
  }
}

/** A checked copy of a sample as doubles, in the caller's order. Same errors as `checkSample`. */
export function copySample(sample: Sample, name: string, minSize = 1): Float64Array<ArrayBuffer> {
  checkSample(sample, name, minSize);
  return new Float64Array(sample);
}

/** A checked copy of a sample in increasing order; the sample itself stays as it is. Same errors as `checkSample`. */
export function sortSample(sample: Sample, name: string, minSize = 1): Float64Array<ArrayBuffer> {
  return sortNumbers(copySample(sample, name, minSize));
}

/**
 * Checks counts over bins: as many as told, none negative, not all zero; and returns their sum.
 *
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE, naming the argument and, for a bad value, its index.
 */
export function checkCounts(counts: Sample, name: string): number {
  checkShape(counts, name, 1);
  let sum = 0;
  for (let index = 0; index < counts.length; index += 1) {
    const count = counts[index] as number;
    if (!Number.isFinite(count) || count < 0)
      throw badValue(name, index, count, 'a finite count of 0 or more');
    sum += count;
  }
  if (!(sum > 0))
    throw new LeewayError('ERR_LEEWAY_SAMPLE', `${name} must hold at least one count above 0`);
  return sum;
}

function checkShape(sample: Sample, name: string, minSize: number): void {
  if (!Array.isArray(sample) && !(sample instanceof Float64Array)) {
    const message = `${name} must be an array of numbers or a Float64Array, got ${shown(sample)}`;
    throw new LeewayError('ERR_LEEWAY_SAMPLE', message);
  }
  if (sample.length < minSize) {
    const message = `${name} must hold at least ${minSize} value${minSize === 1 ? '' : 's'}, got ${sample.length}`;
    throw new LeewayError('ERR_LEEWAY_SAMPLE', message);
  }
}

function badValue(name: string, index: number, value: unknown, expected: string): LeewayError {
  return new LeewayError(
    'ERR_LEEWAY_SAMPLE',
    `${name}[${index}] must be ${expected}, got ${shown(value)}`,
  );
}

/** Sizes between these can be squared and summed without overflow, and without loss. */
const ORDINARY = { least: 1e-100, greatest: 1e100 } as const;

/**
 * Multiplies samples, in place, by one power of two, so that values at the ends of a double's range come near 1: what is computed
 * of them then neither overflows nor vanishes. Values of ordinary size stay as they are.
 *
 * @returns the factor.
 */
export function scaleTogether(...samples: readonly Float64Array[]): number {
  let greatest = 0;
  for (const sample of samples)
    for (const value of sample) greatest = Math.max(greatest, Math.abs(value));
  if (greatest === 0 || (greatest >= ORDINARY.least && greatest <= ORDINARY.greatest)) return 1;
  const factor = 2 ** -Math.max(-1020, Math.min(1020, Math.floor(Math.log2(greatest))));
  for (const sample of samples)
    for (let index = 0; index < sample.length; index += 1) {
      sample[index] = (sample[index] as number) * factor;
    }
  return factor;
}
