import type { SqlDriver } from '../sql/dialect.js';
import { sqlState } from './driver.js';

const REWRITTEN = ['leeway_entries', 'leeway_parts', 'leeway_predictions'];

/** Drops dead rows, outside of a transaction. Answers `false` where the database knows no `VACUUM`, or not from this user. */
export async function vacuum(driver: SqlDriver): Promise<boolean> {
  try {
    // Of tables that another owns PostgreSQL only warns, and YugabyteDB takes the statement and does nothing.
    const [row] = await driver.all(
      `SELECT min(CASE WHEN pg_has_role(relowner, 'USAGE') AND version() NOT LIKE '%-YB-%' THEN 1 ELSE 0 END)::INT8 AS may
       FROM pg_class WHERE oid IN (${REWRITTEN.map((table) => `to_regclass('${table}')`).join(', ')})`,
      [],
    );
    if (row?.may !== 1) return false;
    for (const table of REWRITTEN) await driver.all(`VACUUM ${table}`, []);
    return true;
  } catch (error) {
    // A code of five is the server's own; all else is a connection that broke.
    if (/^[0-9A-Z]{5}$/.test(sqlState(error) ?? '')) return false;
    throw error;
  }
}
