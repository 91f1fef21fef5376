import type { Clock, Timer } from '../clock.js';
import { type Cell, type Chunk, type ChunkCall, encodeChunk } from '../tracking/chunk.js';
import type { Counters } from './counters.js';
import type { DecodedTable } from './decoded-table.js';

/** A predict call to be recorded. */
export interface Recording {
  readonly model: string;
  readonly X: DecodedTable | undefined;
  readonly Y: DecodedTable | undefined;
  /** Epoch ms. */
  readonly at: number;
  readonly latencyMs: number;
  readonly status: number;
  readonly requestId: string | null;
  readonly parent: number | null;
}

/** A chunk on its way to the store. */
export interface PackedChunk {
  readonly model: string;
  readonly chunk: Chunk;
  readonly bytes: Uint8Array;
}

/** What the recorder needs from the outside. */
export interface RecorderOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  /** Names for columns known by position. */
  readonly features: readonly string[];
  readonly outputs: readonly string[];
  /** Writes a chunk to the log and gives its position. */
  readonly append: (packed: PackedChunk) => Promise<number>;
  /** Hears of each chunk once it is in the log. */
  readonly onStored: (packed: PackedChunk, pos: number) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Distinct columns of a model; further ones are left out. */
  readonly columnLimit: number;
}

/** A chunk is written when it holds so many rows … */
const ROWS_PER_CHUNK = 1_000;
/** … or when its first row is so old. */
const FLUSH_AFTER_MS = 1_000;
/** Chunks that wait for the store hold at most so many bytes; beyond, new ones are dropped and counted. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Buffers rows in columns, per model, and writes them to the log in chunks. `record` copies into the buffer and returns:
 * it waits for nothing and throws nothing. A store that is slow or away costs memory up to a bound and then rows, which
 * are counted; it never costs a request.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #buffers = new Map<string, ModelBuffer>();
  /** Names of columns met so far, per model, so that no traffic makes ever new ones. */
  readonly #names = new Map<string, Set<string>>();
  #waiting: PackedChunk[] = [];
  #waitingBytes = 0;
  #timer: Timer | undefined;
  #writing: Promise<boolean> | undefined;
  #retryMs = 0;
  #closed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Rows that are not in the log yet. */
  get unflushedRows(): number {
    let rows = 0;
    for (const buffer of this.#buffers.values()) rows += buffer.rows;
    for (const packed of this.#waiting) rows += packed.chunk.rows;
    return rows;
  }

  /** Whether the last write failed and is waiting to be tried again. */
  get failing(): boolean {
    return this.#retryMs > 0;
  }

  /** Takes a call into the buffer. */
  record(recording: Recording): void {
    const rows = recording.X?.rows.length ?? recording.Y?.rows.length ?? 0;
    if (this.#closed || rows === 0) return;
    let buffer = this.#buffers.get(recording.model);
    if (buffer === undefined) {
      buffer = new ModelBuffer(this.#options, this.#namesOf(recording.model));
      this.#buffers.set(recording.model, buffer);
    }
    buffer.add(recording, rows);
    this.#options.counters.recorded += 1;
    this.#options.counters.rows += rows;
    if (buffer.rows >= ROWS_PER_CHUNK) {
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
    for (const [model, buffer] of this.#buffers) if (buffer.rows > 0) this.#pack(model, buffer);
    // A write under way may have begun before the latest chunk was packed.
    await this.#writing;
    return this.#waiting.length === 0 ? true : this.#write();
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

  #namesOf(model: string): Set<string> {
    let names = this.#names.get(model);
    if (names === undefined) {
      names = new Set();
      this.#names.set(model, names);
    }
    return names;
  }

  #arm(delayMs: number): void {
    if (this.#timer !== undefined || this.#retryMs > 0) return;
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      void this.flush();
    });
  }

  #pack(model: string, buffer: ModelBuffer): void {
    this.#buffers.delete(model);
    const chunk = buffer.chunk();
    if (this.#waitingBytes >= MAX_WAITING_BYTES) {
      this.#options.counters.droppedRows += chunk.rows;
      return;
    }
    try {
      const bytes = encodeChunk(chunk);
      this.#waiting.push({ model, chunk, bytes });
      this.#waitingBytes += bytes.length;
    } catch (error) {
      this.#options.counters.droppedRows += chunk.rows;
      this.#options.onError(error);
    }
  }

  /** One writer at a time; it takes chunks in order until none waits or the store refuses. */
  #write(): Promise<boolean> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<boolean> {
    while (this.#waiting.length > 0) {
      const packed = this.#waiting[0] as PackedChunk;
      let pos: number;
      try {
        pos = await this.#options.append(packed);
      } catch (error) {
        this.#backOff(error);
        return false;
      }
      this.#recover();
      this.#waiting.shift();
      this.#waitingBytes -= packed.bytes.length;
      try {
        await this.#options.onStored(packed, pos);
      } catch (error) {
        this.#options.onError(error);
      }
    }
    return true;
  }

  /** The store takes writes again: back from the long wait to the short one. */
  #recover(): void {
    if (this.#retryMs === 0) return;
    this.#retryMs = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#buffers.size > 0 && !this.#closed) this.#arm(FLUSH_AFTER_MS);
  }

  #backOff(error: unknown): void {
    const { counters, onError, clock } = this.#options;
    counters.failedFlushes += 1;
    onError(error);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, Math.max(FIRST_RETRY_MS, this.#retryMs * 2));
    this.#timer?.cancel();
    this.#timer = this.#closed
      ? undefined
      : clock.setTimer(this.#retryMs, () => {
          this.#timer = undefined;
          void this.flush();
        });
  }
}

