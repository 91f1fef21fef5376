import { EVENT_KINDS } from '../../event.js';
import type { CheckedQuery } from '../validate.js';
import { Conditions, wholeAbove, wholeBelow } from './conditions.js';
import type { Condition, SqlDriver } from './dialect.js';
import { type ExperimentRow, findExperiment } from './experiment.js';
import type { SqlRow } from './rows.js';

/** A query of one experiment, with the positions that hold all its matches: `after < pos <= upTo`. */
export interface OpenQuery extends CheckedQuery {
  readonly experiment: ExperimentRow['id'];
  readonly after: number;
  readonly upTo: number;
}

/** Where a page of a query starts, after this entry in the query's order, and how many rows it has at most. */
export interface PagePlace {
  readonly start: { readonly pos: number; readonly runEnd: number } | undefined;
  readonly limit: number;
}

/** Above so many pairs of event and key, keys are matched row by row. */
const MAX_PAIRS = 64;

const COLUMNS =
  'e.pos, e.event, e.key, e.run, e.run_end, e.parent, e.step, e.rows, e.dt, e.dt_end, e.node, e.userid, e.value';

interface Order {
  readonly sort: string;
  /** Behind the name of an index in this order. */
  readonly index: string;
  readonly beyond: string;
  readonly compare: (left: SqlRow, right: SqlRow) => number;
}

const byColumn = (column: string, left: SqlRow, right: SqlRow): number =>
  Number(left[column]) - Number(right[column]);

const ORDERS: Readonly<Record<CheckedQuery['order'], Order>> = {
  'oldest-first': {
    sort: 'pos ASC',
    index: '',
    beyond: 'pos > ?',
    compare: (left, right) => byColumn('pos', left, right),
  },
  'newest-first': {
    sort: 'pos DESC',
    index: '',
    beyond: 'pos < ?',
    compare: (left, right) => byColumn('pos', right, left),
  },
  'latest-run-first': {
    sort: 'run_end DESC, pos DESC',
    index: '_run',
    beyond: '(run_end, pos) < (?, ?)',
    compare: (left, right) => byColumn('run_end', right, left) || byColumn('pos', right, left),
  },
};

/**
 * Turns a query's bounds of time and runs into bounds of positions, from indexes alone, so that pages start where matches do.
 *
 * @returns `undefined` where there is no such experiment
 */
export async function openQuery(
  driver: SqlDriver,
  name: string,
  query: CheckedQuery,
): Promise<OpenQuery | undefined> {
  const experiment = await findExperiment(driver, name);
  if (experiment === undefined) return undefined;
  const { prefix, by, apart } = driver.dialect;
  let after = query.after ?? 0;
  let upTo = query.upTo ?? Number.MAX_SAFE_INTEGER;
  if (query.since !== undefined) {
    const [row] = await driver.all(
      `SELECT min(pos) AS low FROM (SELECT pos FROM ${prefix}entries${by('entries_time')}
       WHERE experiment = ? AND dt_end >= ?${apart}) AS late`,
      [experiment.id, query.since],
    );
    after = Math.max(after, Number(row?.low ?? Number.MAX_SAFE_INTEGER) - 1);
  }
  if (query.runFrom !== undefined || query.runTo !== undefined) {
    const runTo = query.runTo ?? Number.MAX_SAFE_INTEGER;
    const [row] = await driver.all(
      `SELECT min(pos) AS low, max(pos) AS high FROM (SELECT pos FROM ${prefix}entries${by('entries_run')}
       WHERE experiment = ? AND run_end >= ? AND run_end < ? AND run <= ?${apart}) AS covering`,
      [
        experiment.id,
        wholeAbove(query.runFrom ?? 1),
        wholeAbove(runTo + experiment.widest),
        wholeBelow(runTo),
      ],
    );
    after = Math.max(after, Number(row?.low ?? Number.MAX_SAFE_INTEGER) - 1);
    upTo = Math.min(upTo, Number(row?.high ?? 0));
  }
  const bounds = { after: wholeBelow(after), upTo: wholeBelow(upTo) };
  return { ...query, ...bounds, experiment: experiment.id };
}

/** Conditions that no index serves. */
function restOf({ dialect }: SqlDriver, query: CheckedQuery): Conditions {
  const rest = new Conditions(dialect);
  const { steps, runFrom, runTo, since, end } = query;
  rest.addList('step', steps);
  rest.add('run_end >= ?', runFrom === undefined ? undefined : wholeAbove(runFrom));
  rest.add('run <= ?', runTo === undefined ? undefined : wholeBelow(runTo));
  rest.add('dt_end >= ?', since);
  rest.add('dt < ?', end);
  return rest;
}

/** The index and the equalities of each ordered walk whose merge is the answer. */
function walks(
  { dialect }: SqlDriver,
  query: CheckedQuery,
): (Condition & { readonly index: string })[] {
  const { keyId, idOf } = dialect;
  const keys = query.keys === undefined ? undefined : [...new Set(query.keys)].map(idOf);
  const events = query.events ?? (keys === undefined ? undefined : EVENT_KINDS);
  if (events === undefined) return [{ index: '', text: '', values: [] }];
  const kinds = [...new Set(events)];
  if (keys !== undefined && kinds.length * keys.length <= MAX_PAIRS) {
    const text = ` AND event = ? AND ${keyId} = ?`;
    return kinds.flatMap((event) =>
      keys.map((key) => ({ index: '_key', text, values: [event, key] })),
    );
  }
  return kinds.map((event) => {
    const walk = new Conditions(dialect);
    walk.add('event = ?', event);
    walk.addList(keyId, keys);
    return { index: '_event', text: walk.text, values: walk.values };
  });
}

/**
 * One page of a query. Each walk goes along one index in the query's order and stops after `limit` rows, so the cost
 * does not depend on the length of the log; payloads are read for the rows of the page only.
 */
export async function readPage(
  driver: SqlDriver,
  query: OpenQuery,
  { start, limit }: PagePlace,
): Promise<SqlRow[]> {
  const { prefix, by, entryId } = driver.dialect;
  const { sort, index: suffix, beyond, compare } = ORDERS[query.order];
  const common = restOf(driver, query);
  common.add('pos > ?', query.after);
  common.add('pos <= ?', query.upTo);
  if (query.order === 'latest-run-first') common.add(beyond, start?.runEnd, start?.pos);
  else common.add(beyond, start?.pos);
  const found = [...new Set([...entryId, 'pos', 'run_end'])].join(', ');
  const arms = walks(driver, query).map(({ index, text, values }) => {
    // Along positions without an event there is the unique index; all others are named alike.
    const name =
      `entries${index}${suffix}` === 'entries' ? 'entries_pos' : `entries${index}${suffix}`;
    return {
      text: `SELECT * FROM (SELECT ${found} FROM ${prefix}entries${by(name)} WHERE experiment = ?${text}${common.text}
        ORDER BY ${sort} LIMIT ?) AS walk`,
      values: [query.experiment, ...values, ...common.values, limit],
    };
  });
  if (arms.length === 0) return [];
  // A left join, so that no database goes along the entries and looks for each in the page.
  const rows = await driver.all(
    `SELECT ${COLUMNS}${query.withBytes ? ', e.bytes' : ''}
     FROM (${arms.map(({ text }) => text).join(' UNION ALL ')} ORDER BY ${sort} LIMIT ?) AS page
     LEFT JOIN ${prefix}entries AS e ON ${entryId.map((id) => `e.${id} = page.${id}`).join(' AND ')}`,
    [...arms.flatMap(({ values }) => values), limit],
  );
  return rows.sort(compare);
}
