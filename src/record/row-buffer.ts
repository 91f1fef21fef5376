import { defined } from '../leaves/defined.js';
import type { Random } from '../leaves/random.js';
import type { Cell, Chunk, ChunkCall } from '../tracking/chunk.js';
import { type DecodedTable, widthOf } from '../wire/decoded-table.js';
import type { Recording } from './recording.js';
import type { RowChoice } from './row-choice.js';
import { NO_LOT, rowWeights } from './row-weights.js';

/** What a place in a column takes, filled or not. */
const PLACE_BYTES = 8;

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

/** The columns that tables of one make go to, so that they are looked up once and not for every row. */
interface Layout {
  readonly names: readonly string[] | undefined;
  readonly columns: readonly (Cell[] | undefined)[];
}

/**
 * The rows of one model in one second, in columns. Up to its capacity it keeps all; of more, a uniform sample without
 * replacement, each row of which stands for floor or ceil of seen/kept rows, by lot, so that the weights sum to the rows
 * seen and every row has the same expected weight of 1.
 *
 * Every row draws a lot, and the rows of the lowest lots are kept (bottom-k sampling). So who offers rows may draw their
 * lots beforehand, and leave those out whose lots are above `threshold`.
 *
 * Source: E. Cohen and H. Kaplan, "Summarizing data using bottom-k sketches" (2007).
 */
