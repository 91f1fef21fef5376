import type { DriftStats } from '../drift/drift-stats.js';
import { explainColumn } from '../drift/explain.js';
import type { ExplainedColumn, ReportView } from './report-view.js';

/** At most so many columns are explained. */
const MOST_EXPLAINED = 10;

/** The columns that are explained: of those that drifted, the ones that changed most. */
export function mostChangedColumns(stats: DriftStats): readonly string[] {
  const drifted = stats.summary().filter((row) => row.drift && row.outcome === 'compared');
  return drifted.slice(0, MOST_EXPLAINED).map(({ column }) => column);
}

/** The explanations that a view brings, else the comparison's own. */
export function explanationsOf({ stats, explanations }: ReportView): readonly ExplainedColumn[] {
  return explanations ?? mostChangedColumns(stats).map((column) => explainColumn(stats, column));
}
