import { hellingerDistance } from '../../stats/hellinger.js';
import { jensenShannonDistance } from '../../stats/jensen-shannon.js';
import { klDivergence } from '../../stats/kl-divergence.js';
import { lInfinityDistance } from '../../stats/l-infinity.js';
import { populationStabilityIndex } from '../../stats/psi.js';
import { totalVariationDistance } from '../../stats/total-variation.js';
import type { Bins } from './bins.js';
import type { Finding, Statistic, StatisticKey } from './statistic.js';

/** Empty bins count as this share in measures that take logarithms of ratios. */
const FLOOR = { smoothing: { floor: 1e-4 } } as const;

/** The bin whose share changed most, with its shares before and now. */
export function mostChangedBin(bins: Bins): Pick<Finding, 'location' | 'baseline' | 'current'> {
  const sum = (counts: readonly number[]): number =>
    counts.reduce((total, count) => total + count, 0);
  const before = sum(bins.baseline);
  const now = sum(bins.current);
  let found: Pick<Finding, 'location' | 'baseline' | 'current'> = {
    location: null,
    baseline: 0,
    current: 0,
  };
  let largest = -1;
  bins.names.forEach((location, index) => {
    const baseline = (bins.baseline[index] as number) / before;
    const current = (bins.current[index] as number) / now;
    if (Math.abs(current - baseline) > largest) {
      largest = Math.abs(current - baseline);
      found = { location, baseline, current };
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
      if (!(pair.family === 'numeric' ? pair.numeric : pair.categorical)) return undefined;
      const { bins } = pair;
      const metric = distance(bins.baseline, bins.current);
      const score = Math.min(1, Math.max(0, toScore(metric)));
      return {
        statistic: key,
        metric,
        score,
        pValue: null,
        ...mostChangedBin(bins),
        matters: false,
      };
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
