import { randomUUID } from 'node:crypto';
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
import { Bound, type PgDriver, type PgRow, type PgValue } from './postgres-driver.js';
import { idOf, type PgExperiment, whole } from './postgres-query.js';
import { encodeText } from './text.js';

/** Rows written by one statement, of at most 17 of PostgreSQL's 65,535 values each. */
const ROWS_PER_STATEMENT = 500;
/** How long a replaced part stays for readers that listed it before. */
export const REPLACED_TTL_MS = 600_000;

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
  { table, columns, conflict = '' }: { readonly table: string; readonly columns: string; readonly conflict?: string },
  rows: readonly (readonly PgValue[])[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const bound = new Bound();
    const tuples = rows
      .slice(from, from + ROWS_PER_STATEMENT)
      .map((row) => `(${row.map((value) => bound.add(value)).join(', ')})`);
    await driver.all(`INSERT INTO ${table} (${columns}) VALUES ${tuples.join(', ')} ${conflict}`, bound.values);
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

/** Writes entries behind the experiment's head, which is moved first. */
export async function appendEntries(
  driver: PgDriver,
  name: string,
  entries: readonly CheckedEntry[],
): Promise<Omit<WrittenBatch, 'run'>> {
  // The whole of it is known before: others wait for the head as long as it takes to answer one statement less.
  const growth = growthOf(entries);
  const { id, pos, run } = await holdExperiment(driver, name, { ...growth, bytes: sizeOf(entries) });
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
  return { placed, run: head.run, batch: await writePlaced(driver, experiment, placed, head) };
}

/** Writes entries at their places, after the experiment's head was moved; answers with the batch they have. */
export async function writePlaced(
  driver: PgDriver,
  experiment: PgExperiment,
  placed: readonly PlacedEntry[],
  head: LogHead,
): Promise<string> {
  await driver.all(
    `UPDATE leeway_experiments SET pos = $2, run = $3, widest = greatest(widest, $4::INT8), bytes = bytes + $5::INT8
     WHERE id = $1`,
    [experiment.id, head.pos, head.run, growthOf(placed).widest, sizeOf(placed)],
  );
  return insertPlaced(driver, experiment.id, placed);
}

async function insertPlaced(driver: PgDriver, experiment: string, placed: readonly PlacedEntry[]): Promise<string> {
  const batch = randomUUID();
  await insertMany(
    driver,
    ENTRIES,
    placed.map((entry) => entryValues(experiment, batch, entry)),
  );
  const chunks = placed.filter((entry) => entry.event === 'predict' && entry.rows > 0);
  await insertMany(
    driver,
    PARTS,
    chunks.map(({ key, pos, rows, dt, dtEnd }) => {
      return [experiment, idOf(key), encodeText(key), 0, pos, pos, rows, dt, dtEnd, null];
    }),
  );
  const predictions = new Map<string, readonly PgValue[]>();
  for (const { key, run, predictions: made } of placed) {
    for (const { id, offset, json, dt, version } of made) {
      const coded = version === undefined ? null : encodeText(version);
      const row = [experiment, idOf(id), encodeText(id), run + offset, idOf(key), encodeText(key), dt, coded, json];
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

/** What entries count for in their experiment's `bytes`. */
function sizeOf(entries: readonly CheckedEntry[]): number {
  return entries.reduce((sum, { json, bytes }) => sum + Buffer.byteLength(json) + (bytes?.byteLength ?? 0), 0);
}

/** Whether a batch is in the log, where the answer of its commit was lost. */
export async function isWritten(
  driver: PgDriver,
  experiment: string,
  { placed, batch }: Omit<WrittenBatch, 'run'>,
): Promise<boolean> {
  const first = placed[0];
  if (first === undefined) return false;
  const sql = 'SELECT 1 AS there FROM leeway_entries WHERE experiment = $1 AND pos = $2 AND batch = $3';
  return (await driver.all(sql, [idOf(experiment), first.pos, batch])).length > 0;
}

export interface PgWindow {
  readonly key: string;
  readonly after: number;
  readonly upTo: number;
}

/** The parts of a window without their bytes, in order, as one statement sees them. */
export async function listWindow(
  driver: PgDriver,
  experiment: string,
  { key, after, upTo }: PgWindow,
): Promise<PgRow[]> {
  const [from, to] = [whole(after), whole(upTo)];
  const rows = await driver.all(
    `SELECT level, pos_from, pos_to, rows, dt, dt_end FROM leeway_parts
     WHERE experiment = $1 AND key_id = $2 AND replaced_at IS NULL AND pos_from > $3::INT8 AND pos_from <= $4::INT8
     UNION ALL
     SELECT level, pos_from, pos_to, rows, dt, dt_end FROM leeway_parts
     WHERE experiment = $1 AND key_id = $2 AND replaced_at IS NULL AND level > 0 AND pos_to > $3::INT8 AND pos_from <= $3::INT8`,
    [idOf(experiment), idOf(key), from, to],
  );
  for (const edge of [from, to]) {
    const crossing = rows.some((row) => (row.pos_from as number) <= edge && edge < (row.pos_to as number));
    if (crossing) throw crossedError(key, edge);
  }
  return rows.sort((left, right) => (left.pos_from as number) - (right.pos_from as number));
}

/** Listed parts with their bytes, replaced ones included as long as they are kept. */
export async function readParts(
  driver: PgDriver,
  { experiment, key }: { readonly experiment: string; readonly key: string },
  listed: readonly PgRow[],
): Promise<PgRow[]> {
  const bound = new Bound();
  const place = [bound.add(idOf(experiment)), bound.add(idOf(key))];
  const pairs = listed.map(
    (row) => `(${bound.add(row.level as number)}::INT8, ${bound.add(row.pos_from as number)}::INT8)`,
  );
  const rows = await driver.all(
    `SELECT p.level, p.pos_from, p.pos_to, p.rows, p.dt, p.dt_end, coalesce(p.bytes, e.bytes) AS bytes
     FROM leeway_parts AS p
     LEFT JOIN leeway_entries AS e ON p.level = 0 AND e.experiment = p.experiment AND e.pos = p.pos_from
     WHERE p.experiment = ${place[0]} AND p.key_id = ${place[1]} AND (p.level, p.pos_from) IN (${pairs.join(', ')})`,
    bound.values,
  );
  return rows
    .filter((row) => row.bytes !== null)
    .sort((left, right) => (left.pos_from as number) - (right.pos_from as number));
}

export function toPart(row: PgRow): WindowPart {
  return {
    level: row.level as number,
    posFrom: row.pos_from as number,
    posTo: row.pos_to as number,
    rows: row.rows as number,
    dt: row.dt as number,
    dtEnd: row.dt_end as number,
    bytes: row.bytes as Uint8Array,
  };
}

/** Puts a fold in place of its parts, or answers `false`. Inside a transaction. */
export async function writeFold(driver: PgDriver, fold: Fold, now: number): Promise<boolean> {
  // Cuts, and other folds, wait for the same row.
  const [head] = await driver.all('SELECT id FROM leeway_experiments WHERE id = $1 FOR UPDATE', [
    idOf(fold.experiment),
  ]);
  if (head === undefined) return false;
  const bound = new Bound();
  const place = `experiment = ${bound.add(head.id as string)} AND key_id = ${bound.add(idOf(fold.key))}`;
  const positions = bound.list(
    fold.replaces.map(({ posFrom }) => posFrom),
    'INT8',
  );
  const parts = await driver.all(
    `SELECT level, pos_from, pos_to, rows, dt, dt_end, coalesce(length(bytes), 0) AS size FROM leeway_parts
     WHERE ${place} AND replaced_at IS NULL AND pos_from IN ${positions}`,
    bound.values,
  );
  const levels = new Map(fold.replaces.map(({ level, posFrom }) => [posFrom, level]));
  const [first] = fold.replaces;
  if (first === undefined || parts.length !== levels.size) return false;
  if (parts.some((part) => levels.get(part.pos_from as number) !== part.level)) return false;
  const posTo = parts.reduce((most, part) => Math.max(most, part.pos_to as number), 0);
  const cut = 'SELECT pos FROM leeway_cuts WHERE experiment = $1 AND key_id = $2 AND pos >= $3 AND pos < $4 LIMIT 1';
  const key = idOf(fold.key);
  if ((await driver.all(cut, [head.id as string, key, first.posFrom, posTo])).length > 0) return false;

  const at = bound.add(now);
  const replaced = `UPDATE leeway_parts SET replaced_at = ${at}::FLOAT8 WHERE ${place} AND replaced_at IS NULL AND pos_from IN ${positions}`;
  await driver.all(replaced, bound.values);
  const sum = (name: string): number => parts.reduce((total, part) => total + (part[name] as number), 0);
  const dt = parts.reduce((least, part) => Math.min(least, part.dt as number), Number.POSITIVE_INFINITY);
  const dtEnd = parts.reduce((most, part) => Math.max(most, part.dt_end as number), Number.NEGATIVE_INFINITY);
  const made = [head.id as string, key, encodeText(fold.key), fold.level, first.posFrom, posTo, sum('rows'), dt, dtEnd];
  await insertMany(driver, PARTS, [[...made, fold.bytes]]);
  await driver.all('UPDATE leeway_experiments SET bytes = bytes + $2::INT8 WHERE id = $1', [
    head.id as string,
    fold.bytes.byteLength - sum('size'),
  ]);
  return true;
}

/** Compare-and-set of a monitor's head with all that goes with it. Inside a transaction. */
export async function writeCommit(
  driver: PgDriver,
  commit: CheckedCommit,
): Promise<(WrittenBatch & { readonly version: number }) | undefined> {
  const { next, key } = commit;
  const experiment = await holdExperiment(driver, commit.experiment);
  const monitor = idOf(commit.monitor);
  const headSql = 'SELECT version, tick FROM leeway_monitors WHERE experiment = $1 AND id = $2';
  const [head] = await driver.all(headSql, [experiment.id, monitor]);
  const tick = (head?.tick as number | undefined) ?? 0;
  if (((head?.version as number | undefined) ?? 0) !== commit.expectedVersion) return undefined;
  if (commit.tick !== undefined && commit.tick <= tick) return undefined;
  checkCursor(next.cursor, experiment);
  const crossing = await driver.all(
    `SELECT level FROM leeway_parts WHERE experiment = $1 AND key_id = $2 AND replaced_at IS NULL AND level > 0
     AND pos_to > $3 AND pos_from <= $3 LIMIT 1`,
    [experiment.id, idOf(key), next.cursor],
  );
  if (crossing.length > 0) return undefined;

  const version = commit.expectedVersion + 1;
  await driver.all(
    `INSERT INTO leeway_monitors (experiment, id, name, key_id, key, version, seq, cursor, captured, tick)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (experiment, id) DO UPDATE SET key_id = excluded.key_id, key = excluded.key, version = excluded.version,
       seq = excluded.seq, cursor = excluded.cursor, captured = excluded.captured, tick = excluded.tick`,
    [
      experiment.id,
      monitor,
      encodeText(commit.monitor),
      idOf(key),
      encodeText(key),
      version,
      next.seq,
      next.cursor,
      next.captured,
      commit.tick ?? tick,
    ],
  );
  const cut = 'INSERT INTO leeway_cuts (experiment, key_id, pos, key) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING';
  await driver.all(cut, [experiment.id, idOf(key), next.cursor, encodeText(key)]);
  const written = await writeEntries(driver, experiment, commit.entries, true);
  for (const [place, { id, json }] of commit.deliveries.entries()) {
    const added = await driver.all(
      `INSERT INTO leeway_deliveries (id, name, experiment, monitor, pos, place, payload, attempts)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (id) DO NOTHING RETURNING id`,
      [idOf(id), encodeText(id), experiment.id, encodeText(commit.monitor), written.run, place, json],
    );
    if (added.length === 0) throw takenDeliveryError(id);
  }
  return { ...written, version };
}
