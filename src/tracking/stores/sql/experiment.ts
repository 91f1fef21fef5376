import type { SqlDriver } from './dialect.js';

/** An experiment's row. */
export interface ExperimentRow {
  readonly id: string | number;
  readonly pos: number;
  readonly run: number;
  /** The largest `runs` of its entries. */
  readonly widest: number;
}

/** How far an experiment's head moves, and what its payloads take more. */
export interface Growth extends Omit<ExperimentRow, 'id'> {
  readonly bytes: number;
}

const NO_GROWTH: Growth = { pos: 0, run: 0, widest: 1, bytes: 0 };

/** The experiment's row, where there is one. With the dialect's `forUpdate` it is held until the transaction ends. */
export async function findExperiment(
  driver: SqlDriver,
  name: string,
  forUpdate = '',
): Promise<ExperimentRow | undefined> {
  const { prefix, nameId, idOf } = driver.dialect;
  const sql = `SELECT id, pos, run, widest FROM ${prefix}experiments WHERE ${nameId} = ?${forUpdate}`;
  const [row] = await driver.all(sql, [idOf(name)]);
  return row as ExperimentRow | undefined;
}

/** The experiment's row, made where there is none, its head moved by `growth`, and held until the transaction ends. */
export async function holdExperiment(
  driver: SqlDriver,
  name: string,
  { pos, run, widest, bytes }: Growth = NO_GROWTH,
): Promise<ExperimentRow> {
  const { prefix, nameId, nameColumns, idAndName, greatest, countsBytes } = driver.dialect;
  const columns = [...nameColumns, 'pos', 'run', 'widest'];
  const values = [...idAndName(name), pos, run, widest];
  if (countsBytes) {
    columns.push('bytes');
    values.push(bytes);
  }
  const [row] = await driver.all(
    `INSERT INTO ${prefix}experiments AS e (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
     ON CONFLICT (${nameId}) DO UPDATE SET pos = e.pos + excluded.pos, run = e.run + excluded.run,
       widest = ${greatest}(e.widest, excluded.widest)${countsBytes ? ', bytes = e.bytes + excluded.bytes' : ''}
     RETURNING id, pos, run, widest`,
    values,
  );
  return row as unknown as ExperimentRow;
}

/** Counts payloads that came or went in their experiment's `bytes`, where the database has such a count. */
export async function countBytes(
  driver: SqlDriver,
  experiment: string | number,
  bytes: number,
): Promise<void> {
  const { prefix, countsBytes } = driver.dialect;
  if (!countsBytes || bytes === 0) return;
  const sql = `UPDATE ${prefix}experiments SET bytes = bytes + CAST(? AS INT8) WHERE id = ?`;
  await driver.all(sql, [bytes, experiment]);
}
