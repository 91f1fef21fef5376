import type { Fold } from '../../window-part.js';
import { encodeText } from '../encode-text.js';
import type { Window } from '../sql/dialect.js';
import { crossedError } from '../validate.js';
import { insertParts } from './append.js';
import type { SqliteDriver, SqlRow } from './driver.js';
import { findExperiment } from './query.js';

/** How long a replaced part stays for readers that listed it before. */
export const REPLACED_TTL_MS = 600_000;

/** Lets replaced parts go that no reader needs any more. One that a wrong clock replaced later than now is one of them. */
export async function forgetReplaced(driver: SqliteDriver, now: number): Promise<void> {
  await driver.run('DELETE FROM parts WHERE replaced_at < ? OR replaced_at > ?', [
    now - REPLACED_TTL_MS,
    now,
  ]);
}

/** Whether a live fold has rows on both sides of a position. */
export async function isCrossed(
  driver: SqliteDriver,
  experiment: number,
  key: string,
  edge: number,
): Promise<boolean> {
  const rows = await driver.all(
    `SELECT 1 FROM parts INDEXED BY parts_folds
     WHERE experiment = ? AND key = ? AND replaced_at IS NULL AND level > 0 AND pos_to > ? AND pos_from <= ? LIMIT 1`,
    [experiment, encodeText(key), edge, edge],
  );
  return rows.length > 0;
}

const LIVE_PARTS = `FROM parts INDEXED BY parts_live
  WHERE experiment = ? AND key = ? AND replaced_at IS NULL AND pos_from > ? AND pos_to <= ?`;

/** The ids of a window's parts, in order, or the sum of their rows. Inside a snapshot. */
export async function sumWindow(
  driver: SqliteDriver,
  experiment: string,
  { key, after, upTo }: Window,
): Promise<{ readonly rows: number; readonly ids: () => Promise<number[]> }> {
  const found = await findExperiment(driver, experiment);
  if (found === undefined) return { rows: 0, ids: async () => [] };
  const last = Math.min(upTo, Number.MAX_SAFE_INTEGER);
  for (const edge of [after, last]) {
    if (await isCrossed(driver, found.id, key, edge)) throw crossedError(key, edge);
  }
  const values = [found.id, encodeText(key), after, last];
  const [sum] = await driver.all(`SELECT sum(rows) AS rows ${LIVE_PARTS}`, values);
  return {
    rows: Number(sum?.rows ?? 0),
    // One text for all of them: a row of SQLite's for each id would cost the event loop more.
    async ids() {
      const [list] = await driver.all(
        `SELECT json_group_array(id ORDER BY pos_from) AS ids ${LIVE_PARTS}`,
        values,
      );
      return JSON.parse((list?.ids as string | undefined) ?? '[]');
    },
  };
}

/** Parts by id, replaced ones included as long as they are kept. */
export async function readParts(driver: SqliteDriver, ids: readonly number[]): Promise<SqlRow[]> {
  const rows = await driver.all(
    `SELECT p.level, p.pos_from, p.pos_to, p.rows, p.dt, p.dt_end, coalesce(p.bytes, e.bytes) AS bytes
     FROM parts AS p LEFT JOIN entries AS e ON p.level = 0 AND e.experiment = p.experiment AND e.pos = p.pos_from
     WHERE p.id IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(ids)],
  );
  // Sorted here, where only references move: SQLite's sorter would copy the payloads.
  return rows.sort((left, right) => Number(left.pos_from) - Number(right.pos_from));
}

/** Puts a fold in place of its parts, or answers `false`. Inside a transaction. */
export async function writeFold(driver: SqliteDriver, fold: Fold, now: number): Promise<boolean> {
  const experiment = await findExperiment(driver, fold.experiment);
  if (experiment === undefined) return false;
  const key = encodeText(fold.key);
  const levels = new Map(fold.replaces.map(({ level, posFrom }) => [posFrom, level]));
  const parts = await driver.all(
    `SELECT id, level, pos_from, pos_to, rows, dt, dt_end FROM parts INDEXED BY parts_live
     WHERE experiment = ? AND key = ? AND replaced_at IS NULL AND pos_from IN (SELECT value FROM json_each(?))`,
    [experiment.id, key, JSON.stringify([...levels.keys()])],
  );
  const [first] = fold.replaces;
  if (first === undefined || parts.length !== levels.size) return false;
  if (parts.some((part) => levels.get(part.pos_from as number) !== part.level)) return false;
  const rows = parts.reduce((sum, part) => sum + (part.rows as number), 0);
  if (fold.rows !== undefined && fold.rows !== rows) return false;
  const posTo = parts.reduce((most, part) => Math.max(most, part.pos_to as number), 0);
  const cutSql =
    'SELECT 1 FROM cuts WHERE experiment = ? AND key = ? AND pos >= ? AND pos < ? LIMIT 1';
  if ((await driver.all(cutSql, [experiment.id, key, first.posFrom, posTo])).length > 0)
    return false;

  await forgetReplaced(driver, now);
  const ids = JSON.stringify(parts.map((part) => part.id));
  await driver.run(
    'UPDATE parts SET replaced_at = ? WHERE id IN (SELECT value FROM json_each(?))',
    [now, ids],
  );
  const dt = parts.reduce(
    (least, part) => Math.min(least, part.dt as number),
    Number.POSITIVE_INFINITY,
  );
  const dtEnd = parts.reduce(
    (most, part) => Math.max(most, part.dt_end as number),
    Number.NEGATIVE_INFINITY,
  );
  const { key: model, level, bytes } = fold;
  await insertParts(driver, experiment.id, [
    { key: model, level, posFrom: first.posFrom, posTo, rows, dt, dtEnd, bytes },
  ]);
  return true;
}
