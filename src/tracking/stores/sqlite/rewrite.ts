import { encodeText } from '../encode-text.js';
import type { CheckedRewrite } from '../validate.js';
import { holdExperiment, writeEntries } from './append.js';
import type { SqliteDriver, SqlValue } from './driver.js';

/** Replaces bytes and removes predictions, or answers `false`. Inside a transaction. */
export async function writeRewrite(
  driver: SqliteDriver,
  rewrite: CheckedRewrite,
): Promise<boolean> {
  const experiment = await holdExperiment(driver, rewrite.experiment);
  if (!(await stands(driver, experiment.id, rewrite))) return false;
  for (const { pos, bytes, rows, json } of rewrite.entries) {
    const [entry] = await driver.all(
      `UPDATE entries SET bytes = coalesce(?, bytes), rows = coalesce(?, rows), value = coalesce(?, value)
       WHERE experiment = ? AND pos = ? RETURNING key, rows`,
      [bytes ?? null, rows ?? null, json ?? null, experiment.id, pos],
    );
    const place = [experiment.id, entry?.key as string, pos];
    await driver.run(`UPDATE parts SET rows = ? ${LIVE} AND level = 0`, [
      entry?.rows as number,
      ...place,
    ]);
  }
  for (const { key, posFrom, bytes, rows } of rewrite.folds) {
    const place = [experiment.id, encodeText(key), posFrom];
    await driver.run(`UPDATE parts SET bytes = ?, rows = coalesce(?, rows) ${LIVE}`, [
      bytes,
      rows ?? null,
      ...place,
    ]);
  }
  // Folds that were replaced a moment ago may hold what is erased.
  await driver.run('DELETE FROM parts WHERE experiment = ? AND replaced_at IS NOT NULL', [
    experiment.id,
  ]);
  const lists = { id: rewrite.ids.map(encodeText), run: rewrite.runs };
  for (const [column, list] of Object.entries(lists)) {
    if (list.length === 0) continue;
    const sql = `DELETE FROM predictions WHERE experiment = ? AND ${column} IN (SELECT value FROM json_each(?))`;
    await driver.run(sql, [experiment.id, JSON.stringify(list)]);
  }
  await writeEntries(driver, experiment, rewrite.log, false);
  return true;
}

const LIVE = 'WHERE experiment = ? AND key = ? AND pos_from = ? AND replaced_at IS NULL';

/** Whether everything still has the bytes that the caller saw. */
async function stands(
  driver: SqliteDriver,
  experiment: number,
  rewrite: CheckedRewrite,
): Promise<boolean> {
  async function there(sql: string, values: readonly SqlValue[]): Promise<boolean> {
    return (await driver.all(sql, values)).length > 0;
  }
  for (const { pos, before } of rewrite.entries) {
    const sql = 'SELECT 1 FROM entries WHERE experiment = ? AND pos = ? AND bytes IS ?';
    if (!(await there(sql, [experiment, pos, before ?? null]))) return false;
  }
  for (const { key, level, posFrom, before } of rewrite.folds) {
    const place = [experiment, encodeText(key), posFrom, level, before];
    if (!(await there(`SELECT 1 FROM parts ${LIVE} AND level = ? AND bytes IS ?`, place)))
      return false;
  }
  return true;
}
