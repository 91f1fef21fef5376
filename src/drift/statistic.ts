import type { ColumnFamily } from '../profile/schema.js';
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
  'range',
  'type',
  'joint',
  'mean',
] as const;

export type StatisticKey = (typeof STATISTIC_KEYS)[number];

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
  readonly target: number | null;
  /** Whether the change is large enough to matter, whatever its p-value. Statistics that only report: `false`. */
  readonly matters: boolean;
}

/** A way of comparing one column of two profiles. */
export interface Statistic {
  readonly key: StatisticKey;
  /** Families of columns it applies to. */
  readonly families: readonly ColumnFamily[];
  /** Whether its p-value counts for the verdict. All others are there to be read. */
  readonly decides: boolean;
  /** `undefined` where there is nothing to compare, for instance no values on one side. */
  compare(pair: ColumnPair): Finding | undefined;
}

/** Changes smaller than these are no drift, however certain: at a million rows everything is significant. */
export const EFFECT_GATES = {
  /** Kolmogorov–Smirnov distance. */
  ks: 0.02,
  /** √max(0, (X² − df) / N). */
  categories: 0.05,
  /** Difference of the shares of missing values. */
  missing: 0.005,
  /** Share of rows in categories never seen before. */
  unseen: 0.001,
  /** Difference of the shares of values of another sort. */
  type: 0.005,
} as const;
