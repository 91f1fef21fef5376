import type { PruneStep } from '../prune-walk.js';
import { LATEST_KEPT } from '../room.js';
import type { SqlDriver } from '../sql/dialect.js';
import { countBytes } from '../sql/experiment.js';
import {
  CHUNKS_AT_ONCE,
  type Clearing,
  ROWS_AT_ONCE,
  sizeOfGone,
  stepOf,
  taken,
} from '../sql/prune.js';
import type { SqlRow } from '../sql/rows.js';
import { heldBytes } from './room.js';

/** Profiles are large. */
const PROFILES_AT_ONCE = 16;

/** A chunk that no live part and no reader needs: a fold has its rows. */
const IS_FOLDED = `e.bytes IS NOT NULL AND NOT EXISTS (SELECT 1 FROM leeway_parts AS p
  WHERE p.experiment = e.experiment AND p.key_id = e.key_id AND p.pos_from = e.pos AND p.level = 0)`;

/** Parts that folds replaced, the earliest replaced first: readers that had listed them have to read again. */
async function dropReplaced(driver: SqlDriver): Promise<PruneStep> {
  const gone = await driver.all(
    `DELETE FROM leeway_parts WHERE (experiment, key_id, pos_from, level) IN (
       SELECT experiment, key_id, pos_from, level FROM leeway_parts WHERE replaced_at IS NOT NULL
       ORDER BY replaced_at LIMIT ?::INT8) RETURNING level`,
    [ROWS_AT_ONCE],
  );
  return stepOf(gone.length, ROWS_AT_ONCE);
}

/** The oldest chunks of all experiments that are in a fold. It reads the whole table, which only a full store does. */
async function pruneOldest(driver: SqlDriver): Promise<PruneStep> {
  const doomed = await driver.all(
    `SELECT e.experiment, e.pos, e.rows FROM leeway_entries AS e WHERE e.event = 'predict' AND ${IS_FOLDED}
     ORDER BY e.dt_end LIMIT ?::INT8`,
    [CHUNKS_AT_ONCE],
  );
  await removeEntries(driver, doomed);
  return { ...taken(doomed), next: doomed.length === CHUNKS_AT_ONCE ? 0 : undefined };
}

/** The oldest live parts that all monitors of their model have cut past; chunks go with their entries. */
async function pruneClosed(driver: SqlDriver): Promise<PruneStep> {
  const gone = await driver.all(
    `DELETE FROM leeway_parts WHERE (experiment, key_id, pos_from, level) IN (
       SELECT f.experiment, f.key_id, f.pos_from, f.level FROM leeway_parts AS f
       WHERE f.replaced_at IS NULL
         AND EXISTS (SELECT 1 FROM leeway_monitors AS m WHERE m.experiment = f.experiment AND m.key_id = f.key_id)
         AND NOT EXISTS (SELECT 1 FROM leeway_monitors AS m
           WHERE m.experiment = f.experiment AND m.key_id = f.key_id AND m.cursor < f.pos_to)
       ORDER BY f.dt_end LIMIT ?::INT8)
     RETURNING experiment, level, pos_from AS pos, rows, coalesce(length(bytes), 0) AS size`,
    [PROFILES_AT_ONCE],
  );
  const chunks = gone.filter(({ level }) => level === 0);
  await removeEntries(driver, chunks);
  for (const [experiment, rows] of byExperiment(gone))
    await countBytes(driver, experiment, -sizeOfGone(rows));
  return { ...stepOf(gone.length, PROFILES_AT_ONCE), rows: taken(chunks).rows };
}

/** Profiles of old snapshots but for a first one, and old comparisons. */
async function dropDetail(driver: SqlDriver): Promise<PruneStep> {
  const found = await driver.all(
    `SELECT e.experiment, e.pos, e.event, e.value, coalesce(length(e.bytes), 0) AS size, 0::INT8 AS rows
     FROM leeway_entries AS e
     WHERE (e.event = 'drift' OR (e.event = 'snapshot' AND e.step <> 0 AND length(e.bytes) > 0))
       AND (SELECT count(*) FROM leeway_entries AS n WHERE n.experiment = e.experiment AND n.event = e.event
         AND n.key_id = e.key_id AND n.pos > e.pos) >= ?::INT8
     ORDER BY e.dt_end LIMIT ?::INT8`,
    [LATEST_KEPT, PROFILES_AT_ONCE],
  );
  await removeEntries(
    driver,
    found.filter(({ event }) => event === 'drift'),
  );
  for (const { experiment, pos, event, value, size } of found) {
    if (event === 'drift') continue;
    const before = value as string;
    const said = JSON.stringify({ ...JSON.parse(before), thinned: true });
    const sql = `UPDATE leeway_entries SET bytes = ''::BYTEA, value = ? WHERE experiment = ? AND pos = ?`;
    await driver.all(sql, [said, experiment as string, pos as number]);
    const grown = Buffer.byteLength(said) - Buffer.byteLength(before);
    await countBytes(driver, experiment as string, grown - (size as number));
  }
  return stepOf(found.length, PROFILES_AT_ONCE);
}

/** Removes entries, given by experiment and position. */
async function removeEntries(driver: SqlDriver, doomed: readonly SqlRow[]): Promise<void> {
  for (const [experiment, rows] of byExperiment(doomed)) {
    const positions = rows.map(({ pos }) => [pos as number]);
    const { text, values } = driver.dialect.among(['pos'], positions);
    const gone = await driver.all(
      `DELETE FROM leeway_entries WHERE experiment = ? AND ${text}
       RETURNING octet_length(value) + coalesce(length(bytes), 0) AS size`,
      [experiment, ...values],
    );
    await countBytes(driver, experiment, -sizeOfGone(gone));
  }
}

function byExperiment(rows: readonly SqlRow[]): ReadonlyMap<string, SqlRow[]> {
  const groups = new Map<string, SqlRow[]>();
  for (const row of rows) {
    const group = groups.get(row.experiment as string);
    if (group === undefined) groups.set(row.experiment as string, [row]);
    else group.push(row);
  }
  return groups;
}

/** How a database is cleared. */
export const postgresClearing = (now: (driver: SqlDriver) => Promise<number>): Clearing => ({
  isFolded: IS_FOLDED,
  steps: [dropReplaced, pruneOldest, pruneClosed, dropDetail],
  removeEntries,
  heldBytes,
  now,
});
