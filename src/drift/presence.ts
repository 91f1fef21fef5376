import { chiSquareTest } from '../stats/chi-square.js';
import { fisherExactTest } from '../stats/fisher.js';
import type { ColumnPair } from './column-pair.js';
import { EFFECT_GATES, type Finding, type Statistic } from './statistic.js';

/** Above so many on the smallest margin, chi-square is as good as the exact test and much cheaper. */
const EXACT_UP_TO = 10_000;

/** p-value of a change in a share: `part` of `rows`, before and now. */
function shareChange(before: { part: number; rows: number }, now: { part: number; rows: number }): number {
  const [yes, no] = [before.part + now.part, before.rows - before.part + now.rows - now.part];
  if (yes === 0 || no === 0) return 1;
  const table: [[number, number], [number, number]] = [
    [before.part, before.rows - before.part],
    [now.part, now.rows - now.part],
  ];
  return Math.min(yes, no, before.rows, now.rows) <= EXACT_UP_TO
    ? fisherExactTest(table).pValue
    : chiSquareTest(table, { method: 'conditional' }).pValue;
}

function finding(
  statistic: 'missing' | 'type',
  before: { part: number; rows: number },
  now: { part: number; rows: number },
): Finding {
  const baseline = before.part / before.rows;
  const target = now.part / now.rows;
  const score = Math.abs(target - baseline);
  const pValue = shareChange(before, now);
  return {
    statistic,
    metric: target - baseline,
    score,
    pValue,
    location: null,
    baseline,
    target,
    matters: score >= EFFECT_GATES[statistic],
  };
}

/** Whether the share of rows without a value changed. Fisher's exact test; chi-square where counts are large. */
const missing: Statistic = {
  key: 'missing',
  decides: true,
  families: ['numeric', 'categorical', 'text'],
  compare(pair) {
    if (pair.rows.baseline === 0 || pair.rows.target === 0) return undefined;
    return finding(
      'missing',
      { part: pair.rows.baseline - pair.baseline.present, rows: pair.rows.baseline },
      { part: pair.rows.target - pair.target.present, rows: pair.rows.target },
    );
  },
};

/** Whether values turned up that can't be read as the column's type: text among numbers, numbers among names, infinities. */
const typeChange: Statistic = {
  key: 'type',
  decides: true,
  families: ['numeric', 'categorical', 'text'],
  compare(pair: ColumnPair) {
    if (pair.baseline.present === 0 || pair.target.present === 0) return undefined;
    return finding(
      'type',
      { part: pair.baseline.misfits(), rows: pair.baseline.present },
      { part: pair.target.misfits(pair.baseline.type), rows: pair.target.present },
    );
  },
};

/** Statistics of every column: which values are there at all, and of what sort. */
export const PRESENCE_STATISTICS: readonly Statistic[] = [missing, typeChange];
