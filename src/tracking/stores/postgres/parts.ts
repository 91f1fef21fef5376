import type { PredictionFilter } from '../../prediction.js';
import type { PartFilter } from '../../window-part.js';
import { decodeText } from '../encode-text.js';
import { Bound, type PgDriver, type PgRow } from './driver.js';
import { idOf, time, whole } from './query.js';
import { readParts } from './window.js';

/** The live parts that match, without their bytes. */
export async function listParts(
  driver: PgDriver,
  experiment: string,
  filter: PartFilter,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<PgRow[]> {
  const bound = new Bound();
  let where = `p.experiment = ${bound.add(idOf(experiment))} AND p.replaced_at IS NULL`;
  if (filter.keys !== undefined)
    where += ` AND p.key_id IN ${bound.list(filter.keys.map(idOf), 'TEXT')}`;
  if (filter.levels !== undefined) where += ` AND p.level IN ${bound.list(filter.levels, 'INT8')}`;
  if (filter.after !== undefined)
    where += ` AND p.pos_from > ${bound.add(whole(filter.after))}::INT8`;
  if (filter.upTo !== undefined) where += ` AND p.pos_to <= ${bound.add(whole(filter.upTo))}::INT8`;
  if (filter.olderThanMs !== undefined) {
    where += ` AND p.dt_end < ${bound.add(time(now - filter.olderThanMs))}::FLOAT8`;
  }
  return driver.all(
    `SELECT p.key, p.level, p.pos_from, p.pos_to, p.rows, p.dt, p.dt_end, coalesce((SELECT max(c.pos) FROM leeway_cuts AS c
       WHERE c.experiment = p.experiment AND c.key_id = p.key_id AND c.pos < p.pos_from), 0) AS cut_before
     FROM leeway_parts AS p WHERE ${where} ORDER BY p.key_id, p.pos_from
     LIMIT ${bound.add(Math.min(limit, Number.MAX_SAFE_INTEGER))}::INT8`,
    bound.values,
  );
}

/** Bytes of listed parts of one key, in the order listed; `undefined` for those that were erased since. */
export async function readPartBytes(
  driver: PgDriver,
  experiment: string,
  listed: readonly PgRow[],
): Promise<(Uint8Array | undefined)[]> {
  const [first] = listed;
  if (first === undefined) return [];
  const rows = await readParts(
    driver,
    { experiment, key: decodeText(first.key as string) },
    listed,
  );
  const found = new Map(
    rows.map((row) => [`${row.level}:${row.pos_from}`, row.bytes as Uint8Array]),
  );
  return listed.map((row) => found.get(`${row.level}:${row.pos_from}`));
}

/** One page of predictions by run, those after `start`. */
export async function readPredictions(
  driver: PgDriver,
  experiment: string,
  filter: PredictionFilter,
  { start, limit }: { readonly start: PgRow | undefined; readonly limit: number },
): Promise<PgRow[]> {
  const bound = new Bound();
  let where = `experiment = ${bound.add(idOf(experiment))}`;
  if (filter.ids !== undefined)
    where += ` AND id IN ${bound.list([...new Set(filter.ids.map(idOf))], 'TEXT')}`;
  if (filter.keys !== undefined)
    where += ` AND key_id IN ${bound.list(filter.keys.map(idOf), 'TEXT')}`;
  if (filter.runFrom !== undefined)
    where += ` AND run >= ${bound.add(Math.ceil(whole(filter.runFrom)))}::INT8`;
  if (filter.runTo !== undefined) where += ` AND run <= ${bound.add(whole(filter.runTo))}::INT8`;
  if (start !== undefined) {
    where += ` AND (run, id) > (${bound.add(start.run as number)}::INT8, ${bound.add(start.id as string)}::TEXT)`;
  }
  return driver.all(
    `SELECT id, run, name, key, dt, version, value FROM leeway_predictions WHERE ${where}
     ORDER BY run, id LIMIT ${bound.add(limit)}::INT8`,
    bound.values,
  );
}
