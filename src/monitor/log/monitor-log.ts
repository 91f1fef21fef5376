import type { Clock } from '../../leaves/clock.js';
import { LeewayError } from '../../leaves/errors.js';
import type { EventLog } from '../../tracking/event-log.js';
import type { JsonValue } from '../../tracking/json-value.js';
import type { EntryFilter, LogEntry, NewEntry, QueryOptions } from '../../tracking/log-entry.js';
import type { TrackingStore } from '../../tracking/store.js';
import type { MonitorHead } from '../../tracking/window-commit.js';

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
  readonly next: { readonly seq: number; readonly cursor: number; readonly captured: number };
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
  const isCompared = isObject(windows) && isObject(windows.from) && isObject(windows.to) && isObject(counts);
  return isCompared && Array.isArray(rows) && rows.every(isObject) && Array.isArray(drifted);
}

/** How often something is tried again where another replica was faster. */
export const MAX_CONFLICTS = 5;

/**
 * A monitor's place in the log of its experiment: where it stands, what it noted, and the commits that only one of several replicas can
 * make. Notes are `system` entries under the monitor's name.
 */
export class MonitorLog {
  /** `monitors/<experiment>/<model>`. */
  readonly name: string;
  readonly #options: MonitorLogOptions;
  #head: MonitorHead | undefined;
  /** Entries up to this position are of a life before `clear()`. */
  #clearedAt = 0;
  /** The head's version that `#clearedAt` was read with. */
  #clearedVersion = -1;

  constructor(options: MonitorLogOptions) {
    this.#options = options;
    this.name = `monitors/${options.log.experiment}/${options.model}`;
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

  /** Where the monitor stands. */
  async readHead(): Promise<MonitorHead> {
    const { store } = this.#options;
    const head = await store.monitorHead(this.experiment, this.name);
    // Versions only go up, unless the experiment was cleared: then the numbers of snapshots begin anew.
    if (head.version < (this.#head?.version ?? 0)) this.#forget();
    if (head.version !== this.#clearedVersion) {
      let clearedAt = 0;
      for await (const { pos } of this.#query({ events: ['system'], keys: [this.#clearKey] }, { limit: 1 })) {
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
    yield* await this.#options.store.query(this.experiment, { ...filter, after }, options);
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
    return this.query({ events: ['system'], keys: [this.#keyOf(name)] }, { ...options, order: 'newest-first' });
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
  async commit(head: MonitorHead, { next, tick, entries, deliveries = [] }: Commit): Promise<number | undefined> {
    const { store, notes } = this.#options;
    const noted = next.seq > head.seq ? await notes?.(this.name) : undefined;
    const done = await store.commitWindow({
      experiment: this.experiment,
      monitor: this.name,
      key: this.model,
      expectedVersion: head.version,
      ...(tick !== undefined && { tick }),
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

  /**
   * Commits entries without a new snapshot.
   *
   * @throws LeewayError `ERR_LEEWAY_CONFLICT` where somebody else was first.
   */
  async settle(
    head: MonitorHead,
    work: Pick<Commit, 'entries' | 'deliveries' | 'tick'>,
    what: string,
  ): Promise<number> {
    const { seq, cursor, captured } = head;
    const run = await this.commit(head, { ...work, next: { seq, cursor, captured } });
    if (run === undefined) throw this.conflict(what, 1);
    return run;
  }

  /** Begins anew: snapshots are counted from 0 again, and what was before is the log's alone. */
  async clear(entries: readonly NewEntry[]): Promise<void> {
    const head = await this.readHead();
    const { pos } = await this.#options.store.head(this.experiment);
    const cleared = this.#options.log.entry('system', this.#clearKey, { snapshots: head.seq + 1 });
    const next = { seq: -1, cursor: pos, captured: -1 };
    const run = await this.commit(head, { next, entries: [cleared, ...entries] });
    if (run === undefined) throw this.conflict('clear()', 1);
    this.#clearedVersion = -1;
    await this.readHead();
  }

  /** @param attempts how often it was tried */
  conflict(what: string, attempts: number = MAX_CONFLICTS): LeewayError {
    const times = attempts === 1 ? 'once' : `${attempts} times`;
    return new LeewayError(
      'ERR_LEEWAY_CONFLICT',
      `${what} of ${JSON.stringify(this.model)} found that another replica wrote first, ${times}; try again`,
    );
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
    this.#options.onCleared();
  }
}
