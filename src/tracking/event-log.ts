import { hostname } from 'node:os';
import { type Clock, systemClock } from '../leaves/clock.js';
import { defined } from '../leaves/defined.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { EVENT_KINDS, type EventKind } from './event.js';
import type { DataQuery } from './event-query.js';
import type { EventRow, EventTable } from './event-table.js';
import type { JsonValue } from './json-value.js';
import type { NewEntry } from './log-entry.js';
import type { LogSummary } from './log-summary.js';
import { type Extra, toStored } from './logged-value.js';
import { type DataPiece, type RestoreQuery, restoreValues } from './restore.js';
import { RunContext } from './run-context.js';
import type { TrackingStore } from './store.js';
import { systemFacts } from './system-facts.js';

/** Who writes, and by which clock. */
export interface EventLogOptions {
  readonly clock?: Clock;
  /** Said of every event. @default the machine's name */
  readonly node?: string;
  /** Said of every event. @default '' */
  readonly userid?: string;
  /** Writes what is still buffered elsewhere; called before each read, so that it sees what was just recorded. */
  readonly beforeRead?: () => Promise<unknown>;
}

/** State of a run: nothing known, between `start()` and `stop()`, or over. */
export type RunStatus = 'PENDING' | 'STARTED' | 'STOPPED';

/** What can be said of an event beside its value. */
export interface LogOptions {
  /** Counts the steps of one run: epochs, batches. */
  readonly step?: number;
  /** When it happened. @default now */
  readonly dt?: Date;
  /** Values said of this event alone, found again by `data({ extra })`. */
  readonly extra?: Extra;
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
  readonly #beforeRead: () => Promise<unknown>;
  readonly #context = new RunContext();

