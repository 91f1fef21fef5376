import { wholeBelow } from '../sql/conditions.js';
import type { SqlDriver, WindowBounds } from '../sql/dialect.js';
import type { SqlRow } from '../sql/rows.js';
import { crossedError } from '../validate.js';

/** The parts of a window without their bytes, in order, as one statement sees them. */
export async function listWindow(
  driver: SqlDriver,
  experiment: string,
  { key, after, upTo }: WindowBounds,
): Promise<SqlRow[]> {
  const { idOf } = driver.dialect;
  const from = wholeBelow(after);
  const to = wholeBelow(upTo);
  const place = [idOf(experiment), idOf(key)];
  const rows = await driver.all(
    `SELECT experiment, key_id, level, pos_from, pos_to, rows FROM leeway_parts
     WHERE experiment = ? AND key_id = ? AND replaced_at IS NULL AND pos_from > ? AND pos_from <= ?
     UNION ALL
     SELECT experiment, key_id, level, pos_from, pos_to, rows FROM leeway_parts
     WHERE experiment = ? AND key_id = ? AND replaced_at IS NULL AND level > 0 AND pos_to > ? AND pos_from <= ?`,
    [...place, from, to, ...place, from, from],
  );
  for (const edge of [from, to]) {
    const crossing = rows.some(
      (row) => (row.pos_from as number) <= edge && edge < (row.pos_to as number),
    );
    if (crossing) throw crossedError(key, edge);
  }
  return rows.sort((left, right) => (left.pos_from as number) - (right.pos_from as number));
}
