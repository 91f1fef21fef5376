import type { ColumnType } from '../../profile/schema.js';
import type { StatisticKey } from '../statistics/statistic.js';

/**
 * Why a column has the verdict it has. `compared` is the ordinary case; of `too-few` values no test could have called drift;
 * `not-computed`: a statistic that decides gave no finite number; `uncertain`: no drift is seen, and it may well be there.
 */
export type Outcome =
  | 'compared'
  | 'too-few'
  | 'constant'
  | 'all-missing'
  | 'not-observed'
  | 'new-column'
  | 'missing-column'
  | 'type-change'
  | 'not-computed'
  | 'uncertain';

/** What a column is to the model: an input, an output, something that was measured of it, or just data. */
export type ColumnKind = 'feature' | 'label' | 'metrics' | 'data';

const KINDS: Readonly<Record<string, ColumnKind>> = { X_: 'feature', Y_: 'label', M_: 'metrics' };

/** Tells inputs, outputs and metrics by their prefix: `X_`, `Y_` and `M_`. */
export const kindOf = (column: string): ColumnKind => KINDS[column.slice(0, 2)] ?? 'data';

/** Whether a column is named as an input or an output. */
export const isSided = (column: string): boolean =>
  column.startsWith('X_') || column.startsWith('Y_');

/** Which window a profile summarises. Times are epoch ms; `seq` is `null` for a pinned profile, and for several snapshots together. */
export interface Window {
  readonly seq: number | null;
  readonly from: number | null;
  readonly to: number | null;
  /** The model's version, where the window was cut per version. */
  readonly version?: string | null;
}

/** What one statistic says about one column. */
export interface DriftRow {
  readonly column: string;
  readonly kind: ColumnKind;
  readonly type: ColumnType;
  readonly statistic: StatisticKey;
  /** The statistic in its own unit. */
  readonly metric: number;
  /** 0 (no change) … 1 (the greatest there can be). */
  readonly score: number;
  /** `null` for a distance. Of the row `mean`: the column's p-value, corrected over its tests and over all columns. */
  readonly pValue: number | null;
  /** Of the row `mean`: the column's verdict. Of another row: whether it decided that verdict. */
  readonly drift: boolean;
  readonly outcome: Outcome;
  /** Where the change is greatest: a value or a category. */
  readonly location: number | string | null;
  readonly baselineSeq: number | null;
  readonly currentSeq: number | null;
  /** The ends of the two windows, epoch ms. */
  readonly baselineEnd: number | null;
  readonly currentEnd: number | null;
  /** What the statistic summarises before and now: a median, a share. */
  readonly baseline: number | null;
  readonly current: number | null;
  /** What of the figures is not known for certain, in words. Absent where all is. */
  readonly note?: string;
  /** Why a statistic could not be computed, in words; its figures then say nothing. Absent where it was. */
  readonly error?: string;
}

/** A baseline in a word: one from elsewhere has no time, one of several snapshots no number. */
export function baselineName({ seq, from }: Window): string {
  if (seq !== null) return `snapshot ${seq}`;
  return from === null ? 'pinned' : 'the first snapshots';
}