export class RowBuffer {
  readonly #options: RowBufferOptions;
  readonly #columns = new Map<string, Cell[]>();
  readonly #calls: Omit<ChunkCall, 'rows'>[] = [];
  /** Per row kept: the place of its call, its share of the call's bytes, and its lot. */
  readonly #callOf: number[] = [];
  readonly #sizes: number[] = [];
  readonly #lots: number[] = [];
  /** Per row kept: the chance it had to be offered; 0 of one that came in place of a whole call. */
  readonly #chances: number[] = [];
  /** Once it is full: places of the sample, as a heap with the highest lot on top. */
  #heap: number[] | undefined;
  readonly #layouts: { X_: Layout | undefined; Y_: Layout | undefined } = {
    X_: undefined,
    Y_: undefined,
  };
  /** Of the call that is taken in: which of its rows, and where to. */
  readonly #taken: number[] = [];
  readonly #places: number[] = [];
  #sampled = 0;
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
    return this.#seen - this.#sampled;
  }

  /** About how much memory the rows take, with the places in columns that they do not fill. */
  get bytes(): number {
    return this.#bytes + PLACE_BYTES * this.#columns.size * this.rows;
  }

  /** A row whose lot is as high or higher would not be kept. */
  get threshold(): number {
    if (this.rows < this.#options.capacity) return 1;
    this.#heap ??= this.#heapOfSample();
    return this.#lots[this.#heap[0] as number] as number;
  }

  /** Takes a call's rows in, or a sample of them. */
  add(recording: Recording): void {
    const { X, Y, choice } = recording;
    const rows = X?.rows.length ?? Y?.rows.length ?? 0;
    this.#taken.length = 0;
    this.#places.length = 0;
    if (recording.aborted === true) this.#findRoomInLog(rows);
    else this.#draw(rows, choice);
    if (recording.aborted !== true) this.#seen += choice?.count ?? rows;
    if (this.#taken.length === 0) return;
    const { at, latencyMs, status, requestId, parent, version } = recording;
    const call = this.#calls.push({
      at,
      latencyMs,
      status,
      requestId,
      parent,
      ...defined({ version }),
    });
    const width = (X === undefined ? 0 : widthOf(X)) + (Y === undefined ? 0 : widthOf(Y));
    const size = Math.max(0, recording.bytes / rows - PLACE_BYTES * width);
    for (const place of this.#places) {
      this.#bytes += size - (this.#sizes[place] as number);
      this.#sizes[place] = size;
      this.#callOf[place] = call - 1;
    }
    if (Y !== undefined && this.#layouts.Y_ === undefined)
      this.#reserve('Y_', Y, this.#options.outputs);
    if (X !== undefined) this.#put('X_', X, this.#options.features);
    if (Y !== undefined) this.#put('Y_', Y, this.#options.outputs);
  }

  /** What was kept, all columns of one length, rows of one call side by side. */
  chunk(): Chunk {
    const { rows } = this;
    for (const column of this.#columns.values()) padTo(column, rows);
    const { thinned, threshold } = this;
    const lots = { lots: this.#lots, chances: this.#chances, threshold, seen: this.#seen };
    const weights =
      thinned > 0 || this.#sampled < rows ? rowWeights(lots, this.#options.random) : undefined;
    if (this.#heap === undefined) {
      return {
        calls: this.#countedCalls(),
        rows,
        ...defined({ weights }),
        columns: this.#columns,
      };
    }
    // Rows that took the place of others lie among those of earlier calls.
    const order = this.#byCall();
    const sorted = [...this.#columns].map(([name, cells]): [string, Cell[]] => [
      name,
      order.map((place) => cells[place] as Cell),
    ]);
    const sortedWeights =
      weights === undefined ? undefined : Uint32Array.from(order, (place) => weights[place] ?? 0);
    return {
      calls: this.#countedCalls(),
      rows,
      ...defined({ weights: sortedWeights }),
      columns: new Map(sorted),
    };
  }

  /** Decides which of a call's rows are kept, and where. */
  #draw(rows: number, choice: RowChoice | undefined): void {
    const { capacity, random } = this.#options;
    const threshold = choice?.threshold ?? 1;
    for (let row = 0; row < rows; row += 1) {
      const lot = choice?.lots[row] ?? random();
      const chance = lot < threshold ? threshold : 0;
      let place = this.rows;
      if (place < capacity) {
        this.#open(lot, chance);
        this.#sampled += 1;
      } else if (lot < this.threshold) {
        place = this.#replaceHighest(lot, chance);
      } else continue;
      this.#taken.push(row);
      this.#places.push(place);
    }
  }

  /** Rows for the log alone take what room there is. */
  #findRoomInLog(rows: number): void {
    // One place is left, so that there is always a row to carry the weight of those that come.
    const room = Math.min(rows, Math.max(0, this.#options.capacity - 1 - this.rows));
    for (let row = 0; row < room; row += 1) {
      this.#taken.push(row);
      this.#places.push(this.rows);
      this.#open(NO_LOT, 0);
    }
  }

  #open(lot: number, chance: number): void {
    this.#callOf.push(0);
    this.#sizes.push(0);
    this.#lots.push(lot);
    this.#chances.push(chance);
  }

  #replaceHighest(lot: number, chance: number): number {
    const heap = this.#heap as number[];
    const place = heap[0] as number;
    this.#lots[place] = lot;
    this.#chances[place] = chance;
    sink(heap, this.#lots, 0);
    for (const column of this.#columns.values()) if (place < column.length) column[place] = null;
    return place;
  }

  #heapOfSample(): number[] {
    const heap: number[] = [];
    this.#lots.forEach((lot, place) => {
      if (lot !== NO_LOT) heap.push(place);
    });
    for (let at = heap.length >> 1; at >= 0; at -= 1) sink(heap, this.#lots, at);
    return heap;
  }

  #put(side: 'X_' | 'Y_', table: DecodedTable, given: readonly string[]): void {
    const taken = this.#taken;
    const places = this.#places;
    const { rows } = table;
    const { columns } = this.#layoutOf(side, table, given);
    for (let index = 0; index < columns.length; index += 1) {
      const column = columns[index];
      if (column === undefined) continue;
      for (let each = 0; each < taken.length; each += 1) {
        const place = places[each] as number;
        const cell = rows[taken[each] as number]?.[index] ?? null;
        if (place > column.length) padTo(column, place);
        if (place === column.length) column.push(cell);
        else column[place] = cell;
      }
    }
  }

  /** Outputs are few: they have room even where inputs come first that are more than there is room for. */
  #reserve(side: 'X_' | 'Y_', table: DecodedTable, given: readonly string[]): void {
    for (const name of columnNames(side, table, given)) this.#options.admit(name);
  }

  #layoutOf(side: 'X_' | 'Y_', table: DecodedTable, given: readonly string[]): Layout {
    const latest = this.#layouts[side];
    const { names } = table;
    const width = widthOf(table);
    if (latest !== undefined && latest.columns.length === width && areSame(latest.names, names))
      return latest;
    const columns = columnNames(side, table, given).map((name) => this.#column(name));
    const layout = { names, columns };
    this.#layouts[side] = layout;
    return layout;
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

  /** Places by their calls: numbers that hold both sort fastest. */
  #byCall(): number[] {
    const { rows } = this;
    const keys = Float64Array.from(this.#callOf, (call, place) => call * rows + place).sort();
    return Array.from(keys, (key) => key % rows);
  }

  /** The calls that have rows left, with their number. */
  #countedCalls(): ChunkCall[] {
    const counts = new Uint32Array(this.#calls.length);
    for (const call of this.#callOf) counts[call] = (counts[call] as number) + 1;
    const counted: ChunkCall[] = [];
    this.#calls.forEach((call, index) => {
      const rows = counts[index] as number;
      if (rows > 0) counted.push({ rows, ...call });
    });
    return counted;
  }
}

/** The names of a table's columns in the log. */
function columnNames(side: 'X_' | 'Y_', table: DecodedTable, given: readonly string[]): string[] {
  const { names } = table;
  return Array.from(
    { length: widthOf(table) },
    (_, index) => `${side}${names?.[index] ?? given[index] ?? index}`,
  );
}

function areSame(
  some: readonly string[] | undefined,
  others: readonly string[] | undefined,
): boolean {
  if (some === others) return true;
  if (some === undefined || others === undefined) return false;
  for (let index = 0; index < some.length; index += 1)
    if (some[index] !== others[index]) return false;
  return some.length === others.length;
}

function padTo(column: Cell[], length: number): void {
  while (column.length < length) column.push(null);
}

/** Lets a heap's entry sink below those of higher lots. */
function sink(heap: number[], lots: readonly number[], from: number): void {
  let at = from;
  const lot = (index: number): number => lots[heap[index] as number] as number;
  for (;;) {
    const left = 2 * at + 1;
    const right = 2 * at + 2;
    if (left >= heap.length) return;
    const higher = right < heap.length && lot(right) > lot(left) ? right : left;
    if (lot(higher) <= lot(at)) return;
    [heap[at], heap[higher]] = [heap[higher] as number, heap[at] as number];
    at = higher;
  }
}
