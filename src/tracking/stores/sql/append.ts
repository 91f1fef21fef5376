import { randomUUID } from 'node:crypto';
import type { LogHead } from '../../log-entry.js';
import {
  chunkParts,
  growthOf,
  type NewPart,
  type PlacedEntry,
  placeEntries,
} from '../assign-positions.js';
import { encodeText } from '../encode-text.js';
import type { CheckedEntry } from '../validate.js';
import type { SqlDriver } from './dialect.js';
import { type ExperimentRow, holdExperiment } from './experiment.js';
import { insertMany, overwrite } from './insert.js';
import type { SqlValue } from './rows.js';

/** What a batch left in the log: enough to see later whether it was committed. */
export interface WrittenBatch {
  readonly placed: readonly PlacedEntry[];
  readonly batch: string;
}

/** Writes entries behind the experiment's head, which is moved first. */
export async function appendEntries(
  driver: SqlDriver,
  name: string,
  entries: readonly CheckedEntry[],
): Promise<WrittenBatch> {
  // The whole of it is known before: others wait for the head as long as it takes to answer one statement less.
  const growth = { ...growthOf(entries), bytes: sizeOf(driver, entries) };
  const { id, pos, run } = await holdExperiment(driver, name, growth);
  const { placed } = placeEntries(entries, { pos: pos - growth.pos, run: run - growth.run }, false);
  return { placed, batch: await insertPlaced(driver, id, placed) };
}

/** The same for an experiment that is held already; with one new run `shared` by all entries where that's told. */
export async function writeEntries(
  driver: SqlDriver,
  experiment: ExperimentRow,
  entries: readonly CheckedEntry[],
  shared: boolean,
): Promise<WrittenBatch & { readonly run: number }> {
  const { placed, head } = placeEntries(entries, experiment, shared);
  return { placed, run: head.run, batch: await writePlaced(driver, experiment, placed, { head }) };
}

/**
 * Writes entries at their places, after the experiment's head was moved; answers with the batch they have. Of chunks that were
 * `folded` the rows are in a fold.
 */
export async function writePlaced(
  driver: SqlDriver,
  { id }: ExperimentRow,
  placed: readonly PlacedEntry[],
  { head, folded }: { readonly head: LogHead; readonly folded?: ReadonlySet<number> },
): Promise<string> {
  const { prefix, greatest, countsBytes } = driver.dialect;
  const size = countsBytes ? [sizeOf(driver, placed)] : [];
  await driver.all(
    `UPDATE ${prefix}experiments SET pos = ?, run = ?, widest = ${greatest}(widest, CAST(? AS INT8))
       ${countsBytes ? ', bytes = bytes + CAST(? AS INT8)' : ''} WHERE id = ?`,
    [head.pos, head.run, growthOf(placed).widest, ...size, id],
  );
  return insertPlaced(driver, id, placed, folded);
}

/** Writes parts of windows; a chunk's bytes are in its entry. */
export async function insertParts(
  driver: SqlDriver,
  experiment: ExperimentRow['id'],
  parts: readonly NewPart[],
): Promise<void> {
  const { keyColumns, idAndName } = driver.dialect;
  const columns = 'level pos_from pos_to rows dt dt_end bytes'.split(' ');
  await insertMany(
    driver,
    { table: 'parts', columns: ['experiment', ...keyColumns, ...columns] },
    parts,
    ({ key, level, posFrom, posTo, rows, dt, dtEnd, bytes }) => {
      return [experiment, ...idAndName(key), level, posFrom, posTo, rows, dt, dtEnd, bytes];
    },
  );
}

async function insertPlaced(
  driver: SqlDriver,
  experiment: ExperimentRow['id'],
  placed: readonly PlacedEntry[],
  folded?: ReadonlySet<number>,
): Promise<string> {
  const batch = randomUUID();
  await insertEntries(driver, experiment, placed, batch);
  await insertParts(driver, experiment, chunkParts(placed, folded));
  await insertPredictions(driver, experiment, placed);
  return batch;
}

async function insertEntries(
  driver: SqlDriver,
  experiment: ExperimentRow['id'],
  placed: readonly PlacedEntry[],
  batch: string,
): Promise<void> {
  const { keyColumns, idAndName, storesBatch } = driver.dialect;
  const place = ['experiment', 'pos', 'event', ...keyColumns];
  const data = 'run run_end parent step rows dt dt_end node userid value bytes'.split(' ');
  const columns = [...place, ...data, ...(storesBatch ? ['batch'] : [])];
  const toValues = (entry: PlacedEntry): SqlValue[] => [
    experiment,
    entry.pos,
    entry.event,
    ...idAndName(entry.key),
    entry.run,
    entry.run + entry.runs - 1,
    entry.parent ?? null,
    entry.step ?? null,
    entry.rows,
    entry.dt,
    entry.dtEnd,
    encodeText(entry.node),
    encodeText(entry.userid),
    entry.json,
    entry.bytes ?? null,
    ...(storesBatch ? [batch] : []),
  ];
  await insertMany(driver, { table: 'entries', columns }, placed, toValues);
}

async function insertPredictions(
  driver: SqlDriver,
  experiment: ExperimentRow['id'],
  placed: readonly PlacedEntry[],
): Promise<void> {
  const { keyColumns, predictionColumns, idAndName } = driver.dialect;
  const columns = ['experiment', ...predictionColumns, 'run', ...keyColumns];
  columns.push('dt', 'version', 'value');
  const conflict = overwrite(['experiment', 'id', 'run'], columns);
  const made = placed.flatMap(({ key, run, predictions }) =>
    predictions.map((prediction) => ({ key, run: run + prediction.offset, prediction })),
  );
  // One statement can't write a row twice; the later one stays.
  const last = new Map(made.map((one) => [`${one.run} ${one.prediction.id}`, one]));
  await insertMany(
    driver,
    { table: 'predictions', columns, conflict },
    [...last.values()],
    ({ key, run, prediction: { id, json, dt, version } }) => {
      const coded = version === undefined ? null : encodeText(version);
      return [experiment, ...idAndName(id), run, ...idAndName(key), dt, coded, json];
    },
  );
}

/** What entries count for in their experiment's `bytes`, 0 where the database has no such count. */
export function sizeOf({ dialect }: SqlDriver, entries: readonly CheckedEntry[]): number {
  return dialect.countsBytes ? payloadBytes(entries) : 0;
}

/** What the payloads of entries take. */
export function payloadBytes(entries: readonly CheckedEntry[]): number {
  return entries.reduce(
    (sum, { json, bytes }) => sum + Buffer.byteLength(json) + (bytes?.byteLength ?? 0),
    0,
  );
}

/**
 * Whether a batch is in the log, where the answer of its commit was lost. The transaction in doubt may still be at work: it
 * holds the experiment's row, so this waits for its end. Inside a transaction.
 */
export async function isWritten(
  driver: SqlDriver,
  experiment: string,
  { placed, batch }: WrittenBatch,
): Promise<boolean> {
  const first = placed[0];
  if (first === undefined) return false;
  // Not FOR UPDATE, which does not wait for a row that the transaction in doubt has just made.
  const { id } = await holdExperiment(driver, experiment);
  const sql = `SELECT 1 AS there FROM ${driver.dialect.prefix}entries WHERE experiment = ? AND pos = ? AND batch = ?`;
  return (await driver.all(sql, [id, first.pos, batch])).length > 0;
}
