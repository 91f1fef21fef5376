import { Lazy } from '../leaves/async.js';
import type { Clock } from '../leaves/clock.js';
import type { Profiling } from '../profile/profiling.js';
import { representedRows } from '../tracking/chunk.js';
import type { NewEntry } from '../tracking/log-entry.js';
import { packCalls } from '../tracking/logged-rows.js';
import type { TrackingStore } from '../tracking/store.js';
import { isOverdue } from '../tracking/timed-calls.js';
import { ByteBudget } from './byte-budget.js';
import type { ChunkCompactor } from './chunk-compactor.js';
import { ColumnRules, type ColumnRulesOptions } from './column-rules.js';
import type { Counters } from './counters.js';
import { LostCalls } from './lost-calls.js';
import type { PackedChunk } from './packed-chunk.js';
import { predictionsOf } from './predictions.js';
import { Recorder } from './recorder.js';
import type { Recording } from './recording.js';
import type { RowChoice } from './row-choice.js';
import { Sampler } from './sampler.js';
import { type SeenColumn, SeenColumns } from './seen-columns.js';
import type { Summaries, Summary } from './summaries.js';

/** How calls are recorded. */
export interface RecordingPipelineOptions {
  readonly counters: Counters;
  readonly store: TrackingStore;
  readonly experiment: string;
  /** An entry of the experiment's log, with its time, node and user. */
  readonly entry: (event: 'predict', key: string, value: NewEntry['value']) => NewEntry;
  readonly clock: Clock;
  /** Names for columns known by position. */
  readonly features: readonly string[];
  readonly outputs: readonly string[];
  readonly columnRules: ColumnRulesOptions;
  /** Share of calls that are recorded, 0 to 1. */
  readonly sample: number;
  /** Distinct columns of a model; further ones are left out and counted. */
  readonly columnLimit: number;
  /** Of each model's rows at most so many a second are kept, with weights; `Infinity` keeps all. */
  readonly rowsPerSecond: number;
  /** `profiles`: no row is stored. */
  readonly retain: 'rows' | 'profiles';
  /** With `retain: 'profiles'`, nothing is stored about fewer rows. */
  readonly minRows: number;
  /** Gives how the rows of a model are profiled: as those of its baseline. */
  readonly profilingOf: (model: string) => Promise<Profiling>;
  /** `false`: no call is accepted. */
  readonly isEnabled: boolean;
  /** Whether every row of a call must be there for whoever listens to calls. */
  readonly needsAllRows: boolean;
  /** Hears of each call as it is accepted. It must not throw. */
  readonly onAccepted: (recording: Recording) => void;
  /** Hears that the store accepts writes again. */
  readonly onRecovered: () => void;
  readonly onError: (error: unknown) => void;
}

/** What is buffered, and how writing it goes. */
export interface PendingRows {
  /** Rows that are not in the log yet. */
  readonly rows: number;
  /** Those of them that the store was or will be asked to write in the next second. */
  readonly unflushed: number;
  /** When the first of these came, epoch ms. */
  readonly since: number | undefined;
  /** Whether the last write failed and is waiting to be tried again. */
  readonly isFailing: boolean;
  /** Why the last write failed, where one did and none has succeeded since. */
  readonly lastError: unknown;
}

/** All buffers of a host together. */
const MEMORY_BYTES = 48 * 1024 * 1024;

/**
 * From a call's tables to rows or profiles in the store: it owns the buffers, the budgets of rows and of memory, the
 * compaction, and the counters. Whoever watches calls is given this one object: it asks `choose` which rows are worth
 * copying, and hands a call over with `accept`.
 *
 * `accept` copies into a buffer and returns. It waits for nothing and no failure of the store reaches it.
 */
export class RecordingPipeline {
  /** What happened to requests and rows since the start. */
  readonly counters: Counters;
  /** The calls that an error kept from being recorded. */
  readonly lost: LostCalls;
  /** What may be kept of which column. */
  readonly rules: ColumnRules;
  readonly sampler: Sampler;
  /** Where everything that is held on behalf of a call takes its memory from. */
  readonly memory: ByteBudget = new ByteBudget(MEMORY_BYTES);
  readonly #options: RecordingPipelineOptions;
  readonly #recorder: Recorder;
  readonly #compactor: Lazy<ChunkCompactor>;
  readonly #summaries: Lazy<Summaries>;
  /** By the models that were admitted, which are few. */
  readonly #seen = new Map<string, SeenColumns>();
  #isOpen: boolean;

