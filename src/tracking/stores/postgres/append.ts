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
import { Bound, type PgDriver, type PgValue } from './driver.js';
import { idOf, type PgExperiment } from './query.js';

/** Rows written by one statement, of at most 17 of PostgreSQL's 65,535 values each. */
const ROWS_PER_STATEMENT = 500;
const NO_GROWTH = { pos: 0, run: 0, widest: 1, bytes: 0 };

/** The experiment's row, made where there is none, its head moved by `growth`, and held until the transaction ends. */
export async function holdExperiment(
  driver: PgDriver,
  name: string,
  growth: Omit<PgExperiment, 'id'> & { readonly bytes: number } = NO_GROWTH,
): Promise<PgExperiment> {
  const [row] = await driver.all(
    `INSERT INTO leeway_experiments AS e (id, name, pos, run, widest, bytes) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (id) DO UPDATE SET pos = e.pos + excluded.pos, run = e.run + excluded.run,
       widest = greatest(e.widest, excluded.widest), bytes = e.bytes + excluded.bytes
     RETURNING id, pos, run, widest`,
    [idOf(name), encodeText(name), growth.pos, growth.run, growth.widest, growth.bytes],
  );
  return row as unknown as PgExperiment;
}

async function insertMany(
  driver: PgDriver,
  {
    table,
    columns,
    conflict = '',
  }: { readonly table: string; readonly columns: string; readonly conflict?: string },
  rows: readonly (readonly PgValue[])[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const bound = new Bound();
    const tuples = rows
      .slice(from, from + ROWS_PER_STATEMENT)
      .map((row) => `(${row.map((value) => bound.add(value)).join(', ')})`);
    await driver.all(
      `INSERT INTO ${table} (${columns}) VALUES ${tuples.join(', ')} ${conflict}`,
      bound.values,
    );
  }
}

const ENTRIES = {
  table: 'leeway_entries',
  columns:
    'experiment, pos, event, key_id, key, run, run_end, parent, step, rows, dt, dt_end, node, userid, batch, value, bytes',
};
const PARTS = {
  table: 'leeway_parts',
  columns: 'experiment, key_id, key, level, pos_from, pos_to, rows, dt, dt_end, bytes',
};
const PREDICTIONS = {
  table: 'leeway_predictions',
  columns: 'experiment, id, name, run, key_id, key, dt, version, value',
  conflict:
    'ON CONFLICT (experiment, id, run) DO UPDATE SET key_id = excluded.key_id, key = excluded.key, dt = excluded.dt, version = excluded.version, value = excluded.value',
};

/** What a batch left in the log: enough to see later whether it was committed. */
export interface WrittenBatch {
  readonly placed: readonly PlacedEntry[];
  readonly run: number;
  readonly batch: string;
}

/** The same of an append. */
export type AppendedBatch = Omit<WrittenBatch, 'run'>;

/** Writes entries behind the experiment's head, which is moved first. */
export async function appendEntries(
  driver: PgDriver,
  name: string,
  entries: readonly CheckedEntry[],
): Promise<AppendedBatch> {
  // The whole of it is known before: others wait for the head as long as it takes to answer one statement less.
  const growth = growthOf(entries);
  const { id, pos, run } = await holdExperiment(driver, name, {
    ...growth,
    bytes: sizeOf(entries),
  });
  const { placed } = placeEntries(entries, { pos: pos - growth.pos, run: run - growth.run }, false);
  return { placed, batch: await insertPlaced(driver, id, placed) };
}

/** The same for an experiment that is held already; with one new run `shared` by all entries where that's told. */
export async function writeEntries(
  driver: PgDriver,
  experiment: PgExperiment,
  entries: readonly CheckedEntry[],
  shared: boolean,
): Promise<WrittenBatch> {
  const { placed, head } = placeEntries(entries, experiment, shared);
  return { placed, run: head.run, batch: await writePlaced(driver, experiment, placed, { head }) };
}

