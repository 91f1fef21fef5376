import { LeewayError } from '../../../leaves/errors.js';
import type { Migration } from '../../store.js';
import type { SqliteDriver } from './driver.js';

/** The layout this version makes. A later one that this version may still write says so in `meta.min_writer`. */
const SCHEMA_VERSION = 2;
/** Marks a file as ours: 'leew' in ASCII. */
const APPLICATION_ID = 0x6c656577;

/*
 * Texts are coded (text.ts). Payloads come last in their row, so that reading the other columns skips their pages.
 * `widest` is the largest `runs` of an experiment: an entry that covers run r ends before r + widest.
 * `parts` holds what windows are made of: chunks (level 0, their bytes are in `entries`) and folds. A replaced part
 * stays for a while (`replaced_at`), for readers that are under way.
 */
const FIRST_LAYOUT = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('min_writer', 1);
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
`;

/** What waits for labels, and the tick a monitor stands at. Writers of version 1 know neither and need not. */
const SECOND_LAYOUT = `
CREATE TABLE predictions (
  experiment INTEGER NOT NULL, id TEXT NOT NULL, run INTEGER NOT NULL, key TEXT NOT NULL, dt NUMERIC NOT NULL, version TEXT,
  value TEXT NOT NULL, PRIMARY KEY (experiment, id, run)
) WITHOUT ROWID;
CREATE INDEX predictions_run ON predictions (experiment, run);
ALTER TABLE monitors ADD COLUMN tick NUMERIC NOT NULL DEFAULT 0;
`;

/** Each brings the layout one version on, and leaves it writable to those before it. */
const STEPS: readonly string[] = [FIRST_LAYOUT, SECOND_LAYOUT];

const MIN_WRITER = "SELECT value FROM meta WHERE name = 'min_writer'";

async function readNumber(driver: SqliteDriver, sql: string): Promise<number> {
  const [row] = await driver.all(sql, []);
  return Number(Object.values(row ?? {})[0] ?? 0);
}

/** The version of the layout, 0 for an empty file; throws, having changed nothing, where it isn't ours or is too new. */
async function layoutOf(driver: SqliteDriver, location: string): Promise<number> {
  const version = await readNumber(driver, 'PRAGMA user_version');
  const owner = await readNumber(driver, 'PRAGMA application_id');
  if (version === 0 && owner === 0) {
    if ((await readNumber(driver, 'SELECT count(*) FROM sqlite_schema')) === 0) return 0;
  }
  if (owner !== APPLICATION_ID) {
    throw new LeewayError(
      'ERR_LEEWAY_STORE',
      `${location} is a SQLite database of another program, so leeway does not change it; choose another file`,
    );
  }
  if (version > SCHEMA_VERSION) {
    const minWriter = await readNumber(driver, MIN_WRITER);
    if (minWriter > SCHEMA_VERSION || minWriter === 0) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        `${location} has schema version ${version} and this leeway knows ${SCHEMA_VERSION}; ` +
          'it was written by a newer leeway: update this one, or choose another file',
      );
    }
  }
  return version;
}

/** Runs work in one transaction, so that another process that lays the file out meanwhile is seen as a whole or not at all. */
async function within<T>(
  driver: SqliteDriver,
  begin: 'BEGIN' | 'BEGIN IMMEDIATE',
  work: () => Promise<T>,
): Promise<T> {
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

/**
 * Makes a fresh connection fit for use: looks at what the file is, lays out an empty one, and brings an older layout on.
 *
 * @returns the layout that was found, and the one that is there now.
 */
export async function prepareSchema(driver: SqliteDriver, location: string): Promise<Migration> {
  let from = await within(driver, 'BEGIN', () => layoutOf(driver, location));
  // Twice SQLite's own: a chunk takes half as many pages, which is a quarter of the time. It has no effect later on.
  if (from === 0) await driver.exec('PRAGMA page_size = 8192');
  await driver.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON',
  );
  if (from < SCHEMA_VERSION) {
    await within(driver, 'BEGIN IMMEDIATE', async () => {
      // Another process may have done it in between.
      from = await layoutOf(driver, location);
      for (const step of STEPS.slice(from)) await driver.exec(step);
      if (from < SCHEMA_VERSION) await driver.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    });
  }
  return {
    from,
    to: Math.max(from, SCHEMA_VERSION),
    minWriter: await readNumber(driver, MIN_WRITER),
  };
}
