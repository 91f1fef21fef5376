import type { ColumnFamily } from '../../profile/schema.js';
import type { ColumnPair } from './column-pair.js';

/** The keys of the statistics, as rows, rules and reports name them. `mean` represents the column as a whole. */
export const STATISTIC_KEYS = [
  'ks',
  'wasserstein',
  'energy',
  'cvm',
  'ad',
  'mannwhitney',
  'waerden',
  'klotz',
  'welch',
  'levene',
  'chisq',
  'g',
  'psi',
  'jsd',
  'kld',
  'hellinger',
  'tv',
  'linf',
  'missing',
  'unseen',
  'residual',
  'direction',
  'range',
  'type',
  'joint',
  'mean',
] as const;

/** The key of a built-in statistic, or of a statistic of your own. */
export type StatisticKey = (typeof STATISTIC_KEYS)[number] | (string & {});

/** The result of a statistic for a column. */
export interface Finding {
  readonly statistic: StatisticKey;
  /** The statistic in its own unit. */
  readonly metric: number;
  /** From 0 (no change) to 1 (the greatest possible change). */
  readonly score: number;
  /** The probability of so large a change without drift; `null` for a distance. */
  readonly pValue: number | null;
  /** Where the change is greatest: a value or a category. */
  readonly location: number | string | null;
  /** The figure that the statistic compares, on each side: a median, a share. */
  readonly baseline: number | null;
  readonly current: number | null;
  /** Whether the change is large enough to count, whatever its p-value. `false` for statistics that only report. */
  readonly matters: boolean;
  /** The smallest p-value that is possible with the pooled rows. A test that can't reach the level is skipped. @default 0 */
  readonly reach?: number;
  /**
   * The largest p-value up to a level that is possible with the pooled rows, if few p-values are. The part of the level that the
   * test can't use goes to the other tests. @default the level
   */
  readonly attains?: ((level: number) => number) | undefined;
  /** The weight among the column's tests, if it depends on the pooled rows. @default the statistic's `weight` */
  readonly weight?: number;
  /** What is uncertain about the figures, as text. Absent if nothing is. */
  readonly note?: string;
  /** Why the column may have drifted although no test found drift, as text. Without drift the column is then `uncertain`. */
  readonly doubt?: string;
  /** Why the statistic could not be computed, as text; it is then not part of the verdict. Absent if it was computed. */
  readonly error?: string;
}

/** One way to compare a column of two profiles. */
export interface Statistic {
  readonly key: StatisticKey;
  /** The families of columns that it applies to. */
  readonly families: readonly ColumnFamily[];
  /** Whether its p-value counts for the verdict, unless a column's rule sets it otherwise. Other statistics only report. */
  readonly decides: boolean;
  /** Its weight among the deciding tests of the column. @default 1 */
  readonly weight?: number;
  /**
   * Compares the two sides of a column. Return `undefined` if there is nothing to compare, for instance no values on one side.
   * If it throws, or returns a number that is not finite or out of range, its row has the reason in `error`, and the rest of the
   * comparison is not affected.
   */
  compare(pair: ColumnPair): Finding | undefined;
}
