import type { Clock } from '../../clock.js';
import type { Pruned, Retention } from '../retention.js';
import { type PruneStep, pruneWalk } from './prune-walk.js';
import type { SqliteConnection } from './sqlite-connection.js';
import type { SqliteDriver, SqlRow } from './sqlite-driver.js';
import { type ExperimentRow, findExperiment } from './sqlite-query.js';
import { REPLACED_TTL_MS } from './sqlite-window.js';

/** A transaction looks at so many rows, so that nobody waits long for the file. */
const CHUNKS_AT_ONCE = 64;
const ROWS_AT_ONCE = 1_000;

/** A chunk that no live part and no reader needs: a fold has its rows. */
const IS_FOLDED = `NOT EXISTS (SELECT 1 FROM parts AS p WHERE p.experiment = e.experiment AND p.key = e.key
    AND p.pos_from = e.pos AND p.level = 0 AND p.replaced_at IS NULL)
  AND e.id NOT IN (SELECT x.id FROM parts AS r INDEXED BY parts_replaced
    JOIN entries AS x ON x.experiment = r.experiment AND x.pos = r.pos_from WHERE r.replaced_at IS NOT NULL AND r.level = 0)`;

/** The model after `last`, by code; models are few, so each is one look into the index. */
async function nextModel(
  driver: SqliteDriver,
  experiment: ExperimentRow,
  last: string | undefined,
): Promise<string | undefined> {
  const [row] = await driver.all(
    `SELECT key FROM entries INDEXED BY entries_key WHERE experiment = ? AND event = 'predict'
     ${last === undefined ? '' : 'AND key > ?'} ORDER BY key LIMIT 1`,
    last === undefined ? [experiment.id] : [experiment.id, last],
  );
  return row?.key as string | undefined;
}

/** The position at and before which a model's chunks have `maxRows` or more newer rows. */
async function lastBeyond(
  driver: SqliteDriver,
  experiment: ExperimentRow,
  key: string,
  maxRows: number | undefined,
): Promise<number> {
  if (maxRows === undefined) return 0;
  let newer = 0;
  let before = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const page = await driver.all(
      `SELECT pos, rows FROM entries INDEXED BY entries_key
       WHERE experiment = ? AND event = 'predict' AND key = ? AND pos < ? ORDER BY pos DESC LIMIT ?`,
      [experiment.id, key, before, ROWS_AT_ONCE],
    );
    for (const row of page) {
      newer += row.rows as number;
      if (newer > maxRows) return row.pos as number;
    }
    if (page.length < ROWS_AT_ONCE) return 0;
    before = page.at(-1)?.pos as number;
  }
}

/** One step of taking a model's old chunks away, oldest first, from the position after `after`. */
async function pruneChunks(
  driver: SqliteDriver,
  experiment: ExperimentRow,
  { key, after, beyond, before }: { key: string; after: number; beyond: number; before: number },
): Promise<PruneStep> {
  const page = await driver.all(
    `SELECT e.id, e.pos, e.rows, e.dt_end, (e.bytes IS NOT NULL AND ${IS_FOLDED}) AS folded
     FROM entries AS e INDEXED BY entries_key
     WHERE e.experiment = ? AND e.event = 'predict' AND e.key = ? AND e.pos > ? ORDER BY e.pos LIMIT ?`,
    [experiment.id, key, after, CHUNKS_AT_ONCE],
  );
  const old = page.filter((row) => (row.dt_end as number) < before || (row.pos as number) <= beyond);
  const doomed = old.filter((row) => row.folded === 1);
  await removeEntries(driver, doomed);
  const more = page.length === CHUNKS_AT_ONCE && old.length > 0;
  return { ...taken(doomed), next: more ? (page.at(-1)?.pos as number) : undefined };
}

/** One step of making room: the oldest chunks of all experiments that are in a fold. */
async function pruneOldest(driver: SqliteDriver, after: number): Promise<PruneStep> {
  const doomed = await driver.all(
    `SELECT e.id, e.rows FROM entries AS e
     WHERE e.id > ? AND e.event = 'predict' AND e.bytes IS NOT NULL AND ${IS_FOLDED} ORDER BY e.id LIMIT ?`,
    [after, CHUNKS_AT_ONCE],
  );
  await removeEntries(driver, doomed);
  const more = doomed.length === CHUNKS_AT_ONCE;
  return { ...taken(doomed), next: more ? (doomed.at(-1)?.id as number) : undefined };
}

const NO_OPEN_WINDOW = `NOT EXISTS (SELECT 1 FROM monitors AS m
  WHERE m.experiment = parts.experiment AND m.key = parts.key AND m.cursor < parts.pos_to)`;

/** Takes folds away that are older than kept and that no open window needs. */
async function pruneFolds(driver: SqliteDriver, experiment: ExperimentRow, before: number): Promise<number> {
  const gone = await driver.all(
    `DELETE FROM parts WHERE id IN (SELECT id FROM parts WHERE experiment = ? AND replaced_at IS NULL AND level > 0
       AND dt_end < ? AND ${NO_OPEN_WINDOW} LIMIT ?) RETURNING id`,
    [experiment.id, before, ROWS_AT_ONCE],
  );
  return gone.length;
}

