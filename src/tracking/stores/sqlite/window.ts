import { encodeText } from '../encode-text.js';
import type { SqlDriver, WindowBounds } from '../sql/dialect.js';
import { findExperiment } from '../sql/experiment.js';
import { isCrossed } from '../sql/window.js';
import { crossedError } from '../validate.js';

const LIVE_PARTS = `FROM parts INDEXED BY parts_live
  WHERE experiment = ? AND key = ? AND replaced_at IS NULL AND pos_from > ? AND pos_to <= ?`;

/** The ids of a window's parts, in order, or the sum of their rows. Inside a snapshot. */
export async function sumWindow(
  driver: SqlDriver,
  experiment: string,
  { key, after, upTo }: WindowBounds,
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
