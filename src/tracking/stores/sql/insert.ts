import type { SqlDriver } from './dialect.js';
import type { SqlValue } from './rows.js';

/** Where rows are written. */
export interface Target {
  readonly table: string;
  readonly columns: readonly string[];
  /** What becomes of a row that is there already; without it the statement fails. */
  readonly conflict?: string;
}

/** Writes the columns of a row that is there already, found by `ids`, over. */
export function overwrite(ids: readonly string[], columns: readonly string[]): string {
  const set = columns.filter((column) => !ids.includes(column));
  const assignments = set.map((column) => `${column} = excluded.${column}`);
  return `ON CONFLICT (${ids.join(', ')}) DO UPDATE SET ${assignments.join(', ')}`;
}

/** Writes rows in groups; a group's values are made just before it, so that a large batch never holds the loop. */
export async function insertMany<T>(
  driver: SqlDriver,
  { table, columns, conflict = '' }: Target,
  items: readonly T[],
  toValues: (item: T) => readonly SqlValue[],
): Promise<void> {
  const { prefix, rowsPerStatement } = driver.dialect;
  const one = `(${columns.map(() => '?').join(', ')})`;
  for (let from = 0; from < items.length; from += rowsPerStatement) {
    const group = items.slice(from, from + rowsPerStatement);
    const rows = group.map(() => one).join(', ');
    const sql = `INSERT INTO ${prefix}${table} (${columns.join(', ')}) VALUES ${rows} ${conflict}`;
    await driver.all(sql, group.flatMap(toValues));
  }
}