  constructor(experiment: string, store: TrackingStore, options: EventLogOptions = {}) {
    if (typeof experiment !== 'string' || experiment === '') {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `experiment must be a name, got ${shown(experiment)}`,
      );
    }
    this.experiment = experiment;
    this.#store = store;
    this.#clock = options.clock ?? systemClock;
    this.#node = options.node ?? hostname();
    this.#userid = options.userid ?? '';
    this.#beforeRead = options.beforeRead ?? (async () => undefined);
  }

  /** The run that calls made here and now belong to, if any. */
  get activeRun(): number | undefined {
    return this.#context.scope.run;
  }

  /**
   * Starts a run. Events logged from here on, in this asynchronous context, belong to it until `stop()`; predict calls
   * made meanwhile get runs of their own with this one as `parent`.
   *
   * @returns the run's number.
   */
  async start(): Promise<number> {
    const scope = this.#context.enter({ run: undefined, extra: this.#context.outside });
    const [entry] = await this.append([this.entry('start', '', null)]);
    scope.run = entry?.run;
    return entry?.run as number;
  }

  /**
   * Ends the active run.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` where none was started.
   */
  async stop(): Promise<void> {
    const { scope } = this.#context;
    if (scope.run === undefined) {
      throw new LeewayError('ERR_LEEWAY_STATE', 'stop() without start(): no run is active here');
    }
    const run = scope.run;
    scope.run = undefined;
    await this.append([{ ...this.entry('stop', '', null), run }]);
  }

  /**
   * Makes an earlier run the active one of this asynchronous context.
   *
   * @param run a number, or −1 for the latest run that was started. @default −1
   * @returns the run's number.
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is no such run.
   */
  async use(run = -1): Promise<number> {
    // It stays as it was until the run is found.
    const scope = this.#context.enter({ ...this.#context.scope });
    if (!Number.isSafeInteger(run) || run === 0) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `run must be a run's number, got ${shown(run)}`);
    }
    const started = run < 0 ? (await this.data({ event: 'start', run })).rows[0]?.run : run;
    if (started === undefined || started > (await this.#store.head(this.experiment)).run) {
      throw new LeewayError(
        'ERR_LEEWAY_STATE',
        `use(${run}): the log of ${shown(this.experiment)} has no such run`,
      );
    }
    scope.run = started;
    return started;
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
   * @param value anything that JSON can hold, NaN, infinities and BigInt too; a typed array, Buffer or ArrayBuffer is kept
   *   as its bytes.
   * @returns the run's number.
   * @throws LeewayError `ERR_LEEWAY_OPTION` where the value can't be kept, such as a function.
   */
  async logEvent(
    event: EventKind,
    key: string,
    value: unknown,
    options: LogOptions = {},
  ): Promise<number> {
    const [run] = await this.logEvents(event, key, [value], options);
    return run as number;
  }

  /**
   * Logs several values of one event in one transaction: all or none.
   *
   * @param options.step the step of the first value; each further one counts one up.
   * @returns for each value the run's number.
   */
  async logEvents(
    event: EventKind,
    key: string,
    values: readonly unknown[],
    options: LogOptions = {},
  ): Promise<number[]> {
    if (!EVENT_KINDS.includes(event)) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `event must be one of ${EVENT_KINDS.join(', ')}, got ${shown(event)}`,
      );
    }
    const { step, dt } = options;
    const { run, extra } = this.#context.scope;
    const said = { ...extra, ...options.extra };
    const entries = values.map((value, index): NewEntry => {
      const stored = toStored(value, said);
      return {
        ...this.entry(event, key, stored.value),
        ...defined({ bytes: stored.bytes, run }),
        ...(step !== undefined && { step: step + index }),
        ...(dt !== undefined && { dt: dt.getTime() }),
      };
    });
    return (await this.append(entries)).map((written) => written.run);
  }

  /** Logs a metric, a number that says how well something does. */
  logMetric(key: string, value: number, options?: LogOptions): Promise<number> {
    return this.logEvent('metric', key, value, options);
  }

  /** Logs a parameter, a setting something was made with. */
  logParam(key: string, value: unknown, options?: LogOptions): Promise<number> {
    return this.logEvent('param', key, value, options);
  }

  /** Logs a piece of data, such as rows; `restoreData` gives it back. */
  logData(key: string, value: unknown, options?: LogOptions): Promise<number> {
    return this.logEvent('data', key, value, options);
  }

  /**
   * Logs a result of work, such as a report or a model's file, as JSON or bytes; `restoreArtifacts` gives it back. Code is
   * not kept: functions and class instances are refused or become plain data.
   */
  logArtifact(name: string, value: unknown, options?: LogOptions): Promise<number> {
    return this.logEvent('artifact', name, value, options);
  }

  /** Logs what runs here: versions of Node and of what it was built with, platform, processors and memory. */
  logSystem(options?: LogOptions): Promise<number> {
    return this.logEvent('system', 'system', systemFacts(), options);
  }

  /**
   * Says something of every event that is logged from here on: in the active run, or where there is none in this log. Predict
   * calls are not marked.
   *
   * @param options.remove takes these names away again.
   */
  logExtra(extra: Extra, options: { readonly remove?: boolean } = {}): void {
    // What can't be kept is refused here, where the mistake was made.
    toStored(extra);
    const names = new Set(Object.keys(extra));
    this.#context.say((before) => {
      const left = Object.fromEntries(Object.entries(before).filter(([name]) => !names.has(name)));
      return options.remove === true ? left : { ...left, ...extra };
    });
  }

  /**
   * The events that match, in the order of the log.
   *
   * @param query.batchSize gives tables of at most so many events, one after the other, for logs that memory can't hold.
   * @param query.raw gives the bare rows.
   * @throws LeewayError `ERR_LEEWAY_OPTION` where a filter makes no sense.
   *
   * @example
   * const [call] = (await exp.data({ event: 'predict', run: -1 })).rows;
   * call.value.X; // what the latest request sent, as rows
   * for await (const table of exp.data({ event: 'metric', batchSize: 1_000 })) console.log(table.length);
   */
  data(query: DataQuery & { readonly batchSize: number }): AsyncIterable<EventTable>;
  data(query: DataQuery & { readonly raw: true }): Promise<readonly EventRow[]>;
  data(query?: DataQuery): Promise<EventTable>;
  data(
    query: DataQuery & { readonly batchSize?: number; readonly raw?: boolean } = {},
  ): Promise<EventTable | readonly EventRow[]> | AsyncIterable<EventTable> {
    const { batchSize, raw = false, ...filters } = query;
    if (batchSize === undefined) return this.#collect(filters, raw);
    if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `batchSize must be a whole number, 1 or more, got ${shown(batchSize)}`,
      );
    }
    return this.#batches(filters, batchSize);
  }

  /**
   * Data that was logged, put together: lists are joined, other values are listed. With `event: 'predict'` or `'fit'` the key
   * `'X'` or `'Y'` gives the rows of the calls.
   *
   * @returns the values in the order of the log; empty where nothing matches.
   */
  async restoreData(key: string, query: RestoreQuery = {}): Promise<unknown[]> {
    const pieces = await restoreValues(this, key, { event: 'data', ...query });
    return pieces.flatMap(({ value }) => (Array.isArray(value) ? value : [value]));
  }

  /** Artifacts that were logged, in the order of the log. @param name only those of this name. */
  restoreArtifacts(name?: string, query: RestoreQuery = {}): Promise<DataPiece[]> {
    return restoreValues(this, name, { event: 'artifact', ...query });
  }

  /** The latest artifact of a name, or `undefined` where there is none. */
  async restoreArtifact(name: string, query: RestoreQuery = {}): Promise<unknown> {
    return (await this.restoreArtifacts(name, { run: -1, ...query })).at(-1)?.value;
  }

  /** What the log holds: its length, how many events of which kind, and every metric in figures. */
  async summary(query: Pick<DataQuery, 'since' | 'end'> = {}): Promise<LogSummary> {
    await this.#beforeRead();
    const { summarise } = await import('./log-summary.js');
    return summarise(this.#store, this.experiment, query, this.#clock);
  }

  /** Drops the whole experiment: log, snapshots, monitors. */
  async clear(options: { readonly force?: boolean } = {}): Promise<void> {
    if (options.force !== true) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        'clear() removes the whole experiment; call clear({ force: true })',
      );
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

  /** Appends entries as they are, in one transaction. */
  append(entries: readonly NewEntry[]): Promise<{ pos: number; run: number }[]> {
    return this.#store.append(this.experiment, entries);
  }

  async #collect(query: DataQuery, raw: boolean): Promise<EventTable | readonly EventRow[]> {
    const { checkDataQuery, readEvents } = await import('./event-query.js');
    const { EventTable } = await import('./event-table.js');
    checkDataQuery(query);
    await this.#beforeRead();
    const rows: EventRow[] = [];
    for await (const row of readEvents(this.#store, this.experiment, query, this.#clock))
      rows.push(row);
    return raw ? rows : new EventTable(rows);
  }

  async *#batches(query: DataQuery, size: number): AsyncGenerator<EventTable> {
    const { checkDataQuery, readEvents } = await import('./event-query.js');
    const { EventTable } = await import('./event-table.js');
    checkDataQuery(query);
    await this.#beforeRead();
    let rows: EventRow[] = [];
    for await (const row of readEvents(this.#store, this.experiment, query, this.#clock)) {
      rows.push(row);
      if (rows.length < size) continue;
      yield new EventTable(rows);
      rows = [];
    }
    if (rows.length > 0) yield new EventTable(rows);
  }
}
