import type { Clock } from '../leaves/clock.js';
import { defined } from '../leaves/defined.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames } from '../leaves/option-names.js';
import { parseDuration } from '../leaves/time.js';
import { EVENT_KINDS, type EventKind } from './event.js';
import type { EventRow } from './event-table.js';
import type { EntryFilter } from './log-entry.js';
import { rowsOfEntry } from './logged-rows.js';
import type { Extra } from './logged-value.js';
import type { TrackingStore } from './store.js';

/** Runs from `from` on and before `to`. Either may be left out. */
export interface RunRange {
  readonly from?: number;
  readonly to?: number;
}

/** Which events `data()` returns. Events match all fields. */
export interface DataQuery {
  /** Another experiment of the same store. @default this one */
  readonly experiment?: string;
  readonly event?: EventKind | readonly EventKind[];
  /**
   * A run, several, a range, or all. A negative number counts back among the runs that match the other filters: −1 is
   * the latest run that has such an event. @default 'all'
   */
  readonly run?: number | readonly number[] | RunRange | 'all' | '*';
  readonly key?: string | readonly string[];
  readonly step?: number | readonly number[];
  /** From this time on: a date, epoch ms, or a duration back from now such as `'1d'` (units `s m h d w M q y`). */
  readonly since?: Date | number | string;
  /** Before this time: a date, epoch ms, or a duration back from now. */
  readonly end?: Date | number | string;
  /** Events with these extra values; see `logExtra`. */
  readonly extra?: Extra;
  /** Only events `[from, to)` of those that match, by place; negative places count from the end. */
  readonly slice?: readonly [from: number, to?: number];
}

const QUERY_OPTIONS = [
  'experiment',
  'event',
  'run',
  'key',
  'step',
  'since',
  'end',
  'extra',
  'slice',
] as const;

/**
 * The events that match, one after the other in the order of the log, so that a log of any length can be read.
 *
 * @param span only entries between two positions of the log. @default all
 * @throws LeewayError `ERR_LEEWAY_OPTION` where a filter makes no sense.
 */
export async function* readEvents(
  store: TrackingStore,
  experiment: string,
  query: DataQuery,
  clock: Clock,
  span: Pick<EntryFilter, 'after' | 'upTo'> = {},
): AsyncGenerator<EventRow> {
  const filter = { ...filterOf(query, clock), ...span };
  const wanted = await wantedRuns(store, query.experiment ?? experiment, query, filter);
  if (wanted.none) return;
  const matches = matching(store, query.experiment ?? experiment, filter, wanted, query.extra);
  yield* query.slice === undefined ? matches : sliced(matches, query.slice);
}

/** Checks a query when it is made, so that a mistake is thrown by the call that made it. */
export function checkDataQuery(query: DataQuery, more: readonly string[] = []): void {
  checkOptionNames('data', query, [...QUERY_OPTIONS, ...more]);
  for (const event of query.event === undefined ? [] : listOf(query.event)) {
    if (!EVENT_KINDS.includes(event)) refuse('event', `one of ${EVENT_KINDS.join(', ')}`, event);
  }
  checkRun(query.run);
  if (query.slice !== undefined) {
    const [from, to] = Array.isArray(query.slice) ? query.slice : [Number.NaN];
    const whole = (place: unknown): boolean => Number.isSafeInteger(place);
    if (!whole(from) || !(to === undefined || whole(to)))
      refuse('slice', '[from, to] of whole numbers', query.slice);
  }
  if (query.extra !== undefined && (query.extra === null || typeof query.extra !== 'object')) {
    refuse('extra', 'an object of names and values', query.extra);
  }
}

function refuse(what: string, expected: string, got: unknown): never {
  throw new LeewayError('ERR_LEEWAY_OPTION', `${what} must be ${expected}, got ${shown(got)}`);
}

function checkRun(run: DataQuery['run']): void {
  if (run === undefined || run === 'all' || run === '*') return;
  const expected = "an integer, a list of them, { from, to }, or 'all'";
  const numbers =
    typeof run === 'object' && !Array.isArray(run)
      ? Object.values(run ?? { from: Number.NaN })
      : listOf(run);
  for (const number of numbers) if (!Number.isSafeInteger(number)) refuse('run', expected, number);
}

function listOf<T>(value: T | readonly T[]): T[] {
  return Array.isArray(value) ? [...value] : [value as T];
}

/** A time that a user gave, as epoch ms. @throws LeewayError `ERR_LEEWAY_OPTION` where it is none. */
export function timeOf(name: string, time: Date | number | string, clock: Clock): number {
  if (typeof time === 'string') {
    const duration = parseDuration(time);
    if (duration !== undefined) return clock.now() - duration;
  }
  const ms = typeof time === 'number' ? time : new Date(time).getTime();
  if (!Number.isFinite(ms))
    refuse(name, "a Date, an ISO date, epoch ms, or a duration such as '1d'", time);
  return ms;
}

