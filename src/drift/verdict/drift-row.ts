import type { ColumnType } from '../../profile/schema.js';
import type { StatisticKey } from '../statistics/statistic.js';

/**
 * What became of a column in a comparison. `compared` is the ordinary case. With `too-few` values no test could have found
 * drift. `not-computed`: a deciding statistic gave no finite number. `uncertain`: no drift was found, and there may be drift.
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

/** The role of a column: an input, an output, a metric of the model, or data without a model. */
export type ColumnKind = 'feature' | 'label' | 'metrics' | 'data';

const KINDS: Readonly<Record<string, ColumnKind>> = { X_: 'feature', Y_: 'label', M_: 'metrics' };

/** The role of a column by its prefix: `X_`, `Y_` and `M_`. */
export const kindOf = (column: string): ColumnKind => KINDS[column.slice(0, 2)] ?? 'data';

/** Whether a column is named as an input or an output. */
export const isSided = (column: string): boolean =>
  column.startsWith('X_') || column.startsWith('Y_');

/** The window that a profile summarises. Times are epoch ms. `seq` is `null` for a pinned profile, and for several snapshots together. */
export interface Window {
  readonly seq: number | null;
  readonly from: number | null;
  readonly to: number | null;
  /** The model's version, if the window was cut per version. */
  readonly version?: string | null;
}

/** The result of one statistic for one column. */
export interface DriftRow {
  readonly column: string;
  readonly kind: ColumnKind;
  readonly type: ColumnType;
  readonly statistic: StatisticKey;
  /** The statistic in its own unit. */
  readonly metric: number;
  /** From 0 (no change) to 1 (the greatest possible change). */
  readonly score: number;
  /** `null` for a distance. In the row `mean`: the column's p-value, corrected over its tests and over all columns. */
  readonly pValue: number | null;
  /** In the row `mean`: the column's verdict. In other rows: whether the statistic decided that verdict. */
  readonly drift: boolean;
  readonly outcome: Outcome;
  /** Where the change is greatest: a value or a category. */
  readonly location: number | string | null;
  readonly baselineSeq: number | null;
  readonly currentSeq: number | null;
  /** The ends of the two windows, epoch ms. */
  readonly baselineEnd: number | null;
  readonly currentEnd: number | null;
  /** The figure that the statistic compares, on each side: a median, a share. */
  readonly baseline: number | null;
  readonly current: number | null;
  /** What is uncertain about the figures, as text. Absent if nothing is. */
  readonly note?: string;
  /** Why the statistic could not be computed, as text; its figures are then meaningless. Absent if it was computed. */
  readonly error?: string;
}

/** A short name of a baseline. A given baseline has no time; one of several snapshots has no number. */
export function baselineName({ seq, from }: Window): string {
  if (seq !== null) return `snapshot ${seq}`;
  return from === null ? 'pinned' : 'the first snapshots';
}
