import type { CheckedRewrite } from '../validate.js';
import { writeEntries } from './append.js';
import type { SqlDriver } from './dialect.js';
import { countBytes, type ExperimentRow, holdExperiment } from './experiment.js';
import type { SqlValue } from './rows.js';

/** Replaces bytes and removes predictions, or answers `false`. Inside a transaction. */
export async function writeRewrite(driver: SqlDriver, rewrite: CheckedRewrite): Promise<boolean> {
  const { prefix, keyId, idOf, among } = driver.dialect;
  const experiment = await holdExperiment(driver, rewrite.experiment);
  if (!(await stands(driver, experiment.id, rewrite))) return false;
  for (const { pos, bytes, rows, json } of rewrite.entries) {
    const [entry] = await driver.all(
      `UPDATE ${prefix}entries SET bytes = coalesce(?, bytes), rows = coalesce(?, rows), value = coalesce(?, value)
       WHERE experiment = ? AND pos = ? RETURNING ${keyId} AS model, rows`,
      [bytes ?? null, rows ?? null, json ?? null, experiment.id, pos],
    );
    await driver.all(`UPDATE ${prefix}parts SET rows = ? WHERE ${live(driver)} AND level = 0`, [
      entry?.rows as number,
      experiment.id,
      entry?.model as string,
      pos,
    ]);
  }
  for (const { key, posFrom, bytes, rows } of rewrite.folds) {
    await driver.all(
      `UPDATE ${prefix}parts SET bytes = ?, rows = coalesce(?, rows) WHERE ${live(driver)}`,
      [bytes, rows ?? null, experiment.id, idOf(key), posFrom],
    );
  }
  // Folds that were replaced a moment ago may hold what is erased.
  const replaced = `DELETE FROM ${prefix}parts WHERE experiment = ? AND replaced_at IS NOT NULL`;
  await driver.all(replaced, [experiment.id]);
  const lists = { id: rewrite.ids.map(idOf), run: rewrite.runs };
  for (const [column, list] of Object.entries(lists)) {
    if (list.length === 0) continue;
    const { text, values } = among(
      [column],
      list.map((one) => [one]),
    );
    const sql = `DELETE FROM ${prefix}predictions WHERE experiment = ? AND ${text}`;
    await driver.all(sql, [experiment.id, ...values]);
  }
  await countBytes(driver, experiment.id, growthOf(rewrite));
  await writeEntries(driver, experiment, rewrite.log, false);
  return true;
}

/** Finds a live part by its experiment, its key's id and its first position. */
const live = ({ dialect }: SqlDriver): string =>
  `experiment = ? AND ${dialect.keyId} = ? AND pos_from = ? AND replaced_at IS NULL`;

/** Whether everything still has the bytes that the caller saw. */
async function stands(
  driver: SqlDriver,
  experiment: ExperimentRow['id'],
  rewrite: CheckedRewrite,
): Promise<boolean> {
  const { prefix, idOf, forUpdate } = driver.dialect;
  async function there(sql: string, values: readonly SqlValue[]): Promise<boolean> {
    return (
      (await driver.all(`${sql} AND bytes IS NOT DISTINCT FROM ?${forUpdate}`, values)).length > 0
    );
  }
  for (const { pos, before } of rewrite.entries) {
    const sql = `SELECT pos FROM ${prefix}entries WHERE experiment = ? AND pos = ?`;
    if (!(await there(sql, [experiment, pos, before ?? null]))) return false;
  }
  for (const { key, level, posFrom, before } of rewrite.folds) {
    const sql = `SELECT level FROM ${prefix}parts WHERE ${live(driver)} AND level = ?`;
    if (!(await there(sql, [experiment, idOf(key), posFrom, level, before]))) return false;
  }
  return true;
}

/** What payloads take more than before. */
function growthOf({ entries, folds }: CheckedRewrite): number {
  let growth = 0;
  for (const { before, bytes } of [...entries, ...folds]) {
    if (bytes !== undefined) growth += bytes.byteLength - (before?.byteLength ?? 0);
  }
  return growth;
}