function filterOf(query: DataQuery, clock: Clock): EntryFilter {
  return {
    ...(query.event !== undefined && { events: listOf(query.event) }),
    ...(query.key !== undefined && { keys: listOf(query.key) }),
    ...(query.step !== undefined && { steps: listOf(query.step) }),
    ...(query.since !== undefined && { since: timeOf('since', query.since, clock) }),
    ...(query.end !== undefined && { end: timeOf('end', query.end, clock) }),
  };
}

/** The runs asked for: a range that holds them, and which of it they are. */
interface WantedRuns {
  readonly none: boolean;
  readonly bounds: Pick<EntryFilter, 'runFrom' | 'runTo'>;
  readonly only: ReadonlySet<number> | undefined;
}

const ALL_RUNS: WantedRuns = { none: false, bounds: {}, only: undefined };

async function wantedRuns(
  store: TrackingStore,
  experiment: string,
  { run, extra }: DataQuery,
  filter: EntryFilter,
): Promise<WantedRuns> {
  if (run === undefined || run === 'all' || run === '*') return ALL_RUNS;
  if (typeof run === 'object' && !Array.isArray(run)) {
    const { from, to } = run as RunRange;
    const bounds = {
      ...defined({ runFrom: from }),
      ...(to !== undefined && { runTo: to - 1 }),
    };
    return { none: from !== undefined && to !== undefined && to <= from, bounds, only: undefined };
  }
  const asked = listOf(run as number | readonly number[]);
  const deepest = asked.reduce((depth, number) => Math.max(depth, -number), 0);
  const latest = deepest === 0 ? [] : await latestRuns(store, experiment, filter, deepest, extra);
  const runs = asked
    .map((number) => (number < 0 ? latest[-number - 1] : number))
    .filter((n) => n !== undefined);
  const runFrom = runs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const runTo = runs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return { none: runs.length === 0, bounds: { runFrom, runTo }, only: new Set(runs) };
}

/** The `count` highest runs among matching events, highest first. */
async function latestRuns(
  store: TrackingStore,
  experiment: string,
  filter: EntryFilter,
  count: number,
  extra: Extra | undefined,
): Promise<number[]> {
  let highest: number[] = [];
  // Calls of a chunk are told apart by time only from within it; otherwise its range of runs says all.
  const inside = filter.since !== undefined || filter.end !== undefined || extra !== undefined;
  for await (const entry of store.query(experiment, filter, {
    order: 'latest-run-first',
    withBytes: inside,
  })) {
    const last = entry.run + entry.runs - 1;
    if (highest.length === count && last < (highest[count - 1] as number)) break;
    const runs = inside
      ? rowsOfEntry(entry)
          .filter((row) => isWithin(row, filter) && hasExtra(row, extra))
          .map((row) => row.run)
      : Array.from({ length: Math.min(entry.runs, count) }, (_, back) => last - back);
    highest = [...new Set([...highest, ...runs])].sort((a, b) => b - a).slice(0, count);
  }
  return highest;
}

async function* matching(
  store: TrackingStore,
  experiment: string,
  filter: EntryFilter,
  { bounds, only }: WantedRuns,
  extra: Extra | undefined,
): AsyncGenerator<EventRow> {
  const { runFrom = Number.NEGATIVE_INFINITY, runTo = Number.POSITIVE_INFINITY } = bounds;
  for await (const entry of store.query(experiment, { ...filter, ...bounds })) {
    for (const row of rowsOfEntry(entry)) {
      const asked = only === undefined ? row.run >= runFrom && row.run <= runTo : only.has(row.run);
      if (asked && isWithin(row, filter) && hasExtra(row, extra)) yield row;
    }
  }
}

function isWithin(row: EventRow, filter: EntryFilter): boolean {
  const at = row.dt.getTime();
  return (
    (filter.since === undefined || at >= filter.since) &&
    (filter.end === undefined || at < filter.end)
  );
}

/** Values are compared as JSON: what was logged has been through it. */
function hasExtra(row: EventRow, extra: Extra | undefined): boolean {
  if (extra === undefined) return true;
  return Object.entries(extra).every(
    ([name, value]) =>
      Object.hasOwn(row.extra, name) && JSON.stringify(row.extra[name]) === JSON.stringify(value),
  );
}

/** A place from the end is known at the end only: then all that match are held. */
async function* sliced(
  rows: AsyncIterable<EventRow>,
  [from, to = Number.POSITIVE_INFINITY]: readonly [number, number?],
): AsyncGenerator<EventRow> {
  if (from < 0 || to < 0) {
    const all: EventRow[] = [];
    for await (const row of rows) all.push(row);
    yield* all.slice(from, to);
    return;
  }
  let place = 0;
  if (to <= from) return;
  for await (const row of rows) {
    if (place >= from) yield row;
    place += 1;
    if (place >= to) return;
  }
}
