import type { Fold } from '../../window-part.js';
import type { Window } from '../sql/dialect.js';
import { crossedError } from '../validate.js';
import { addBytes, insertParts } from './append.js';
import { Bound, type PgDriver, type PgRow } from './driver.js';
import { idOf, whole } from './query.js';

/** How long a replaced part stays for readers that listed it before. */
const REPLACED_TTL_MS = 600_000;

/** Lets replaced parts go that no reader needs any more. One that a wrong clock replaced later than now is one of them. */
export async function forgetReplaced(driver: PgDriver, now: number): Promise<void> {
  const sql = 'DELETE FROM leeway_parts WHERE replaced_at < $1::FLOAT8 OR replaced_at > $2::FLOAT8';
  await driver.all(sql, [now - REPLACED_TTL_MS, now]);
}

/** The parts of a window without their bytes, in order, as one statement sees them. */
export async function listWindow(
  driver: PgDriver,
  experiment: string,
  { key, after, upTo }: Window,
): Promise<PgRow[]> {
  const from = whole(after);
  const to = whole(upTo);
  const rows = await driver.all(
    `SELECT level, pos_from, pos_to, rows, dt, dt_end FROM leeway_parts
     WHERE experiment = $1 AND key_id = $2 AND replaced_at IS NULL AND pos_from > $3::INT8 AND pos_from <= $4::INT8
     UNION ALL
     SELECT level, pos_from, pos_to, rows, dt, dt_end FROM leeway_parts
     WHERE experiment = $1 AND key_id = $2 AND replaced_at IS NULL AND level > 0 AND pos_to > $3::INT8 AND pos_from <= $3::INT8`,
    [idOf(experiment), idOf(key), from, to],
  );
  for (const edge of [from, to]) {
    const crossing = rows.some(
      (row) => (row.pos_from as number) <= edge && edge < (row.pos_to as number),
    );
    if (crossing) throw crossedError(key, edge);
  }
  return rows.sort((left, right) => (left.pos_from as number) - (right.pos_from as number));
}

/** Listed parts with their bytes, replaced ones included as long as they are kept. */
export async function readParts(
  driver: PgDriver,
  { experiment, key }: { readonly experiment: string; readonly key: string },
  listed: readonly PgRow[],
): Promise<PgRow[]> {
  const bound = new Bound();
  const place = [bound.add(idOf(experiment)), bound.add(idOf(key))];
  const pairs = listed.map(
    (row) =>
      `(${bound.add(row.level as number)}::INT8, ${bound.add(row.pos_from as number)}::INT8)`,
  );
  const rows = await driver.all(
    `SELECT p.level, p.pos_from, p.pos_to, p.rows, p.dt, p.dt_end, coalesce(p.bytes, e.bytes) AS bytes
     FROM leeway_parts AS p
     LEFT JOIN leeway_entries AS e ON p.level = 0 AND e.experiment = p.experiment AND e.pos = p.pos_from
     WHERE p.experiment = ${place[0]} AND p.key_id = ${place[1]} AND (p.level, p.pos_from) IN (${pairs.join(', ')})`,
    bound.values,
  );
  return rows
    .filter((row) => row.bytes !== null)
    .sort((left, right) => (left.pos_from as number) - (right.pos_from as number));
}

/** Puts a fold in place of its parts, or answers `false`. Inside a transaction. */
export async function writeFold(driver: PgDriver, fold: Fold, now: number): Promise<boolean> {
  // Cuts, and other folds, wait for the same row.
  const [head] = await driver.all('SELECT id FROM leeway_experiments WHERE id = $1 FOR UPDATE', [
    idOf(fold.experiment),
  ]);
  if (head === undefined) return false;
  const bound = new Bound();
  const place = `experiment = ${bound.add(head.id as string)} AND key_id = ${bound.add(idOf(fold.key))}`;
  const positions = bound.list(
    fold.replaces.map(({ posFrom }) => posFrom),
    'INT8',
  );
  const parts = await driver.all(
    `SELECT level, pos_from, pos_to, rows, dt, dt_end, coalesce(length(bytes), 0) AS size FROM leeway_parts
     WHERE ${place} AND replaced_at IS NULL AND pos_from IN ${positions}`,
    bound.values,
  );
  const levels = new Map(fold.replaces.map(({ level, posFrom }) => [posFrom, level]));
  const [first] = fold.replaces;
  if (first === undefined || parts.length !== levels.size) return false;
  if (parts.some((part) => levels.get(part.pos_from as number) !== part.level)) return false;
  const sum = (name: string): number =>
    parts.reduce((total, part) => total + (part[name] as number), 0);
  if (fold.rows !== undefined && fold.rows !== sum('rows')) return false;
  const posTo = parts.reduce((most, part) => Math.max(most, part.pos_to as number), 0);
  const cut =
    'SELECT pos FROM leeway_cuts WHERE experiment = $1 AND key_id = $2 AND pos >= $3 AND pos < $4 LIMIT 1';
  const key = idOf(fold.key);
  if ((await driver.all(cut, [head.id as string, key, first.posFrom, posTo])).length > 0)
    return false;

  const at = bound.add(now);
  const replaced = `UPDATE leeway_parts SET replaced_at = ${at}::FLOAT8 WHERE ${place} AND replaced_at IS NULL AND pos_from IN ${positions}`;
  await driver.all(replaced, bound.values);
  const dt = parts.reduce(
    (least, part) => Math.min(least, part.dt as number),
    Number.POSITIVE_INFINITY,
  );
  const dtEnd = parts.reduce(
    (most, part) => Math.max(most, part.dt_end as number),
    Number.NEGATIVE_INFINITY,
  );
  const { key: model, level, bytes } = fold;
  const made = {
    key: model,
    level,
    posFrom: first.posFrom,
    posTo,
    rows: sum('rows'),
    dt,
    dtEnd,
    bytes,
  };
  await insertParts(driver, head.id as string, [made]);
  await addBytes(driver, head.id as string, bytes.byteLength - sum('size'));
  return true;
}
