import { familyOf } from '../../profile/schema.js';
import { STATISTIC_KEYS, type Statistic } from '../statistics/statistic.js';
import type { DriftRow } from './drift-row.js';
import { isCompared } from './not-compared.js';

const OURS: ReadonlySet<string> = new Set(STATISTIC_KEYS);
const SILENT = 'it returned nothing for any column';

/**
 * The rows of a table, and further ones for the user's statistics that said nothing of any column they apply to. A statistic may have
 * nothing to say of one column; of none at all it is mistaken, and that looks like calm.
 */
export function withSilentStatistics(
  rows: readonly DriftRow[],
  statistics: readonly Statistic[],
): readonly DriftRow[] {
  const heard = new Set<string>(rows.map(({ statistic }) => statistic));
  const silent = statistics.filter(({ key }) => !OURS.has(key) && !heard.has(key));
  if (silent.length === 0) return rows;
  return rows.flatMap((row) => {
    if (row.statistic !== 'mean' || !isCompared(row.outcome)) return [row];
    const applying = silent.filter(({ families }) => families.includes(familyOf(row.type)));
    return [...applying.map(({ key }) => failedRow(row, key)), row];
  });
}

const failedRow = (whole: DriftRow, statistic: string): DriftRow => ({
  ...whole,
  statistic,
  metric: 0,
  score: 0,
  pValue: null,
  drift: false,
  outcome: 'not-computed',
  location: null,
  baseline: null,
  current: null,
  error: SILENT,
});
