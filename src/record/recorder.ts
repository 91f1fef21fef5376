import { randomUUID } from 'node:crypto';
import type { Clock, Timer } from '../leaves/clock.js';
import { seededRandom } from '../leaves/random.js';
import { DroppedNames } from '../profile/dropped-names.js';
import { encodeChunk, representedRows } from '../tracking/chunk.js';
import { isOverdue } from '../tracking/timed-calls.js';
import { ByteBudget } from './byte-budget.js';
import type { Counters } from './counters.js';
import type { PackedChunk } from './packed-chunk.js';
import type { Recording } from './recording.js';
import { RowBuffer } from './row-buffer.js';
import { chooseRows, type RowChoice } from './row-choice.js';

/** A chunk that waits for the store, and about how much memory its columns and bytes take. */
interface WaitingChunk extends PackedChunk {
  readonly held: number;
  /** When its first row came, epoch ms. */
  readonly openedAt: number;
}

/** What the recorder needs from the outside. */
export interface RecorderOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  /** Names for columns known by position. */
  readonly features: readonly string[];
  readonly outputs: readonly string[];
  /** Writes a chunk to the log and gives its position. Of one that fails as overdue nobody knows whether the log has it. */
  readonly append: (packed: PackedChunk) => Promise<number>;
  /** Hears of each chunk that has rows for a window, once it is in the log. */
  readonly onStored: (packed: PackedChunk, pos: number) => Promise<void>;
  /** Hears that the store takes writes again. @default nobody */
  readonly onRecovered?: () => void;
  readonly onError: (error: unknown) => void;
  /** Distinct columns of a model; further ones are left out and counted. */
  readonly columnLimit: number;
  /** Of each model's rows at most so many a second are kept, with weights; `Infinity` keeps all. */
  readonly rowsPerSecond: number;
  /** Where the memory of what is held is taken from. */
  readonly memory: ByteBudget;
}

