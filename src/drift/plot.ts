import { categoryChart } from '../chart/category-chart.js';
import { distributionChart } from '../chart/distribution-chart.js';
import { categoryCounts } from './categories.js';
import type { ColumnStats } from './column-stats.js';

const NUMERIC_BINS = 24;
const MOST_CATEGORIES = 12;
/** Axes end here, so that their length is still a number. */
const LARGEST = 8e307;

/** Baseline against target as an SVG picture. */
export function plotColumn(title: string, baseline: ColumnStats, target: ColumnStats): string {
  return baseline.family === 'numeric' || (baseline.profile.present === 0 && target.family === 'numeric')
    ? plotNumeric(title, baseline, target)
    : plotCategories(title, baseline, target);
}

function plotNumeric(title: string, baseline: ColumnStats, target: ColumnStats): string {
  const edges = sharedEdges(baseline, target);
  const shares = (side: ColumnStats): number[] => side.histogram(edges.slice(1, -1));
  return distributionChart({ title, edges, baseline: shares(baseline), target: shares(target) });
}

/** Equal bins over what both sides span, without the outermost 0.5 % of either, which would flatten all the rest. */
export function sharedEdges(baseline: ColumnStats, target: ColumnStats, bins: number = NUMERIC_BINS): number[] {
  const sides = [baseline, target].filter((side) => side.profile.quantiles.count > 0);
  if (sides.length === 0) return [0, 1];
  const within = (value: number): number => Math.max(-LARGEST, Math.min(LARGEST, value));
  const low = within(Math.min(...sides.map((side) => side.profile.quantiles.quantile(0.005))));
  const high = within(Math.max(...sides.map((side) => side.profile.quantiles.quantile(0.995))));
  const [from, to] = low < high ? [low, high] : [low - 0.5, low + 0.5];
  return Array.from({ length: bins + 1 }, (_, index) => from + (to - from) * (index / bins));
}

function plotCategories(title: string, baseline: ColumnStats, target: ColumnStats): string {
  const counts = categoryCounts(baseline.profile.items, target.profile.items);
  const share = (count: number, total: number): number => (total === 0 ? 0 : count / total);
  const bars = counts.names.map((name, index) => ({
    name,
    baseline: share(counts.baseline[index] as number, baseline.profile.items.total),
    target: share(counts.target[index] as number, target.profile.items.total),
  }));
  bars.sort((a, b) => Math.max(b.baseline, b.target) - Math.max(a.baseline, a.target));
  return categoryChart({
    title,
    bars: bars.slice(0, MOST_CATEGORIES),
    omitted: Math.max(0, bars.length - MOST_CATEGORIES),
  });
}
