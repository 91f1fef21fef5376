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

/** The writer of a log, and its clock. */
export interface EventLogOptions {
  readonly clock?: Clock;
  /** Stored with every event. @default the machine's name */
  readonly node?: string;
  /** Stored with every event. @default '' */
  readonly userid?: string;
  /** Writes what is still buffered elsewhere. It is called before each read, so that the read includes it. */
  readonly beforeRead?: () => Promise<unknown>;
}

/** The state of a run: unknown, between `start()` and `stop()`, or over. */
export type RunStatus = 'PENDING' | 'STARTED' | 'STOPPED';

/** What can be logged with an event in addition to its value. */
export interface LogOptions {
  /** The step of a run: an epoch, a batch. */
  readonly step?: number;
  /** The time of the event. @default now */
  readonly dt?: Date;
  /** Values for this event only. `data({ extra })` finds events by them. */
  readonly extra?: Extra;
}

/** A name longer than this is cut before it is logged. */
const MAX_KEY_LENGTH = 10_240;

/**
 * The log of one experiment: runs, events, and queries over them. It writes to a tracking store, and stores nothing itself.
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

  /** The active run of this asynchronous context, if any. */
  get activeRun(): number | undefined {
    return this.#context.scope.run;
  }

  /**
   * Starts a run. Events that are logged in this asynchronous context belong to it until `stop()`. Predict calls in between
   * get runs of their own, with this run as `parent`.
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
   * @throws LeewayError `ERR_LEEWAY_STATE` if none was started.
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
   * @throws LeewayError `ERR_LEEWAY_STATE` if there is no such run.
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
   * Logs an event. Inside a run it belongs to the run. Outside it is a run of its own.
   *
   * @param value any JSON value, and also NaN, infinities and BigInt. A typed array, Buffer or ArrayBuffer is stored as its
   *   bytes.
   * @returns the run's number.
   * @throws LeewayError `ERR_LEEWAY_OPTION` if the value can't be stored, such as a function.
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
   * @param options.step the step of the first value. It increases by one for each further value.
   * @returns the run's number for each value.
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

  /** Logs a metric: a number that measures quality. */
  logMetric(key: string, value: number, options?: LogOptions): Promise<number> {
    return this.logEvent('metric', key, value, options);
  }

  /** Logs a parameter: a setting. */
  logParam(key: string, value: unknown, options?: LogOptions): Promise<number> {
    return this.logEvent('param', key, value, options);
  }

  /** Logs a piece of data, such as rows. `restoreData` returns it. */
  logData(key: string, value: unknown, options?: LogOptions): Promise<number> {
    return this.logEvent('data', key, value, options);
  }

  /**
   * Logs an artifact, such as a report or a model's file, as JSON or bytes. `restoreArtifacts` returns it. Code is never
   * stored: functions and class instances are refused, or become plain data.
   */
  logArtifact(name: string, value: unknown, options?: LogOptions): Promise<number> {
    return this.logEvent('artifact', name, value, options);
  }

  /** Logs the system: versions of Node and of its libraries, platform, processors and memory. */
  logSystem(options?: LogOptions): Promise<number> {
    return this.logEvent('system', 'system', systemFacts(), options);
  }

  /**
   * Adds values to every later event of the active run, or, without an active run, of this log. Predict calls do not get them.
   *
   * @param options.remove removes these names again.
   */
  logExtra(extra: Extra, options: { readonly remove?: boolean } = {}): void {
    // A value that can't be stored is refused here, where the mistake was made.
    toStored(extra);
    const names = new Set(Object.keys(extra));
    this.#context.say((before) => {
      const left = Object.fromEntries(Object.entries(before).filter(([name]) => !names.has(name)));
      return options.remove === true ? left : { ...left, ...extra };
    });
  }

  /**
   * The matching events, in the order of the log.
   *
   * @param query.batchSize iterates over tables with at most this many events, for logs that do not fit into memory.
   * @param query.raw returns the rows without a table.
   * @throws LeewayError `ERR_LEEWAY_OPTION` if a filter is wrong.
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
   * Combines logged data: lists are joined, other values are listed. With `event: 'predict'` or `'fit'` the key `'X'` or `'Y'`
   * returns the rows of the calls.
   *
   * @returns the values in the order of the log; empty if nothing matches.
   */
  async restoreData(key: string, query: RestoreQuery = {}): Promise<unknown[]> {
    const pieces = await restoreValues(this, key, { event: 'data', ...query });
    return pieces.flatMap(({ value }) => (Array.isArray(value) ? value : [value]));
  }

  /** The logged artifacts, in the order of the log. @param name only artifacts with this name. */
  restoreArtifacts(name?: string, query: RestoreQuery = {}): Promise<DataPiece[]> {
    return restoreValues(this, name, { event: 'artifact', ...query });
  }

  /** The latest artifact with a name, or `undefined` if there is none. */
  async restoreArtifact(name: string, query: RestoreQuery = {}): Promise<unknown> {
    return (await this.restoreArtifacts(name, { run: -1, ...query })).at(-1)?.value;
  }

  /** A summary of the log: its length, the number of events of each kind, and every metric in figures. */
  async summary(query: Pick<DataQuery, 'since' | 'end'> = {}): Promise<LogSummary> {
    await this.#beforeRead();
    const { summarise } = await import('./log-summary.js');
    return summarise(this.#store, this.experiment, query, this.#clock);
  }

  /** Removes the whole experiment: log, snapshots, monitors. */
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
