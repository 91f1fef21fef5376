import type { Pruned, Retention } from '../../retention.js';
import { type ChunkBounds, oldChunks } from '../old-chunks.js';
import { type PruneStep, pruneWalk } from '../prune-walk.js';
import { goalOfRoom } from '../room.js';
import type { Dialect, SqlConnection, SqlDriver } from './dialect.js';
import { countBytes, findExperiment } from './experiment.js';
import type { SqlRow } from './rows.js';
import { forgetReplaced } from './window.js';

/** A transaction takes so many rows away, so that nobody waits long for what it holds. */
export const CHUNKS_AT_ONCE = 64;
export const ROWS_AT_ONCE = 1_000;

/** How a database takes rows away. */
export interface Clearing {
  /** Whether `e` is a chunk that no live part and no reader needs: a fold has its rows. */
  readonly isFolded: string;
  /** Ways to make room, in order: what nobody needs goes before what somebody might look at. */
  readonly steps: readonly ((driver: SqlDriver, after: number) => Promise<PruneStep>)[];
  removeEntries(driver: SqlDriver, doomed: readonly SqlRow[]): Promise<void>;
  heldBytes(driver: SqlDriver): Promise<number>;
  now(driver: SqlDriver): Promise<number>;
}

/** Rows of chunks that go. */
export function taken(doomed: readonly SqlRow[]): { removed: number; rows: number } {
  return {
    removed: doomed.length,
    rows: doomed.reduce((sum, row) => sum + (row.rows as number), 0),
  };
}

/** What rows took that are gone, where they tell their `size`. */
export const sizeOfGone = (gone: readonly SqlRow[]): number =>
  gone.reduce((sum, row) => sum + (row.size as number), 0);

/** A step that always takes what comes first. */
export const stepOf = (removed: number, atOnce: number): PruneStep => ({
  removed,
  rows: 0,
  next: removed === atOnce ? 0 : undefined,
});

/** Takes away from a database what is kept no longer. */
export class SqlPruner {
  readonly #connection: SqlConnection;
  readonly #clearing: Clearing;
  readonly #dialect: Dialect;
  readonly #maxBytes: number;

  constructor(connection: SqlConnection, dialect: Dialect, clearing: Clearing, maxBytes: number) {
    this.#dialect = dialect;
    this.#connection = connection;
    this.#clearing = clearing;
    this.#maxBytes = maxBytes;
  }

