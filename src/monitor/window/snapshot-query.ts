import { flattenColumns } from '../../cells/flatten.js';
import { isSided } from '../../drift/verdict/drift-row.js';
import type { Clock } from '../../leaves/clock.js';
import { meansColumn } from '../../leaves/column-pattern.js';
import { defined } from '../../leaves/defined.js';
import { LeewayError, shown } from '../../leaves/errors.js';
import { DEFAULT_MAX_COLUMNS } from '../../leaves/limits.js';
import { checkOptionNames } from '../../leaves/option-names.js';
import { Profile } from '../../profile/profile.js';
import type { ProfileOptions } from '../../profile/profile-options.js';
import { type DataQuery, readEvents } from '../../tracking/event-query.js';
import type { EntryFilter } from '../../tracking/log-entry.js';
import type { TrackingStore } from '../../tracking/store.js';
import type { MonitorKind } from '../log/monitor-kind.js';
import { type Columns, type Data, sidesOf, tableOf } from './tables.js';

/** What is in a snapshot, and how it is made. */
export interface SnapshotQuery {
  /** Given inputs and outputs of a model. In a snapshot of Y alone, X is not observed. */
  readonly X?: Data;
  readonly Y?: Data;
  /** Given data, for a monitor of data. */
  readonly data?: Data;
  /**
   * `'last'`: what was recorded since the last snapshot. A time (a date, epoch ms, or a duration back from now): the calls since
   * then, whichever snapshot contains them. They also stay in their own window. @default 'last'
   */
  readonly since?: 'last' | Date | number | string;
  /** Only the calls of these runs; as in `exp.data`. */
  readonly run?: DataQuery['run'];
  /** Which calls `since` and `run` select. @default ['fit', 'predict'] */
  readonly event?: 'fit' | 'predict' | readonly ('fit' | 'predict')[];
  /** Only these columns, with the columns inside them. Names with or without prefix, or patterns with `*`. @default all */
  readonly columns?: readonly string[];
  /** New names by old names, with or without prefix. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Numeric columns to treat as categories. */
  readonly catcols?: readonly string[];
  /** Only rows for which this returns true. */
  readonly filter?: (row: Readonly<Record<string, unknown>>) => boolean;
  /** Columns that define segments: rows are also profiled, and later compared, for each of their values. */
  readonly groupby?: string | readonly string[];
  /** Whether correlations over all rows are stored. @default false */
  readonly correlate?: boolean;
  /** Whether no snapshot is taken if there are no rows. @default false */
  readonly ignoreEmpty?: boolean;
  /** `false`: returns the profile, and writes nothing. @default true */
  readonly logged?: boolean;
}

const OPTION_NAMES: readonly (keyof SnapshotQuery)[] = [
  ...([
    'X',
    'Y',
    'data',
    'since',
    'run',
    'event',
    'columns',
    'rename',
    'catcols',
    'filter',
    'groupby',
  ] as const),
  ...(['correlate', 'ignoreEmpty', 'logged'] as const),
];

/** What a query asks for: tables in hand, calls of the log, or the open window. */
export type SnapshotOrigin = 'given' | 'logged' | 'window';

/**
 * Checks a query.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it makes no sense.
 */
export function checkSnapshotQuery(query: SnapshotQuery, kind: MonitorKind): SnapshotOrigin {
  checkOptionNames('snapshot', query, OPTION_NAMES);
  const { X, Y, data, since, run, event, filter, rename } = query;
  const refuse = (why: string): never => {
    throw new LeewayError('ERR_LEEWAY_OPTION', why);
  };
  const isGiven = X !== undefined || Y !== undefined || data !== undefined;
  if (kind === 'model' && data !== undefined)
    refuse('a snapshot of a model accepts X and Y, not data');
  if (kind === 'data' && (X !== undefined || Y !== undefined))
    refuse('a snapshot of data accepts data, not X and Y');
  const isAsked =
    (since !== undefined && since !== 'last') || run !== undefined || event !== undefined;
  if (isGiven && (isAsked || since !== undefined))
    refuse('a snapshot is made of given tables or of the log, not of both');
  if (kind === 'data' && (run !== undefined || event !== undefined))
    refuse('run and event select calls of a model');
  if (filter !== undefined && typeof filter !== 'function')
    refuse(`filter must be a function of a row, got ${shown(filter)}`);
  if (
    rename !== undefined &&
    (typeof rename !== 'object' || rename === null || Array.isArray(rename))
  ) {
    refuse(`rename must be an object of new names by old ones, got ${shown(rename)}`);
  }
  for (const name of ['columns', 'catcols'] as const) {
    const list = query[name];
    if (
      list !== undefined &&
      !(Array.isArray(list) && list.every((one) => typeof one === 'string'))
    ) {
      refuse(`${name} must be an array of column names, got ${shown(list)}`);
    }
  }
  if (isGiven) return 'given';
  return isAsked ? 'logged' : 'window';
}

