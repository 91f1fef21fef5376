import type { BlockColumn } from '../profile/block.js';
import type { Calibration } from './calibration.js';
import type { Bins } from './column-pair.js';
import type { Inflation } from './inflation.js';
import { binNames, type Stretch } from './like-hours.js';
import type { BinnedPair } from './rank-set.js';

/** A column of a window beside what it usually is in such hours. */
export interface LikeHoursPair {
  /** Numbers in the baseline's bins. */
  readonly bins: BinnedPair;
  /** Categories, without those that neither side has. */
  readonly counts: Bins;
  /** Rows, and those without a value. */
  readonly baseline: RowCounts;
  readonly target: RowCounts;
  readonly inflation: Inflation;
}

interface RowCounts {
  readonly part: number;
  readonly rows: number;
}

/** Like hours are taken where they leave this much of the variance or less; else the baseline as a whole tells more. */
const WORTH_IT = 0.8;

/**
 * Sets a column beside its like hours, if that tells more than the baseline as a whole: like hours are fewer rows, but do not
 * differ by the season.
 *
 * @param whole by how much the column varies around the baseline as a whole, which has so many rows.
 */
export function likeHoursPair(
  calibration: Calibration,
  current: BlockColumn,
  name: string,
  { stretch, whole, rows }: { readonly stretch: Stretch; readonly whole: Inflation; readonly rows: number },
): LikeHoursPair | undefined {
  const like = calibration.likeHours(name, stretch);
  if (like === undefined || like.expected.count < 2 || current.count === 0) return undefined;
  const { expected, inflation, transform } = like;
  const factor = ({ ks, counts, shares }: Inflation): number => Math.max(ks, counts, shares);
  const around = factor(inflation) * (1 / expected.count + 1 / current.count);
  if (around > WORTH_IT * factor(whole) * (1 / rows + 1 / current.count)) return undefined;
  const baseline = Array.from(expected.bins, (share) => Math.round(share * expected.count));
  const target = [...current.bins];
  const names = binNames(transform);
  const kept = names.map((_, bin) => bin).filter((bin) => (baseline[bin] ?? 0) + (target[bin] ?? 0) > 0);
  const of = <T>(list: readonly T[]): T[] => kept.map((bin) => list[bin] as T);
  return {
    bins: { baseline, target, edges: transform.edges },
    counts: { baseline: of(baseline), target: of(target), names: of(names) },
    baseline: { part: Math.round(expected.missing * expected.rows), rows: Math.round(expected.rows) },
    target: { part: current.missing, rows: current.count + current.missing },
    inflation,
  };
}