/** One step of taking old predictions away, by run. */
async function prunePredictions(
  driver: SqliteDriver,
  experiment: ExperimentRow,
  before: number,
  after: number,
): Promise<PruneStep> {
  const page = await driver.all(
    'SELECT run, id, dt FROM predictions INDEXED BY predictions_run WHERE experiment = ? AND run > ? ORDER BY run LIMIT ?',
    [experiment.id, after, ROWS_AT_ONCE],
  );
  const last = page.at(-1)?.run as number | undefined;
  if (last === undefined) return { removed: 0, rows: 0, next: undefined };
  const gone = await driver.all(
    'DELETE FROM predictions WHERE experiment = ? AND run > ? AND run <= ? AND dt < ? RETURNING run',
    [experiment.id, after, last, before],
  );
  const more = page.length === ROWS_AT_ONCE && gone.length > 0;
  return { removed: gone.length, rows: 0, next: more ? last : undefined };
}

/** What the file holds, without its free pages. */
async function heldBytes(driver: SqliteDriver): Promise<number> {
  const [row] = await driver.all(
    'SELECT (c.page_count - f.freelist_count) * s.page_size AS bytes FROM pragma_page_count AS c, pragma_freelist_count AS f, pragma_page_size AS s',
    [],
  );
  return Number(row?.bytes ?? 0);
}

function retentionBounds(retention: Retention, now: number): { rows: number; profiles: number; predictions: number } {
  const before = (ageMs: number | undefined): number =>
    ageMs === undefined ? Number.NEGATIVE_INFINITY : now - Math.min(ageMs, Number.MAX_SAFE_INTEGER);
  return {
    rows: before(retention.rowsMs),
    profiles: before(retention.profilesMs),
    predictions: before(retention.predictionsMs),
  };
}

async function removeEntries(driver: SqliteDriver, rows: readonly SqlRow[]): Promise<void> {
  if (rows.length === 0) return;
  const ids = JSON.stringify(rows.map(({ id }) => id));
  await driver.run('DELETE FROM entries WHERE id IN (SELECT value FROM json_each(?))', [ids]);
}

function taken(doomed: readonly SqlRow[]): { removed: number; rows: number } {
  return { removed: doomed.length, rows: doomed.reduce((sum, row) => sum + (row.rows as number), 0) };
}

/** Where the bound is hit, so much is cleared at once, so that not every write has to look for room. */
const CLEARED_SHARE = 0.1;

/** Takes away from a file what is kept no longer. */
export class SqlitePruner {
  readonly #connection: SqliteConnection;
  readonly #clock: Clock;
  readonly #maxBytes: number;

  constructor(connection: SqliteConnection, { clock, maxBytes }: { readonly clock: Clock; readonly maxBytes: number }) {
    this.#connection = connection;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  async prune(experiment: string, retention: Retention): Promise<Pruned> {
    const now = this.#clock.now();
    const bounds = retentionBounds(retention, now);
    await this.#connection.write((driver) =>
      driver.run('DELETE FROM parts WHERE replaced_at < ?', [now - REPLACED_TTL_MS]),
    );
    const found = await this.#connection.read((driver) => findExperiment(driver, experiment));
    const total = { chunks: 0, rows: 0, folds: 0, predictions: 0 };
    if (found !== undefined) {
      const chunks = await this.#pruneModels(found, bounds.rows, retention.maxRows);
      total.chunks = chunks.removed;
      total.rows = chunks.rows;
      for (let gone = ROWS_AT_ONCE; gone === ROWS_AT_ONCE; total.folds += gone) {
        gone = await this.#connection.write((driver) => pruneFolds(driver, found, bounds.profiles));
      }
      const walk = (driver: SqliteDriver, after: number) => prunePredictions(driver, found, bounds.predictions, after);
      total.predictions = (await pruneWalk(this.#connection, walk)).removed;
    }
    const room = await this.makeRoom();
    return { ...total, chunks: total.chunks + room.removed, rows: total.rows + room.rows };
  }

  /** Takes the oldest rows of all experiments away while the file holds nearly its bound. */
  async makeRoom(): Promise<{ readonly removed: number; readonly rows: number }> {
    const goal = this.#maxBytes * (1 - CLEARED_SHARE);
    const held = (): Promise<number> => this.#connection.read(heldBytes);
    if ((await held()) <= goal) return { removed: 0, rows: 0 };
    return pruneWalk(this.#connection, pruneOldest, async () => (await held()) > goal);
  }

  async #pruneModels(experiment: ExperimentRow, before: number, maxRows: number | undefined) {
    let removed = 0;
    let rows = 0;
    let key: string | undefined;
    for (;;) {
      const last = key;
      key = await this.#connection.read((driver) => nextModel(driver, experiment, last));
      if (key === undefined) return { removed, rows };
      const model = key;
      const beyond = await this.#connection.read((driver) => lastBeyond(driver, experiment, model, maxRows));
      const walk = (driver: SqliteDriver, after: number) =>
        pruneChunks(driver, experiment, { key: model, after, beyond, before });
      const gone = await pruneWalk(this.#connection, walk);
      removed += gone.removed;
      rows += gone.rows;
    }
  }
}
