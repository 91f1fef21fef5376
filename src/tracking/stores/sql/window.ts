import type { Fold } from '../../window-part.js';
import { insertParts } from './append.js';
import type { SqlDriver } from './dialect.js';
import { countBytes, type ExperimentRow, findExperiment } from './experiment.js';
import type { SqlRow, SqlValue } from './rows.js';

/** How long a replaced part stays for readers that listed it before. */
const REPLACED_TTL_MS = 600_000;

/** What a part is found by. */
export const idOfPart = ({ dialect }: SqlDriver, row: SqlRow): SqlValue[] =>
  dialect.partId.map((column) => row[column] as SqlValue);

/** Lets replaced parts go that no reader needs any more. One that a wrong clock replaced later than now is one of them. */
export async function forgetReplaced(driver: SqlDriver, now: number): Promise<void> {
  const sql = `DELETE FROM ${driver.dialect.prefix}parts WHERE replaced_at < ? OR replaced_at > ?`;
  await driver.all(sql, [now - REPLACED_TTL_MS, now]);
}

/** Whether a live fold has rows on both sides of a position. */
export async function isCrossed(
  driver: SqlDriver,
  experiment: ExperimentRow['id'],
  key: string,
  edge: number,
): Promise<boolean> {
  const { prefix, by, keyId, idOf } = driver.dialect;
  const rows = await driver.all(
    `SELECT level FROM ${prefix}parts${by('parts_folds')}
     WHERE experiment = ? AND ${keyId} = ? AND replaced_at IS NULL AND level > 0 AND pos_to > ? AND pos_from <= ? LIMIT 1`,
    [experiment, idOf(key), edge, edge],
  );
  return rows.length > 0;
}

/** Parts with their bytes, in order, replaced ones included as long as they are kept. */
export async function readParts(
  driver: SqlDriver,
  ids: readonly (readonly SqlValue[])[],
): Promise<SqlRow[]> {
  const { prefix, partId, among } = driver.dialect;
  const own = partId.map((column) => `p.${column}`);
  const { text, values } = among(own, ids);
  const rows = await driver.all(
    `SELECT ${own.join(', ')}, p.level, p.pos_from, p.pos_to, p.rows, p.dt, p.dt_end, coalesce(p.bytes, e.bytes) AS bytes
     FROM ${prefix}parts AS p LEFT JOIN ${prefix}entries AS e ON p.level = 0 AND e.experiment = p.experiment AND e.pos = p.pos_from
     WHERE ${text}`,
    values,
  );
  // Sorted here, where only references move: a database's sorter would copy the payloads.
  return rows
    .filter((row) => row.bytes !== null)
    .sort((left, right) => Number(left.pos_from) - Number(right.pos_from));
}

/** Puts a fold in place of its parts, or answers `false`. Inside a transaction. */
export async function writeFold(driver: SqlDriver, fold: Fold, now: number): Promise<boolean> {
  const { prefix, by, keyId, partId, idOf, among, countsBytes, forUpdate } = driver.dialect;
  await forgetReplaced(driver, now);
  // Cuts, and other folds, wait for the same row.
  const experiment = await findExperiment(driver, fold.experiment, forUpdate);
  if (experiment === undefined) return false;
  const levels = new Map(fold.replaces.map(({ level, posFrom }) => [posFrom, level]));
  const place = among(
    ['pos_from'],
    [...levels.keys()].map((posFrom) => [posFrom]),
  );
  const parts = await driver.all(
    `SELECT ${partId.join(', ')}, level, pos_from, pos_to, rows, dt, dt_end
       ${countsBytes ? ', coalesce(length(bytes), 0) AS size' : ''} FROM ${prefix}parts${by('parts_live')}
     WHERE experiment = ? AND ${keyId} = ? AND replaced_at IS NULL AND ${place.text}`,
    [experiment.id, idOf(fold.key), ...place.values],
  );
  const [first] = fold.replaces;
  if (first === undefined || parts.length !== levels.size) return false;
  if (parts.some((part) => levels.get(part.pos_from as number) !== part.level)) return false;
  const all = (column: string): number[] => parts.map((part) => (part[column] as number) ?? 0);
  const sum = (column: string): number => all(column).reduce((total, one) => total + one, 0);
  const rows = sum('rows');
  if (fold.rows !== undefined && fold.rows !== rows) return false;
  const posTo = all('pos_to').reduce((most, one) => Math.max(most, one), 0);
  const cut = `SELECT pos FROM ${prefix}cuts WHERE experiment = ? AND ${keyId} = ? AND pos >= ? AND pos < ? LIMIT 1`;
  const cuts = await driver.all(cut, [experiment.id, idOf(fold.key), first.posFrom, posTo]);
  if (cuts.length > 0) return false;

  const doomed = among(
    partId,
    parts.map((part) => idOfPart(driver, part)),
  );
  await driver.all(`UPDATE ${prefix}parts SET replaced_at = ? WHERE ${doomed.text}`, [
    now,
    ...doomed.values,
  ]);
  const { key, level, bytes } = fold;
  const dt = all('dt').reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  const dtEnd = all('dt_end').reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
  const made = { key, level, posFrom: first.posFrom, posTo, rows, dt, dtEnd, bytes };
  await insertParts(driver, experiment.id, [made]);
  await countBytes(driver, experiment.id, bytes.byteLength - sum('size'));
  return true;
}
