import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import { type Clock, parseDuration, systemClock } from '../clock.js';
import { LeewayError, shown } from '../errors.js';
import { type Cell, decodeChunk } from './chunk.js';
import { EVENT_KINDS, type EventKind } from './event.js';
import { type EventRow, EventTable } from './event-table.js';
import type { EntryFilter, JsonValue, LogEntry, NewEntry, TrackingStore } from './store.js';

/** Which events `data()` gives back. Every field narrows. */
export interface DataQuery {
  readonly event?: EventKind | readonly EventKind[];
  /**
   * A run, several, or all. A negative number counts back among the runs that match the other filters: −1 is the latest
   * run that has such an event. @default 'all'
   */
  readonly run?: number | readonly number[] | 'all';
  readonly key?: string | readonly string[];
  readonly step?: number | readonly number[];
  /** From this time on: a date, epoch ms, or a duration back from now such as `'1d'`. */
  readonly since?: Date | number | string;
  /** Before this time: a date, epoch ms, or a duration back from now. */
  readonly end?: Date | number | string;
}

/** Who writes, and by which clock. */
export interface EventLogOptions {
  readonly clock?: Clock;
  /** Said of every event. @default the machine's name */
  readonly node?: string;
  /** Said of every event. @default '' */
  readonly userid?: string;
}

/** State of a run: nothing known, between `start()` and `stop()`, or over. */
export type RunStatus = 'PENDING' | 'STARTED' | 'STOPPED';

/** The run that the current asynchronous context is inside of. */
interface RunScope {
  run: number | undefined;
}

/** A name longer than this is cut before it is logged. */
const MAX_KEY_LENGTH = 10_240;

/**
 * The log of one experiment: runs, events, and queries over them. It writes through to a tracking store and keeps
 * nothing itself.
 */
export class EventLog {
  readonly experiment: string;
  readonly #store: TrackingStore;
  readonly #clock: Clock;
  readonly #node: string;
  readonly #userid: string;
  readonly #scope = new AsyncLocalStorage<RunScope>();

  constructor(experiment: string, store: TrackingStore, options: EventLogOptions = {}) {
    if (typeof experiment !== 'string' || experiment === '') {
      throw new LeewayError('ERR_LEEWAY_OPTION', `experiment must be a name, got ${shown(experiment)}`);
    }
    this.experiment = experiment;
    this.#store = store;
    this.#clock = options.clock ?? systemClock;
    this.#node = options.node ?? hostname();
    this.#userid = options.userid ?? '';
  }

  /** The run that calls made here and now belong to, if any. */
  get activeRun(): number | undefined {
    return this.#scope.getStore()?.run;
  }

  /**
   * Starts a run. Events logged from here on, in this asynchronous context, belong to it until `stop()`; predict calls
   * made meanwhile get runs of their own with this one as `parent`.
   *
   * @returns the run's number.
   */
  async start(): Promise<number> {
    // The scope must be entered before the first await, to be the caller's.
    const scope: RunScope = { run: undefined };
    this.#scope.enterWith(scope);
    const [entry] = await this.#append([this.entry('start', '', null)]);
    scope.run = entry?.run;
    return entry?.run as number;
  }

  /**
   * Ends the active run.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` where none was started.
   */
  async stop(): Promise<void> {
    const scope = this.#scope.getStore();
    if (scope?.run === undefined) {
      throw new LeewayError('ERR_LEEWAY_STATE', 'stop() without start(): no run is active here');
    }
    const run = scope.run;
    scope.run = undefined;
    await this.#append([{ ...this.entry('stop', '', null), run }]);
  }

  /** Makes an earlier run the active one of this asynchronous context. */
  use(run: number): void {
    this.#scope.enterWith({ run });
  }

  /** Whether a run (by default the active one) was started and stopped. */
  async status(run?: number): Promise<RunStatus> {
    const number = run ?? this.activeRun;
    if (number === undefined) return 'PENDING';
    let status: RunStatus = 'PENDING';
    const filter = { events: ['start', 'stop'], runFrom: number, runTo: number } as const;
    for await (const entry of this.#store.query(this.experiment, filter)) {
      status = entry.event === 'start' ? 'STARTED' : 'STOPPED';
    }
    return status;
  }