/** Whether rows have to be looked at one by one, or profiled in another way than windows are. */
export function reshapes({
  columns,
  rename,
  catcols,
  filter,
  groupby,
  correlate,
}: SnapshotQuery): boolean {
  return [columns, rename, catcols, filter, groupby, correlate].some(
    (option) => option !== undefined,
  );
}

/** Where calls are read, and how rows are profiled. */
export interface ShapeContext {
  readonly profileAs: ProfileOptions;
  readonly kind: MonitorKind;
}

/** The profile of tables in hand. */
export function profileGiven(query: SnapshotQuery, context: ShapeContext): Profile {
  const profile = new Shaper(query, context);
  const { X, Y, data } = query;
  profile.add(data === undefined ? sidesOf({ X, Y }) : tableOf(data));
  return profile.done();
}

/** Calls of the log. */
export interface CallRange {
  readonly store: TrackingStore;
  readonly experiment: string;
  readonly model: string;
  readonly clock: Clock;
  /** Only entries between two positions. @default all */
  readonly span?: Pick<EntryFilter, 'after' | 'upTo'>;
}

/** Columns that a hint chooses from. */
const MOST_OFFERED = 1_000;
/** So many rows are taken in at a time. */
const BATCH = 4096;

/**
 * The profile of logged calls, or of logged data, read row by row.
 *
 * @returns with it when the first and the last of them came, `null` where there are none; and how many rows were looked at.
 */
export async function profileCalls(
  query: SnapshotQuery,
  range: CallRange,
  context: ShapeContext,
): Promise<{
  readonly profile: Profile;
  readonly from: number | null;
  readonly to: number | null;
  readonly looked: number;
}> {
  const { store, experiment, model, clock, span } = range;
  const { since, run, event = ['fit', 'predict'] } = query;
  const asked: DataQuery = {
    event: context.kind === 'data' ? 'data' : event,
    key: model,
    ...defined({ run }),
    ...(since !== undefined && since !== 'last' && { since }),
  };
  const shaper = new Shaper(query, context);
  let batch: { row: Record<string, unknown>; weight: number }[] = [];
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  let looked = 0;
  const takeIn = (): void => {
    const rows = batch.map(({ row }) => row);
    if (rows.length > 0)
      shaper.add(
        { ...columnsByName(rows), rows: rows.length },
        batch.map(({ weight }) => weight),
      );
    batch = [];
  };
  for await (const { value, dt } of readEvents(store, experiment, asked, clock, span)) {
    if (context.kind === 'data') {
      const table = tableOf(value);
      shaper.add(table);
      looked += table.rows;
      [from, to] = [Math.min(from, dt.getTime()), Math.max(to, dt.getTime())];
      continue;
    }
    const {
      X = [],
      Y = [],
      weights,
    } = (value ?? {}) as { X?: object[]; Y?: object[]; weights?: number[] };
    const rows = Math.max(X.length, Y.length);
    for (let row = 0; row < rows; row += 1) {
      const weight = weights?.[row] ?? 1;
      looked += weight;
      if (weight > 0)
        batch.push({ row: { ...prefixed('X_', X[row]), ...prefixed('Y_', Y[row]) }, weight });
    }
    if (rows > 0) [from, to] = [Math.min(from, dt.getTime()), Math.max(to, dt.getTime())];
    if (batch.length >= BATCH) takeIn();
  }
  takeIn();
  const profile = shaper.done();
  return { profile, from: from <= to ? from : null, to: from <= to ? to : null, looked };
}