  constructor(options: RecordingPipelineOptions) {
    this.#options = options;
    this.counters = options.counters;
    this.lost = new LostCalls(options.counters);
    this.#isOpen = options.isEnabled;
    const { store, experiment, clock, features, outputs, columnLimit, rowsPerSecond, minRows } =
      options;
    const { profilingOf, onRecovered, onError } = options;
    const keepsRows = options.retain === 'rows';
    this.rules = new ColumnRules(options.columnRules);
    this.sampler = new Sampler(options.sample);
    this.#compactor = new Lazy(async () => {
      const { ChunkCompactor } = await import('./chunk-compactor.js');
      return new ChunkCompactor({
        fold: (fold) => store.fold({ ...fold, experiment }),
        profilingOf,
      });
    });
    this.#summaries = new Lazy(async () => {
      const { Summaries } = await import('./summaries.js');
      return new Summaries({
        profilingOf,
        minRows,
        append: (summary) => this.#appendSummary(summary),
        onStored: async ({ model, profile, calls }, pos) => {
          const compactor = await this.#compactor.get();
          await compactor.addProfile(model, profile, calls[0]?.at ?? 0, pos);
        },
      });
    });
    this.#recorder = new Recorder({
      clock,
      counters: this.counters,
      features,
      outputs,
      columnLimit,
      rowsPerSecond,
      memory: this.memory,
      append: (packed) => (keepsRows ? this.#append(packed) : this.#summarise(packed)),
      onStored: async (packed, pos) => {
        if (keepsRows) await (await this.#compactor.get()).add(packed, pos);
      },
      onRecovered,
      onError,
    });
  }

  /** Chooses which rows of a call, one that has so many, are worth copying; `undefined`: all of them. */
  choose(model: string, rows: number): RowChoice | undefined {
    return this.#options.needsAllRows ? undefined : this.#recorder.choose(model, rows);
  }

  /** Accepts a call; without effect once it is closed. */
  accept(recording: Recording): void {
    if (!this.#isOpen) return;
    this.#seenIn(recording.model).note(recording);
    this.#options.onAccepted(recording);
    this.#recorder.record(recording);
  }

  /** The columns of a model's calls, in this process; `undefined` before the first call. */
  columnsOf(model: string): readonly SeenColumn[] | undefined {
    return this.#seen.get(model)?.columns;
  }

  /** What is buffered, and how writing it goes. */
  get pending(): PendingRows {
    const { unflushedRows, unflushedSince, failing, lastError } = this.#recorder;
    return {
      rows: unflushedRows + (this.#summaries.value?.rows ?? 0),
      unflushed: unflushedRows,
      since: unflushedSince,
      isFailing: failing,
      lastError,
    };
  }

  /** Writes what is buffered. Never rejects; gives whether every row is in the log. */
  flush(): Promise<boolean> {
    return this.#recorder.flush();
  }

  /** Writes the summaries that stand for enough rows. */
  async writeSummaries(): Promise<void> {
    await this.#summaries.value?.writeAll();
  }

  /** Folds the stored chunks of this process. */
  async fold(): Promise<void> {
    await this.#compactor.value?.foldAll();
  }

  /** Brings everything into the log, before a window is cut. */
  async settle(): Promise<void> {
    await this.flush();
    await this.writeSummaries();
    await this.fold();
  }

  /**
   * Accepts nothing more and writes what is buffered. Repeat it until it says that all is written. A full store is given
   * room by a fold in between.
   *
   * @returns whether every row is in the log.
   */
  async close(): Promise<boolean> {
    this.#isOpen = false;
    if (await this.#recorder.close()) return true;
    await this.fold();
    return this.#recorder.close();
  }

  /** Counts what is still buffered as dropped; gives how many rows the store did not accept. */
  countDropped(): number {
    const { rows, unflushed } = this.pending;
    // Too few to be written about: what keeps them private is that they go.
    this.counters.droppedRows += rows;
    return unflushed;
  }

  #seenIn(model: string): SeenColumns {
    const known = this.#seen.get(model);
    if (known !== undefined) return known;
    const seen = new SeenColumns();
    this.#seen.set(model, seen);
    return seen;
  }

  #append({ chunk, model, bytes, batch }: PackedChunk): Promise<number> {
    const rows = representedRows(chunk);
    const runs = chunk.calls.length;
    const predictions = predictionsOf(chunk);
    return this.#write({
      ...this.#options.entry('predict', model, null),
      ...timesOf(chunk.calls),
      batch,
      runs,
      rows,
      bytes,
      predictions,
    });
  }

  /** In place of rows: they go into a profile in memory, and have no position in the log yet. */
  async #summarise(packed: PackedChunk): Promise<number> {
    await (await this.#summaries.get()).add(packed);
    return 0;
  }

  #appendSummary({ model, profile, bytes, calls, batch }: Summary): Promise<number> {
    return this.#write({
      ...this.#options.entry('predict', model, packCalls(calls)),
      ...timesOf(calls),
      batch,
      runs: calls.length,
      rows: profile.rows,
      bytes,
    });
  }

  /**
   * Writes an entry and gives its position. The rows of a write that is never answered are counted: nobody knows whether
   * the log has them, and they are not sent again.
   */
  async #write(entry: NewEntry): Promise<number> {
    const { store, experiment } = this.#options;
    try {
      const [written] = await store.append(experiment, [entry]);
      return (written as { pos: number }).pos;
    } catch (error) {
      if (isOverdue(error)) this.counters.unconfirmedRows += entry.rows ?? 0;
      throw error;
    }
  }
}

/** When the first of some calls came, and when the last did. */
function timesOf(calls: readonly { readonly at: number }[]): {
  readonly dt: number;
  readonly dtEnd: number;
} {
  let dt = Number.POSITIVE_INFINITY;
  let dtEnd = Number.NEGATIVE_INFINITY;
  for (const { at } of calls) {
    dt = Math.min(dt, at);
    dtEnd = Math.max(dtEnd, at);
  }
  return { dt, dtEnd };
}
