import { correlationChart } from '../../chart/correlation-chart.js';
import { overviewChart } from '../../chart/overview-chart.js';
import { timeChart } from '../../chart/time-chart.js';
import type { RankCorrelations } from '../statistics/joint.js';

/** What a picture of a comparison needs of its rows. */
export interface PlottedRow {
  readonly column: string;
  readonly score: number;
  readonly drift: boolean;
  readonly currentSeq: number | null;
  readonly currentEnd: number | null;
}

const MOST_COLUMNS = 50;
const MOST_CORRELATED = 20;
const MOST_WINDOWS = 1_000;

/** The score of every column, in the order given. */
export function plotOverview(title: string, rows: readonly PlottedRow[]): string {
  const columns = rows
    .slice(0, MOST_COLUMNS)
    .map(({ column, score, drift }) => ({ name: column, score, drift }));
  return overviewChart({ title, columns, omitted: rows.length - columns.length });
}

/** The score of one column from window to window: a row for each, oldest first. */
export function plotTime(title: string, what: string, rows: readonly PlottedRow[]): string {
  const points = rows
    .slice(-MOST_WINDOWS)
    .map(({ score, drift, currentSeq, currentEnd }, index) => ({
      seq: currentSeq ?? index,
      at: currentEnd,
      value: score,
      drift,
    }));
  return timeChart({ title, what, points });
}

/** How the correlation of each pair changed, those columns first whose correlations changed most. */
export function plotCorrelations(title: string, change: RankCorrelations): string {
  const sizes = change.values.map((values) =>
    values.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0),
  );
  const order = change.columns
    .map((_, index) => index)
    .sort((a, b) => (sizes[b] as number) - (sizes[a] as number) || a - b)
    .slice(0, MOST_CORRELATED);
  return correlationChart({
    title,
    columns: order.map((index) => change.columns[index] as string),
    change: order.map((row) => order.map((column) => change.values[row]?.[column] ?? Number.NaN)),
  });
}
