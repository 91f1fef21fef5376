import type { PredictionFilter } from '../../prediction.js';
import type { PartFilter } from '../../window-part.js';
import { Conditions, wholeAbove, wholeBelow } from './conditions.js';
import type { SqlDriver } from './dialect.js';
import { type SqlRow, toBytes } from './rows.js';
import { idOfPart, readParts } from './window.js';

/** The live parts that match, without their bytes. */
export async function listParts(
  driver: SqlDriver,
  experiment: string,
  filter: PartFilter,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<SqlRow[]> {
  const { dialect } = driver;
  const { prefix, by, keyId, partId, experimentId, idOf } = dialect;
  const { after, upTo, olderThanMs } = filter;
  const more = new Conditions(dialect);
  more.addList(keyId, filter.keys?.map(idOf));
  more.addList('level', filter.levels);
  more.add('pos_from > ?', after === undefined ? undefined : wholeBelow(after));
  more.add('pos_to <= ?', upTo === undefined ? undefined : wholeBelow(upTo));
  more.add('dt_end < ?', olderThanMs === undefined ? undefined : now - olderThanMs);
  return driver.all(
    `SELECT ${partId.join(', ')}, key, level, pos_from, pos_to, rows, dt, dt_end, coalesce((SELECT max(c.pos) FROM ${prefix}cuts AS c
       WHERE c.experiment = p.experiment AND c.${keyId} = p.${keyId} AND c.pos < p.pos_from), 0) AS cut_before
     FROM ${prefix}parts AS p${by('parts_live')} WHERE experiment = ${experimentId} AND replaced_at IS NULL${more.text}
     ORDER BY ${keyId}, pos_from LIMIT ?`,
    [idOf(experiment), ...more.values, Math.min(limit, Number.MAX_SAFE_INTEGER)],
  );
}

/** Bytes of listed parts in the order listed; `undefined` for those that were erased or forgotten since. */
export async function readPartBytes(
  driver: SqlDriver,
  listed: readonly SqlRow[],
): Promise<(Uint8Array | undefined)[]> {
  const ids = listed.map((row) => idOfPart(driver, row));
  const rows = await readParts(driver, ids);
  const found = new Map(rows.map((row) => [idOfPart(driver, row).join(), toBytes(row.bytes)]));
  return ids.map((id) => found.get(id.join()));
}

/** One page of predictions by run, those after `start`. */
export async function readPredictions(
  driver: SqlDriver,
  experiment: string,
  filter: PredictionFilter,
  { start, limit }: { readonly start: SqlRow | undefined; readonly limit: number },
): Promise<SqlRow[]> {
  const { dialect } = driver;
  const { prefix, by, keyId, predictionColumns, experimentId, idOf } = dialect;
  const { ids, keys, runFrom, runTo } = filter;
  const more = new Conditions(dialect);
  more.addList('id', ids?.map(idOf));
  more.addList(keyId, keys?.map(idOf));
  more.add('run >= ?', runFrom === undefined ? undefined : wholeAbove(runFrom));
  more.add('run <= ?', runTo === undefined ? undefined : wholeBelow(runTo));
  more.add('(run, id) > (?, ?)', start?.run, start?.id);
  return driver.all(
    `SELECT ${predictionColumns.join(', ')}, run, key, dt, version, value FROM ${prefix}predictions
     ${ids === undefined ? by('predictions_run') : ''} WHERE experiment = ${experimentId}${more.text}
     ORDER BY run, id LIMIT ?`,
    [idOf(experiment), ...more.values, limit],
  );
}
