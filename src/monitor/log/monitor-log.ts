import { readStoredComparison } from '../../drift/verdict/stored-comparison.js';
import type { Clock } from '../../leaves/clock.js';
import { defined } from '../../leaves/defined.js';
import { LeewayError } from '../../leaves/errors.js';
import type { EventLog } from '../../tracking/event-log.js';
import type { JsonValue } from '../../tracking/json-value.js';
import type { EntryFilter, LogEntry, NewEntry, QueryOptions } from '../../tracking/log-entry.js';
import type { TrackingStore } from '../../tracking/store.js';
import type { MonitorHead } from '../../tracking/window-commit.js';
import { monitorName } from './monitor-kind.js';
import { type LoggedState, readNotes } from './monitor-state.js';
import type { Notes } from './notes.js';

/** Whose place in the log it is. */
export interface MonitorLogOptions {
  readonly model: string;
  readonly log: EventLog;
  readonly store: TrackingStore;
  readonly clock: Clock;
  /** What else is to be written in one piece with a snapshot, for a monitor of this name. @default nothing */
  readonly notes?: ((name: string) => Promise<readonly NewEntry[]>) | undefined;
  /** The monitor was cleared, or its experiment: what was read of it counts no longer. */
  readonly onCleared: () => void;
}

/** What is written in one piece. */
export interface Commit {
  /** Where the monitor stands then. @default where it stood */
  readonly next?: Pick<MonitorHead, 'seq' | 'cursor' | 'captured'>;
  readonly tick?: number | undefined;
  readonly entries: readonly NewEntry[];
  readonly deliveries?: readonly { readonly id: string; readonly payload: JsonValue }[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Whether an entry is what its event says. Anybody can log an event of any kind. */
export function isSound({ event, value }: Pick<LogEntry, 'event' | 'value'>): boolean {
  if (!isObject(value)) return false;
  if (event !== 'drift') return true;
  const { rows, drifted, counts, windows } = value as Record<string, unknown>;
  const isCompared =
    isObject(windows) &&
    isObject(windows.baseline) &&
    isObject(windows.current) &&
    isObject(counts);
  return isCompared && Array.isArray(rows) && rows.every(isObject) && Array.isArray(drifted);
}

/** Comparisons were stored by other names before 0.1. */
const underNamesOfToday = (entry: LogEntry): LogEntry =>
  entry.event === 'drift' ? { ...entry, value: readStoredComparison(entry.value) } : entry;

/** What one look at the log leads to. */
export interface Transaction<T> {
  /** What is to be committed while the log stands where it was read. `undefined`: nothing. */
  readonly commit?: Commit | undefined;
  /** Gives the result, once that is committed. @param run the commit's run, where there was one */
  readonly done: (run: number | undefined) => T | Promise<T>;
}

/** How often something is tried again where another replica wrote first. */
const MAX_ATTEMPTS = 5;

/**
 * A monitor's place in the log of its experiment: where it stands, what it noted, and the commits that only one of several replicas can
 * make. Notes are `system` entries under the monitor's name.
 */
export class MonitorLog implements Notes {
  /** `monitors/<experiment>/<model>`. */
  readonly name: string;
  readonly #options: MonitorLogOptions;
  #head: MonitorHead | undefined;
  #state: LoggedState | undefined;
  /** Entries up to this position are of a life before `clear()`. */
  #clearedAt = 0;
  /** The head's version that `#clearedAt` was read with. */
  #clearedVersion = -1;

  constructor(options: MonitorLogOptions) {
    this.#options = options;
    this.name = monitorName(options.log.experiment, options.model);
  }

  get experiment(): string {
    return this.#options.log.experiment;
  }

  get model(): string {
    return this.#options.model;
  }

  /** Where the monitor stood at the last look. */
  get head(): MonitorHead | undefined {
    return this.#head;
  }

  /** What was read at the last look. */
  get state(): LoggedState | undefined {
    return this.#state;
  }

  /** Reads what the log says now. Notes are read again only where something was committed since the last look. */
  async readState(): Promise<LoggedState> {
    const head = await this.#readHead();
    const isSame = this.#state !== undefined && this.#state.head.version === head.version;
    this.#state = isSame ? ({ ...this.#state, head } as LoggedState) : await readNotes(head, this);
    return this.#state;
  }

  /**
   * Decides from the log's state what is to be committed, and commits it. Where another replica wrote in between, it is decided
   * again from what the log says then.
   *
   * @param what names the work for the message of an error.
   * @throws LeewayError `ERR_LEEWAY_CONFLICT` where another replica wrote first, five times; and what `step` throws.
   */
  async transact<T>(
    what: string,
    step: (state: LoggedState) => Promise<Transaction<T>>,
  ): Promise<T> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const state = await this.readState();
      const { commit, done } = await step(state);
      const run = commit === undefined ? undefined : await this.#commit(state.head, commit);
      if (commit === undefined || run !== undefined) return done(run);
    }
    throw new LeewayError(
      'ERR_LEEWAY_CONFLICT',
      `${what} of ${JSON.stringify(this.model)}: another replica wrote first, ${MAX_ATTEMPTS} times; try again`,
    );
  }

