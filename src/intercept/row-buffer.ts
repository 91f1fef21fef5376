import type { Random } from '../random.js';
import type { Cell, Chunk, ChunkCall } from '../tracking/chunk.js';
import type { DecodedTable } from './decoded-table.js';
import type { Recording } from './recorder.js';

/** What a buffer is told about its rows. */
export interface RowBufferOptions {
  /** Names for columns known by position. */
  readonly features: readonly string[];
  readonly outputs: readonly string[];
  /** Most rows kept: of more, a uniform sample. */
  readonly capacity: number;
  readonly random: Random;
  /** Whether there is room for a column of this name. */
  readonly admit: (name: string) => boolean;
}

/**
 * The rows of one model in one second, in columns. Up to its capacity it keeps all; of more, a uniform sample without
 * replacement, each row of which stands for floor or ceil of seen/kept rows, by lot, so that the weights sum to the rows
 * seen and every row has the same expected weight of 1.
 *
 * Source: J. Vitter, "Random sampling with a reservoir" (1985), algorithm R.
 */
export class RowBuffer {
  readonly #options: RowBufferOptions;
  readonly #columns = new Map<string, Cell[]>();
  readonly #calls: Omit<ChunkCall, 'rows'>[] = [];
  /** Per row kept: the place of its call, and its share of the call's bytes. */
  readonly #callOf: number[] = [];
  readonly #sizes: number[] = [];
  /** The rows that take part in sampling; the others are for the log alone. */
  readonly #sampled: number[] = [];
  #seen = 0;
  #bytes = 0;

  constructor(options: RowBufferOptions) {
    this.#options = options;
  }

  /** Rows kept. */
  get rows(): number {
    return this.#callOf.length;
  }

  /** Rows that came, but for those that are for the log alone. */
  get seen(): number {
    return this.#seen;
  }

  /** Rows that others stand for. */
  get thinned(): number {
    return this.#seen - this.#sampled.length;
  }

  /** About how much memory the rows take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a call's rows in, or a sample of them. */
  add(recording: Recording, rows: number): void {
    const { at, latencyMs, status, requestId, parent, version, X, Y } = recording;
    const logOnly = recording.aborted === true;
    const [taken, places] = logOnly ? this.#placesInLog(rows) : this.#placesFor(rows);
    if (taken.length === 0) return;
    this.#calls.push({ at, latencyMs, status, requestId, parent, ...(version !== undefined && { version }) });
    const size = recording.bytes / rows;
    for (const place of places) {
      if (place < this.#callOf.length) this.#vacate(place);
      this.#bytes += size - (this.#sizes[place] ?? 0);
      this.#sizes[place] = size;
      this.#callOf[place] = this.#calls.length - 1;
    }
    if (X !== undefined) this.#put('X_', X, this.#options.features, taken, places);
    if (Y !== undefined) this.#put('Y_', Y, this.#options.outputs, taken, places);
  }

  /** What was kept, all columns of one length, rows of one call side by side. */
  chunk(): Chunk {
    const { rows } = this;
    for (const column of this.#columns.values()) padTo(column, rows);
    const order = Array.from({ length: rows }, (_, place) => place);
    const weights = this.thinned > 0 || this.#sampled.length < rows ? this.#weights() : undefined;
    if (this.thinned === 0) {
      return { calls: this.#countedCalls(), rows, ...(weights !== undefined && { weights }), columns: this.#columns };
    }
    // Rows that took the place of others lie among those of earlier calls.
    order.sort((one, other) => (this.#callOf[one] as number) - (this.#callOf[other] as number) || one - other);
    const sorted = [...this.#columns].map(([name, cells]): [string, Cell[]] => [
      name,
      order.map((place) => cells[place] as Cell),
    ]);
    const sortedWeights = weights === undefined ? undefined : Uint32Array.from(order, (place) => weights[place] ?? 0);
    return {
      calls: this.#countedCalls(),
      rows,
      ...(sortedWeights !== undefined && { weights: sortedWeights }),
      columns: new Map(sorted),
    };
  }

  #vacate(place: number): void {
    for (const column of this.#columns.values()) if (place < column.length) column[place] = null;
  }

  /** Which of a call's rows are kept, and where. */
  #placesFor(rows: number): [taken: number[], places: number[]] {
    const { capacity, random } = this.#options;
    if (this.rows + rows <= capacity) return this.#placesForAll(rows);
    // A row that took another's place may lose it to a later one of the same call.
    const rowAt = new Map<number, number>();
    let fresh = this.rows;
    for (let row = 0; row < rows; row += 1) {
      this.#seen += 1;
      if (fresh < capacity) {
        this.#sampled.push(fresh);
        rowAt.set(fresh, row);
        fresh += 1;
        continue;
      }
      const drawn = this.#sampled[Math.floor(random() * this.#seen)];
      if (drawn !== undefined) rowAt.set(drawn, row);
    }
    return [[...rowAt.values()], [...rowAt.keys()]];
  }

  #placesForAll(rows: number): [taken: number[], places: number[]] {
    const taken: number[] = [];
    const places: number[] = [];
    for (let row = 0; row < rows; row += 1) {
      taken.push(row);
      places.push(this.rows + row);
      this.#sampled.push(this.rows + row);
    }
    this.#seen += rows;
    return [taken, places];
  }

  /** Rows for the log alone take what room there is. */
  #placesInLog(rows: number): [taken: number[], places: number[]] {
    // One place is left, so that there is always a row to carry the weight of those that come.
    const room = Math.min(rows, Math.max(0, this.#options.capacity - 1 - this.rows));
    const taken = Array.from({ length: room }, (_, row) => row);
    return [taken, taken.map((row) => this.rows + row)];
  }

  #put(
    prefix: string,
    table: DecodedTable,
    given: readonly string[],
    taken: readonly number[],
    places: readonly number[],
  ): void {
    const width = table.names?.length ?? table.rows.reduce((most, row) => Math.max(most, row.length), 0);
    for (let index = 0; index < width; index += 1) {
      const name = table.names?.[index] ?? given[index] ?? String(index);
      const column = this.#column(`${prefix}${name}`);
      if (column === undefined) continue;
      for (let each = 0; each < taken.length; each += 1) {
        const place = places[each] as number;
        padTo(column, place);
        column[place] = table.rows[taken[each] as number]?.[index] ?? null;
      }
    }
  }

  #column(name: string): Cell[] | undefined {
    let column = this.#columns.get(name);
    if (column === undefined) {
      if (!this.#options.admit(name)) return undefined;
      column = [];
      this.#columns.set(name, column);
    }
    return column;
  }

  /** The calls that have rows left, with their number. */
  #countedCalls(): ChunkCall[] {
    const counts = new Uint32Array(this.#calls.length);
    for (const call of this.#callOf) counts[call] = (counts[call] as number) + 1;
    return this.#calls.flatMap((call, index) =>
      counts[index] === 0 ? [] : [{ rows: counts[index] as number, ...call }],
    );
  }

  /** By place: what each row stands for. The rest of seen/kept is given out by lot. */
  #weights(): Uint32Array {
    const weights = new Uint32Array(this.rows);
    const kept = this.#sampled.length;
    const base = Math.floor(this.#seen / kept);
    let more = this.#seen - base * kept;
    this.#sampled.forEach((place, index) => {
      // Selection sampling: of the rows still to come, `more` get one on top.
      const lucky = this.#options.random() * (kept - index) < more;
      if (lucky) more -= 1;
      weights[place] = base + (lucky ? 1 : 0);
    });
    return weights;
  }
}

function padTo(column: Cell[], length: number): void {
  while (column.length < length) column.push(null);
}
