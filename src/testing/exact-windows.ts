import { defined } from '../leaves/defined.js';
import { type Random, seededRandom } from '../leaves/random.js';
import type { NewEntry } from '../tracking/log-entry.js';
import type { TrackingStore } from '../tracking/store.js';
import type { MonitorHead } from '../tracking/window-commit.js';

/** What one walk of the checker did and found. */
export interface ExactWindowsReport {
  /** Rows that were acknowledged. */
  readonly rows: number;
  readonly snapshots: number;
  /** How often each kind of step was taken. */
  readonly steps: ReadonlyMap<string, number>;
  /** Rows that are in no snapshot, or in more than one, or that nobody recorded; empty where all is well. */
  readonly wrong: readonly string[];
}

export interface ExactWindowsOptions {
  readonly seed: number;
  readonly steps: number;
  /** The store as each of several processes would have it. */
  readonly replicas: readonly TrackingStore[];
  /** Sets the store's clock, forth or back. */
  readonly setClock: (now: number) => void;
}

/** A process: what it has recorded and not folded, and captures that it's in the midst of. */
interface Replica {
  store: TrackingStore;
  /** Chunks, and folds, by position and level, that it would fold. */
  own: { readonly level: number; readonly posFrom: number; readonly rows: readonly number[] }[];
  /** Captures that read their window and did not commit yet: a paused replica may do so much later. */
  pending: Capture[];
}

interface Capture {
  readonly head: MonitorHead;
  readonly cursor: number;
  readonly rows: readonly number[];
  readonly tick: number;
}

const EXPERIMENT = 'exact';
const KEY = 'model';
/** With nobody else at work the first succeeds. */
const MAX_LAST_ATTEMPTS = 5;
const MONITORS = ['first', 'second'] as const;

const encodeRows = (rows: readonly number[]): Uint8Array =>
  new Uint8Array(Uint32Array.from(rows).buffer);
const decodeRows = (bytes: Uint8Array): number[] => [
  ...new Uint32Array(new Uint8Array(bytes).buffer),
];

/**
 * Walks a store through a random, but repeatable, interleaving of writers, folds, captures, crashes, pauses, prunes and
 * steps of the clock, and counts: every row that was recorded has to be in exactly one snapshot of each monitor. A row is a
 * number, a chunk and a fold are the list of their rows, so that nothing can be lost or doubled unseen.
 */
export async function checkExactWindows(options: ExactWindowsOptions): Promise<ExactWindowsReport> {
  return new Walk(options).run();
}

class Walk {
  readonly #random: Random;
  readonly #options: ExactWindowsOptions;
  readonly #replicas: Replica[];
  readonly #recorded: Set<number> = new Set();
  readonly #steps: Map<string, number> = new Map();
  readonly #wrong: string[] = [];
  #now = 1_000_000;
  #row = 0;

  constructor(options: ExactWindowsOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#replicas = options.replicas.map((store) => ({ store, own: [], pending: [] }));
  }

