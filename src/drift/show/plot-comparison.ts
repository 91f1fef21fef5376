import { LeewayError, shown } from '../../leaves/errors.js';
import { nearestName } from '../../leaves/option-names.js';
import type { RankCorrelations } from '../statistics/joint.js';
import type { StatisticKey } from '../statistics/statistic.js';
import type { DriftRow } from '../verdict/drift-row.js';
import type { ColumnStats } from './column-stats.js';
import { type ColumnPlotKind, plotColumn } from './plot.js';
import { plotCorrelations, plotOverview, plotTime } from './table-plot.js';

/** Kinds of pictures. */
export type PlotKind = ColumnPlotKind | 'time' | 'overview' | 'correlation';

/** What a plot shows, and how. */
export interface PlotOptions {
  /** @default all columns */
  readonly column?: string;
  /** Whose score is drawn over time, or in the overview. @default 'mean' */
  readonly statistic?: StatisticKey;
  readonly kind?: PlotKind;
  /** `false`: numbers of rows in place of shares. @default true */
  readonly sample?: boolean;
}

/** Which rows `select` returns. */
export interface RowSelection {
  readonly column?: string;
  readonly statistic?: StatisticKey;
  /** The number of the snapshot that was compared with an earlier one. */
  readonly seq?: number;
}

const PLOT_KINDS: readonly PlotKind[] = ['dist', 'hist', 'box', 'time', 'overview', 'correlation'];

/** A comparison as pictures need it. */
export interface DrawnComparison {
  readonly columns: readonly string[];
  select(selection: RowSelection): DriftRow[];
  summary(): DriftRow[];
  baseline(column: string): ColumnStats;
  current(column: string): ColumnStats;
  correlationChange(): RankCorrelations;
}

/** Draws a comparison, one column of it or all. @throws LeewayError `ERR_LEEWAY_OPTION` */
export function plotComparison(stats: DrawnComparison, options: PlotOptions): string {
  const {
    column,
    statistic = 'mean',
    kind = column === undefined ? 'overview' : 'dist',
    sample = true,
  } = options;
  if (!PLOT_KINDS.includes(kind)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `kind must be one of ${PLOT_KINDS.join(', ')}, got ${shown(kind)}`,
    );
  }
  if (kind === 'correlation') return plotCorrelations('all columns', stats.correlationChange());
  if (column === undefined) {
    if (kind !== 'overview')
      throw new LeewayError('ERR_LEEWAY_OPTION', `a picture of kind ${kind} needs a column`);
    const rows = statistic === 'mean' ? stats.summary() : stats.select({ statistic });
    return plotOverview('all columns', rows);
  }
  if (!stats.columns.includes(column)) {
    const nearest = nearestName(column, stats.columns);
    const hint = nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`;
    throw new LeewayError('ERR_LEEWAY_OPTION', `there is no column ${shown(column)}${hint}`);
  }
  if (kind === 'overview') return plotOverview(column, stats.select({ column }));
  if (kind === 'time') return plotOverTime(stats, column, statistic);
  return plotColumn(
    column,
    { baseline: stats.baseline(column), current: stats.current(column) },
    { kind, sample },
  );
}

/** Windows are marked by the column's verdict, whatever statistic is drawn. */
function plotOverTime(stats: DrawnComparison, column: string, statistic: StatisticKey): string {
  const verdicts = new Map(
    stats.select({ column, statistic: 'mean' }).map((row) => [row.currentSeq, row.drift]),
  );
  const rows = stats.select({ column, statistic }).map((row) => ({
    ...row,
    drift: verdicts.get(row.currentSeq) ?? false,
  }));
  return plotTime(column, statistic === 'mean' ? 'score' : statistic, rows);
}
