import { hellingerDistance } from '../stats/hellinger.js';
import { jensenShannonDistance } from '../stats/jensen-shannon.js';
import { klDivergence } from '../stats/kl-divergence.js';
import { lInfinityDistance } from '../stats/l-infinity.js';
import { populationStabilityIndex } from '../stats/psi.js';
import { totalVariationDistance } from '../stats/total-variation.js';
import { categoryCounts } from './categories.js';
import type { ColumnPair, Finding, Statistic, StatisticKey } from './statistic.js';

/** Numbers are binned into so many equal shares of the baseline, where its values allow. */
const NUMERIC_BINS = 10;
/** Empty bins count as this share in measures that take logarithms of ratios. */
const FLOOR = { smoothing: { floor: 1e-4 } } as const;

/** Counts of both sides over the same bins, with what each bin is called. */
interface Bins {
  readonly baseline: readonly number[];
  readonly target: readonly number[];
  /** What each bin is called: its lower edge, or a category. */
  readonly names: readonly (number | string | null)[];
}

/** Numbers between the baseline's deciles (tied deciles make fewer bins), or the union of categories. */
function binsOf(pair: ColumnPair): Bins | undefined {
  if (pair.family !== 'numeric') {
    if (pair.baseline.items.total === 0 || pair.target.items.total === 0) return undefined;
    return categoryCounts(pair.baseline.items, pair.target.items);
  }
  const { quantiles } = pair.baseline;
  if (quantiles.count === 0 || pair.target.quantiles.count === 0) return undefined;
  const edges: number[] = [];
  for (let step = 1; step < NUMERIC_BINS; step += 1) {
    const edge = quantiles.quantile(step / NUMERIC_BINS);
    if (edge !== edges.at(-1)) edges.push(edge);
  }
  return {
    baseline: [...quantiles.histogram(edges)],
    target: [...pair.target.quantiles.histogram(edges)],
    names: [edges[0] ?? null, ...edges],
  };
}

/** The bin whose share changed most, with its shares before and now. */
export function mostChanged(bins: Bins): Pick<Finding, 'location' | 'baseline' | 'target'> {
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  const [before, now] = [sum(bins.baseline), sum(bins.target)];
  let found: Pick<Finding, 'location' | 'baseline' | 'target'> = { location: null, baseline: 0, target: 0 };
  let largest = -1;
  bins.names.forEach((location, index) => {
    const baseline = (bins.baseline[index] as number) / before;
    const target = (bins.target[index] as number) / now;
    if (Math.abs(target - baseline) > largest) {
      largest = Math.abs(target - baseline);
      found = { location, baseline, target };
    }
  });
  return found;
}

/** A distance between two histograms. It reports, and does not decide. */
function onBins(
  key: StatisticKey,
  distance: (p: readonly number[], q: readonly number[]) => number,
  toScore: (metric: number) => number = (metric) => metric,
): Statistic {
  return {
    key,
    families: ['numeric', 'categorical'],
    decides: false,
    compare(pair) {
      const bins = binsOf(pair);
      if (bins === undefined) return undefined;
      const metric = distance(bins.baseline, bins.target);
      const score = Math.min(1, Math.max(0, toScore(metric)));
      return { statistic: key, metric, score, pValue: null, ...mostChanged(bins), matters: false };
    },
  };
}

const saturating = (metric: number): number => 1 - Math.exp(-metric);

/** Distances between the two histograms of a column. */
export const BINNED_STATISTICS: readonly Statistic[] = [
  onBins('psi', (p, q) => populationStabilityIndex(p, q, FLOOR), saturating),
  onBins('jsd', (p, q) => jensenShannonDistance(p, q, { base: 2 })),
  onBins('kld', (p, q) => klDivergence(p, q, FLOOR), saturating),
  onBins('hellinger', hellingerDistance),
  onBins('tv', totalVariationDistance),
  onBins('linf', lInfinityDistance),
];
