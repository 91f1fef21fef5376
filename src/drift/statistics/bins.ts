import type { PairNumbers } from './pair-numbers.js';

/** Counts of both sides over the same bins. */
export interface Bins {
  readonly baseline: readonly number[];
  readonly current: readonly number[];
  /** What each bin is called: its lower edge, or a category. */
  readonly names: readonly (number | string | null)[];
}

/** Numbers are binned into so many equal shares of the baseline, where its values allow. */
const NUMERIC_BINS = 10;

/** The numbers of both sides between the baseline's deciles; tied deciles make fewer bins. */
export function decileCounts({ baseline, current }: PairNumbers): Bins {
  const edges: number[] = [];
  for (let step = 1; step < NUMERIC_BINS; step += 1) {
    const edge = baseline.quantile(step / NUMERIC_BINS);
    if (edge !== edges.at(-1)) edges.push(edge);
  }
  return {
    baseline: [...baseline.histogram(edges)],
    current: [...current.histogram(edges)],
    names: [edges[0] ?? null, ...edges],
  };
}
