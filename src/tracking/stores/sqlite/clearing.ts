import type { Clock } from '../../../leaves/clock.js';
import type { PruneStep } from '../prune-walk.js';
import { LATEST_KEPT } from '../room.js';
import type { SqlDriver } from '../sql/dialect.js';
import { CHUNKS_AT_ONCE, type Clearing, ROWS_AT_ONCE, stepOf, taken } from '../sql/prune.js';
import type { SqlRow } from '../sql/rows.js';

/** Profiles are large. */
const PROFILES_AT_ONCE = 16;

/** A chunk that no live part and no reader needs: a fold has its rows. */
const IS_FOLDED = `e.bytes IS NOT NULL AND NOT EXISTS (SELECT 1 FROM parts AS p WHERE p.experiment = e.experiment AND p.key = e.key
    AND p.pos_from = e.pos AND p.level = 0 AND p.replaced_at IS NULL)
  AND e.id NOT IN (SELECT x.id FROM parts AS r INDEXED BY parts_replaced
    JOIN entries AS x ON x.experiment = r.experiment AND x.pos = r.pos_from WHERE r.replaced_at IS NOT NULL AND r.level = 0)`;

/** What the file holds, without its free pages. */
async function heldBytes(driver: SqlDriver): Promise<number> {
  const [row] = await driver.all(
    'SELECT (c.page_count - f.freelist_count) * s.page_size AS bytes FROM pragma_page_count AS c, pragma_freelist_count AS f, pragma_page_size AS s',
    [],
  );
  return Number(row?.bytes ?? 0);
}

/** Parts that folds replaced, the earliest replaced first: readers that had listed them have to read again. */
async function dropReplaced(driver: SqlDriver): Promise<PruneStep> {
  const gone = await driver.all(
    `DELETE FROM parts WHERE id IN (SELECT id FROM parts INDEXED BY parts_replaced WHERE replaced_at IS NOT NULL
       ORDER BY replaced_at LIMIT ?) RETURNING id`,
    [CHUNKS_AT_ONCE],
  );
  return stepOf(gone.length, CHUNKS_AT_ONCE);
}

/** The oldest chunks of all experiments that are in a fold. */
async function pruneOldest(driver: SqlDriver, after: number): Promise<PruneStep> {
  const doomed = await driver.all(
    `SELECT e.id, e.rows FROM entries AS e
     WHERE e.id > ? AND e.event = 'predict' AND ${IS_FOLDED} ORDER BY e.id LIMIT ?`,
    [after, CHUNKS_AT_ONCE],
  );
  await removeEntries(driver, doomed);
  const more = doomed.length === CHUNKS_AT_ONCE;
  return { ...taken(doomed), next: more ? (doomed.at(-1)?.id as number) : undefined };
}

/** The oldest live parts that all monitors of their model have cut past; chunks go with their entries. */
async function pruneClosed(driver: SqlDriver): Promise<PruneStep> {
  const doomed = await driver.all(
    `SELECT p.id, p.level, p.experiment, p.pos_from, p.rows FROM parts AS p
     WHERE p.replaced_at IS NULL
       AND EXISTS (SELECT 1 FROM monitors AS m WHERE m.experiment = p.experiment AND m.key = p.key)
       AND NOT EXISTS (SELECT 1 FROM monitors AS m
         WHERE m.experiment = p.experiment AND m.key = p.key AND m.cursor < p.pos_to)
     ORDER BY p.id LIMIT ?`,
    [PROFILES_AT_ONCE],
  );
  const ids = JSON.stringify(doomed.map(({ id }) => id));
  await driver.all('DELETE FROM parts WHERE id IN (SELECT value FROM json_each(?))', [ids]);
  for (const { level, experiment, pos_from } of doomed) {
    if (level !== 0) continue;
    await driver.all('DELETE FROM entries WHERE experiment = ? AND pos = ?', [
      experiment ?? null,
      pos_from ?? null,
    ]);
  }
  const rows = doomed.reduce((sum, row) => sum + (row.level === 0 ? (row.rows as number) : 0), 0);
  return { ...stepOf(doomed.length, PROFILES_AT_ONCE), rows };
}

/** The earliest predictions that wait for labels. */
async function dropPredictions(driver: SqlDriver): Promise<PruneStep> {
  const gone = await driver.all(
    `DELETE FROM predictions WHERE (experiment, run, id) IN (SELECT experiment, run, id FROM predictions
       INDEXED BY predictions_run ORDER BY experiment, run LIMIT ?) RETURNING run`,
    [ROWS_AT_ONCE],
  );
  return stepOf(gone.length, ROWS_AT_ONCE);
}

/** Profiles of old snapshots but for a first one, and old comparisons. */
async function dropDetail(driver: SqlDriver): Promise<PruneStep> {
  const found = await driver.all(
    `SELECT e.id, e.event, e.value FROM entries AS e
     WHERE (e.event = 'drift' OR (e.event = 'snapshot' AND e.step <> 0 AND length(e.bytes) > 0))
       AND (SELECT count(*) FROM entries AS n INDEXED BY entries_key
         WHERE n.experiment = e.experiment AND n.event = e.event AND n.key = e.key AND n.pos > e.pos) >= ?
     ORDER BY e.id LIMIT ?`,
    [LATEST_KEPT, PROFILES_AT_ONCE],
  );
  await removeEntries(
    driver,
    found.filter(({ event }) => event === 'drift'),
  );
  for (const { id, event, value } of found) {
    if (event === 'drift') continue;
    const said = JSON.stringify({ ...JSON.parse(value as string), thinned: true });
    await driver.all("UPDATE entries SET bytes = x'', value = ? WHERE id = ?", [
      said,
      id as number,
    ]);
  }
  return stepOf(found.length, PROFILES_AT_ONCE);
}

async function removeEntries(driver: SqlDriver, rows: readonly SqlRow[]): Promise<void> {
  if (rows.length === 0) return;
  const ids = JSON.stringify(rows.map(({ id }) => id));
  await driver.all('DELETE FROM entries WHERE id IN (SELECT value FROM json_each(?))', [ids]);
}

/** How a file is cleared. */
export const sqliteClearing = (clock: Clock): Clearing => ({
  isFolded: IS_FOLDED,
  steps: [dropReplaced, pruneOldest, pruneClosed, dropPredictions, dropDetail],
  removeEntries,
  heldBytes,
  now: async () => clock.now(),
});
