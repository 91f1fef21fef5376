import type { Fold, LogHead, WindowPart } from '../store.js';
import {
  type CheckedCommit,
  type CheckedEntry,
  checkCursor,
  crossedError,
  growthOf,
  type PlacedEntry,
  placeEntries,
  takenDeliveryError,
} from './check.js';
import { toBytes } from './sql-rows.js';
import type { SqliteDriver, SqlRow, SqlValue } from './sqlite-driver.js';
import { type ExperimentRow, findExperiment } from './sqlite-query.js';
import { encodeText } from './text.js';

/** Entries written by one statement; each takes 15 of SQLite's 32,766 variables. */
const ENTRIES_PER_STATEMENT = 100;
/** How long a replaced part stays for readers that listed it before. */
export const REPLACED_TTL_MS = 600_000;

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
  columns: 'experiment pos event key run run_end parent step rows dt dt_end node userid value bytes'.split(' '),
};
const PREDICTIONS = {
  verb: 'REPLACE',
  table: 'predictions',
  columns: 'experiment id run key dt version value'.split(' '),
};
const PARTS = { table: 'parts', columns: 'experiment key level pos_from pos_to rows dt dt_end bytes'.split(' ') };

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

/** Writes entries behind the experiment's head, which is moved first. */
export async function appendEntries(
  driver: SqliteDriver,
  name: string,
  entries: readonly CheckedEntry[],
): Promise<readonly PlacedEntry[]> {
  // The whole of it is known before: one statement for the head is one less than to read it and then to move it.
  const growth = growthOf(entries);
  const { id, pos, run } = await holdExperiment(driver, name, growth);
  const { placed } = placeEntries(entries, { pos: pos - growth.pos, run: run - growth.run }, false);
  await insertPlaced(driver, id, placed);
  return placed;
}

/** The same for an experiment that is held already; with one new run `shared` by all entries where that's told. */
export async function writeEntries(
  driver: SqliteDriver,
  experiment: ExperimentRow,
  entries: readonly CheckedEntry[],
  shared: boolean,
): Promise<{ readonly run: number }> {
  const { placed, head } = placeEntries(entries, experiment, shared);
  await writePlaced(driver, experiment, placed, head);
  return { run: head.run };
}

/** Writes entries at their places, and moves the experiment's head. */
export async function writePlaced(
  driver: SqliteDriver,
  experiment: ExperimentRow,
  placed: readonly PlacedEntry[],
  head: LogHead,
): Promise<void> {
  const { widest } = growthOf(placed);
  const update = 'UPDATE experiments SET pos = ?, run = ?, widest = max(widest, ?) WHERE id = ?';
  await driver.run(update, [head.pos, head.run, widest, experiment.id]);
  await insertPlaced(driver, experiment.id, placed);
}

async function insertPlaced(driver: SqliteDriver, experiment: number, placed: readonly PlacedEntry[]): Promise<void> {
  await insertMany(driver, ENTRIES, placed, (entry) => entryValues(experiment, entry));
  const chunks = placed.filter((entry) => entry.event === 'predict' && entry.rows > 0);
  await insertMany(driver, PARTS, chunks, ({ key, pos, rows, dt, dtEnd }) => {
    return [experiment, encodeText(key), 0, pos, pos, rows, dt, dtEnd, null];
  });
  const predictions = placed.flatMap((entry) => entry.predictions.map((prediction) => ({ entry, prediction })));
  await insertMany(driver, PREDICTIONS, predictions, ({ entry, prediction: { id, offset, json, dt, version } }) => {
    const coded = version === undefined ? null : encodeText(version);
    return [experiment, encodeText(id), entry.run + offset, encodeText(entry.key), dt, coded, json];
  });
}

/** Whether a live fold has rows on both sides of a position. */
async function isCrossed(driver: SqliteDriver, experiment: number, key: string, edge: number): Promise<boolean> {
  const rows = await driver.all(
    `SELECT 1 FROM parts INDEXED BY parts_folds
     WHERE experiment = ? AND key = ? AND replaced_at IS NULL AND level > 0 AND pos_to > ? AND pos_from <= ? LIMIT 1`,
    [experiment, encodeText(key), edge, edge],
  );
  return rows.length > 0;
}

const LIVE_PARTS = `FROM parts INDEXED BY parts_live
  WHERE experiment = ? AND key = ? AND replaced_at IS NULL AND pos_from > ? AND pos_to <= ?`;

export interface Window {
  readonly key: string;
  readonly after: number;
  readonly upTo: number;
}

/** The ids of a window's parts, in order, or the sum of their rows. Inside a snapshot. */
export async function sumWindow(
  driver: SqliteDriver,
  experiment: string,
  { key, after, upTo }: Window,
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
      const [list] = await driver.all(`SELECT json_group_array(id ORDER BY pos_from) AS ids ${LIVE_PARTS}`, values);
      return JSON.parse((list?.ids as string | undefined) ?? '[]');
    },
  };
}

