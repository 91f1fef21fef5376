import type { Pruned, Retention } from '../retention.js';
import { addBytes } from './postgres-append.js';
import type { PostgresConnection } from './postgres-connection.js';
import { Bound, type PgDriver, type PgRow } from './postgres-driver.js';
import { idOf, time } from './postgres-query.js';
import { heldBytes } from './postgres-room.js';
import { REPLACED_TTL_MS } from './postgres-window.js';
import { type PruneStep, pruneWalk } from './prune-walk.js';

/** A transaction takes so many rows away, so that nobody waits long for what it holds. */
const CHUNKS_AT_ONCE = 64;
const ROWS_AT_ONCE = 1_000;
/** Where the bound is hit, so much is cleared at once, so that not every round has to look for room. */
const CLEARED_SHARE = 0.1;

/** A chunk that no live part and no reader needs: a fold has its rows. */
const IS_FOLDED = `e.bytes IS NOT NULL AND NOT EXISTS (SELECT 1 FROM leeway_parts AS p
  WHERE p.experiment = e.experiment AND p.key_id = e.key_id AND p.pos_from = e.pos AND p.level = 0)`;

const NO_OPEN_WINDOW = `NOT EXISTS (SELECT 1 FROM leeway_monitors AS m
  WHERE m.experiment = f.experiment AND m.key_id = f.key_id AND m.cursor < f.pos_to)`;

/** Takes away from a database what is kept no longer. */
export class PostgresPruner {
  readonly #connection: PostgresConnection;
  readonly #now: (driver: PgDriver) => Promise<number>;
  readonly #maxBytes: number;

  constructor(
    connection: PostgresConnection,
    { now, maxBytes }: { readonly now: (driver: PgDriver) => Promise<number>; readonly maxBytes: number },
  ) {
    this.#connection = connection;
    this.#now = now;
    this.#maxBytes = maxBytes;
  }

  async prune(experiment: string, retention: Retention): Promise<Pruned> {
    const id = idOf(experiment);
    const now = await this.#connection.read(this.#now);
    const before = (ageMs: number | undefined): string =>
      time(ageMs === undefined ? Number.NEGATIVE_INFINITY : now - ageMs);
    await this.#forgetReplaced();
    const chunks = await this.#pruneModels(id, before(retention.rowsMs), retention.maxRows);
    let folds = 0;
    for (let gone = ROWS_AT_ONCE; gone === ROWS_AT_ONCE; folds += gone) {
      gone = await this.#connection.write((driver) => pruneFolds(driver, id, before(retention.profilesMs)));
    }
    const oldest = before(retention.predictionsMs);
    const predictions = await pruneWalk(this.#connection, (driver, after) =>
      prunePredictions(driver, id, oldest, after),
    );
    const room = await this.makeRoom();
    return {
      chunks: chunks.removed + room.removed,
      rows: chunks.rows + room.rows,
      folds,
      predictions: predictions.removed,
    };
  }

  /** Takes the oldest rows of all experiments away while the tables hold nearly their bound, or have no room for so many bytes. */
  async makeRoom(bytes = 0): Promise<{ readonly removed: number; readonly rows: number }> {
    const goal = Math.min(this.#maxBytes * (1 - CLEARED_SHARE), this.#maxBytes - bytes);
    const held = (): Promise<number> => this.#connection.read(heldBytes);
    if ((await held()) <= goal) return { removed: 0, rows: 0 };
    await this.#forgetReplaced();
    return pruneWalk(this.#connection, pruneOldest, async () => (await held()) > goal);
  }

  /** Parts that folds took the place of stay for readers only so long. */
  async #forgetReplaced(): Promise<void> {
    await this.#connection.write(async (driver) => {
      const before = (await this.#now(driver)) - REPLACED_TTL_MS;
      await driver.all('DELETE FROM leeway_parts WHERE replaced_at < $1::FLOAT8', [before]);
    });
  }

  async #pruneModels(experiment: string, before: string, maxRows: number | undefined) {
    let removed = 0;
    let rows = 0;
    let key = '';
    for (;;) {
      const last = key;
      const found = await this.#connection.read((driver) => nextModel(driver, experiment, last));
      if (found === undefined) return { removed, rows };
      key = found;
      const beyond = await this.#connection.read((driver) => lastBeyond(driver, experiment, found, maxRows));
      const place = { experiment, key: found, beyond, before };
      const gone = await pruneWalk(this.#connection, (driver, after) => pruneChunks(driver, place, after));
      removed += gone.removed;
      rows += gone.rows;
    }
  }
}

