import { encodeText } from '../encode-text.js';
import type { Dialect, SqlDriver } from '../sql/dialect.js';
import type { SqlRow } from '../sql/rows.js';
import { latestLeaseEnd } from '../store-time.js';

/** Entries written by one statement; each takes 15 of SQLite's 32,766 variables. */
const ROWS_PER_STATEMENT = 100;
/** Folds take some kilobytes a column each. */
const PARTS_PER_PAGE = 16;

/** Leases that ran out go first, so that the table holds no more than are in use. */
async function holdLease(
  driver: SqlDriver,
  { name, owner, ttlMs }: { readonly name: string; readonly owner: string; readonly ttlMs: number },
  now: number,
): Promise<SqlRow[]> {
  const sql = 'DELETE FROM leases WHERE until <= ? OR (name = ? AND until > ?)';
  await driver.all(sql, [now, encodeText(name), latestLeaseEnd(now, ttlMs)]);
  return driver.all(
    `INSERT INTO leases (name, owner, until) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET until = excluded.until WHERE owner = excluded.owner RETURNING owner`,
    [encodeText(name), encodeText(owner), now + ttlMs],
  );
}

/** How statements for SQLite are written. */
export const sqliteDialect: Dialect = {
  prefix: '',
  nameId: 'name',
  keyId: 'key',
  nameColumns: ['name'],
  keyColumns: ['key'],
  predictionColumns: ['id'],
  idOf: encodeText,
  idAndName: (name) => [encodeText(name)],
  entryId: ['id'],
  partId: ['id'],
  experimentId: '(SELECT id FROM experiments WHERE name = ?)',
  outbox: ['id'],
  placesDeliveries: false,
  storesBatch: false,
  countsBytes: false,
  greatest: 'max',
  rowsPerStatement: ROWS_PER_STATEMENT,
  partsPerPage: PARTS_PER_PAGE,
  // A transaction that writes has the file alone.
  forUpdate: '',
  apart: '',
  lendsMemory: true,
  by: (index) => ` INDEXED BY ${index}`,
  // One text for all values, however many there are: a statement stays the same, and is not prepared anew.
  among: ([column], rows) => ({
    text: `${column} IN (SELECT value FROM json_each(?))`,
    values: [JSON.stringify(rows.flat())],
  }),
  holdLease,
};
