import { jensenShannonDistance } from '../stats/jensen-shannon.js';
import { ksPValue } from '../stats/ks.js';
import { populationStabilityIndex } from '../stats/psi.js';
import { ecdfDistances } from '../stats/weighted.js';
import { type ColumnPair, EFFECT_GATES, type Statistic } from './statistic.js';

/** Bins of PSI and Jensen–Shannon: so many shares of the baseline, equal where its values allow. */
const BINS = 10;

const hasNumbers = (pair: ColumnPair): boolean => pair.baseline.quantiles.count > 0 && pair.target.quantiles.count > 0;

const medians = (pair: ColumnPair) => ({
  baseline: pair.baseline.quantiles.quantile(0.5),
  target: pair.target.quantiles.quantile(0.5),
});

/** Counts of both sides in bins between the baseline's deciles; tied deciles make fewer bins. */
export function decileCounts(pair: ColumnPair): { edges: number[]; baseline: number[]; target: number[] } {
  const edges: number[] = [];
  for (let step = 1; step < BINS; step += 1) {
    const edge = pair.baseline.quantiles.quantile(step / BINS);
    if (edge !== edges.at(-1)) edges.push(edge);
  }
  return {
    edges,
    baseline: [...pair.baseline.quantiles.histogram(edges)],
    target: [...pair.target.quantiles.histogram(edges)],
  };
}

/** The bin whose share changed most, named by its lower edge. */
function mostChangedEdge(counts: { edges: number[]; baseline: number[]; target: number[] }): number | null {
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const [before, now] = [total(counts.baseline), total(counts.target)];
  const changes = counts.target.map((count, bin) => Math.abs(count / now - (counts.baseline[bin] as number) / before));
  const bin = changes.indexOf(changes.reduce((a, b) => Math.max(a, b)));
  return counts.edges[Math.max(0, bin - 1)] ?? null;
}

/**
 * Two-sample Kolmogorov–Smirnov on the sketches. Exact while both hold every value; beyond, the rank errors of both are
 * taken off the distance before the p-value, so that a sketch's own noise is never called drift.
 */
export const kolmogorovSmirnov: Statistic = {
  key: 'ks',
  families: ['numeric'],
  compare(pair) {
    if (!hasNumbers(pair)) return undefined;
    const [first, second] = [pair.baseline.quantiles, pair.target.quantiles];
    const { ks, location } = ecdfDistances(first.weightedValues(), second.weightedValues());
    const certain = Math.max(0, ks - first.rankError() - second.rankError());
    return {
      statistic: 'ks',
      metric: ks,
      score: ks,
      pValue: ksPValue(certain, first.count, second.count, 'auto'),
      location,
      ...medians(pair),
      matters: certain >= EFFECT_GATES.ks,
    };
  },
};

/** Wasserstein-1 in the column's unit; its score sets it against the baseline's standard deviation. */
export const wasserstein: Statistic = {
  key: 'wasserstein',
  families: ['numeric'],
  compare(pair) {
    if (!hasNumbers(pair)) return undefined;
    const distances = ecdfDistances(pair.baseline.quantiles.weightedValues(), pair.target.quantiles.weightedValues());
    const metric = distances.wasserstein;
    const spread = pair.baseline.moments.standardDeviation;
    const score = metric === 0 ? 0 : metric / (metric + (Number.isFinite(spread) ? spread : 0));
    return { statistic: 'wasserstein', metric, score, pValue: null, location: null, ...medians(pair), matters: false };
  },
};

/** Jensen–Shannon distance, base 2 (so in 0…1), over the baseline's deciles. */
export const numericJensenShannon: Statistic = {
  key: 'jsd',
  families: ['numeric'],
  compare(pair) {
    if (!hasNumbers(pair)) return undefined;
    const counts = decileCounts(pair);
    const metric = jensenShannonDistance(counts.baseline, counts.target, { base: 2 });
    const location = mostChangedEdge(counts);
    return { statistic: 'jsd', metric, score: metric, pValue: null, location, ...medians(pair), matters: false };
  },
};

/** Population stability index over the baseline's deciles; empty bins count as 1e-4. */
export const numericPsi: Statistic = {
  key: 'psi',
  families: ['numeric'],
  compare(pair) {
    if (!hasNumbers(pair)) return undefined;
    const counts = decileCounts(pair);
    const metric = populationStabilityIndex(counts.baseline, counts.target, { smoothing: { floor: 1e-4 } });
    const location = mostChangedEdge(counts);
    const score = 1 - Math.exp(-metric);
    return { statistic: 'psi', metric, score, pValue: null, location, ...medians(pair), matters: false };
  },
};
