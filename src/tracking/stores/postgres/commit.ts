import type { StoredMonitor } from '../../restored.js';
import { encodeText } from '../encode-text.js';
import { tickThatCounts, tickToStore } from '../store-time.js';
import {
  type CheckedCommit,
  type CheckedDelivery,
  checkCursor,
  takenDeliveryError,
} from '../validate.js';
import { holdExperiment, type WrittenBatch, writeEntries } from './append.js';
import type { PgDriver } from './driver.js';
import { idOf } from './query.js';

/** Compare-and-set of a monitor's head with all that goes with it. Inside a transaction. */
export async function writeCommit(
  driver: PgDriver,
  commit: CheckedCommit,
  clock: () => Promise<number>,
): Promise<(WrittenBatch & { readonly version: number }) | undefined> {
  const { next, key } = commit;
  const experiment = await holdExperiment(driver, commit.experiment);
  const headSql = 'SELECT version, tick FROM leeway_monitors WHERE experiment = $1 AND id = $2';
  const [head] = await driver.all(headSql, [experiment.id, idOf(commit.monitor)]);
  if (((head?.version as number | undefined) ?? 0) !== commit.expectedVersion) return undefined;
  let tick = (head?.tick as number | undefined) ?? 0;
  if (commit.tick !== undefined) {
    const now = await clock();
    if (commit.tick <= tickThatCounts(tick, commit.tick, now)) return undefined;
    tick = tickToStore(commit.tick, now);
  }
  checkCursor(next.cursor, experiment);
  const crossing = await driver.all(
    `SELECT level FROM leeway_parts WHERE experiment = $1 AND key_id = $2 AND replaced_at IS NULL AND level > 0
     AND pos_to > $3 AND pos_from <= $3 LIMIT 1`,
    [experiment.id, idOf(key), next.cursor],
  );
  if (crossing.length > 0) return undefined;

  const version = commit.expectedVersion + 1;
  const { monitor } = commit;
  await writeMonitor(driver, experiment.id, { monitor, key, version, ...next, tick });
  const written = await writeEntries(driver, experiment, commit.entries, true);
  for (const [place, delivery] of commit.deliveries.entries()) {
    await writeDelivery(
      driver,
      experiment.id,
      { monitor, attempts: 0, ...delivery },
      { pos: written.run, place },
    );
  }
  return { ...written, version };
}

/** Sets a monitor's head, and remembers that its windows were cut there. */
export async function writeMonitor(
  driver: PgDriver,
  experiment: string,
  stored: StoredMonitor,
): Promise<void> {
  const { monitor, key, version, seq, cursor, captured, tick } = stored;
  await driver.all(
    `INSERT INTO leeway_monitors (experiment, id, name, key_id, key, version, seq, cursor, captured, tick)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (experiment, id) DO UPDATE SET key_id = excluded.key_id, key = excluded.key, version = excluded.version,
       seq = excluded.seq, cursor = excluded.cursor, captured = excluded.captured, tick = excluded.tick`,
    [
      experiment,
      idOf(monitor),
      encodeText(monitor),
      idOf(key),
      encodeText(key),
      version,
      seq,
      cursor,
      captured,
      tick,
    ],
  );
  await writeCut(driver, experiment, { key, pos: cursor });
}

export async function writeCut(
  driver: PgDriver,
  experiment: string,
  { key, pos }: { readonly key: string; readonly pos: number },
): Promise<void> {
  const sql =
    'INSERT INTO leeway_cuts (experiment, key_id, pos, key) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING';
  await driver.all(sql, [experiment, idOf(key), pos, encodeText(key)]);
}

/**
 * @param order - by which the outbox is emptied: the run it came with, and its place in that
 * @throws LeewayError `ERR_LEEWAY_OPTION` where another pending delivery has its id.
 */
export async function writeDelivery(
  driver: PgDriver,
  experiment: string,
  { monitor, id, json, attempts }: CheckedDelivery,
  order: { readonly pos: number; readonly place: number },
): Promise<void> {
  const added = await driver.all(
    `INSERT INTO leeway_deliveries (id, name, experiment, monitor, pos, place, payload, attempts)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING RETURNING id`,
    [
      idOf(id),
      encodeText(id),
      experiment,
      encodeText(monitor),
      order.pos,
      order.place,
      json,
      attempts,
    ],
  );
  if (added.length === 0) throw takenDeliveryError(id);
}
