import { LeewayError } from '../../errors.js';
import type { SqliteDriver } from './sqlite-driver.js';

/** The layout this version writes. A later one that this version may still write says so in `meta.min_writer`. */
const SCHEMA_VERSION = 1;
/** Marks a file as ours: 'leew' in ASCII. */
const APPLICATION_ID = 0x6c656577;

/*
 * Texts are coded (text.ts). Payloads come last in their row, so that reading the other columns skips their pages.
 * `widest` is the largest `runs` of an experiment: an entry that covers run r ends before r + widest.
 * `parts` holds what windows are made of: chunks (level 0, their bytes are in `entries`) and folds. A replaced part
 * stays for a while (`replaced_at`), for readers that are under way.
 */
const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('min_writer', ${SCHEMA_VERSION});
CREATE TABLE experiments (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, pos INTEGER NOT NULL, run INTEGER NOT NULL, widest INTEGER NOT NULL
);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY, experiment INTEGER NOT NULL, pos INTEGER NOT NULL, event TEXT NOT NULL, key TEXT NOT NULL,
  run INTEGER NOT NULL, run_end INTEGER NOT NULL, parent INTEGER, step NUMERIC, rows INTEGER NOT NULL,
  dt NUMERIC NOT NULL, dt_end NUMERIC NOT NULL, node TEXT NOT NULL, userid TEXT NOT NULL, value TEXT NOT NULL, bytes BLOB
);
CREATE UNIQUE INDEX entries_pos ON entries (experiment, pos);
CREATE INDEX entries_event ON entries (experiment, event, pos);
CREATE INDEX entries_key ON entries (experiment, event, key, pos);
CREATE INDEX entries_run ON entries (experiment, run_end, pos, run);
CREATE INDEX entries_event_run ON entries (experiment, event, run_end, pos);
CREATE INDEX entries_key_run ON entries (experiment, event, key, run_end, pos);
CREATE INDEX entries_time ON entries (experiment, dt_end, pos);
CREATE TABLE parts (
  id INTEGER PRIMARY KEY, experiment INTEGER NOT NULL, key TEXT NOT NULL, level INTEGER NOT NULL,
  pos_from INTEGER NOT NULL, pos_to INTEGER NOT NULL, rows INTEGER NOT NULL,
  dt NUMERIC NOT NULL, dt_end NUMERIC NOT NULL, replaced_at NUMERIC, bytes BLOB
);
CREATE UNIQUE INDEX parts_live ON parts (experiment, key, pos_from, pos_to, rows) WHERE replaced_at IS NULL;
CREATE INDEX parts_folds ON parts (experiment, key, pos_to, pos_from) WHERE replaced_at IS NULL AND level > 0;
CREATE INDEX parts_replaced ON parts (replaced_at) WHERE replaced_at IS NOT NULL;
CREATE TABLE cuts (
  experiment INTEGER NOT NULL, key TEXT NOT NULL, pos INTEGER NOT NULL, PRIMARY KEY (experiment, key, pos)
) WITHOUT ROWID;
CREATE TABLE monitors (
  experiment INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL,
  cursor INTEGER NOT NULL, captured INTEGER NOT NULL, PRIMARY KEY (experiment, name)
) WITHOUT ROWID;
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT, experiment INTEGER NOT NULL, monitor TEXT NOT NULL, name TEXT NOT NULL UNIQUE,
  payload TEXT NOT NULL, attempts INTEGER NOT NULL
);
CREATE INDEX deliveries_experiment ON deliveries (experiment, id);
CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until NUMERIC NOT NULL) WITHOUT ROWID;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

async function readNumber(driver: SqliteDriver, sql: string): Promise<number> {
  const [row] = await driver.all(sql, []);
  return Number(Object.values(row ?? {})[0] ?? 0);
}

/** Whether the file has our schema already; throws, having changed nothing, where it isn't ours or is too new. */
async function hasSchema(driver: SqliteDriver, location: string): Promise<boolean> {
  const version = await readNumber(driver, 'PRAGMA user_version');
  const owner = await readNumber(driver, 'PRAGMA application_id');
  if (version === 0 && owner === 0) {
    if ((await readNumber(driver, 'SELECT count(*) FROM sqlite_schema')) === 0) return false;
  }
  if (owner !== APPLICATION_ID) {
    throw new LeewayError(
      'ERR_LEEWAY_STORE',
      `${location} is a SQLite database of another program, so leeway leaves it alone; name a file of its own`,
    );
  }
  if (version > SCHEMA_VERSION) {
    const minWriter = await readNumber(driver, "SELECT value FROM meta WHERE name = 'min_writer'");
    if (minWriter > SCHEMA_VERSION || minWriter === 0) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        `${location} has schema version ${version} and this leeway knows ${SCHEMA_VERSION}; ` +
          'it was written by a newer leeway: update this one, or name another file',
      );
    }
  }
  return true;
}

/** Runs work in one transaction, so that another process that lays the file out meanwhile is seen as a whole or not at all. */
async function within<T>(driver: SqliteDriver, begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => Promise<T>): Promise<T> {
  await driver.exec(begin);
  try {
    const result = await work();
    await driver.exec('COMMIT');
    return result;
  } catch (error) {
    await driver.exec('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** Makes a fresh connection fit for use: looks at what the file is, and lays out an empty one. */
export async function prepareSchema(driver: SqliteDriver, location: string): Promise<void> {
  const ready = await within(driver, 'BEGIN', () => hasSchema(driver, location));
  await driver.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF');
  if (ready) return;
  await within(driver, 'BEGIN IMMEDIATE', async () => {
    // Another process may have laid it out in between.
    if (!(await hasSchema(driver, location))) await driver.exec(SCHEMA);
  });
}
