import type { DriftRow } from '../verdict/drift-row.js';
import type { NotCompared, Verdict } from '../verdict/not-compared.js';
import type { ColumnStats } from './column-stats.js';

/** A comparison as it is put into words: what these read of `DriftStats`. */
export interface Comparison {
  readonly outcome: 'compared' | 'too-few';
  readonly verdict: Verdict;
  readonly counts: { readonly baseline: number; readonly current: number };
  readonly settings: { readonly minRows: number };
  readonly columns: readonly string[];
  readonly compared: readonly string[];
  readonly notCompared: readonly NotCompared[];
  readonly failed: readonly {
    readonly column: string;
    readonly statistic: string;
    readonly error: string;
  }[];
  /** Whether its columns can be described. */
  readonly described: boolean;
  readonly driftedSegments: readonly string[];
  readonly segments: ReadonlyMap<string, { readonly drifted: readonly string[] }>;
  readonly pairs: readonly Comparison[];
  summary(): DriftRow[];
  select(selection: { readonly column?: string; readonly statistic?: string }): DriftRow[];
  baseline(column: string): ColumnStats;
  current(column: string): ColumnStats;
}
