import { epochMs, epochUnit, type TimeUnit } from '../cells/time-text.js';
import { DAY_MS } from '../leaves/time.js';
import type { NumberSummary } from './number-summary.js';

/** Fewer numbers than this may be of a size by chance. */
const LEAST_NUMBERS = 50;
/** Times since 1970 of one table lie within so many ms. */
const LONGEST_MS = 20 * 365 * DAY_MS;
const FIRST_DAY = 19_000_101;
const LAST_DAY = 20_991_231;

/**
 * In what unit numbers count times: seconds, ms, µs or ns since 1970, within 20 of the years 2001 to 2049, or as days such
 * as 20260131. `undefined` where some of them are no such times. O(values held).
 *
 * @param least so many numbers it takes. @default 50
 */
export function unitOfNumbers(
  { quantiles }: NumberSummary,
  least: number = LEAST_NUMBERS,
): TimeUnit | undefined {
  const { count, min, max } = quantiles;
  if (count < least) return undefined;
  const unit = epochUnit(min, max);
  if (unit !== undefined)
    return epochMs(max, unit) - epochMs(min, unit) < LONGEST_MS ? unit : undefined;
  if (min < FIRST_DAY || max > LAST_DAY) return undefined;
  const { values } = quantiles.weightedValues();
  return values.every((value) => !Number.isNaN(epochMs(value, 'yyyymmdd')))
    ? 'yyyymmdd'
    : undefined;
}

/** The same times in epoch ms. */
export const msOfNumbers = (numbers: NumberSummary, unit: TimeUnit): NumberSummary =>
  unit === 'ms' ? numbers : numbers.mapped((value) => epochMs(value, unit));