/**
 * Writes entries at their places, after the experiment's head was moved; answers with the batch they have. Of chunks that were
 * `folded` the rows are in a fold.
 */
export async function writePlaced(
  driver: PgDriver,
  experiment: PgExperiment,
  placed: readonly PlacedEntry[],
  { head, folded }: { readonly head: LogHead; readonly folded?: ReadonlySet<number> },
): Promise<string> {
  await driver.all(
    `UPDATE leeway_experiments SET pos = $2, run = $3, widest = greatest(widest, $4::INT8), bytes = bytes + $5::INT8
     WHERE id = $1`,
    [experiment.id, head.pos, head.run, growthOf(placed).widest, sizeOf(placed)],
  );
  return insertPlaced(driver, experiment.id, placed, folded);
}

/** Writes parts of windows; a chunk's bytes are in its entry. */
export async function insertParts(
  driver: PgDriver,
  experiment: string,
  parts: readonly NewPart[],
): Promise<void> {
  const rows = parts.map(
    ({ key, level, posFrom, posTo, rows: count, dt, dtEnd, bytes }): PgValue[] => {
      return [
        experiment,
        idOf(key),
        encodeText(key),
        level,
        posFrom,
        posTo,
        count,
        dt,
        dtEnd,
        bytes,
      ];
    },
  );
  await insertMany(driver, PARTS, rows);
}

async function insertPlaced(
  driver: PgDriver,
  experiment: string,
  placed: readonly PlacedEntry[],
  folded?: ReadonlySet<number>,
): Promise<string> {
  const batch = randomUUID();
  await insertMany(
    driver,
    ENTRIES,
    placed.map((entry) => entryValues(experiment, batch, entry)),
  );
  await insertParts(driver, experiment, chunkParts(placed, folded));
  const predictions = new Map<string, readonly PgValue[]>();
  for (const { key, run, predictions: made } of placed) {
    for (const { id, offset, json, dt, version } of made) {
      const coded = version === undefined ? null : encodeText(version);
      const row = [
        experiment,
        idOf(id),
        encodeText(id),
        run + offset,
        idOf(key),
        encodeText(key),
        dt,
        coded,
        json,
      ];
      // One statement can't write a row twice; the later one stays.
      predictions.set(`${run + offset} ${id}`, row);
    }
  }
  await insertMany(driver, PREDICTIONS, [...predictions.values()]);
  return batch;
}

function entryValues(experiment: string, batch: string, entry: PlacedEntry): PgValue[] {
  return [
    experiment,
    entry.pos,
    entry.event,
    idOf(entry.key),
    encodeText(entry.key),
    entry.run,
    entry.run + entry.runs - 1,
    entry.parent ?? null,
    entry.step ?? null,
    entry.rows,
    entry.dt,
    entry.dtEnd,
    encodeText(entry.node),
    encodeText(entry.userid),
    batch,
    entry.json,
    entry.bytes ?? null,
  ];
}

/** Counts payloads that came or went in their experiment's `bytes`. */
export async function addBytes(driver: PgDriver, experiment: string, bytes: number): Promise<void> {
  if (bytes === 0) return;
  await driver.all('UPDATE leeway_experiments SET bytes = bytes + $2::INT8 WHERE id = $1', [
    experiment,
    bytes,
  ]);
}

/** What entries count for in their experiment's `bytes`. */
export function sizeOf(entries: readonly CheckedEntry[]): number {
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
  driver: PgDriver,
  experiment: string,
  { placed, batch }: AppendedBatch,
): Promise<boolean> {
  const first = placed[0];
  if (first === undefined) return false;
  // Not FOR UPDATE, which does not wait for a row that the transaction in doubt has just made.
  await holdExperiment(driver, experiment);
  const sql =
    'SELECT 1 AS there FROM leeway_entries WHERE experiment = $1 AND pos = $2 AND batch = $3';
  return (await driver.all(sql, [idOf(experiment), first.pos, batch])).length > 0;
}
