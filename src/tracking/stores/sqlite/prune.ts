import type { Clock } from '../../../leaves/clock.js';
import type { Pruned, Retention } from '../../retention.js';
import { type ChunkBounds, oldChunks } from '../old-chunks.js';
import { type PruneStep, pruneWalk } from '../prune-walk.js';
import { goalOfRoom } from '../room.js';
import type { SqliteConnection } from './connection.js';
import type { SqliteDriver } from './driver.js';
import { type ExperimentRow, findExperiment } from './query.js';
import {
  CHUNKS_AT_ONCE,
  dropDetail,
  dropPredictions,
  dropReplaced,
  heldBytes,
  IS_FOLDED,
  pruneClosed,
  pruneOldest,
  ROWS_AT_ONCE,
  removeEntries,
  taken,
} from './room.js';
import { forgetReplaced } from './window.js';

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
  {
    key,
    after,
    bounds,
  }: { readonly key: string; readonly after: number; readonly bounds: ChunkBounds },
): Promise<PruneStep> {
  const page = await driver.all(
    `SELECT e.id, e.pos, e.rows, e.dt_end, (e.bytes IS NOT NULL AND ${IS_FOLDED}) AS folded
     FROM entries AS e INDEXED BY entries_key
     WHERE e.experiment = ? AND e.event = 'predict' AND e.key = ? AND e.pos > ? ORDER BY e.pos LIMIT ?`,
    [experiment.id, key, after, CHUNKS_AT_ONCE],
  );
  const { old, more } = oldChunks(page, bounds);
  const doomed = old.filter((row) => row.folded === 1);
  await removeEntries(driver, doomed);
  return {
    ...taken(doomed),
    next: more && page.length === CHUNKS_AT_ONCE ? (page.at(-1)?.pos as number) : undefined,
  };
}

const NO_OPEN_WINDOW = `NOT EXISTS (SELECT 1 FROM monitors AS m
  WHERE m.experiment = parts.experiment AND m.key = parts.key AND m.cursor < parts.pos_to)`;

/** Takes folds away that are older than kept and that no open window needs. */
async function pruneFolds(
  driver: SqliteDriver,
  experiment: ExperimentRow,
  before: number,
): Promise<number> {
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
  { before, now }: { readonly before: number; readonly now: number },
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
  // Times ahead of the store's clock tell nothing of age, and must not keep what lies behind them.
  const isLate = page.some((row) => (row.dt as number) > now);
  const more = page.length === ROWS_AT_ONCE && (gone.length > 0 || isLate);
  return { removed: gone.length, rows: 0, next: more ? last : undefined };
}

function retentionBounds(
  retention: Retention,
  now: number,
): { rows: number; profiles: number; predictions: number } {
  const before = (ageMs: number | undefined): number =>
    ageMs === undefined ? Number.NEGATIVE_INFINITY : now - Math.min(ageMs, Number.MAX_SAFE_INTEGER);
  return {
    rows: before(retention.rowsMs),
    profiles: before(retention.profilesMs),
    predictions: before(retention.predictionsMs),
  };
}

/** Takes away from a file what is kept no longer. */
export class SqlitePruner {
  readonly #connection: SqliteConnection;
  readonly #clock: Clock;
  readonly #maxBytes: number;

  constructor(
    connection: SqliteConnection,
    { clock, maxBytes }: { readonly clock: Clock; readonly maxBytes: number },
  ) {
    this.#connection = connection;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  async prune(experiment: string, retention: Retention): Promise<Pruned> {
    const now = this.#clock.now();
    const bounds = retentionBounds(retention, now);
    await this.#connection.write((driver) => forgetReplaced(driver, now));
    const found = await this.#connection.read((driver) => findExperiment(driver, experiment));
    const total = { chunks: 0, rows: 0, folds: 0, predictions: 0 };
    if (found !== undefined) {
      const chunks = await this.#pruneModels(
        found,
        { before: bounds.rows, now },
        retention.maxRows,
      );
      total.chunks = chunks.removed;
      total.rows = chunks.rows;
      for (let gone = ROWS_AT_ONCE; gone === ROWS_AT_ONCE; total.folds += gone) {
        gone = await this.#connection.write((driver) => pruneFolds(driver, found, bounds.profiles));
      }
      const walk = (driver: SqliteDriver, after: number) =>
        prunePredictions(driver, found, { before: bounds.predictions, now }, after);
      total.predictions = (await pruneWalk(this.#connection, walk)).removed;
    }
    const room = await this.makeRoom();
    return { ...total, chunks: total.chunks + room.removed, rows: total.rows + room.rows };
  }

  /**
   * Makes room where the file holds nearly what appends may fill: what is oldest goes first, and what nobody needs before what
   * somebody might look at.
   */
  async makeRoom(): Promise<{ readonly removed: number; readonly rows: number }> {
    const goal = goalOfRoom(this.#maxBytes);
    const isFull = async (): Promise<boolean> => (await this.#connection.read(heldBytes)) > goal;
    const total = { removed: 0, rows: 0 };
    for (const step of [dropReplaced, pruneOldest, pruneClosed, dropPredictions, dropDetail]) {
      if (!(await isFull())) break;
      const gone = await pruneWalk(this.#connection, step, isFull);
      total.removed += gone.removed;
      total.rows += gone.rows;
    }
    return total;
  }

  async #pruneModels(
    experiment: ExperimentRow,
    { before, now }: Omit<ChunkBounds, 'beyond'>,
    maxRows: number | undefined,
  ) {
    let removed = 0;
    let rows = 0;
    let key: string | undefined;
    for (;;) {
      const last = key;
      key = await this.#connection.read((driver) => nextModel(driver, experiment, last));
      if (key === undefined) return { removed, rows };
      const model = key;
      const beyond = await this.#connection.read((driver) =>
        lastBeyond(driver, experiment, model, maxRows),
      );
      const walk = (driver: SqliteDriver, after: number) =>
        pruneChunks(driver, experiment, { key: model, after, bounds: { beyond, before, now } });
      const gone = await pruneWalk(this.#connection, walk);
      removed += gone.removed;
      rows += gone.rows;
    }
  }
}