/** The rows of one model that are not packed yet. */
class ModelBuffer {
  readonly #options: RecorderOptions;
  readonly #names: Set<string>;
  readonly #calls: ChunkCall[] = [];
  readonly #columns = new Map<string, Cell[]>();
  #rows = 0;

  constructor(options: RecorderOptions, names: Set<string>) {
    this.#options = options;
    this.#names = names;
  }

  get rows(): number {
    return this.#rows;
  }

  add(recording: Recording, rows: number): void {
    const { at, latencyMs, status, requestId, parent } = recording;
    this.#calls.push({ rows, at, latencyMs, status, requestId, parent });
    if (recording.X !== undefined) this.#addSide('X_', recording.X, this.#options.features);
    if (recording.Y !== undefined) this.#addSide('Y_', recording.Y, this.#options.outputs);
    this.#rows += rows;
  }

  /** What was taken in, all columns of one length. */
  chunk(): Chunk {
    for (const column of this.#columns.values()) padTo(column, this.#rows);
    return { calls: this.#calls, rows: this.#rows, columns: this.#columns };
  }

  #addSide(prefix: string, table: DecodedTable, given: readonly string[]): void {
    const width = table.names?.length ?? table.rows.reduce((most, row) => Math.max(most, row.length), 0);
    for (let index = 0; index < width; index += 1) {
      const name = table.names?.[index] ?? given[index] ?? String(index);
      const column = this.#column(`${prefix}${name}`);
      if (column === undefined) continue;
      for (const row of table.rows) column.push(row[index] ?? null);
    }
  }

  /** The column, filled up to the rows before this call; `undefined` for one column too many. */
  #column(name: string): Cell[] | undefined {
    let column = this.#columns.get(name);
    if (column === undefined) {
      if (!this.#names.has(name)) {
        if (this.#names.size >= this.#options.columnLimit) return undefined;
        this.#names.add(name);
      }
      column = [];
      this.#columns.set(name, column);
    }
    padTo(column, this.#rows);
    return column;
  }
}

function padTo(column: Cell[], length: number): void {
  while (column.length < length) column.push(null);
}