  async prune(experiment: string, retention: Retention): Promise<Pruned> {
    const now = await this.#connection.read(this.#clearing.now);
    const before = (ageMs = Number.POSITIVE_INFINITY): number => now - ageMs;
    await this.#connection.write((driver) => forgetReplaced(driver, now));
    const found = await this.#connection.read((driver) => findExperiment(driver, experiment));
    const total = { chunks: 0, rows: 0, folds: 0, predictions: 0 };
    if (found !== undefined) {
      const bounds = { before: before(retention.rowsMs), now };
      const chunks = await this.#pruneModels(found.id, bounds, retention.maxRows);
      total.chunks = chunks.removed;
      total.rows = chunks.rows;
      for (let gone = ROWS_AT_ONCE; gone === ROWS_AT_ONCE; total.folds += gone) {
        gone = await this.#connection.write((driver) =>
          this.#pruneFolds(driver, found.id, before(retention.profilesMs)),
        );
      }
      const late = { before: before(retention.predictionsMs), now };
      const walk = (driver: SqlDriver, after: number) =>
        this.#prunePredictions(driver, found.id, late, after);
      total.predictions = (await pruneWalk(this.#connection, walk)).removed;
    }
    const room = await this.makeRoom();
    return { ...total, chunks: total.chunks + room.removed, rows: total.rows + room.rows };
  }

  /**
   * Makes room where the store holds nearly what appends may fill, or has no room for so many bytes: what is oldest goes
   * first, and what nobody needs before what somebody might look at.
   */
  async makeRoom(bytes = 0): Promise<{ readonly removed: number; readonly rows: number }> {
    const goal = Math.min(goalOfRoom(this.#maxBytes), this.#maxBytes - bytes);
    const { heldBytes, steps } = this.#clearing;
    const isFull = async (): Promise<boolean> => (await this.#connection.read(heldBytes)) > goal;
    const total = { removed: 0, rows: 0 };
    for (const step of steps) {
      if (!(await isFull())) break;
      const gone = await pruneWalk(this.#connection, step, isFull);
      total.removed += gone.removed;
      total.rows += gone.rows;
    }
    return total;
  }

  async #pruneModels(
    experiment: string | number,
    { before, now }: Omit<ChunkBounds, 'beyond'>,
    maxRows: number | undefined,
  ): Promise<{ readonly removed: number; readonly rows: number }> {
    let removed = 0;
    let rows = 0;
    let key: string | undefined;
    for (;;) {
      const last = key;
      key = await this.#connection.read((driver) => this.#nextModel(driver, experiment, last));
      if (key === undefined) return { removed, rows };
      const place = { experiment, key };
      const beyond = await this.#connection.read((driver) =>
        this.#lastBeyond(driver, place, maxRows),
      );
      const walk = (driver: SqlDriver, after: number) =>
        this.#pruneChunks(driver, place, { beyond, before, now }, after);
      const gone = await pruneWalk(this.#connection, walk);
      removed += gone.removed;
      rows += gone.rows;
    }
  }

  /** The model after `last`; models are few, so each is one look into the index. */
  async #nextModel(
    driver: SqlDriver,
    experiment: string | number,
    last: string | undefined,
  ): Promise<string | undefined> {
    const { prefix, keyId, by } = this.#dialect;
    const [row] = await driver.all(
      `SELECT ${keyId} AS model FROM ${prefix}entries${by('entries_key')} WHERE experiment = ? AND event = 'predict'
       ${last === undefined ? '' : `AND ${keyId} > ?`} ORDER BY ${keyId} LIMIT 1`,
      last === undefined ? [experiment] : [experiment, last],
    );
    return row?.model as string | undefined;
  }

  /** The position at and before which a model's chunks have more than `maxRows` rows, themselves and newer ones. */
  async #lastBeyond(
    driver: SqlDriver,
    { experiment, key }: { readonly experiment: string | number; readonly key: string },
    maxRows: number | undefined,
  ): Promise<number> {
    if (maxRows === undefined) return 0;
    const { prefix, keyId, by } = this.#dialect;
    const sql = `SELECT pos, rows FROM ${prefix}entries${by('entries_key')}
      WHERE experiment = ? AND event = 'predict' AND ${keyId} = ? AND pos < ? ORDER BY pos DESC LIMIT ?`;
    let newer = 0;
    let before = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const page = await driver.all(sql, [experiment, key, before, ROWS_AT_ONCE]);
      for (const row of page) {
        newer += row.rows as number;
        if (newer > maxRows) return row.pos as number;
      }
      if (page.length < ROWS_AT_ONCE) return 0;
      before = page.at(-1)?.pos as number;
    }
  }

  /** One step of taking a model's old chunks away, oldest first, from the position after `after`. */
  async #pruneChunks(
    driver: SqlDriver,
    { experiment, key }: { readonly experiment: string | number; readonly key: string },
    bounds: ChunkBounds,
    after: number,
  ): Promise<PruneStep> {
    const { prefix, keyId, by, entryId } = this.#dialect;
    const { isFolded, removeEntries } = this.#clearing;
    const page = await driver.all(
      `SELECT ${entryId.map((id) => `e.${id}`).join(', ')}, e.pos, e.rows, e.dt_end, CASE WHEN ${isFolded} THEN 1 ELSE 0 END AS folded
       FROM ${prefix}entries AS e${by('entries_key')}
       WHERE e.experiment = ? AND e.event = 'predict' AND e.${keyId} = ? AND e.pos > ? ORDER BY e.pos LIMIT ?`,
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

  /** Takes folds away that are older than kept and that no open window needs. */
  async #pruneFolds(
    driver: SqlDriver,
    experiment: string | number,
    before: number,
  ): Promise<number> {
    const { prefix, keyId, partId } = this.#dialect;
    const gone = await driver.all(
      `DELETE FROM ${prefix}parts WHERE (${partId.join(', ')}) IN (
         SELECT ${partId.map((column) => `f.${column}`).join(', ')} FROM ${prefix}parts AS f
         WHERE f.experiment = ? AND f.replaced_at IS NULL AND f.level > 0 AND f.dt_end < ?
           AND NOT EXISTS (SELECT 1 FROM ${prefix}monitors AS m
             WHERE m.experiment = f.experiment AND m.${keyId} = f.${keyId} AND m.cursor < f.pos_to)
         LIMIT ?) RETURNING coalesce(length(bytes), 0) AS size`,
      [experiment, before, ROWS_AT_ONCE],
    );
    await countBytes(driver, experiment, -sizeOfGone(gone));
    return gone.length;
  }

  /** One step of taking old predictions away, by run. */
  async #prunePredictions(
    driver: SqlDriver,
    experiment: string | number,
    { before, now }: { readonly before: number; readonly now: number },
    after: number,
  ): Promise<PruneStep> {
    const { prefix, by } = this.#dialect;
    const page = await driver.all(
      `SELECT run, dt FROM ${prefix}predictions${by('predictions_run')}
       WHERE experiment = ? AND run > ? ORDER BY run LIMIT ?`,
      [experiment, after, ROWS_AT_ONCE],
    );
    const last = page.at(-1)?.run as number | undefined;
    if (last === undefined) return { removed: 0, rows: 0, next: undefined };
    const gone = await driver.all(
      `DELETE FROM ${prefix}predictions WHERE experiment = ? AND run > ? AND run <= ? AND dt < ? RETURNING run`,
      [experiment, after, last, before],
    );
    // Times ahead of the store's clock tell nothing of age, and must not keep what lies behind them.
    const isLate = page.some((row) => (row.dt as number) > now);
    const more = page.length === ROWS_AT_ONCE && (gone.length > 0 || isLate);
    return { removed: gone.length, rows: 0, next: more ? last : undefined };
  }
}