  async run(): Promise<ExactWindowsReport> {
    const kinds: [weight: number, name: string, step: (replica: Replica) => Promise<void>][] = [
      [6, 'record', (replica) => this.#record(replica)],
      [5, 'fold', (replica) => this.#fold(replica)],
      [2, 'fold for others', (replica) => this.#foldForOthers(replica)],
      [4, 'begin capture', (replica) => this.#beginCapture(replica)],
      [5, 'commit capture', (replica) => this.#commitCapture(replica)],
      [1, 'crash', (replica) => this.#crash(replica)],
      [1, 'prune', (replica) => this.#prune(replica)],
      [1, 'clock', () => this.#stepClock()],
    ];
    const lots = kinds.flatMap(([weight, name, work]) =>
      Array.from({ length: weight }, () => [name, work] as const),
    );
    // A store knows of a monitor from its first commit on; before, no window of it holds pruning back.
    for (const monitor of MONITORS) await this.#captureAll(monitor);
    for (let step = 0; step < this.#options.steps; step += 1) {
      // Several at once, as on several processes; their statements interleave as the store lets them.
      const atOnce = 1 + this.#below(3);
      await Promise.all(
        Array.from({ length: atOnce }, () => {
          const [name, work] = lots[this.#below(lots.length)] as (typeof lots)[number];
          this.#steps.set(name, (this.#steps.get(name) ?? 0) + 1);
          return work(this.#replicas[this.#below(this.#replicas.length)] as Replica);
        }),
      );
    }
    // What is left is captured at last.
    for (const monitor of MONITORS) await this.#captureAll(monitor);
    return this.#verdict();
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  async #record(replica: Replica): Promise<void> {
    const chunks = Array.from({ length: 1 + this.#below(2) }, () =>
      Array.from({ length: 1 + this.#below(4) }, () => {
        this.#row += 1;
        return this.#row;
      }),
    );
    const entries = chunks.map((rows): NewEntry => {
      const dt = this.#now - this.#below(5_000);
      const common = {
        event: 'predict',
        key: KEY,
        value: null,
        dt,
        node: 'n',
        userid: 'u',
      } as const;
      return { ...common, runs: rows.length, rows: rows.length, bytes: encodeRows(rows) };
    });
    const placed = await replica.store.append(EXPERIMENT, entries);
    for (const [index, rows] of chunks.entries()) {
      for (const row of rows) this.#recorded.add(row);
      replica.own.push({ level: 0, posFrom: placed[index]?.pos as number, rows });
    }
  }

  /** Folds some of its own parts, as they lie in the log: chunks into a minute, minutes into an hour. */
  async #fold(replica: Replica): Promise<void> {
    const level = 1 + this.#below(3);
    const fitting = replica.own
      .filter((part) => part.level < level)
      .sort((left, right) => left.posFrom - right.posFrom);
    const from = this.#below(fitting.length);
    const parts = fitting.slice(from, from + 1 + this.#below(5));
    if (parts.length === 0) return;
    replica.own = replica.own.filter((part) => !parts.includes(part));
    const rows = parts.flatMap((part) => part.rows);
    const replaces = parts.map(({ level: partLevel, posFrom }) => ({ level: partLevel, posFrom }));
    const done = await replica.store.fold({
      experiment: EXPERIMENT,
      key: KEY,
      level,
      replaces,
      bytes: encodeRows(rows),
    });
    if (done) replica.own.push({ level, posFrom: parts[0]?.posFrom as number, rows });
  }

  /** What the lease holder does for dead writers; it may meet the writer itself, who is alive after all. */
  async #foldForOthers(replica: Replica): Promise<void> {
    const level = 1 + this.#below(3);
    const levels = Array.from({ length: level }, (_, lower) => lower);
    const groups = new Map<number, { level: number; posFrom: number; rows: number[] }[]>();
    for await (const part of replica.store.parts(
      EXPERIMENT,
      { keys: [KEY], levels },
      { limit: 6, withBytes: true },
    )) {
      const group = groups.get(part.cutBefore) ?? [];
      group.push({
        level: part.level,
        posFrom: part.posFrom,
        rows: decodeRows(part.bytes as Uint8Array),
      });
      groups.set(part.cutBefore, group);
    }
    for (const group of groups.values()) {
      const bytes = encodeRows(group.flatMap((part) => part.rows));
      const replaces = group.map(({ level: partLevel, posFrom }) => ({
        level: partLevel,
        posFrom,
      }));
      await replica.store.fold({ experiment: EXPERIMENT, key: KEY, level, replaces, bytes });
    }
  }

  async #beginCapture(replica: Replica): Promise<void> {
    const monitor = MONITORS[this.#below(MONITORS.length)] as string;
    const capture = await this.#readWindow(replica.store, monitor);
    if (capture !== undefined)
      replica.pending.push({
        ...capture,
        tick: this.#now + MONITORS.indexOf(monitor as 'first') / 2,
      });
  }

  /** Reads a window up to the log's end; `undefined` where a fold came across, which a monitor would try again. */
  async #readWindow(
    store: TrackingStore,
    monitor: string,
  ): Promise<Omit<Capture, 'tick'> | undefined> {
    const head = await store.monitorHead(EXPERIMENT, monitor);
    const { pos: cursor } = await store.head(EXPERIMENT);
    const rows: number[] = [];
    try {
      for await (const part of store.windowParts(EXPERIMENT, KEY, head.cursor, cursor)) {
        rows.push(...decodeRows(part.bytes));
      }
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_LEEWAY_CONFLICT') return undefined;
      throw error;
    }
    return { head, cursor, rows };
  }

  async #commitCapture(replica: Replica): Promise<void> {
    // The one begun last, or one that slept for a long time.
    const index =
      this.#random() < 0.6 ? replica.pending.length - 1 : this.#below(replica.pending.length);
    const [capture] = replica.pending.splice(Math.max(0, index), 1);
    if (capture === undefined) return;
    const monitor = MONITORS[Number.isInteger(capture.tick) ? 0 : 1] as string;
    await this.#commit(
      replica.store,
      monitor,
      capture,
      this.#random() < 0.3 ? capture.tick : undefined,
    );
  }

  async #commit(
    store: TrackingStore,
    monitor: string,
    capture: Omit<Capture, 'tick'>,
    tick?: number,
  ): Promise<boolean> {
    const { head, cursor, rows } = capture;
    const seq = head.seq + 1;
    const value = { monitor, rows: [...rows] };
    const common = {
      event: 'snapshot',
      key: KEY,
      step: seq,
      dt: this.#now,
      node: 'n',
      userid: 'u',
    } as const;
    const done = await store.commitWindow({
      experiment: EXPERIMENT,
      monitor,
      key: KEY,
      expectedVersion: head.version,
      next: { seq, cursor, captured: seq },
      ...defined({ tick }),
      entries: [{ ...common, value }],
      deliveries: [{ id: `${monitor}/${seq}`, payload: seq }],
    });
    return done !== undefined;
  }

  /** A process dies: what it would have folded, and captures it had begun, are gone; the rows are in the store. */
  async #crash(replica: Replica): Promise<void> {
    replica.own = [];
    if (this.#random() < 0.5) replica.pending = [];
  }

  async #prune(replica: Replica): Promise<void> {
    const age = this.#below(1_000_000);
    await replica.store.prune(EXPERIMENT, {
      rowsMs: age,
      maxRows: this.#below(200),
      profilesMs: age,
      predictionsMs: age,
    });
  }

  async #stepClock(): Promise<void> {
    const step = this.#random() < 0.2 ? -this.#below(600_000) : this.#below(2_000_000);
    this.#now = Math.max(1, this.#now + step);
    this.#options.setClock(this.#now);
  }

  async #captureAll(monitor: string): Promise<void> {
    const { store } = this.#replicas[0] as Replica;
    for (let attempt = 0; attempt < MAX_LAST_ATTEMPTS; attempt += 1) {
      const capture = await this.#readWindow(store, monitor);
      if (capture !== undefined && (await this.#commit(store, monitor, capture))) return;
    }
    this.#wrong.push(`the last window of ${monitor} can't be captured`);
  }

  async #verdict(): Promise<ExactWindowsReport> {
    const wrong = this.#wrong;
    let snapshots = 0;
    const counts = new Map(
      MONITORS.map((monitor) => [monitor as string, new Map<number, number>()]),
    );
    for await (const { value } of (this.#replicas[0] as Replica).store.query(EXPERIMENT, {
      events: ['snapshot'],
    })) {
      snapshots += 1;
      const { monitor, rows } = value as { monitor: string; rows: number[] };
      const count = counts.get(monitor) as Map<number, number>;
      for (const row of rows) count.set(row, (count.get(row) ?? 0) + 1);
    }
    for (const [monitor, count] of counts) {
      for (const row of this.#recorded) {
        const times = count.get(row) ?? 0;
        if (times !== 1) wrong.push(`row ${row} is in ${times} snapshots of ${monitor}`);
        count.delete(row);
      }
      for (const row of count.keys()) wrong.push(`row ${row} of ${monitor} was never recorded`);
    }
    return { rows: this.#recorded.size, snapshots, steps: this.#steps, wrong };
  }
}