const prefixed = (prefix: string, row: object = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [`${prefix}${name}`, value]));

function columnsByName(rows: readonly Record<string, unknown>[]): Pick<Columns, 'columns'> {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return { columns: new Map([...names].map((name) => [name, rows.map((row) => row[name])])) };
}

/** Filters, picks and renames columns on their way into a profile. */
class Shaper {
  readonly #query: SnapshotQuery;
  readonly #profile: Profile;
  readonly #kind: MonitorKind;
  /** Names that a query may say without prefix. */
  readonly #picked: readonly string[] | undefined;
  readonly #missing: Set<string>;
  /** Columns that there are, for hints. */
  readonly #offered = new Set<string>();

  constructor(query: SnapshotQuery, { profileAs, kind }: ShapeContext) {
    this.#query = query;
    this.#kind = kind;
    this.#picked = query.columns;
    this.#missing = new Set([...(query.columns ?? []), ...Object.keys(query.rename ?? {})]);
    const both = (names: readonly string[]): string[] =>
      names.flatMap((name) =>
        kind === 'data' || isSided(name) ? [name] : [`X_${name}`, `Y_${name}`],
      );
    const groupby = query.groupby === undefined ? undefined : [query.groupby].flat();
    this.#profile = new Profile({
      ...profileAs,
      ...(query.catcols !== undefined && { catcols: both(query.catcols) }),
      ...(groupby !== undefined && { groupby: groupby.map((name) => this.#sided(name)) }),
      ...defined({ correlate: query.correlate }),
    });
  }

  add({ columns: given, rows }: Columns, weights?: readonly number[]): void {
    const columns = flattenColumns(given, 0, rows, DEFAULT_MAX_COLUMNS);
    const { filter } = this.#query;
    let kept: number[] | undefined;
    if (filter !== undefined) {
      const names = [...columns.keys()];
      kept = Array.from({ length: rows }, (_, row) => row).filter((row) =>
        filter(Object.fromEntries(names.map((name) => [name, columns.get(name)?.[row]]))),
      );
    }
    const shaped = new Map<string, ArrayLike<unknown>>();
    for (const [name, values] of columns) {
      const bare = this.#bare(name);
      if (this.#offered.size < MOST_OFFERED) this.#offered.add(name);
      for (const wanted of this.#missing)
        if (meansColumn(wanted, name)) this.#missing.delete(wanted);
      if (this.#picked?.every((wanted) => !meansColumn(wanted, name))) continue;
      const called = this.#renamed(name, bare);
      if (shaped.has(called))
        throw new LeewayError(
          'ERR_LEEWAY_OPTION',
          `rename gives two columns the name ${shown(called)}`,
        );
      shaped.set(called, kept === undefined ? values : kept.map((row) => values[row]));
    }
    const own = kept === undefined ? weights : kept.map((row) => weights?.[row] ?? 1);
    this.#profile.addColumns(shaped, 0, kept?.length ?? rows, own);
  }

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where a column was named that is none. */
  done(): Profile {
    const [missing] = this.#missing;
    if (missing !== undefined && this.#offered.size > 0) {
      const known = [...this.#offered].slice(0, 10).join(', ');
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `snapshot names a column ${shown(missing)} that does not exist; there are ${known}`,
      );
    }
    return this.#profile;
  }

  #renamed(name: string, bare: string): string {
    const { rename = {} } = this.#query;
    const old = [name, bare].find((known) => Object.hasOwn(rename, known));
    if (old === undefined) return name;
    const given = String(rename[old]);
    return this.#kind === 'data' || isSided(given) ? given : `${name.slice(0, 2)}${given}`;
  }

  #bare(name: string): string {
    return this.#kind === 'model' && isSided(name) ? name.slice(2) : name;
  }

  /** A segment is told by an input unless its name says otherwise. */
  #sided(name: string): string {
    return this.#kind === 'data' || isSided(name) ? name : `X_${name}`;
  }
}
