import type { BlockColumn } from '../../profile/block.js';
import type { Calibration } from '../calibration/calibration.js';
import type { Inflation } from '../calibration/inflation.js';
import { binNames, type TimeSpan } from '../calibration/same-hours.js';
import type { Bins } from './bins.js';
import type { BinnedPair } from './rank-set.js';

/** A column of a window beside what it usually is in such hours. */
export interface LikeHoursPair {
  /** Numbers in the baseline's bins. */
  readonly bins: BinnedPair;
  /** Categories, without those that neither side has. */
  readonly counts: Bins;
  /** Rows, and those without a value. */
  readonly baseline: RowCounts;
  readonly current: RowCounts;
  readonly inflation: Inflation;
}

interface RowCounts {
  readonly part: number;
  readonly rows: number;
}

/** Like hours are taken where they leave this much of the variance or less; else the baseline as a whole tells more. */
const WORTH_IT = 0.8;

/**
 * Sets a column beside its like hours of other days or weeks, if that tells more than the baseline as a whole: like hours are fewer
 * rows, but do not differ by the season. Of several, beside those that leave the least variance.
 *
 * @param whole by how much the column varies around the baseline as a whole, which has so many rows.
 */
export function likeHoursPair(
  calibration: Calibration,
  current: BlockColumn,
  name: string,
  {
    stretch,
    whole,
    rows,
  }: { readonly stretch: TimeSpan; readonly whole: Inflation; readonly rows: number },
): LikeHoursPair | undefined {
  if (current.count === 0) return undefined;
  const factor = ({ ks, counts, shares }: Inflation): number => Math.max(ks, counts, shares);
  const variance = (inflation: Inflation, count: number): number =>
    factor(inflation) * (1 / count + 1 / current.count);
  const [best] = calibration
    .likeHours(name, stretch)
    .filter(({ expected }) => expected.count >= 2)
    .map((like) => ({ like, around: variance(like.inflation, like.expected.count) }))
    .sort((a, b) => a.around - b.around);
  if (best === undefined || best.around > WORTH_IT * variance(whole, rows)) return undefined;
  const { expected, inflation, transform } = best.like;
  const baseline = Array.from(expected.bins, (share) => Math.round(share * expected.count));
  const bins = [...current.bins];
  const names = binNames(transform);
  const kept = names
    .map((_, bin) => bin)
    .filter((bin) => (baseline[bin] ?? 0) + (bins[bin] ?? 0) > 0);
  const of = <T>(list: readonly T[]): T[] => kept.map((bin) => list[bin] as T);
  return {
    bins: { baseline, current: bins, edges: transform.edges },
    counts: { baseline: of(baseline), current: of(bins), names: of(names) },
    baseline: {
      part: Math.round(expected.missing * expected.rows),
      rows: Math.round(expected.rows),
    },
    current: { part: current.missing, rows: current.count + current.missing },
    inflation,
  };
}
