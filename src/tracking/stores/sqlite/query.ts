import { EVENT_KINDS } from '../../event.js';
import { encodeText } from '../encode-text.js';
import type { CheckedQuery } from '../validate.js';
import type { SqliteDriver, SqlRow, SqlValue } from './driver.js';

/** An experiment's row. */
export interface ExperimentRow {
  readonly id: number;
  readonly pos: number;
  readonly run: number;
  readonly widest: number;
}

/** Positions that hold all matches: `after < pos <= upTo`. */
export interface Bounds {
  readonly after: number;
  readonly upTo: number;
}

/** Where a page starts: after this entry, in the query's order. */
export interface PageStart {
  readonly pos: number;
  readonly runEnd: number;
}

interface Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** Above so many pairs of event and key, keys are matched row by row. */
const MAX_PAIRS = 64;

const COLUMNS =
  'e.pos, e.event, e.key, e.run, e.run_end, e.parent, e.step, e.rows, e.dt, e.dt_end, e.node, e.userid';

const DIRECTIONS = {
  'oldest-first': { sort: 'pos ASC', index: '', beyond: 'pos > ?' },
  'newest-first': { sort: 'pos DESC', index: '', beyond: 'pos < ?' },
  'latest-run-first': {
    sort: 'run_end DESC, pos DESC',
    index: '_run',
    beyond: '(run_end, pos) < (?, ?)',
  },
} as const;

export async function findExperiment(
  driver: SqliteDriver,
  name: string,
): Promise<ExperimentRow | undefined> {
  const sql = 'SELECT id, pos, run, widest FROM experiments WHERE name = ?';
  const [row] = await driver.all(sql, [encodeText(name)]);
  return row as ExperimentRow | undefined;
}

function integer(value: number): number {
  return Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** Turns bounds of time and runs into bounds of positions, from indexes alone, so that pages start where matches do. */
export async function narrow(
  driver: SqliteDriver,
  experiment: ExperimentRow,
  query: CheckedQuery,
): Promise<Bounds> {
  let after = query.after ?? 0;
  let upTo = query.upTo ?? Number.MAX_SAFE_INTEGER;
  if (query.since !== undefined) {
    const sql =
      'SELECT min(pos) AS low FROM entries INDEXED BY entries_time WHERE experiment = ? AND dt_end >= ?';
    const [row] = await driver.all(sql, [experiment.id, query.since]);
    after = Math.max(after, Number(row?.low ?? Number.MAX_SAFE_INTEGER) - 1);
  }
  if (query.runFrom !== undefined || query.runTo !== undefined) {
    const runTo = query.runTo ?? Number.MAX_SAFE_INTEGER;
    const [row] = await driver.all(
      `SELECT min(pos) AS low, max(pos) AS high FROM entries INDEXED BY entries_run
       WHERE experiment = ? AND run_end >= ? AND run_end < ? AND run <= ?`,
      [
        experiment.id,
        integer(query.runFrom ?? 1),
        integer(runTo + experiment.widest),
        integer(runTo),
      ],
    );
    after = Math.max(after, Number(row?.low ?? Number.MAX_SAFE_INTEGER) - 1);
    upTo = Math.min(upTo, Number(row?.high ?? 0));
  }
  return { after: integer(after), upTo: integer(upTo) };
}

/** Conditions that no index serves. */
function rest(query: CheckedQuery): Sql {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  function add(condition: string, value: SqlValue | undefined): void {
    if (value === undefined) return;
    conditions.push(` AND ${condition}`);
    values.push(value);
  }
  add(
    'step IN (SELECT value FROM json_each(?))',
    query.steps === undefined ? undefined : JSON.stringify(query.steps),
  );
  add('run_end >= ?', query.runFrom);
  add('run <= ?', query.runTo);
  add('dt_end >= ?', query.since);
  add('dt < ?', query.end);
  return { text: conditions.join(''), values };
}

/** The index and the equalities of each ordered walk whose merge is the answer. */
function walks(query: CheckedQuery): (Sql & { readonly index: string })[] {
  const keys = query.keys === undefined ? undefined : [...new Set(query.keys)].map(encodeText);
  const events = query.events ?? (keys === undefined ? undefined : EVENT_KINDS);
  if (events === undefined) return [{ index: '', text: '', values: [] }];
  const kinds = [...new Set(events)];
  if (keys === undefined)
    return kinds.map((event) => ({ index: '_event', text: ' AND event = ?', values: [event] }));
  if (kinds.length * keys.length <= MAX_PAIRS) {
    return kinds.flatMap((event) =>
      keys.map((key) => ({
        index: '_key',
        text: ' AND event = ? AND key = ?',
        values: [event, key],
      })),
    );
  }
  const list = JSON.stringify(keys);
  const text = ' AND event = ? AND key IN (SELECT value FROM json_each(?))';
  return kinds.map((event) => ({ index: '_event', text, values: [event, list] }));
}

/**
 * One page of a query. Each walk goes along one index in the query's order and stops after `limit` rows, so the cost
 * does not depend on the length of the log; payloads are read for the rows of the page only.
 */
export async function readPage(
  driver: SqliteDriver,
  experiment: number,
  query: CheckedQuery,
  bounds: Bounds,
  { start, limit }: { readonly start: PageStart | undefined; readonly limit: number },
): Promise<SqlRow[]> {
  const { sort, index: suffix, beyond } = DIRECTIONS[query.order];
  const more = rest(query);
  const place = (at: PageStart): SqlValue[] =>
    query.order === 'latest-run-first' ? [at.runEnd, at.pos] : [at.pos];
  const from = start === undefined ? [] : place(start);
  const values: SqlValue[] = [];
  const arms = walks(query).map((walk) => {
    // Along positions without an event there is the unique index; all others are named alike.
    const index =
      `entries${walk.index}${suffix}` === 'entries'
        ? 'entries_pos'
        : `entries${walk.index}${suffix}`;
    values.push(
      experiment,
      ...walk.values,
      bounds.after,
      bounds.upTo,
      ...from,
      ...more.values,
      limit,
    );
    return `SELECT * FROM (SELECT id, pos, run_end FROM entries INDEXED BY ${index}
      WHERE experiment = ?${walk.text} AND pos > ? AND pos <= ?${start === undefined ? '' : ` AND ${beyond}`}${more.text}
      ORDER BY ${sort} LIMIT ?)`;
  });
  if (arms.length === 0) return [];
  const bytes = query.withBytes ? ', e.bytes' : '';
  const rows = await driver.all(
    `SELECT ${COLUMNS}, e.value${bytes} FROM (${arms.join(' UNION ALL ')} ORDER BY ${sort} LIMIT ?) AS page
     CROSS JOIN entries AS e ON e.id = page.id`,
    [...values, limit],
  );
  return rows.sort(ORDERS[query.order]);
}

const ORDERS: Readonly<Record<CheckedQuery['order'], (left: SqlRow, right: SqlRow) => number>> = {
  'oldest-first': (left, right) => Number(left.pos) - Number(right.pos),
  'newest-first': (left, right) => Number(right.pos) - Number(left.pos),
  'latest-run-first': (left, right) =>
    Number(right.run_end) - Number(left.run_end) || Number(right.pos) - Number(left.pos),
};
