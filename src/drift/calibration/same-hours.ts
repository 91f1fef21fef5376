import { HOUR_MS } from '../../leaves/time.js';
import type { ColumnTransform } from '../../profile/baseline-transforms.js';
import { BLOCK_BINS } from '../../profile/baseline-transforms.js';
import type { BlockColumn } from '../../profile/block.js';
import { HOURS_OF, hourOf } from '../../profile/cycle.js';
import type { Season } from '../../profile/season.js';

/** What a column is expected to be in a stretch of time, by the hours of the day or the week that it covers. */
export interface ExpectedColumn {
  /** How many values, spread over the hours as the stretch is, tell as much. */
  readonly count: number;
  /** The share of rows without a value, and how many rows tell it. */
  readonly missing: number;
  readonly rows: number;
  /** Means of the normal scores and of their squares. */
  readonly score: number;
  readonly square: number;
  /** Shares of the values in the bins. */
  readonly bins: Float64Array;
}

/** A stretch of time: epoch ms. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/**
 * How much of a stretch lies in each hour of the day or the week, weighted by the traffic that the hour usually has; sums to 1.
 *
 * @returns `undefined` where the history has no rows of an hour that the stretch covers a good part of.
 */
export function hourShares(
  { cycle, hours }: Season,
  { from, to }: TimeSpan,
): Float64Array | undefined {
  const shares = new Float64Array(HOURS_OF[cycle]);
  const cycleMs = shares.length * HOUR_MS;
  const lastsMs = Math.max(1, to - from);
  const whole = Math.floor(lastsMs / cycleMs);
  shares.fill(whole * HOUR_MS);
  const rest = from + whole * cycleMs;
  for (let start = Math.floor(rest / HOUR_MS) * HOUR_MS; start < to; start += HOUR_MS) {
    const hour = hourOf(cycle, start);
    const overlap = Math.min(to, start + HOUR_MS) - Math.max(rest, start);
    shares[hour] = (shares[hour] as number) + Math.max(overlap, rest === to ? 1 : 0);
  }
  let total = 0;
  let unknown = 0;
  for (let hour = 0; hour < shares.length; hour += 1) {
    const rows = hours.get(hour)?.rows ?? 0;
    if (rows === 0) unknown += (shares[hour] as number) / lastsMs;
    shares[hour] = (shares[hour] as number) * rows;
    total += shares[hour] as number;
  }
  if (total === 0 || unknown > UNKNOWN) return undefined;
  return shares.map((share) => share / total);
}

/** A stretch may lie in hours that the history does not know for so much of its time. */
const UNKNOWN = 0.1;

/** A column by the hour of a cycle; `undefined` for hours without rows. */
export function columnByHour(
  { hours, cycle }: Season,
  place: number,
): readonly (BlockColumn | undefined)[] {
  return Array.from({ length: HOURS_OF[cycle] }, (_, hour) => hours.get(hour)?.column(place));
}

/** What a column is expected to be over hours taken in these shares. */
export function expectedColumn(
  byHour: readonly (BlockColumn | undefined)[],
  shares: Float64Array,
): ExpectedColumn {
  const bins = new Float64Array(BLOCK_BINS);
  let score = 0;
  let square = 0;
  let missing = 0;
  let known = 0;
  let spread = 0;
  let rowSpread = 0;
  for (let hour = 0; hour < shares.length; hour += 1) {
    const share = shares[hour] as number;
    const column = share === 0 ? undefined : byHour[hour];
    const rows = column === undefined ? 0 : column.count + column.missing;
    if (column === undefined || rows === 0) continue;
    missing += share * (column.missing / rows);
    rowSpread += (share * share) / rows;
    // An hour's part in the values is its part in the rows, less those without a value.
    const part = share * (column.count / rows);
    if (part === 0) continue;
    const perValue = part / column.count;
    known += part;
    spread += part * perValue;
    score += perValue * column.scores;
    square += perValue * column.squares;
    for (let bin = 0; bin < BLOCK_BINS; bin += 1) {
      bins[bin] = (bins[bin] as number) + perValue * (column.bins[bin] as number);
    }
  }
  const perKnown = known > 0 ? 1 / known : 0;
  for (let bin = 0; bin < BLOCK_BINS; bin += 1) bins[bin] = (bins[bin] as number) * perKnown;
  return {
    count: spread > 0 ? (known * known) / spread : 0,
    rows: rowSpread > 0 ? 1 / rowSpread : 0,
    missing,
    score: score * perKnown,
    square: square * perKnown,
    bins,
  };
}

/** The names of a column's bins, in order: numbers by their place, categories by name, `null` for all others. */
export const binNames = ({ categories }: ColumnTransform): readonly (string | null)[] =>
  Array.from({ length: BLOCK_BINS }, (_, bin) => categories[bin] ?? null);
