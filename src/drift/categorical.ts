import { chiSquareTest } from '../stats/chi-square.js';
import { cramersV } from '../stats/cramers-v.js';
import { gTest } from '../stats/g-test.js';
import { mostChanged } from './binned.js';
import type { ColumnPair } from './column-pair.js';
import { EFFECT_GATES, type Statistic } from './statistic.js';

/** How much of the target lies in categories that the baseline never had. */
function unseenShare(pair: ColumnPair): number {
  if (!pair.baseline.items.exact || pair.target.items.total === 0) return 0;
  let unseen = 0;
  for (const [name, count] of pair.target.items.entries()) {
    if (pair.baseline.items.countOf(name) === 0) unseen += count;
  }
  return unseen / pair.target.items.total;
}

/**
 * Chi-square homogeneity test on counts over the union of categories, so that new and vanished ones count. The moments
 * are those given both margins, which keeps its size with rare categories and unequal windows.
 */
const chiSquare: Statistic = {
  key: 'chisq',
  families: ['categorical'],
  decides: true,
  compare(pair) {
    if (!pair.categorical) return undefined;
    const counts = pair.bins;
    const where = mostChanged(counts);
    if (counts.names.length < 2) {
      return { statistic: 'chisq', metric: 0, score: 0, pValue: 1, ...where, matters: false };
    }
    const table = [counts.baseline, counts.target];
    const { statistic, pValue, dof } = chiSquareTest(table, { method: 'conditional' });
    const total = pair.baseline.items.total + pair.target.items.total;
    const effect = Math.sqrt(Math.max(0, (statistic - dof) / total));
    const matters = effect >= EFFECT_GATES.categories || unseenShare(pair) >= EFFECT_GATES.unseen;
    return { statistic: 'chisq', metric: statistic, score: cramersV(table), pValue, ...where, matters };
  },
};

/** The likelihood ratio's test of the same question, with the asymptotic law; scored by √(G/N). */
const likelihoodRatio: Statistic = {
  key: 'g',
  families: ['categorical'],
  decides: false,
  compare(pair) {
    const counts = pair.bins;
    if (!pair.categorical || counts.names.length < 2) return undefined;
    const { statistic, pValue } = gTest([counts.baseline, counts.target]);
    const total = pair.baseline.items.total + pair.target.items.total;
    const score = Math.min(1, Math.sqrt(Math.max(0, statistic) / total));
    return { statistic: 'g', metric: statistic, score, pValue, ...mostChanged(counts), matters: false };
  },
};

/** The share of rows in categories that the baseline never had. The chi-square test judges it. */
const unseen: Statistic = {
  key: 'unseen',
  families: ['categorical'],
  decides: false,
  compare(pair) {
    if (!pair.categorical) return undefined;
    const share = unseenShare(pair);
    const [first] = pair.target.items.entries().filter(([name]) => pair.baseline.items.countOf(name) === 0);
    return {
      statistic: 'unseen',
      metric: share,
      score: share,
      pValue: null,
      location: share > 0 ? (first?.[0] ?? null) : null,
      baseline: 0,
      target: share,
      matters: false,
    };
  },
};

/** The statistics of categories that are no distances between histograms. */
export const CATEGORICAL_STATISTICS: readonly Statistic[] = [chiSquare, likelihoodRatio, unseen];