  async #readHead(): Promise<MonitorHead> {
    const { store } = this.#options;
    const head = await store.monitorHead(this.experiment, this.name);
    // Versions only go up, unless the experiment was cleared: then the numbers of snapshots begin anew.
    if (head.version < (this.#head?.version ?? 0)) this.#forget();
    if (head.version !== this.#clearedVersion) {
      let clearedAt = 0;
      for await (const { pos } of this.#query(
        { events: ['system'], keys: [this.#clearKey] },
        { limit: 1 },
      )) {
        clearedAt = pos;
      }
      if (clearedAt > this.#clearedAt) this.#forget();
      this.#clearedAt = clearedAt;
      this.#clearedVersion = head.version;
    }
    this.#head = head;
    return head;
  }

  /** The model's entries of this monitor's life. */
  async *query(filter: EntryFilter, options: QueryOptions = {}): AsyncGenerator<LogEntry> {
    const after = Math.max(filter.after ?? 0, this.#clearedAt);
    // A store of somebody else's may reject where it should give an iterable; nobody would hear of that.
    const entries = await this.#options.store.query(this.experiment, { ...filter, after }, options);
    for await (const entry of entries) yield underNamesOfToday(entry);
  }

  /** The model's snapshots or comparisons, the latest first. What somebody else wrote there, and is none, is passed over. */
  async *latest(
    event: 'snapshot' | 'drift',
    options: QueryOptions = {},
    filter: EntryFilter = {},
  ): AsyncGenerator<LogEntry> {
    const asked = { ...filter, events: [event], keys: [this.model] } as const;
    for await (const entry of this.query(asked, { ...options, order: 'newest-first' })) {
      if (isSound(entry)) yield entry;
    }
  }

  /** What was noted under a name, the latest first. */
  notes(name: string, options: QueryOptions = {}): AsyncIterable<LogEntry> {
    return this.query(
      { events: ['system'], keys: [this.#keyOf(name)] },
      { ...options, order: 'newest-first' },
    );
  }

  /** A note to be committed. */
  note(name: string, value: object, bytes?: Uint8Array): NewEntry {
    const entry = this.#options.log.entry('system', this.#keyOf(name), value as JsonValue);
    return bytes === undefined ? entry : { ...entry, bytes };
  }

  /** An entry of the model, to be committed. */
  entry(event: 'snapshot' | 'drift' | 'alert', seq: number, value: object): NewEntry {
    return { ...this.#options.log.entry(event, this.model, value as JsonValue), step: seq };
  }

  /** @returns the run, or `undefined` where somebody else was first. */
  async #commit(
    head: MonitorHead,
    { next = placeOf(head), tick, entries, deliveries = [] }: Commit,
  ): Promise<number | undefined> {
    const { store, notes } = this.#options;
    const noted = next.seq > head.seq ? await notes?.(this.name) : undefined;
    const done = await store.commitWindow({
      experiment: this.experiment,
      monitor: this.name,
      key: this.model,
      expectedVersion: head.version,
      ...defined({ tick }),
      next,
      entries: [...entries, ...(noted ?? [])],
      deliveries,
    });
    if (done === undefined) return undefined;
    // Our own commit cleared nothing; what others did since then is seen at the next look.
    if (this.#clearedVersion === head.version) this.#clearedVersion = done.version;
    this.#head = { ...next, version: done.version, tick: tick ?? head.tick };
    return done.run;
  }

  /** Begins anew: snapshots are counted from 0 again, and what was before is the log's alone. */
  async clear(): Promise<void> {
    await this.transact('clear()', async ({ head }) => {
      const { pos } = await this.#options.store.head(this.experiment);
      const cleared = this.#options.log.entry('system', this.#clearKey, {
        snapshots: head.seq + 1,
      });
      return {
        commit: { next: { seq: -1, cursor: pos, captured: -1 }, entries: [cleared] },
        done: () => undefined,
      };
    });
    this.#clearedVersion = -1;
    await this.readState();
  }

  get #clearKey(): string {
    return this.#keyOf('cleared');
  }

  #keyOf(name: string): string {
    return name === '' ? this.name : `${this.name}/${name}`;
  }

  async *#query(filter: EntryFilter, options: QueryOptions): AsyncGenerator<LogEntry> {
    yield* await this.#options.store.query(this.experiment, filter, {
      ...options,
      order: 'newest-first',
      withBytes: false,
    });
  }

  #forget(): void {
    this.#clearedVersion = -1;
    this.#state = undefined;
    this.#options.onCleared();
  }
}

const placeOf = ({
  seq,
  cursor,
  captured,
}: MonitorHead): Pick<MonitorHead, 'seq' | 'cursor' | 'captured'> => ({
  seq,
  cursor,
  captured,
});
