import type { StoredMonitor } from '../../restored.js';
import { encodeText } from '../encode-text.js';
import { tickThatCounts, tickToStore } from '../store-time.js';
import {
  type CheckedCommit,
  type CheckedDelivery,
  checkCursor,
  takenDeliveryError,
} from '../validate.js';
import { type WrittenBatch, writeEntries } from './append.js';
import type { SqlDriver } from './dialect.js';
import { type ExperimentRow, holdExperiment } from './experiment.js';
import { insertMany, overwrite } from './insert.js';
import { isCrossed } from './window.js';

/** Compare-and-set of a monitor's head with all that goes with it. Inside a transaction. */
export async function writeCommit(
  driver: SqlDriver,
  commit: CheckedCommit,
  clock: () => Promise<number>,
): Promise<(WrittenBatch & { readonly run: number; readonly version: number }) | undefined> {
  const { next, monitor, key } = commit;
  const { prefix, nameId, idOf } = driver.dialect;
  const experiment = await holdExperiment(driver, commit.experiment);
  const headSql = `SELECT version, tick FROM ${prefix}monitors WHERE experiment = ? AND ${nameId} = ?`;
  const [head] = await driver.all(headSql, [experiment.id, idOf(monitor)]);
  if (Number(head?.version ?? 0) !== commit.expectedVersion) return undefined;
  let tick = Number(head?.tick ?? 0);
  if (commit.tick !== undefined) {
    const now = await clock();
    if (commit.tick <= tickThatCounts(tick, commit.tick, now)) return undefined;
    tick = tickToStore(commit.tick, now);
  }
  checkCursor(next.cursor, experiment);
  if (await isCrossed(driver, experiment.id, key, next.cursor)) return undefined;

  const version = commit.expectedVersion + 1;
  await writeMonitor(driver, experiment.id, { monitor, key, version, ...next, tick });
  const written = await writeEntries(driver, experiment, commit.entries, true);
  const deliveries = commit.deliveries.map((one) => ({ monitor, attempts: 0, ...one }));
  await writeDeliveries(driver, experiment.id, deliveries, written.run);
  return { ...written, version };
}

/** Sets a monitor's head, and remembers that its windows were cut there. */
export async function writeMonitor(
  driver: SqlDriver,
  experiment: ExperimentRow['id'],
  stored: StoredMonitor,
): Promise<void> {
  const { nameId, nameColumns, keyColumns, idAndName } = driver.dialect;
  const columns = ['experiment', ...nameColumns, ...keyColumns];
  columns.push('version', 'seq', 'cursor', 'captured', 'tick');
  const conflict = overwrite(['experiment', nameId], columns);
  await insertMany(
    driver,
    { table: 'monitors', columns, conflict },
    [stored],
    ({ monitor, key, version, seq, cursor, captured, tick }) => {
      const names = [...idAndName(monitor), ...idAndName(key)];
      return [experiment, ...names, version, seq, cursor, captured, tick];
    },
  );
  await writeCut(driver, experiment, { key: stored.key, pos: stored.cursor });
}

/** Remembers that a window was cut. */
export async function writeCut(
  driver: SqlDriver,
  experiment: ExperimentRow['id'],
  cut: { readonly key: string; readonly pos: number },
): Promise<void> {
  const { keyColumns, idAndName } = driver.dialect;
  const columns = ['experiment', ...keyColumns, 'pos'];
  const target = { table: 'cuts', columns, conflict: 'ON CONFLICT DO NOTHING' };
  await insertMany(driver, target, [cut], ({ key, pos }) => [experiment, ...idAndName(key), pos]);
}

/**
 * Puts deliveries into the outbox, which is emptied by the run they came with, and their place in that.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where another pending delivery has the id of one.
 */
export async function writeDeliveries(
  driver: SqlDriver,
  experiment: ExperimentRow['id'],
  deliveries: readonly CheckedDelivery[],
  run: number,
): Promise<void> {
  const { prefix, nameId, nameColumns, idAndName, placesDeliveries } = driver.dialect;
  const columns = ['experiment', 'monitor', ...nameColumns, 'payload', 'attempts'];
  if (placesDeliveries) columns.push('pos', 'place');
  for (const [place, { monitor, id, json, attempts }] of deliveries.entries()) {
    const values = [experiment, encodeText(monitor), ...idAndName(id), json, attempts];
    if (placesDeliveries) values.push(run, place);
    const added = await driver.all(
      `INSERT INTO ${prefix}deliveries (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
       ON CONFLICT (${nameId}) DO NOTHING RETURNING id`,
      values,
    );
    if (added.length === 0) throw takenDeliveryError(id);
  }
}
