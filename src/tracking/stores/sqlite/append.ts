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
import type { SqliteDriver, SqlValue } from './driver.js';
import type { ExperimentRow } from './query.js';

/** Entries written by one statement; each takes 15 of SQLite's 32,766 variables. */
const ENTRIES_PER_STATEMENT = 100;
const NO_GROWTH = { pos: 0, run: 0, widest: 1 };

/** The experiment's row, made where there is none, its head moved by `growth`. Inside a transaction that holds the write lock. */
export async function holdExperiment(
  driver: SqliteDriver,
  name: string,
  growth: Omit<ExperimentRow, 'id'> = NO_GROWTH,
): Promise<ExperimentRow> {
  const [row] = await driver.all(
    `INSERT INTO experiments (name, pos, run, widest) VALUES (?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET pos = pos + excluded.pos, run = run + excluded.run, widest = max(widest, excluded.widest)
     RETURNING id, pos, run, widest`,
    [encodeText(name), growth.pos, growth.run, growth.widest],
  );
  return row as unknown as ExperimentRow;
}

/** Writes rows in groups; a group's values are made just before it, so that a large batch never holds the loop. */
async function insertMany<T>(
  driver: SqliteDriver,
  {
    verb = 'INSERT',
    table,
    columns,
  }: { readonly verb?: string; readonly table: string; readonly columns: readonly string[] },
  items: readonly T[],
  toValues: (item: T) => readonly SqlValue[],
): Promise<void> {
  const one = `(${columns.map(() => '?').join(', ')})`;
  for (let from = 0; from < items.length; from += ENTRIES_PER_STATEMENT) {
    const group = items.slice(from, from + ENTRIES_PER_STATEMENT);
    const sql = `${verb} INTO ${table} (${columns.join(', ')}) VALUES ${group.map(() => one).join(', ')}`;
    await driver.run(sql, group.flatMap(toValues));
  }
}

const ENTRIES = {
  table: 'entries',
  columns:
    'experiment pos event key run run_end parent step rows dt dt_end node userid value bytes'.split(
      ' ',
    ),
};
const PREDICTIONS = {
  verb: 'REPLACE',
  table: 'predictions',
  columns: 'experiment id run key dt version value'.split(' '),
};
const PARTS = {
  table: 'parts',
  columns: 'experiment key level pos_from pos_to rows dt dt_end bytes'.split(' '),
};

function entryValues(experiment: number, entry: PlacedEntry): SqlValue[] {
  return [
    experiment,
    entry.pos,
    entry.event,
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
    entry.json,
    entry.bytes ?? null,
  ];
}

/** What a batch left in the log. */
export interface PlacedBatch {
  readonly placed: readonly PlacedEntry[];
}

/** Writes entries behind the experiment's head, which is moved first. */
export async function appendEntries(
  driver: SqliteDriver,
  name: string,
  entries: readonly CheckedEntry[],
): Promise<PlacedBatch> {
  // The whole of it is known before: one statement for the head is one less than to read it and then to move it.
  const growth = growthOf(entries);
  const { id, pos, run } = await holdExperiment(driver, name, growth);
  const { placed } = placeEntries(entries, { pos: pos - growth.pos, run: run - growth.run }, false);
  await insertPlaced(driver, id, placed);
  return { placed };
}

/** The same for an experiment that is held already; with one new run `shared` by all entries where that's told. */
export async function writeEntries(
  driver: SqliteDriver,
  experiment: ExperimentRow,
  entries: readonly CheckedEntry[],
  shared: boolean,
): Promise<PlacedBatch & { readonly run: number }> {
  const { placed, head } = placeEntries(entries, experiment, shared);
  await writePlaced(driver, experiment, placed, { head });
  return { placed, run: head.run };
}

/** Writes entries at their places, and moves the experiment's head. Of chunks that were `folded` the rows are in a fold. */
export async function writePlaced(
  driver: SqliteDriver,
  experiment: ExperimentRow,
  placed: readonly PlacedEntry[],
  { head, folded }: { readonly head: LogHead; readonly folded?: ReadonlySet<number> },
): Promise<void> {
  const { widest } = growthOf(placed);
  const update = 'UPDATE experiments SET pos = ?, run = ?, widest = max(widest, ?) WHERE id = ?';
  await driver.run(update, [head.pos, head.run, widest, experiment.id]);
  await insertPlaced(driver, experiment.id, placed, folded);
}

/** Writes parts of windows; a chunk's bytes are in its entry. */
export async function insertParts(
  driver: SqliteDriver,
  experiment: number,
  parts: readonly NewPart[],
): Promise<void> {
  await insertMany(
    driver,
    PARTS,
    parts,
    ({ key, level, posFrom, posTo, rows, dt, dtEnd, bytes }) => {
      return [experiment, encodeText(key), level, posFrom, posTo, rows, dt, dtEnd, bytes];
    },
  );
}

async function insertPlaced(
  driver: SqliteDriver,
  experiment: number,
  placed: readonly PlacedEntry[],
  folded?: ReadonlySet<number>,
): Promise<void> {
  await insertMany(driver, ENTRIES, placed, (entry) => entryValues(experiment, entry));
  await insertParts(driver, experiment, chunkParts(placed, folded));
  const predictions = placed.flatMap((entry) =>
    entry.predictions.map((prediction) => ({ entry, prediction })),
  );
  await insertMany(
    driver,
    PREDICTIONS,
    predictions,
    ({ entry, prediction: { id, offset, json, dt, version } }) => {
      const coded = version === undefined ? null : encodeText(version);
      return [
        experiment,
        encodeText(id),
        entry.run + offset,
        encodeText(entry.key),
        dt,
        coded,
        json,
      ];
    },
  );
}
