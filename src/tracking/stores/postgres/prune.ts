import type { Pruned, Retention } from '../../retention.js';
import { type ChunkBounds, oldChunks } from '../old-chunks.js';
import { type PruneStep, pruneWalk } from '../prune-walk.js';
import { goalOfRoom } from '../room.js';
import {
  CHUNKS_AT_ONCE,
  dropDetail,
  dropReplaced,
  IS_FOLDED,
  pruneClosed,
  pruneOldest,
  ROWS_AT_ONCE,
  removeEntries,
  taken,
  uncount,
} from './clearing.js';
import type { PostgresConnection } from './connection.js';
import type { PgDriver } from './driver.js';
import { idOf, time } from './query.js';
import { heldBytes } from './room.js';
import { forgetReplaced } from './window.js';

const NO_OPEN_WINDOW = `NOT EXISTS (SELECT 1 FROM leeway_monitors AS m
  WHERE m.experiment = f.experiment AND m.key_id = f.key_id AND m.cursor < f.pos_to)`;

/** Takes away from a database what is kept no longer. */
export class PostgresPruner {
  readonly #connection: PostgresConnection;
  readonly #now: (driver: PgDriver) => Promise<number>;
  readonly #maxBytes: number;

  constructor(
    connection: PostgresConnection,
    {
      now,
      maxBytes,
    }: { readonly now: (driver: PgDriver) => Promise<number>; readonly maxBytes: number },
  ) {
    this.#connection = connection;
    this.#now = now;
    this.#maxBytes = maxBytes;
  }

  async prune(experiment: string, retention: Retention): Promise<Pruned> {
    const id = idOf(experiment);
    const now = await this.#connection.read(this.#now);
    const before = (ageMs: number | undefined): number =>
      ageMs === undefined ? Number.NEGATIVE_INFINITY : now - ageMs;
    await this.#connection.write((driver) => forgetReplaced(driver, now));
    const chunks = await this.#pruneModels(
      id,
      { before: before(retention.rowsMs), now },
      retention.maxRows,
    );
    let folds = 0;
    for (let gone = ROWS_AT_ONCE; gone === ROWS_AT_ONCE; folds += gone) {
      gone = await this.#connection.write((driver) =>
        pruneFolds(driver, id, time(before(retention.profilesMs))),
      );
    }
    const bounds = { before: before(retention.predictionsMs), now };
    const predictions = await pruneWalk(this.#connection, (driver, after) =>
      prunePredictions(driver, id, bounds, after),
    );
    const room = await this.makeRoom();
    return {
      chunks: chunks.removed + room.removed,
      rows: chunks.rows + room.rows,
      folds,
      predictions: predictions.removed,
    };
  }

  /**
   * Makes room where the tables hold nearly their bound, or have no room for so many bytes: what is oldest goes first, and
   * what nobody needs before what somebody might look at.
   */
  async makeRoom(bytes = 0): Promise<{ readonly removed: number; readonly rows: number }> {
    const goal = Math.min(goalOfRoom(this.#maxBytes), this.#maxBytes - bytes);
    const isFull = async (): Promise<boolean> => (await this.#connection.read(heldBytes)) > goal;
    const total = { removed: 0, rows: 0 };
    for (const step of [dropReplaced, pruneOldest, pruneClosed, dropDetail]) {
      if (!(await isFull())) break;
      const gone = await pruneWalk(this.#connection, step, isFull);
      total.removed += gone.removed;
      total.rows += gone.rows;
    }
    return total;
  }

  async #pruneModels(
    experiment: string,
    { before, now }: Omit<ChunkBounds, 'beyond'>,
    maxRows: number | undefined,
  ) {
    let removed = 0;
    let rows = 0;
    let key = '';
    for (;;) {
      const last = key;
      const found = await this.#connection.read((driver) => nextModel(driver, experiment, last));
      if (found === undefined) return { removed, rows };
      key = found;
      const beyond = await this.#connection.read((driver) =>
        lastBeyond(driver, experiment, found, maxRows),
      );
      const place = { experiment, key: found, bounds: { beyond, before, now } };
      const gone = await pruneWalk(this.#connection, (driver, after) =>
        pruneChunks(driver, place, after),
      );
      removed += gone.removed;
      rows += gone.rows;
    }
  }
}

/** The model after `last`, by id; models are few, so each is one look into the index. */
async function nextModel(
  driver: PgDriver,
  experiment: string,
  last: string,
): Promise<string | undefined> {
  const [row] = await driver.all(
    `SELECT key_id FROM leeway_entries WHERE experiment = $1 AND event = 'predict' AND key_id > $2 ORDER BY key_id LIMIT 1`,
    [experiment, last],
  );
  return row?.key_id as string | undefined;
}

/** The position at and before which a model's chunks have more than `maxRows` rows, themselves and newer ones. */
async function lastBeyond(
  driver: PgDriver,
  experiment: string,
  key: string,
  maxRows: number | undefined,
): Promise<number> {
  if (maxRows === undefined) return 0;
  let newer = 0;
  let before = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const page = await driver.all(
      `SELECT pos, rows FROM leeway_entries WHERE experiment = $1 AND event = 'predict' AND key_id = $2 AND pos < $3
       ORDER BY pos DESC LIMIT $4`,
      [experiment, key, before, ROWS_AT_ONCE],
    );
    for (const row of page) {
      newer += row.rows as number;
      if (newer > maxRows) return row.pos as number;
    }
    if (page.length < ROWS_AT_ONCE) return 0;
    before = page.at(-1)?.pos as number;
  }
}