/** A chunk is written when its first row is so old: it is one second of one model … */
const FLUSH_AFTER_MS = 1_000;
/** … or, where nothing is sampled, when it holds so many rows. */
const ROWS_PER_CHUNK = 1_000;
/** The lots that decide which rows are kept are the same in every run. */
const SEED = 0x1eea;
/** So many rows of one call are copied for each that is kept: fewer than are wanted come out of it about never. */
const CHANCES = 4;
/** Chunks that wait for the store hold at most so many bytes; beyond, new ones are dropped and counted. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Names of columns hold at most so many bytes, of all models together; columns beyond are left out. */
const NAME_BYTES = 64;
const MAX_NAME_BYTES = 4 * 1024 * 1024;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Buffers rows in columns, per model, and writes them to the log in chunks. Of more rows a second than its budget it
 * keeps a uniform sample with weights. `record` copies into the buffer and returns: it waits for nothing. A store that is
 * slow or away costs memory up to a bound and then rows, which are counted; it never costs a request.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #buffers = new Map<string, { readonly rows: RowBuffer; readonly openedAt: number }>();
  /** Names of columns met so far, per model, so that no traffic makes ever new ones. */
  readonly #names = new Map<string, Set<string>>();
  readonly #nameBytes = new ByteBudget(MAX_NAME_BYTES);
  readonly #dropped = new DroppedNames();
  readonly #random = seededRandom(SEED);
  readonly #waiting: WaitingChunk[] = [];
  #waitingBytes = 0;
  #timer: Timer | undefined;
  #writing: Promise<boolean> | undefined;
  #retryMs = 0;
  #lastError: unknown;
  #closed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Rows that are not in the log yet. */
  get unflushedRows(): number {
    let rows = 0;
    for (const buffer of this.#buffers.values()) rows += buffer.rows.seen;
    for (const packed of this.#waiting) rows += representedRows(packed.chunk);
    return rows;
  }

  /** When the first row came that is not in the log yet, epoch ms. */
  get unflushedSince(): number | undefined {
    const [first] = this.#waiting;
    if (first !== undefined) return first.openedAt;
    const opened = [...this.#buffers.values()].map(({ openedAt }) => openedAt);
    return opened.length === 0 ? undefined : Math.min(...opened);
  }

  /** Why the last write failed, where one did and none has succeeded since. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Whether the last write failed and is waiting to be tried again. */
  get failing(): boolean {
    return this.#retryMs > 0;
  }

  /** Chooses which rows of a call, one that has so many, are worth copying; `undefined`: all of them. */
  choose(model: string, rows: number): RowChoice | undefined {
    const { clock, rowsPerSecond } = this.#options;
    // Of a call that has many times the rows that are kept, no more than a few times as many have a chance.
    let threshold = Math.min(1, (CHANCES * rowsPerSecond + CHANCES) / rows);
    const open = this.#buffers.get(model);
    if (open !== undefined && clock.now() - open.openedAt < FLUSH_AFTER_MS) {
      threshold = Math.min(threshold, open.rows.threshold);
    }
    return threshold < 1 ? chooseRows(rows, threshold, this.#random) : undefined;
  }

  /** Takes a call into the buffer. */
  record(recording: Recording): void {
    const rows =
      recording.choice?.count ?? recording.X?.rows.length ?? recording.Y?.rows.length ?? 0;
    if (this.#closed || rows === 0) return;
    const { counters, memory, rowsPerSecond } = this.#options;
    const buffer = this.#bufferOf(recording.model);
    if (recording.aborted !== true) {
      counters.recorded += 1;
      counters.rows += rows;
    }
    if (!memory.take(recording.bytes)) {
      counters.droppedRows += rows;
      return;
    }
    const before = buffer.bytes;
    buffer.add(recording);
    const grown = buffer.bytes - before;
    // New columns lengthen all rows that are there.
    if (grown > recording.bytes) memory.charge(grown - recording.bytes);
    else memory.give(recording.bytes - grown);
    if (rowsPerSecond === Number.POSITIVE_INFINITY && buffer.rows >= ROWS_PER_CHUNK) {
      this.#pack(recording.model, buffer);
      this.#write();
    } else {
      this.#arm(FLUSH_AFTER_MS);
    }
  }

  /**
   * Writes what is buffered. Never rejects: what the store refuses goes on waiting.
   *
   * @returns whether everything is in the log now.
   */
  async flush(): Promise<boolean> {
    for (const [model, { rows }] of this.#buffers) this.#pack(model, rows);
    return this.#writeRest();
  }

  /** Flushes a last time and takes nothing more. */
  async close(): Promise<boolean> {
    this.#closed = true;
    this.#timer?.cancel();
    const flushed = await this.flush();
    this.#timer?.cancel();
    this.#timer = undefined;
    return flushed;
  }

  /** The buffer of this second; an older one is packed, should the timer be late. */
  #bufferOf(model: string): RowBuffer {
    const { clock, features, outputs, rowsPerSecond } = this.#options;
    const now = clock.now();
    const open = this.#buffers.get(model);
    if (open !== undefined) {
      if (now - open.openedAt < FLUSH_AFTER_MS) return open.rows;
      this.#pack(model, open.rows);
    }
    const known = this.#names.get(model) ?? new Set();
    this.#names.set(model, known);
    const admit = (name: string): boolean => known.has(name) || this.#admit(model, known, name);
    const rows = new RowBuffer({
      features,
      outputs,
      capacity: rowsPerSecond,
      random: this.#random,
      admit,
    });
    this.#buffers.set(model, { rows, openedAt: now });
    return rows;
  }

  /** Takes a new column in where there is room. */
  #admit(model: string, known: Set<string>, name: string): boolean {
    const { columnLimit, counters } = this.#options;
    if (known.size < columnLimit && this.#nameBytes.take(NAME_BYTES + 2 * name.length)) {
      known.add(name);
      return true;
    }
    this.#dropped.add(`${model} ${name}`);
    counters.droppedColumns = this.#dropped.count;
    return false;
  }

  #arm(delayMs: number): void {
    if (this.#timer !== undefined || this.#retryMs > 0) return;
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#flushDue().catch(this.#options.onError);
    });
  }

  /** A buffer that was opened when a call found the one before too old is left to fill: it would be a chunk of few rows. */
  #flushDue(): Promise<boolean> {
    const now = this.#options.clock.now();
    let wait = Number.POSITIVE_INFINITY;
    for (const [model, { rows, openedAt }] of this.#buffers) {
      const left = openedAt + FLUSH_AFTER_MS - now;
      // A clock that was set back tells nothing.
      if (left <= 0 || left > FLUSH_AFTER_MS) this.#pack(model, rows);
      else wait = Math.min(wait, left);
    }
    if (wait < Number.POSITIVE_INFINITY) this.#arm(wait);
    return this.#writeRest();
  }

  async #writeRest(): Promise<boolean> {
    // A write under way may have begun before the latest chunk was packed.
    await this.#writing;
    return this.#waiting.length === 0 ? true : this.#write();
  }

  #pack(model: string, buffer: RowBuffer): void {
    const { counters, memory, onError, clock } = this.#options;
    const openedAt = this.#buffers.get(model)?.openedAt ?? clock.now();
    this.#buffers.delete(model);
    if (buffer.rows === 0) return;
    counters.sampledOutRows += buffer.thinned;
    let held = buffer.bytes;
    try {
      if (this.#waitingBytes < MAX_WAITING_BYTES) {
        const chunk = buffer.chunk();
        const bytes = encodeChunk(chunk);
        if (memory.take(bytes.length)) {
          held += bytes.length;
          this.#waiting.push({ model, chunk, bytes, held, openedAt, batch: randomUUID() });
          this.#waitingBytes += held;
          return;
        }
      }
    } catch (error) {
      onError(error);
    }
    memory.give(held);
    counters.droppedRows += buffer.seen;
  }

  /** One writer at a time; it takes chunks in order until none waits or the store refuses. */
  #write(): Promise<boolean> {
    this.#writing ??= this.#writeAll()
      .catch((error) => {
        this.#options.onError(error);
        return false;
      })
      .finally(() => {
        this.#writing = undefined;
      });
    return this.#writing;
  }

  async #writeAll(): Promise<boolean> {
    while (this.#waiting.length > 0) {
      const packed = this.#waiting[0] as WaitingChunk;
      let pos: number;
      try {
        pos = await this.#options.append(packed);
      } catch (error) {
        if (isOverdue(error)) this.#giveUp(packed);
        this.#backOff(error);
        return false;
      }
      this.#recover();
      this.#waiting.shift();
      this.#waitingBytes -= packed.held;
      try {
        if (representedRows(packed.chunk) > 0) await this.#options.onStored(packed, pos);
      } catch (error) {
        this.#options.onError(error);
      } finally {
        this.#options.memory.give(packed.held);
      }
    }
    return true;
  }

  /** To send it again might have every window count its rows twice. */
  #giveUp(packed: WaitingChunk): void {
    this.#waiting.shift();
    this.#waitingBytes -= packed.held;
    this.#options.memory.give(packed.held);
  }

  /** The store takes writes again: back from the long wait to the short one. */
  #recover(): void {
    if (this.#lastError !== undefined) this.#options.onRecovered?.();
    this.#lastError = undefined;
    if (this.#retryMs === 0) return;
    this.#retryMs = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#buffers.size > 0 && !this.#closed) this.#arm(FLUSH_AFTER_MS);
  }

  #backOff(error: unknown): void {
    const { counters, onError, clock } = this.#options;
    counters.failedFlushes += 1;
    this.#lastError = error;
    onError(error);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, Math.max(FIRST_RETRY_MS, this.#retryMs * 2));
    this.#timer?.cancel();
    this.#timer = this.#closed
      ? undefined
      : clock.setTimer(this.#retryMs, () => {
          this.#timer = undefined;
          this.flush().catch(this.#options.onError);
        });
  }
}
