import type { CountUnit } from '../../chart/axes.js';
import { type Box, boxChart } from '../../chart/box-chart.js';
import { categoryChart } from '../../chart/category-chart.js';
import { distributionChart } from '../../chart/distribution-chart.js';
import { histogramChart } from '../../chart/histogram-chart.js';
import type { ColumnProfile } from '../../profile/column-profile.js';
import type { ColumnFamily } from '../../profile/schema.js';
import { categoryCounts } from '../statistics/categories.js';
import { meanOf } from '../statistics/spread.js';

/** Kinds of plots of one column: overlaid distributions, pairs of bars, or boxes. */
export type ColumnPlotKind = 'dist' | 'hist' | 'box';

/** How a column is plotted. */
export interface ColumnPlotOptions {
  /** Categories are always bars. @default 'dist' */
  readonly kind?: ColumnPlotKind;
  /** `false`: numbers of rows instead of shares. @default true */
  readonly sample?: boolean;
}

/** What is drawn of one side of a column. */
export interface PlottedColumn {
  readonly family: ColumnFamily;
  readonly profile: ColumnProfile;
  histogram(edges: readonly number[]): number[];
}

/** One or both sides of a column. */
export interface PlottedSides {
  readonly baseline?: PlottedColumn | undefined;
  readonly current?: PlottedColumn | undefined;
}

const NUMERIC_BINS = 24;
const MOST_CATEGORIES = 12;
/** Axes end here, so that their length is still a number. */
const LARGEST = 8e307;
const BOX_QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

/** A column as an SVG picture: baseline against current, or one of them alone. */
export function plotColumn(
  title: string,
  sides: PlottedSides,
  options: ColumnPlotOptions = {},
): string {
  const { kind = 'dist', sample = true } = options;
  const unit: CountUnit = sample ? 'share' : 'count';
  const given = [sides.baseline, sides.current].filter((side) => side !== undefined);
  const [first, second] = given;
  const numeric =
    first?.family === 'numeric' || (first?.profile.present === 0 && second?.family === 'numeric');
  if (!numeric) return plotCategories(title, sides, unit);
  if (kind === 'box')
    return boxChart({ title, baseline: boxOf(sides.baseline), current: boxOf(sides.current) });
  const edges = sharedEdges(given);
  const heights = (side: PlottedColumn | undefined): number[] | undefined => {
    const shares = side?.histogram(edges.slice(1, -1));
    return unit === 'share' || side === undefined
      ? shares
      : shares?.map((share) => share * side.profile.quantiles.count);
  };
  const chart = {
    title,
    edges,
    baseline: heights(sides.baseline),
    current: heights(sides.current),
    unit,
  };
  return kind === 'hist' ? histogramChart(chart) : distributionChart(chart);
}

function boxOf(side: PlottedColumn | undefined): Box | undefined {
  if (side === undefined || side.profile.quantiles.count === 0) return undefined;
  const quantiles = BOX_QUANTILES.map((share) => within(side.profile.quantiles.quantile(share)));
  return {
    quantiles: quantiles as unknown as Box['quantiles'],
    mean: within(meanOf(side.profile)),
  };
}

const within = (value: number): number => Math.max(-LARGEST, Math.min(LARGEST, value));

/** Equal bins over what all sides span, without the outermost 0.5 % of each, which would flatten all the rest. */
export function sharedEdges(
  sides: readonly PlottedColumn[],
  bins: number = NUMERIC_BINS,
): number[] {
  const filled = sides.filter((side) => side.profile.quantiles.count > 0);
  if (filled.length === 0) return [0, 1];
  const low = within(Math.min(...filled.map((side) => side.profile.quantiles.quantile(0.005))));
  const high = within(Math.max(...filled.map((side) => side.profile.quantiles.quantile(0.995))));
  const [from, to] = low < high ? [low, high] : [low - 0.5, low + 0.5];
  return Array.from({ length: bins + 1 }, (_, index) => from + (to - from) * (index / bins));
}

function plotCategories(
  title: string,
  { baseline, current }: PlottedSides,
  unit: CountUnit,
): string {
  const one = baseline ?? current;
  if (one === undefined) return categoryChart({ title, bars: [], omitted: 0 });
  const counts = categoryCounts((baseline ?? one).profile.items, (current ?? one).profile.items);
  const height = (count: number, side: PlottedColumn | undefined): number | undefined => {
    if (side === undefined || unit === 'count') return side === undefined ? undefined : count;
    return side.profile.items.total === 0 ? 0 : count / side.profile.items.total;
  };
  const bars = counts.names.map((name, index) => ({
    name,
    baseline: height(counts.baseline[index] as number, baseline),
    current: height(counts.current[index] as number, current),
  }));
  const greatest = (bar: (typeof bars)[number]): number =>
    Math.max(bar.baseline ?? 0, bar.current ?? 0);
  bars.sort((a, b) => greatest(b) - greatest(a));
  const omitted = Math.max(0, bars.length - MOST_CATEGORIES);
  return categoryChart({ title, bars: bars.slice(0, MOST_CATEGORIES), omitted, unit });
}
