import type { StoredMonitor } from '../../restored.js';
import { encodeText } from '../encode-text.js';
import { tickThatCounts, tickToStore } from '../store-time.js';
import {
  type CheckedCommit,
  type CheckedDelivery,
  checkCursor,
  takenDeliveryError,
} from '../validate.js';
import { holdExperiment, type PlacedBatch, writeEntries } from './append.js';
import type { SqliteDriver } from './driver.js';
import { isCrossed } from './window.js';

/** Compare-and-set of a monitor's head with all that goes with it. Inside a transaction. */
export async function writeCommit(
  driver: SqliteDriver,
  commit: CheckedCommit,
  now: number,
): Promise<(PlacedBatch & { readonly run: number; readonly version: number }) | undefined> {
  const { next } = commit;
  const experiment = await holdExperiment(driver, commit.experiment);
  const headSql = 'SELECT version, tick FROM monitors WHERE experiment = ? AND name = ?';
  const [head] = await driver.all(headSql, [experiment.id, encodeText(commit.monitor)]);
  if (Number(head?.version ?? 0) !== commit.expectedVersion) return undefined;
  const tick = Number(head?.tick ?? 0);
  if (commit.tick !== undefined && commit.tick <= tickThatCounts(tick, commit.tick, now))
    return undefined;
  checkCursor(next.cursor, experiment);
  if (await isCrossed(driver, experiment.id, commit.key, next.cursor)) return undefined;

  const version = commit.expectedVersion + 1;
  const { monitor, key } = commit;
  const reached = commit.tick === undefined ? tick : tickToStore(commit.tick, now);
  await writeMonitor(driver, experiment.id, { monitor, key, version, ...next, tick: reached });
  const written = await writeEntries(driver, experiment, commit.entries, true);
  for (const delivery of commit.deliveries) {
    await writeDelivery(driver, experiment.id, { monitor, attempts: 0, ...delivery });
  }
  return { ...written, version };
}

/** Sets a monitor's head, and remembers that its windows were cut there. */
export async function writeMonitor(
  driver: SqliteDriver,
  experiment: number,
  stored: StoredMonitor,
): Promise<void> {
  const { monitor, key, version, seq, cursor, captured, tick } = stored;
  await driver.run(
    `INSERT INTO monitors (experiment, name, key, version, seq, cursor, captured, tick) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (experiment, name) DO UPDATE SET key = excluded.key, version = excluded.version, seq = excluded.seq,
       cursor = excluded.cursor, captured = excluded.captured, tick = excluded.tick`,
    [experiment, encodeText(monitor), encodeText(key), version, seq, cursor, captured, tick],
  );
  await writeCut(driver, experiment, { key, pos: cursor });
}

export async function writeCut(
  driver: SqliteDriver,
  experiment: number,
  { key, pos }: { readonly key: string; readonly pos: number },
): Promise<void> {
  const sql = 'INSERT INTO cuts (experiment, key, pos) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
  await driver.run(sql, [experiment, encodeText(key), pos]);
}

/** @throws LeewayError `ERR_LEEWAY_OPTION` where another pending delivery has its id. */
export async function writeDelivery(
  driver: SqliteDriver,
  experiment: number,
  { monitor, id, json, attempts }: CheckedDelivery,
): Promise<void> {
  const added = await driver.all(
    `INSERT INTO deliveries (experiment, monitor, name, payload, attempts) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (name) DO NOTHING RETURNING id`,
    [experiment, encodeText(monitor), encodeText(id), json, attempts],
  );
  if (added.length === 0) throw takenDeliveryError(id);
}
