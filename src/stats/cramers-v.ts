import { LeewayError } from '../leaves/errors.js';
import { pearsonStatistic } from './chi-square.js';
import { type ContingencyTable, compactTable } from './table.js';

/**
 * Cramér's V: the strength of association of window and category, √(X² / (N · (min(rows, columns) − 1))).
 *
 * For the size of a change in categories on a 0…1 scale, next to a chi-square test that tells whether it is one.
 *
 * @param table counts: one row per window, one column per category; all-zero rows and columns are dropped first
 * @returns 0 for equal shares, 1 where no category is shared. Biased upwards where categories are many and rows few.
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for a table that is malformed (naming the place), holds no count, or has a single
 *   row or column left: there V is 0/0.
 *
 * O(cells). Source: H. Cramér (1946), without Bergsma's bias correction.
 *
 * @example
 * cramersV([[10, 20], [20, 10]]); // 0.3333…
 */
export function cramersV(table: ContingencyTable): number {
  const compact = compactTable(table);
  const freedom = Math.min(compact.rows.length, compact.columnSums.length) - 1;
  if (freedom > 0)
    return Math.min(1, Math.sqrt(pearsonStatistic(compact) / (compact.total * freedom)));
  throw new LeewayError(
    'ERR_LEEWAY_SAMPLE',
    "Cramér's V needs two rows and two columns that aren't all zero",
  );
}
