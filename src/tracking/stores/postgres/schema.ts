import { setTimeout as wait } from 'node:timers/promises';
import { LeewayError } from '../../../leaves/errors.js';
import type { Migration } from '../../store.js';
import { isRace, type PgDriver, sqlState } from './driver.js';

/** The layout this version makes. A later one that this version may still write says so in `leeway_meta.min_writer`. */
const SCHEMA_VERSION = 1;
const MIN_WRITER = 1;
const MAX_TRIES = 20;

/*
 * Texts are coded (text.ts). Names can be longer than an index takes, so each is known by a hash of fixed length, and
 * stands beside it. No sequence gives numbers, for those are neither gapless nor in the order of commit: a head row does.
 * `bytes` of an experiment counts what its payloads take. `batch` tells a commit whose answer was lost from one that failed.
 * `parts` holds what windows are made of: chunks (level 0, their bytes are in `leeway_entries`) and folds. A replaced
 * part stays for a while (`replaced_at`), for readers that are under way.
 */
const TABLES: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS leeway_meta (name TEXT PRIMARY KEY, value INT8 NOT NULL)',
  `CREATE TABLE IF NOT EXISTS leeway_experiments (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, pos INT8 NOT NULL, run INT8 NOT NULL, widest INT8 NOT NULL, bytes INT8 NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS leeway_entries (
    experiment TEXT NOT NULL, pos INT8 NOT NULL, event TEXT NOT NULL, key_id TEXT NOT NULL, key TEXT NOT NULL,
    run INT8 NOT NULL, run_end INT8 NOT NULL, parent INT8, step FLOAT8, rows INT8 NOT NULL,
    dt FLOAT8 NOT NULL, dt_end FLOAT8 NOT NULL, node TEXT NOT NULL, userid TEXT NOT NULL, batch TEXT NOT NULL,
    value TEXT NOT NULL, bytes BYTEA, PRIMARY KEY (experiment, pos)
  )`,
  'CREATE INDEX IF NOT EXISTS leeway_entries_event ON leeway_entries (experiment, event, pos)',
  'CREATE INDEX IF NOT EXISTS leeway_entries_key ON leeway_entries (experiment, event, key_id, pos)',
  'CREATE INDEX IF NOT EXISTS leeway_entries_run ON leeway_entries (experiment, run_end, pos)',
  'CREATE INDEX IF NOT EXISTS leeway_entries_event_run ON leeway_entries (experiment, event, run_end, pos)',
  'CREATE INDEX IF NOT EXISTS leeway_entries_key_run ON leeway_entries (experiment, event, key_id, run_end, pos)',
  'CREATE INDEX IF NOT EXISTS leeway_entries_time ON leeway_entries (experiment, dt_end)',
  `CREATE TABLE IF NOT EXISTS leeway_parts (
    experiment TEXT NOT NULL, key_id TEXT NOT NULL, level INT8 NOT NULL, pos_from INT8 NOT NULL, pos_to INT8 NOT NULL,
    key TEXT NOT NULL, rows INT8 NOT NULL, dt FLOAT8 NOT NULL, dt_end FLOAT8 NOT NULL, replaced_at FLOAT8, bytes BYTEA,
    PRIMARY KEY (experiment, key_id, pos_from, level)
  )`,
  `CREATE INDEX IF NOT EXISTS leeway_parts_live ON leeway_parts (experiment, key_id, pos_from, pos_to, rows)
    WHERE replaced_at IS NULL`,
  `CREATE INDEX IF NOT EXISTS leeway_parts_folds ON leeway_parts (experiment, key_id, pos_to, pos_from)
    WHERE replaced_at IS NULL AND level > 0`,
  'CREATE INDEX IF NOT EXISTS leeway_parts_replaced ON leeway_parts (replaced_at) WHERE replaced_at IS NOT NULL',
  `CREATE TABLE IF NOT EXISTS leeway_cuts (
    experiment TEXT NOT NULL, key_id TEXT NOT NULL, pos INT8 NOT NULL, key TEXT NOT NULL, PRIMARY KEY (experiment, key_id, pos)
  )`,
  `CREATE TABLE IF NOT EXISTS leeway_monitors (
    experiment TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, key_id TEXT NOT NULL, key TEXT NOT NULL,
    version INT8 NOT NULL, seq INT8 NOT NULL, cursor INT8 NOT NULL, captured INT8 NOT NULL, tick FLOAT8 NOT NULL,
    PRIMARY KEY (experiment, id)
  )`,
  `CREATE TABLE IF NOT EXISTS leeway_deliveries (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, experiment TEXT NOT NULL, monitor TEXT NOT NULL, pos INT8 NOT NULL,
    place INT8 NOT NULL, payload TEXT NOT NULL, attempts INT8 NOT NULL
  )`,
  'CREATE INDEX IF NOT EXISTS leeway_deliveries_experiment ON leeway_deliveries (experiment, pos, place)',
  'CREATE TABLE IF NOT EXISTS leeway_leases (id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, until FLOAT8 NOT NULL)',
  `CREATE TABLE IF NOT EXISTS leeway_predictions (
    experiment TEXT NOT NULL, id TEXT NOT NULL, run INT8 NOT NULL, name TEXT NOT NULL, key_id TEXT NOT NULL, key TEXT NOT NULL,
    dt FLOAT8 NOT NULL, version TEXT, value TEXT NOT NULL, PRIMARY KEY (experiment, id, run)
  )`,
  'CREATE INDEX IF NOT EXISTS leeway_predictions_run ON leeway_predictions (experiment, run, id)',
];

async function readMeta(driver: PgDriver): Promise<ReadonlyMap<string, number>> {
  try {
    const rows = await driver.all('SELECT name, value FROM leeway_meta');
    return new Map(rows.map(({ name, value }) => [name as string, value as number]));
  } catch (error) {
    if (sqlState(error) === '42P01') return new Map();
    throw error;
  }
}

/**
 * Looks at the layout of the tables, and makes them where they aren't there. Any number of processes may do so at once.
 *
 * @returns the layout that was found, and the one that is there now.
 */
export async function prepareTables(driver: PgDriver, location: string): Promise<Migration> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await layOut(driver, location);
    } catch (error) {
      if (!isRace(error) || attempt === MAX_TRIES) throw error;
      await wait(10 * attempt * (0.5 + Math.random()));
    }
  }
}

async function layOut(driver: PgDriver, location: string): Promise<Migration> {
  const meta = await readMeta(driver);
  const version = meta.get('version') ?? 0;
  const minWriter = meta.get('min_writer') ?? MIN_WRITER;
  if (minWriter > SCHEMA_VERSION) {
    throw new LeewayError(
      'ERR_LEEWAY_FORMAT',
      `${location} has schema version ${version} and this leeway knows ${SCHEMA_VERSION}; ` +
        'it was written by a newer leeway: update this one, or choose another database',
    );
  }
  if (version === 0) {
    for (const sql of TABLES) await driver.all(sql);
    const sql =
      'INSERT INTO leeway_meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING';
    await driver.all(sql, ['min_writer', MIN_WRITER]);
    // Last: who finds it finds all tables.
    await driver.all(sql, ['version', SCHEMA_VERSION]);
  }
  return { from: version, to: Math.max(version, SCHEMA_VERSION), minWriter };
}
