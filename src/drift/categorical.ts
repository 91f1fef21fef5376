import type { FrequentItems } from '../sketch/frequent-items.js';
import { chiSquareTest } from '../stats/chi-square.js';
import { cramersV } from '../stats/cramers-v.js';
import { jensenShannonDistance } from '../stats/jensen-shannon.js';
import { populationStabilityIndex } from '../stats/psi.js';
import { type ColumnPair, EFFECT_GATES, type Finding, type Statistic } from './statistic.js';

/** Counts of both sides over the union of their categories; "other" last, where there is one. */
export interface CategoryCounts {
  readonly names: readonly string[];
  readonly baseline: readonly number[];
  readonly target: readonly number[];
}

/** The name under which categories beyond the counted ones go together. */
export const OTHER = '(other)';

/**
 * Lines both sides up over the union of their categories, the baseline's most frequent first. Where one side no longer
 * counts every category by name, a name that only the other one counts goes to "other" on both.
 */
export function categoryCounts(baseline: FrequentItems, target: FrequentItems): CategoryCounts {
  const names: string[] = [];
  const before: number[] = [];
  const now: number[] = [];
  let otherBefore = baseline.other;
  let otherNow = target.other;
  for (const [name, count] of baseline.entries()) {
    const seen = target.countOf(name);
    if (seen === 0 && !target.exact) {
      otherBefore += count;
      continue;
    }
    names.push(name);
    before.push(count);
    now.push(seen);
  }
  for (const [name, count] of target.entries()) {
    if (baseline.countOf(name) > 0) continue;
    if (baseline.exact) {
      names.push(name);
      before.push(0);
      now.push(count);
    } else {
      otherNow += count;
    }
  }
  if (otherBefore + otherNow > 0) {
    names.push(OTHER);
    before.push(otherBefore);
    now.push(otherNow);
  }
  return { names, baseline: before, target: now };
}

/** How much of the target lies in categories that the baseline never had. */
function unseenShare(pair: ColumnPair): number {
  if (!pair.baseline.items.exact || pair.target.items.total === 0) return 0;
  let unseen = 0;
  for (const [name, count] of pair.target.items.entries()) {
    if (pair.baseline.items.countOf(name) === 0) unseen += count;
  }
  return unseen / pair.target.items.total;
}

function comparable(pair: ColumnPair): CategoryCounts | undefined {
  if (pair.baseline.items.total === 0 || pair.target.items.total === 0) return undefined;
  return categoryCounts(pair.baseline.items, pair.target.items);
}

/** The category whose share changed most, with its shares before and now. */
function mostChanged(pair: ColumnPair, counts: CategoryCounts): Pick<Finding, 'location' | 'baseline' | 'target'> {
  let found = { location: counts.names[0] as string, baseline: 0, target: 0 };
  let largest = -1;
  counts.names.forEach((location, index) => {
    const baseline = (counts.baseline[index] as number) / pair.baseline.items.total;
    const target = (counts.target[index] as number) / pair.target.items.total;
    if (Math.abs(target - baseline) > largest) {
      largest = Math.abs(target - baseline);
      found = { location, baseline, target };
    }
  });
  return found;
}

/**
 * Chi-square homogeneity test on counts over the union of categories, so that new and vanished ones count. The moments
 * are those given both margins, which keeps its size with rare categories and unequal windows.
 */
export const chiSquare: Statistic = {
  key: 'chisq',
  families: ['categorical'],
  compare(pair) {
    const counts = comparable(pair);
    if (counts === undefined) return undefined;
    const where = mostChanged(pair, counts);
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

/** Jensen–Shannon distance, base 2, over the union of categories. */
export const categoricalJensenShannon: Statistic = {
  key: 'jsd',
  families: ['categorical'],
  compare(pair) {
    const counts = comparable(pair);
    if (counts === undefined) return undefined;
    const metric = jensenShannonDistance(counts.baseline, counts.target, { base: 2 });
    return { statistic: 'jsd', metric, score: metric, pValue: null, ...mostChanged(pair, counts), matters: false };
  },
};

/** Population stability index over the union of categories; absent ones count as 1e-4. */
export const categoricalPsi: Statistic = {
  key: 'psi',
  families: ['categorical'],
  compare(pair) {
    const counts = comparable(pair);
    if (counts === undefined) return undefined;
    const metric = populationStabilityIndex(counts.baseline, counts.target, { smoothing: { floor: 1e-4 } });
    const score = 1 - Math.exp(-metric);
    return { statistic: 'psi', metric, score, pValue: null, ...mostChanged(pair, counts), matters: false };
  },
};

/** The share of rows in categories that the baseline never had. The chi-square test judges it. */
export const unseen: Statistic = {
  key: 'unseen',
  families: ['categorical'],
  compare(pair) {
    if (comparable(pair) === undefined) return undefined;
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
