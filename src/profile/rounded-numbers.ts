import type { ColumnSketches } from './column-sketches.js';
import type { ColumnType } from './schema.js';

/** From 2^53 on a double is one whole number or its neighbour; beyond 64 bits there are no integers to begin with. */
const LEAST = 2 ** 53;
const MOST = 2 ** 64;
/** The ends of 64 bits stand for no value. */
const SENTINEL = 2 ** 63;
const WHOLE = /^[+-]?\d{16,20}$/;

/** How many whole numbers of a column are too large for their last digits to be kept, and one of them. */
export interface RoundedNumbers {
  readonly count: number;
  readonly example: string;
}

/**
 * The whole numbers that may have been rounded, in a column of integers or of codes that are numbers. JSON, CSV, Parquet and cells all
 * end as doubles, so this is told of the doubles, whichever way they came. Floats are no integers, and times are another matter.
 */
export function roundedNumbers(
  type: ColumnType,
  sketches: ColumnSketches,
): RoundedNumbers | undefined {
  if (sketches.namesNumbers) return ofNames(sketches);
  if (type !== 'integer') return undefined;
  const { quantiles } = sketches.allNumbers();
  if (!isLarge(quantiles.min) && !isLarge(quantiles.max)) return undefined;
  const { values, weights } = quantiles.weightedValues();
  let count = 0;
  let example = isLarge(quantiles.max) ? quantiles.max : quantiles.min;
  for (let index = 0; index < values.length; index += 1) {
    if (!isLarge(values[index] as number)) continue;
    if (count === 0) example = values[index] as number;
    count += weights[index] as number;
  }
  const written = ofNames(sketches)?.example;
  return { count: Math.max(1, count), example: written ?? String(BigInt(example)) };
}

function ofNames({ items }: ColumnSketches): RoundedNumbers | undefined {
  let count = 0;
  let example = '';
  items.each((name, times) => {
    if (!WHOLE.test(name) || !isLarge(Number(name))) return;
    if (count === 0) example = name;
    count += times;
  });
  return count === 0 ? undefined : { count, example };
}

function isLarge(value: number): boolean {
  const size = Math.abs(value);
  return size >= LEAST && size < MOST && size !== SENTINEL;
}
