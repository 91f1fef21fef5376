import type { DriftStats } from '../drift/drift-stats.js';
import { describeMovement, describeVerdict } from '../drift/show/describe-drift.js';
import type { NotCompared } from '../drift/verdict/not-compared.js';
import { defined } from '../leaves/defined.js';
import { explanationsOf } from './explanations.js';
import type { ReportView } from './report-view.js';
import { rowsByColumn } from './rows-by-column.js';

/** A comparison as plain data, a record per column: those that drifted first, then by score. */
export function comparisonJson(stats: DriftStats): {
  readonly notCompared: readonly NotCompared[];
  readonly [more: string]: unknown;
} {
  const rowsOf = rowsByColumn(stats);
  const columns = stats.summary().map((whole) => ({
    column: whole.column,
    type: whole.type,
    drift: whole.drift,
    outcome: whole.outcome,
    score: whole.score,
    pValue: whole.pValue,
    ...defined({ note: whole.note, error: whole.error }),
    what: describeMovement(stats, whole),
    statistics: Object.fromEntries(
      (rowsOf.get(whole.column) ?? [])
        .filter((row) => row.statistic !== 'mean')
        .map(({ statistic, metric, score, pValue, drift, note, error }) => [
          statistic,
          {
            statistic: metric,
            score,
            pValue,
            drift,
            ...defined({ note, error }),
          },
        ]),
    ),
  }));
  const { baseline, current } = stats.counts;
  const segments = [...stats.segments].map(
    ([segment, { drift, verdict, drifted, notCompared, counts }]) => ({
      segment,
      drift,
      verdict,
      drifted,
      notCompared,
      rows: counts,
    }),
  );
  return {
    drift: stats.drift,
    verdict: stats.verdict,
    words: describeVerdict(stats),
    outcome: stats.outcome,
    columns,
    notCompared: stats.notCompared,
    ...(segments.length > 0 && { segments }),
    rows: { baseline, current },
    settings: stats.settings,
  };
}

/** A report as plain data. Times are ISO 8601. */
export function reportJson(view: ReportView): object {
  const { experiment, model, stats, at, timeline, calibration } = view;
  return {
    experiment,
    model,
    at: new Date(at).toISOString(),
    ...comparisonJson(stats),
    windows: stats.windows,
    explanations: explanationsOf(view),
    ...defined({ timeline, calibration }),
  };
}