/** The model after `last`, by id; models are few, so each is one look into the index. */
async function nextModel(driver: PgDriver, experiment: string, last: string): Promise<string | undefined> {
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
  { experiment, key, beyond, before }: { experiment: string; key: string; beyond: number; before: string },
  after: number,
): Promise<PruneStep> {
  const page = await driver.all(
    `SELECT e.experiment, e.pos, e.rows, CASE WHEN e.dt_end < $3::FLOAT8 OR e.pos <= $4::INT8 THEN 1 ELSE 0 END AS old,
       CASE WHEN ${IS_FOLDED} THEN 1 ELSE 0 END AS folded
     FROM leeway_entries AS e WHERE e.experiment = $1 AND e.event = 'predict' AND e.key_id = $2 AND e.pos > $5::INT8
     ORDER BY e.pos LIMIT $6::INT8`,
    [experiment, key, before, beyond, after, CHUNKS_AT_ONCE],
  );
  const old = page.filter((row) => row.old === 1);
  const doomed = old.filter((row) => row.folded === 1);
  await removeEntries(driver, doomed);
  const more = page.length === CHUNKS_AT_ONCE && old.length > 0;
  return { ...taken(doomed), next: more ? (page.at(-1)?.pos as number) : undefined };
}

/** The oldest chunks of all experiments that are in a fold. It reads the whole table, which only a full store does. */
async function pruneOldest(driver: PgDriver): Promise<PruneStep> {
  const doomed = await driver.all(
    `SELECT e.experiment, e.pos, e.rows FROM leeway_entries AS e WHERE e.event = 'predict' AND ${IS_FOLDED}
     ORDER BY e.dt_end LIMIT $1::INT8`,
    [CHUNKS_AT_ONCE],
  );
  await removeEntries(driver, doomed);
  return { ...taken(doomed), next: doomed.length === CHUNKS_AT_ONCE ? 0 : undefined };
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
  before: string,
  after: number,
): Promise<PruneStep> {
  const page = await driver.all(
    'SELECT run FROM leeway_predictions WHERE experiment = $1 AND run > $2 ORDER BY run LIMIT $3::INT8',
    [experiment, after, ROWS_AT_ONCE],
  );
  const last = page.at(-1)?.run as number | undefined;
  if (last === undefined) return { removed: 0, rows: 0, next: undefined };
  const gone = await driver.all(
    `DELETE FROM leeway_predictions WHERE experiment = $1 AND run > $2 AND run <= $3 AND dt < $4::FLOAT8 RETURNING run`,
    [experiment, after, last, before],
  );
  const more = page.length === ROWS_AT_ONCE && gone.length > 0;
  return { removed: gone.length, rows: 0, next: more ? last : undefined };
}

async function removeEntries(driver: PgDriver, doomed: readonly PgRow[]): Promise<void> {
  const byExperiment = new Map<string, number[]>();
  for (const row of doomed) {
    const positions = byExperiment.get(row.experiment as string) ?? [];
    byExperiment.set(row.experiment as string, [...positions, row.pos as number]);
  }
  for (const [experiment, positions] of byExperiment) {
    const bound = new Bound();
    const gone = await driver.all(
      `DELETE FROM leeway_entries WHERE experiment = ${bound.add(experiment)} AND pos IN ${bound.list(positions, 'INT8')}
       RETURNING octet_length(value) + coalesce(length(bytes), 0) AS size`,
      bound.values,
    );
    await uncount(driver, experiment, gone);
  }
}

async function uncount(driver: PgDriver, experiment: string, gone: readonly PgRow[]): Promise<void> {
  const size = gone.reduce((sum, row) => sum + (row.size as number), 0);
  await addBytes(driver, experiment, -size);
}

function taken(doomed: readonly PgRow[]): { removed: number; rows: number } {
  return { removed: doomed.length, rows: doomed.reduce((sum, row) => sum + (row.rows as number), 0) };
}
