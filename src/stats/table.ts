import { LeewayError, shown } from '../leaves/errors.js';

const GREATEST = 2 ** 53;
const SMALLEST = 1e-60;

/** Counts: one row per window, one column per category. */
export type ContingencyTable = readonly (readonly number[])[];

/** A table without its all-zero rows and columns, and its margins. */
export interface CompactTable {
  readonly rows: readonly (readonly number[])[];
  readonly rowSums: readonly number[];
  readonly columnSums: readonly number[];
  readonly total: number;
}

/**
 * Checks a table of counts and drops its all-zero rows and columns, which say nothing about a difference.
 *
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for a table without rows or counts, with rows of unlike length, or with a count that
 *   is no number from 0 to 2⁵³ (naming its place).
 */
export function compactTable(table: ContingencyTable): CompactTable {
  checkTable(table);
  const width = (table[0] as readonly number[]).length;
  const columnSums = new Array<number>(width).fill(0);
  for (const row of table) {
    for (let column = 0; column < width; column += 1) {
      columnSums[column] = (columnSums[column] as number) + (row[column] as number);
    }
  }
  const kept = columnSums.map((sum) => sum > 0);
  const rows = table
    .map((row) => row.filter((_, column) => kept[column]))
    .filter((row) => sumOf(row) > 0);
  const rowSums = rows.map(sumOf);
  const total = sumOf(rowSums);
  if (!(total > 0))
    throw new LeewayError('ERR_LEEWAY_SAMPLE', 'table must hold at least one count above 0');
  return { rows, rowSums, columnSums: columnSums.filter((sum) => sum > 0), total };
}

/** Checks a table of two rows and two columns and returns its counts, row by row. Same errors, and one for another shape. */
export function twoByTwo(table: ContingencyTable): readonly [number, number, number, number] {
  checkTable(table);
  const [top, bottom] = table as readonly (readonly number[])[];
  if (table.length !== 2 || top?.length !== 2 || bottom === undefined) {
    const shape = `${table.length} by ${top?.length ?? 0}`;
    throw new LeewayError('ERR_LEEWAY_SAMPLE', `table must be 2 by 2, got ${shape}`);
  }
  return [top[0] as number, top[1] as number, bottom[0] as number, bottom[1] as number];
}

function checkTable(table: ContingencyTable): void {
  if (!Array.isArray(table) || table.length === 0) {
    throw new LeewayError(
      'ERR_LEEWAY_SAMPLE',
      `table must be an array of rows of counts, got ${shown(table)}`,
    );
  }
  const width = Array.isArray(table[0]) ? table[0].length : 0;
  for (let row = 0; row < table.length; row += 1) {
    const counts: unknown = table[row];
    if (!Array.isArray(counts) || counts.length !== width) {
      const message = `table[${row}] must be an array of as many counts as the first row, got ${shown(counts)}`;
      throw new LeewayError('ERR_LEEWAY_SAMPLE', message);
    }
    for (let column = 0; column < width; column += 1) {
      const count: unknown = counts[column];
      if (isCount(count)) continue;
      const message = `table[${row}][${column}] must be a count of 0 … 2^53, got ${shown(count)}`;
      throw new LeewayError('ERR_LEEWAY_SAMPLE', message);
    }
  }
}

/** Products of four counts must neither overflow a double nor vanish. Weights may be any numbers in between. */
function isCount(count: unknown): boolean {
  return count === 0 || (typeof count === 'number' && count >= SMALLEST && count <= GREATEST);
}

function sumOf(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
