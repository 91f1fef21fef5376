import { defined } from '../leaves/defined.js';
import type { ComparedColumn } from './compare-column.js';
import type { DriftStatsJson } from './drift-stats-json.js';
import type { Finding } from './statistics/statistic.js';
import type { ColumnVerdict } from './verdict/decide.js';
import { type DriftRow, kindOf } from './verdict/drift-row.js';

/** A row per statistic, and one for the column as a whole (`mean`), which carries its verdict. */
export function rowsOf(
  column: ComparedColumn,
  verdict: ColumnVerdict | undefined,
  windows: DriftStatsJson['windows'],
): DriftRow[] {
  const findings = column.findings();
  const drift = verdict?.drift ?? false;
  const decisive = verdict?.decisive?.statistic;
  const rows = findings.map((finding) =>
    rowOf(column, finding, drift && decisive === finding.statistic, windows),
  );
  const computed = findings.filter(({ error }) => error === undefined);
  const score =
    computed.length === 0
      ? 0
      : computed.reduce((sum, finding) => sum + finding.score, 0) / computed.length;
  const {
    location = null,
    baseline = null,
    current = null,
  } = verdict?.decisive ?? findings[0] ?? {};
  const pValue = verdict?.pValue ?? null;
  const whole: Finding = {
    statistic: 'mean',
    metric: score,
    score,
    pValue,
    location,
    baseline,
    current,
    matters: false,
    ...defined({ note: column.doubt, error: column.error }),
  };
  rows.push(rowOf(column, whole, drift, windows));
  return rows;
}

/** Written out: spreading would make each of hundreds of rows an object of its own shape. */
function rowOf(
  column: ComparedColumn,
  finding: Finding,
  drift: boolean,
  windows: DriftStatsJson['windows'],
): DriftRow {
  return {
    column: column.name,
    kind: kindOf(column.name),
    type: column.type,
    statistic: finding.statistic,
    metric: finding.metric,
    score: finding.score,
    pValue: finding.pValue,
    drift,
    outcome: finding.error === undefined ? column.outcome : 'not-computed',
    location: finding.location,
    baselineSeq: windows.baseline.seq,
    currentSeq: windows.current.seq,
    baselineEnd: windows.baseline.to,
    currentEnd: windows.current.to,
    baseline: finding.baseline,
    current: finding.current,
    ...defined({ note: finding.note, error: finding.error }),
  };
}
