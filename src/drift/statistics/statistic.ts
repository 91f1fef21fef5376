import type { ColumnFamily } from '../../profile/schema.js';
import type { ColumnPair } from './column-pair.js';

/** The keys of the statistics, as rows, rules and reports name them. `mean` stands for the column as a whole. */
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

/** A statistic of ours, or the key that a user gave to one of their own. */
export type StatisticKey = (typeof STATISTIC_KEYS)[number] | (string & {});

/** What a statistic says about a column. */
export interface Finding {
  readonly statistic: StatisticKey;
  /** The statistic in its own unit. */
  readonly metric: number;
  /** 0 (no change) … 1 (the greatest there can be). */
  readonly score: number;
  /** How likely so large a change is without drift; `null` for a distance. */
  readonly pValue: number | null;
  /** Where the change is greatest: a value or a category. */
  readonly location: number | string | null;
  /** What the statistic summarises, before and now: a median, a share. */
  readonly baseline: number | null;
  readonly current: number | null;
  /** Whether the change is large enough to matter, whatever its p-value. Statistics that only report: `false`. */
  readonly matters: boolean;
  /** The smallest p-value that could have come of the pooled rows. A test that can't reach the level has no say. @default 0 */
  readonly reach?: number;
  /**
   * The largest p-value up to a level that could come of the pooled rows, where there are few. What it can't use of its part of the
   * level is left to the other tests. @default the level
   */
  readonly attains?: ((level: number) => number) | undefined;
  /** Its say beside the column's other tests, where that depends on the pooled rows. @default the statistic's `weight` */
  readonly weight?: number;
  /** What of it is not known for certain, in words. Absent where all is. */
  readonly note?: string;
  /** Why the column may have drifted although no test says so, in words: without drift it is then no calm column. */
  readonly doubt?: string;
  /** Why the statistic could not be computed, in words; it then takes no part in the verdict. Absent where it was. */
  readonly error?: string;
}

/** A way of comparing one column of two profiles. */
export interface Statistic {
  readonly key: StatisticKey;
  /** Families of columns it applies to. */
  readonly families: readonly ColumnFamily[];
  /** Whether its p-value counts for the verdict unless a column's rule says otherwise. All others are there to be read. */
  readonly decides: boolean;
  /** Its share of the column's level beside the other deciding tests. @default 1 */
  readonly weight?: number;
  /**
   * `undefined` where there is nothing to compare, for instance no values on one side. Where a statistic throws, or returns a
   * number that is not finite or out of range, its row says why (`error`), and the rest of the comparison stands.
   */
  compare(pair: ColumnPair): Finding | undefined;
}
