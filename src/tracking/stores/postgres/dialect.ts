import { createHash } from 'node:crypto';
import { encodeText } from '../encode-text.js';
import type { Dialect, SqlDriver } from '../sql/dialect.js';
import type { SqlRow } from '../sql/rows.js';
import { latestLeaseEnd } from '../store-time.js';

/** Rows written by one statement, of at most 17 of PostgreSQL's 65,535 values each. */
const ROWS_PER_STATEMENT = 500;
const PARTS_PER_PAGE = 64;

/** What a name is known by: of fixed length, where an index has a bound and a name has none. */
function idOf(name: string): string {
  return createHash('sha256').update(encodeText(name)).digest('base64url').slice(0, 22);
}

async function holdLease(
  driver: SqlDriver,
  { name, owner, ttlMs }: { readonly name: string; readonly owner: string; readonly ttlMs: number },
  now: number,
): Promise<SqlRow[]> {
  return driver.all(
    `INSERT INTO leeway_leases (id, name, owner, until) VALUES (?, ?, ?, ?::FLOAT8)
     ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, until = excluded.until
     WHERE leeway_leases.owner = excluded.owner OR leeway_leases.until <= ?::FLOAT8
       OR leeway_leases.until > ?::FLOAT8 RETURNING id`,
    [idOf(name), encodeText(name), encodeText(owner), now + ttlMs, now, latestLeaseEnd(now, ttlMs)],
  );
}

/** How statements for PostgreSQL are written. */
export const postgresDialect: Dialect = {
  prefix: 'leeway_',
  nameId: 'id',
  keyId: 'key_id',
  nameColumns: ['id', 'name'],
  keyColumns: ['key_id', 'key'],
  predictionColumns: ['id', 'name'],
  idOf,
  idAndName: (name) => [idOf(name), encodeText(name)],
  entryId: ['experiment', 'pos'],
  partId: ['experiment', 'key_id', 'pos_from', 'level'],
  experimentId: '?',
  outbox: ['pos', 'place'],
  placesDeliveries: true,
  storesBatch: true,
  countsBytes: true,
  greatest: 'greatest',
  rowsPerStatement: ROWS_PER_STATEMENT,
  partsPerPage: PARTS_PER_PAGE,
  forUpdate: ' FOR UPDATE',
  // It keeps the planner from walking along positions instead.
  apart: ' OFFSET 0',
  // A connection that was given up may still send what was bound on it.
  lendsMemory: false,
  by: () => '',
  among(columns, rows) {
    const one = `(${columns.map(() => '?').join(', ')})`;
    const list = rows.map(() => one).join(', ');
    // No row is among none.
    const text = rows.length === 0 ? 'FALSE' : `(${columns.join(', ')}) IN (${list})`;
    return { text, values: rows.flat() };
  },
  holdLease,
};