  /**
   * Logs an event. Inside a run it belongs to it; outside it is a run of its own.
   *
   * @param value anything that JSON can hold.
   * @returns the run's number.
   */
  async logEvent(
    event: EventKind,
    key: string,
    value: JsonValue,
    options: { step?: number; dt?: Date } = {},
  ): Promise<number> {
    if (!EVENT_KINDS.includes(event)) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `event must be one of ${EVENT_KINDS.join(', ')}, got ${shown(event)}`);
    }
    const run = this.activeRun;
    const entry: NewEntry = {
      ...this.entry(event, key, value),
      ...(run !== undefined && { run }),
      ...(options.step !== undefined && { step: options.step }),
      ...(options.dt !== undefined && { dt: options.dt.getTime() }),
    };
    const [written] = await this.#append([entry]);
    return written?.run as number;
  }

  /** Logs a metric, a number that says how well something does. */
  logMetric(key: string, value: number, options: { step?: number; dt?: Date } = {}): Promise<number> {
    return this.logEvent('metric', key, value, options);
  }

  /** Logs a parameter, a setting something was made with. */
  logParam(key: string, value: JsonValue, options: { step?: number; dt?: Date } = {}): Promise<number> {
    return this.logEvent('param', key, value, options);
  }

  /** Logs a piece of data. */
  logData(key: string, value: JsonValue, options: { step?: number; dt?: Date } = {}): Promise<number> {
    return this.logEvent('data', key, value, options);
  }

  /**
   * The events that match, in the order of the log.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` where a filter makes no sense.
   *
   * @example
   * const [call] = (await exp.data({ event: 'predict', run: -1 })).rows;
   * call.value.X; // what the latest request sent, as rows
   */
  async data(query: DataQuery = {}): Promise<EventTable> {
    const filter = this.#filterOf(query);
    const wanted = await this.#resolveRuns(query, filter);
    if (wanted !== undefined && wanted.length === 0) return new EventTable([]);
    const bounds =
      wanted === undefined
        ? {}
        : { runFrom: wanted.reduce((a, b) => Math.min(a, b)), runTo: wanted.reduce((a, b) => Math.max(a, b)) };
    const runs = wanted === undefined ? undefined : new Set(wanted);
    const rows: EventRow[] = [];
    for await (const entry of this.#store.query(this.experiment, { ...filter, ...bounds })) {
      for (const row of rowsOf(entry)) {
        if ((runs === undefined || runs.has(row.run)) && withinTime(row, filter)) rows.push(row);
      }
    }
    return new EventTable(rows);
  }

  /** Drops the whole experiment: log, snapshots, monitors. */
  async clear(options: { readonly force?: boolean } = {}): Promise<void> {
    if (options.force !== true) {
      throw new LeewayError('ERR_LEEWAY_OPTION', 'clear() drops the whole experiment; say clear({ force: true })');
    }
    await this.#store.clear(this.experiment);
  }

  /** An entry of this log, with time, node and user filled in. */
  entry(event: EventKind, key: string, value: JsonValue): NewEntry {
    return {
      event,
      key: key.length > MAX_KEY_LENGTH ? key.slice(0, MAX_KEY_LENGTH) : key,
      value,
      dt: this.#clock.now(),
      node: this.#node,
      userid: this.#userid,
    };
  }

  #append(entries: readonly NewEntry[]): Promise<{ pos: number; run: number }[]> {
    return this.#store.append(this.experiment, entries);
  }

  #filterOf(query: DataQuery): EntryFilter {
    const since = this.#timeOf('since', query.since);
    const end = this.#timeOf('end', query.end);
    return {
      ...(query.event !== undefined && { events: listOf(query.event) }),
      ...(query.key !== undefined && { keys: listOf(query.key) }),
      ...(query.step !== undefined && { steps: listOf(query.step) }),
      ...(since !== undefined && { since }),
      ...(end !== undefined && { end }),
    };
  }

  #timeOf(name: string, time: Date | number | string | undefined): number | undefined {
    if (time === undefined) return undefined;
    if (typeof time === 'string') {
      const duration = parseDuration(time);
      if (duration !== undefined) return this.#clock.now() - duration;
    }
    const ms = typeof time === 'number' ? time : new Date(time).getTime();
    if (!Number.isFinite(ms)) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `${name} must be a Date, an ISO date, epoch ms, or a duration such as '1d', got ${shown(time)}`,
      );
    }
    return ms;
  }

  /** The runs asked for as numbers, or `undefined` for all. */
  async #resolveRuns(query: DataQuery, filter: EntryFilter): Promise<number[] | undefined> {
    if (query.run === undefined || query.run === 'all') return undefined;
    const asked = listOf(query.run);
    for (const run of asked) {
      if (!Number.isInteger(run)) {
        throw new LeewayError(
          'ERR_LEEWAY_OPTION',
          `run must be an integer, a list of them, or 'all', got ${shown(run)}`,
        );
      }
    }
    const deepest = asked.reduce((depth, run) => Math.max(depth, -run), 0);
    if (deepest === 0) return asked;
    const latest = await this.#latestRuns(filter, deepest);
    return asked.map((run) => (run < 0 ? latest[-run - 1] : run)).filter((run): run is number => run !== undefined);
  }

  /** The `count` highest runs among matching events, highest first. */
  async #latestRuns(filter: EntryFilter, count: number): Promise<number[]> {
    let highest: number[] = [];
    const timed = filter.since !== undefined || filter.end !== undefined;
    // Calls of a chunk are told apart by time only from within it; otherwise its range of runs says all.
    const options = { order: 'latest-run-first', withBytes: timed } as const;
    for await (const entry of this.#store.query(this.experiment, filter, options)) {
      const last = entry.run + entry.runs - 1;
      if (highest.length === count && last < (highest[count - 1] as number)) break;
      const runs = timed
        ? rowsOf(entry)
            .filter((row) => withinTime(row, filter))
            .map((row) => row.run)
        : Array.from({ length: Math.min(entry.runs, count) }, (_, back) => last - back);
      highest = [...new Set([...highest, ...runs])].sort((a, b) => b - a).slice(0, count);
    }
    return highest;
  }
}

