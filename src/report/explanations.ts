import { explainColumn } from '../drift/explain.js';
import type { ExplainedColumn, ReportView } from './report-view.js';

/** At most so many columns are explained, those that changed most. */
export const MOST_EXPLAINED = 10;

/** The explanations that a view brings, else the comparison's own. */
export function explanationsOf({ stats, explanations }: ReportView): readonly ExplainedColumn[] {
  if (explanations !== undefined) return explanations;
  const drifted = stats.summary().filter((row) => row.drift && row.outcome === 'compared');
  return drifted.slice(0, MOST_EXPLAINED).map(({ column }) => explainColumn(stats, column));
}