async function pruneChunks(
  driver: PgDriver,
  {
    experiment,
    key,
    bounds,
  }: { readonly experiment: string; readonly key: string; readonly bounds: ChunkBounds },
  after: number,
): Promise<PruneStep> {
  const page = await driver.all(
    `SELECT e.experiment, e.pos, e.rows, e.dt_end, CASE WHEN ${IS_FOLDED} THEN 1 ELSE 0 END AS folded
     FROM leeway_entries AS e WHERE e.experiment = $1 AND e.event = 'predict' AND e.key_id = $2 AND e.pos > $3::INT8
     ORDER BY e.pos LIMIT $4::INT8`,
    [experiment, key, after, CHUNKS_AT_ONCE],
  );
  const { old, more } = oldChunks(page, bounds);
  const doomed = old.filter((row) => row.folded === 1);
  await removeEntries(driver, doomed);
  return {
    ...taken(doomed),
    next: more && page.length === CHUNKS_AT_ONCE ? (page.at(-1)?.pos as number) : undefined,
  };
}

async function pruneFolds(driver: PgDriver, experiment: string, before: string): Promise<number> {
  const gone = await driver.all(
    `DELETE FROM leeway_parts WHERE (experiment, key_id, pos_from, level) IN (
       SELECT f.experiment, f.key_id, f.pos_from, f.level FROM leeway_parts AS f
       WHERE f.experiment = $1 AND f.replaced_at IS NULL AND f.level > 0 AND f.dt_end < $2::FLOAT8 AND ${NO_OPEN_WINDOW}
       LIMIT $3::INT8) RETURNING length(bytes) AS size`,
    [experiment, before, ROWS_AT_ONCE],
  );
  await uncount(driver, experiment, gone);
  return gone.length;
}

async function prunePredictions(
  driver: PgDriver,
  experiment: string,
  { before, now }: { readonly before: number; readonly now: number },
  after: number,
): Promise<PruneStep> {
  const page = await driver.all(
    'SELECT run, dt FROM leeway_predictions WHERE experiment = $1 AND run > $2 ORDER BY run LIMIT $3::INT8',
    [experiment, after, ROWS_AT_ONCE],
  );
  const last = page.at(-1)?.run as number | undefined;
  if (last === undefined) return { removed: 0, rows: 0, next: undefined };
  const gone = await driver.all(
    `DELETE FROM leeway_predictions WHERE experiment = $1 AND run > $2 AND run <= $3 AND dt < $4::FLOAT8 RETURNING run`,
    [experiment, after, last, time(before)],
  );
  // Times ahead of the store's clock tell nothing of age, and must not keep what lies behind them.
  const isLate = page.some((row) => (row.dt as number) > now);
  const more = page.length === ROWS_AT_ONCE && (gone.length > 0 || isLate);
  return { removed: gone.length, rows: 0, next: more ? last : undefined };
}
