import type { PredictionFilter } from '../../prediction.js';
import type { PartFilter } from '../../window-part.js';
import { encodeText } from '../encode-text.js';
import { toBytes } from '../sql/rows.js';
import type { SqliteDriver, SqlRow, SqlValue } from './driver.js';
import { findExperiment } from './query.js';

/** Conditions that are put together, each with what it binds. */
class Conditions {
  readonly values: SqlValue[] = [];
  #text = '';

  add(condition: string, ...values: readonly (SqlValue | undefined)[]): void {
    if (values.some((value) => value === undefined)) return;
    this.#text += ` AND ${condition}`;
    this.values.push(...(values as SqlValue[]));
  }

  get text(): string {
    return this.#text;
  }
}

const whole = (value: number | undefined): number | undefined =>
  value === undefined
    ? undefined
    : Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);

const listOf = (items: readonly (string | number)[] | undefined): string | undefined =>
  items === undefined ? undefined : JSON.stringify(items);

/** The live parts that match, without their bytes, each with its row's id. */
export async function listParts(
  driver: SqliteDriver,
  experiment: string,
  filter: PartFilter,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<SqlRow[]> {
  const found = await findExperiment(driver, experiment);
  if (found === undefined) return [];
  const more = new Conditions();
  more.add('key IN (SELECT value FROM json_each(?))', listOf(filter.keys?.map(encodeText)));
  more.add('level IN (SELECT value FROM json_each(?))', listOf(filter.levels));
  more.add('pos_from > ?', whole(filter.after));
  more.add('pos_to <= ?', whole(filter.upTo));
  more.add('dt_end < ?', filter.olderThanMs === undefined ? undefined : now - filter.olderThanMs);
  return driver.all(
    `SELECT id, key, level, pos_from, pos_to, rows, dt, dt_end, coalesce((SELECT max(c.pos) FROM cuts AS c
       WHERE c.experiment = p.experiment AND c.key = p.key AND c.pos < p.pos_from), 0) AS cut_before
     FROM parts AS p INDEXED BY parts_live WHERE experiment = ? AND replaced_at IS NULL${more.text}
     ORDER BY key, pos_from LIMIT ?`,
    [found.id, ...more.values, Math.min(limit, Number.MAX_SAFE_INTEGER)],
  );
}

/** One page of predictions by run, those after `start`. */
export async function readPredictions(
  driver: SqliteDriver,
  experiment: string,
  filter: PredictionFilter,
  page: { readonly start: SqlRow | undefined; readonly limit: number },
): Promise<SqlRow[]> {
  const found = await findExperiment(driver, experiment);
  if (found === undefined) return [];
  const more = new Conditions();
  more.add('id IN (SELECT value FROM json_each(?))', listOf(filter.ids?.map(encodeText)));
  more.add('key IN (SELECT value FROM json_each(?))', listOf(filter.keys?.map(encodeText)));
  more.add('run >= ?', whole(filter.runFrom));
  more.add('run <= ?', whole(filter.runTo));
  more.add('(run, id) > (?, ?)', page.start?.run, page.start?.id);
  return driver.all(
    `SELECT id, run, key, dt, version, value FROM predictions
     ${filter.ids === undefined ? 'INDEXED BY predictions_run' : ''} WHERE experiment = ?${more.text}
     ORDER BY run, id LIMIT ?`,
    [found.id, ...more.values, page.limit],
  );
}

/** Bytes of listed parts in the order listed; `undefined` for those that were erased or forgotten since. */
export async function readPartBytes(
  driver: SqliteDriver,
  listed: readonly SqlRow[],
): Promise<(Uint8Array | undefined)[]> {
  const ids = listed.map(({ id }) => id as number);
  const rows = await driver.all(
    `SELECT p.id, coalesce(p.bytes, e.bytes) AS bytes
     FROM parts AS p LEFT JOIN entries AS e ON p.level = 0 AND e.experiment = p.experiment AND e.pos = p.pos_from
     WHERE p.id IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(ids)],
  );
  const found = new Map(rows.map(({ id, bytes }) => [id as number, bytes ?? undefined]));
  return ids.map((id) => {
    const bytes = found.get(id);
    return bytes === undefined ? undefined : toBytes(bytes);
  });
}
