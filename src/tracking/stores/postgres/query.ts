import { createHash } from 'node:crypto';
import { EVENT_KINDS } from '../../event.js';
import { encodeText } from '../encode-text.js';
import type { CheckedQuery } from '../validate.js';
import { Bound, type PgDriver, type PgRow } from './driver.js';

/** An experiment's row. */
export interface PgExperiment {
  readonly id: string;
  readonly pos: number;
  readonly run: number;
  readonly widest: number;
}

/** What a name is known by: of fixed length, where an index has a bound and a name has none. */
export function idOf(name: string): string {
  return createHash('sha256').update(encodeText(name)).digest('base64url').slice(0, 22);
}

/** Positions that hold all matches: `after < pos <= upTo`. */
export interface PgBounds {
  readonly after: number;
  readonly upTo: number;
}

/** Where a page starts: after this entry, in the query's order. */
export interface PgPageStart {
  readonly pos: number;
  readonly runEnd: number;
}

/** Above so many pairs of event and key, keys are matched row by row. */
const MAX_PAIRS = 64;
const COLUMNS =
  'e.pos, e.event, e.key, e.run, e.run_end, e.parent, e.step, e.rows, e.dt, e.dt_end, e.node, e.userid, e.value';
const SORTS = {
  'oldest-first': 'pos ASC',
  'newest-first': 'pos DESC',
  'latest-run-first': 'run_end DESC, pos DESC',
} as const;

export async function findExperiment(
  driver: PgDriver,
  name: string,
): Promise<PgExperiment | undefined> {
  const [row] = await driver.all(
    'SELECT id, pos, run, widest FROM leeway_experiments WHERE id = $1',
    [idOf(name)],
  );
  return row as PgExperiment | undefined;
}

export function whole(value: number): number {
  return Math.min(Math.max(Math.floor(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** A time as FLOAT8 takes it; infinities are its own. */
export function time(value: number): string {
  return String(value);
}

/** Turns bounds of time and runs into bounds of positions, from indexes alone, so that pages start where matches do. */
export async function narrow(
  driver: PgDriver,
  experiment: PgExperiment,
  query: CheckedQuery,
): Promise<PgBounds> {
  let after = query.after ?? 0;
  let upTo = query.upTo ?? Number.MAX_SAFE_INTEGER;
  if (query.since !== undefined) {
    // OFFSET 0 keeps the planner from walking along positions instead.
    const sql = `SELECT min(pos) AS low FROM (SELECT pos FROM leeway_entries
      WHERE experiment = $1 AND dt_end >= $2::FLOAT8 OFFSET 0) AS late`;
    const [row] = await driver.all(sql, [experiment.id, time(query.since)]);
    after = Math.max(after, ((row?.low as number | null) ?? Number.MAX_SAFE_INTEGER) - 1);
  }
  if (query.runFrom !== undefined || query.runTo !== undefined) {
    const runTo = query.runTo ?? Number.MAX_SAFE_INTEGER;
    const [row] = await driver.all(
      `SELECT min(pos) AS low, max(pos) AS high FROM (SELECT pos FROM leeway_entries
       WHERE experiment = $1 AND run_end >= $2::INT8 AND run_end < $3::INT8 AND run <= $4::INT8 OFFSET 0) AS covering`,
      [
        experiment.id,
        Math.ceil(whole(query.runFrom ?? 1)),
        whole(runTo + experiment.widest),
        whole(runTo),
      ],
    );
    after = Math.max(after, ((row?.low as number | null) ?? Number.MAX_SAFE_INTEGER) - 1);
    upTo = Math.min(upTo, (row?.high as number | null) ?? 0);
  }
  return { after: whole(after), upTo: whole(upTo) };
}

/** Conditions that no index serves. */
function rest(query: CheckedQuery, bound: Bound): string {
  let text = '';
  if (query.steps !== undefined) text += ` AND step IN ${bound.list(query.steps, 'FLOAT8')}`;
  if (query.runFrom !== undefined)
    text += ` AND run_end >= ${bound.add(Math.ceil(whole(query.runFrom)))}::INT8`;
  if (query.runTo !== undefined) text += ` AND run <= ${bound.add(whole(query.runTo))}::INT8`;
  if (query.since !== undefined) text += ` AND dt_end >= ${bound.add(time(query.since))}::FLOAT8`;
  if (query.end !== undefined) text += ` AND dt < ${bound.add(time(query.end))}::FLOAT8`;
  return text;
}

/** The equalities of each ordered walk along an index; the answer is their merge. */
function walks(query: CheckedQuery, bound: Bound): string[] {
  const keys = query.keys === undefined ? undefined : [...new Set(query.keys)].map(idOf);
  const events = query.events ?? (keys === undefined ? undefined : EVENT_KINDS);
  if (events === undefined) return [''];
  const kinds = [...new Set(events)].map((event) => bound.add(event));
  if (keys === undefined) return kinds.map((event) => ` AND event = ${event}`);
  if (kinds.length * keys.length <= MAX_PAIRS) {
    const ids = keys.map((key) => bound.add(key));
    return kinds.flatMap((event) => ids.map((key) => ` AND event = ${event} AND key_id = ${key}`));
  }
  const list = bound.list(keys, 'TEXT');
  return kinds.map((event) => ` AND event = ${event} AND key_id IN ${list}`);
}

/**
 * One page of a query. Each walk goes along one index in the query's order and stops after `limit` rows, so the cost
 * does not depend on the length of the log; payloads are read for the rows of the page only.
 */
export async function readPage(
  driver: PgDriver,
  experiment: string,
  query: CheckedQuery,
  bounds: PgBounds,
  { start, limit }: { readonly start: PgPageStart | undefined; readonly limit: number },
): Promise<PgRow[]> {
  const bound = new Bound();
  const sort = SORTS[query.order];
  const most = `${bound.add(limit)}::INT8`;
  let common = `experiment = ${bound.add(experiment)} AND pos > ${bound.add(bounds.after)}::INT8
    AND pos <= ${bound.add(bounds.upTo)}::INT8${rest(query, bound)}`;
  if (start !== undefined && query.order === 'latest-run-first') {
    common += ` AND (run_end, pos) < (${bound.add(start.runEnd)}::INT8, ${bound.add(start.pos)}::INT8)`;
  } else if (start !== undefined) {
    common += ` AND pos ${query.order === 'oldest-first' ? '>' : '<'} ${bound.add(start.pos)}::INT8`;
  }
  const arms = walks(query, bound).map(
    (walk) =>
      `(SELECT experiment, pos, run_end FROM leeway_entries WHERE ${common}${walk} ORDER BY ${sort} LIMIT ${most})`,
  );
  if (arms.length === 0) return [];
  const outer = sort.replace('run_end', 'e.run_end').replace('pos', 'e.pos');
  return driver.all(
    `SELECT ${COLUMNS}${query.withBytes ? ', e.bytes' : ''}
     FROM (SELECT * FROM (${arms.join(' UNION ALL ')}) AS found ORDER BY ${sort} LIMIT ${most}) AS page
     JOIN leeway_entries AS e ON e.experiment = page.experiment AND e.pos = page.pos ORDER BY ${outer}`,
    bound.values,
  );
}