/** Parts by id, replaced ones included as long as they are kept. */
export async function readParts(driver: SqliteDriver, ids: readonly number[]): Promise<SqlRow[]> {
  const rows = await driver.all(
    `SELECT p.level, p.pos_from, p.pos_to, p.rows, p.dt, p.dt_end, coalesce(p.bytes, e.bytes) AS bytes
     FROM parts AS p LEFT JOIN entries AS e ON p.level = 0 AND e.experiment = p.experiment AND e.pos = p.pos_from
     WHERE p.id IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(ids)],
  );
  // Sorted here, where only references move: SQLite's sorter would copy the payloads.
  return rows.sort((left, right) => Number(left.pos_from) - Number(right.pos_from));
}

export function toPart(row: SqlRow): WindowPart {
  return {
    level: row.level as number,
    posFrom: row.pos_from as number,
    posTo: row.pos_to as number,
    rows: row.rows as number,
    dt: row.dt as number,
    dtEnd: row.dt_end as number,
    bytes: toBytes(row.bytes),
  };
}

/** Puts a fold in place of its parts, or answers `false`. Inside a transaction. */
export async function writeFold(driver: SqliteDriver, fold: Fold, now: number): Promise<boolean> {
  const experiment = await findExperiment(driver, fold.experiment);
  if (experiment === undefined) return false;
  const key = encodeText(fold.key);
  const levels = new Map(fold.replaces.map(({ level, posFrom }) => [posFrom, level]));
  const parts = await driver.all(
    `SELECT id, level, pos_from, pos_to, rows, dt, dt_end FROM parts INDEXED BY parts_live
     WHERE experiment = ? AND key = ? AND replaced_at IS NULL AND pos_from IN (SELECT value FROM json_each(?))`,
    [experiment.id, key, JSON.stringify([...levels.keys()])],
  );
  const [first] = fold.replaces;
  if (first === undefined || parts.length !== levels.size) return false;
  if (parts.some((part) => levels.get(part.pos_from as number) !== part.level)) return false;
  const posTo = parts.reduce((most, part) => Math.max(most, part.pos_to as number), 0);
  const cutSql = 'SELECT 1 FROM cuts WHERE experiment = ? AND key = ? AND pos >= ? AND pos < ? LIMIT 1';
  if ((await driver.all(cutSql, [experiment.id, key, first.posFrom, posTo])).length > 0) return false;

  await driver.run('DELETE FROM parts WHERE replaced_at < ?', [now - REPLACED_TTL_MS]);
  const ids = JSON.stringify(parts.map((part) => part.id));
  await driver.run('UPDATE parts SET replaced_at = ? WHERE id IN (SELECT value FROM json_each(?))', [now, ids]);
  const rows = parts.reduce((sum, part) => sum + (part.rows as number), 0);
  const dt = parts.reduce((least, part) => Math.min(least, part.dt as number), Number.POSITIVE_INFINITY);
  const dtEnd = parts.reduce((most, part) => Math.max(most, part.dt_end as number), Number.NEGATIVE_INFINITY);
  const made = [experiment.id, key, fold.level, first.posFrom, posTo, rows, dt, dtEnd, fold.bytes];
  await insertMany(driver, PARTS, [made], (values) => values);
  return true;
}

/** Compare-and-set of a monitor's head with all that goes with it. Inside a transaction. */
export async function writeCommit(
  driver: SqliteDriver,
  commit: CheckedCommit,
): Promise<{ readonly run: number; readonly version: number } | undefined> {
  const { next } = commit;
  const key = encodeText(commit.key);
  const monitor = encodeText(commit.monitor);
  const experiment = await holdExperiment(driver, commit.experiment);
  const headSql = 'SELECT version, tick FROM monitors WHERE experiment = ? AND name = ?';
  const [head] = await driver.all(headSql, [experiment.id, monitor]);
  if (Number(head?.version ?? 0) !== commit.expectedVersion) return undefined;
  const tick = Number(head?.tick ?? 0);
  if (commit.tick !== undefined && commit.tick <= tick) return undefined;
  checkCursor(next.cursor, experiment);
  if (await isCrossed(driver, experiment.id, commit.key, next.cursor)) return undefined;

  const version = commit.expectedVersion + 1;
  await driver.run(
    `INSERT INTO monitors (experiment, name, key, version, seq, cursor, captured, tick) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (experiment, name) DO UPDATE SET key = excluded.key, version = excluded.version, seq = excluded.seq,
       cursor = excluded.cursor, captured = excluded.captured, tick = excluded.tick`,
    [experiment.id, monitor, key, version, next.seq, next.cursor, next.captured, commit.tick ?? tick],
  );
  const cut = 'INSERT INTO cuts (experiment, key, pos) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
  await driver.run(cut, [experiment.id, key, next.cursor]);
  const { run } = await writeEntries(driver, experiment, commit.entries, true);
  for (const { id, json } of commit.deliveries) {
    const added = await driver.all(
      `INSERT INTO deliveries (experiment, monitor, name, payload, attempts) VALUES (?, ?, ?, ?, 0)
       ON CONFLICT (name) DO NOTHING RETURNING id`,
      [experiment.id, monitor, encodeText(id), json],
    );
    if (added.length === 0) throw takenDeliveryError(id);
  }
  return { run, version };
}