function listOf<T>(value: T | readonly T[]): T[] {
  return Array.isArray(value) ? [...value] : [value as T];
}

function withinTime(row: EventRow, filter: EntryFilter): boolean {
  const at = row.dt.getTime();
  return (filter.since === undefined || at >= filter.since) && (filter.end === undefined || at < filter.end);
}

/** The events an entry stands for: one, or for a chunk of calls one per call. */
function rowsOf(entry: LogEntry): EventRow[] {
  const common = {
    experiment: entry.experiment,
    event: entry.event,
    key: entry.key,
    step: entry.step,
    node: entry.node,
    userid: entry.userid,
  };
  if (entry.event !== 'predict' || entry.bytes === undefined) {
    return [{ ...common, run: entry.run, value: entry.value, dt: new Date(entry.dt), parent: entry.parent }];
  }
  const chunk = decodeChunk(entry.bytes);
  let row = 0;
  return chunk.calls.map((call, index) => {
    const [from, to] = [row, row + call.rows];
    row = to;
    return {
      ...common,
      run: entry.run + index,
      value: {
        X: side(chunk.columns, 'X_', from, to),
        Y: side(chunk.columns, 'Y_', from, to),
        latencyMs: Number.isNaN(call.latencyMs) ? null : call.latencyMs,
        status: call.status,
        requestId: call.requestId,
      },
      dt: new Date(call.at),
      parent: call.parent ?? undefined,
    };
  });
}

/** Rows `[from, to)` of the columns of one side, as objects without the prefix. */
function side(columns: ReadonlyMap<string, readonly Cell[]>, prefix: string, from: number, to: number): object[] {
  const names = [...columns.keys()].filter((name) => name.startsWith(prefix));
  return Array.from({ length: to - from }, (_, offset) =>
    Object.fromEntries(names.map((name) => [name.slice(prefix.length), columns.get(name)?.[from + offset] ?? null])),
  );
}
