import type { CheckedRewrite } from '../validate.js';
import { addBytes, holdExperiment, writeEntries } from './append.js';
import { Bound, type PgDriver, type PgValue, sqlState } from './driver.js';
import { idOf } from './query.js';

/** Replaces bytes and removes predictions, or answers `false`. Inside a transaction. */
export async function writeRewrite(driver: PgDriver, rewrite: CheckedRewrite): Promise<boolean> {
  const experiment = await holdExperiment(driver, rewrite.experiment);
  if (!(await stands(driver, experiment.id, rewrite))) return false;
  for (const { pos, bytes, rows, json } of rewrite.entries) {
    const [entry] = await driver.all(
      `UPDATE leeway_entries SET bytes = coalesce($3::BYTEA, bytes), rows = coalesce($4::INT8, rows),
         value = coalesce($5::TEXT, value) WHERE experiment = $1 AND pos = $2 RETURNING key_id, rows`,
      [experiment.id, pos, bytes ?? null, rows ?? null, json ?? null],
    );
    await driver.all(`UPDATE leeway_parts SET rows = $4 ${LIVE} AND level = 0`, [
      experiment.id,
      entry?.key_id as string,
      pos,
      entry?.rows as number,
    ]);
  }
  for (const { key, posFrom, bytes, rows } of rewrite.folds) {
    await driver.all(
      `UPDATE leeway_parts SET bytes = $4::BYTEA, rows = coalesce($5::INT8, rows) ${LIVE}`,
      [experiment.id, idOf(key), posFrom, bytes, rows ?? null],
    );
  }
  // Folds that were replaced a moment ago may hold what is erased.
  await driver.all('DELETE FROM leeway_parts WHERE experiment = $1 AND replaced_at IS NOT NULL', [
    experiment.id,
  ]);
  const bound = new Bound();
  const place = bound.add(experiment.id);
  const ids = bound.list(rewrite.ids.map(idOf), 'TEXT');
  const runs = bound.list(rewrite.runs, 'INT8');
  const doomed = `DELETE FROM leeway_predictions WHERE experiment = ${place} AND (id IN ${ids} OR run IN ${runs})`;
  if (rewrite.ids.length + rewrite.runs.length > 0) await driver.all(doomed, bound.values);
  await recount(driver, experiment.id, rewrite);
  await writeEntries(driver, experiment, rewrite.log, false);
  return true;
}

const LIVE = 'WHERE experiment = $1 AND key_id = $2 AND pos_from = $3 AND replaced_at IS NULL';

/** Whether everything still has the bytes that the caller saw. */
async function stands(
  driver: PgDriver,
  experiment: string,
  rewrite: CheckedRewrite,
): Promise<boolean> {
  async function there(sql: string, values: readonly PgValue[]): Promise<boolean> {
    return (await driver.all(sql, values)).length > 0;
  }
  for (const { pos, before } of rewrite.entries) {
    const sql =
      'SELECT pos FROM leeway_entries WHERE experiment = $1 AND pos = $2 AND bytes IS NOT DISTINCT FROM $3::BYTEA FOR UPDATE';
    if (!(await there(sql, [experiment, pos, before ?? null]))) return false;
  }
  for (const { key, level, posFrom, before } of rewrite.folds) {
    const sql = `SELECT level FROM leeway_parts ${LIVE} AND level = $4 AND bytes = $5::BYTEA FOR UPDATE`;
    if (!(await there(sql, [experiment, idOf(key), posFrom, level, before]))) return false;
  }
  return true;
}

/** What the experiment's payloads take, after what they took before. */
async function recount(
  driver: PgDriver,
  experiment: string,
  { entries, folds }: CheckedRewrite,
): Promise<void> {
  let growth = 0;
  for (const { before, bytes } of [...entries, ...folds]) {
    if (bytes !== undefined) growth += bytes.byteLength - (before?.byteLength ?? 0);
  }
  await addBytes(driver, experiment, growth);
}

const REWRITTEN = ['leeway_entries', 'leeway_parts', 'leeway_predictions'];

/** Drops dead rows, outside of a transaction. Answers `false` where the database knows no `VACUUM`, or not from this user. */
export async function vacuum(driver: PgDriver): Promise<boolean> {
  try {
    // Of tables that another owns PostgreSQL only warns, and YugabyteDB takes the statement and does nothing.
    const [row] = await driver.all(
      `SELECT min(CASE WHEN pg_has_role(relowner, 'USAGE') AND version() NOT LIKE '%-YB-%' THEN 1 ELSE 0 END)::INT8 AS may
       FROM pg_class WHERE oid IN (${REWRITTEN.map((table) => `to_regclass('${table}')`).join(', ')})`,
    );
    if (row?.may !== 1) return false;
    for (const table of REWRITTEN) await driver.all(`VACUUM ${table}`);
    return true;
  } catch (error) {
    // A code of five is the server's own; all else is a connection that broke.
    if (/^[0-9A-Z]{5}$/.test(sqlState(error) ?? '')) return false;
    throw error;
  }
}
