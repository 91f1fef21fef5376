import { LeewayError } from '../leaves/errors.js';
import { seededRandom, shuffle } from '../leaves/random.js';
import { Reservoir, type ReservoirState } from '../sketch/reservoir.js';
import { numberOf } from './correlations.js';
import type { ColumnSet } from './profiled-columns.js';

/** A value of a sampled row. */
export type SampledCell = number | string | boolean | null;

/** A sample of rows as plain data. */
export interface RowSampleState {
  readonly columns: readonly string[];
  readonly reservoir: ReservoirState<readonly SampledCell[]>;
}

/** Longer strings are cut. */
const MAX_CELL_LENGTH = 256;

const bits = new Uint32Array(2);
const bitsAsNumber = new Float64Array(bits.buffer);

/** A uniform sample of whole rows: the one part of a profile that knows which values occurred together. Mergeable. */
export class RowSample {
  readonly #columns: string[] = [];
  readonly #places = new Map<string, number>();
  #reservoir: Reservoir<SampledCell[]>;

  constructor(
    capacity: number,
    seed = 1,
    reservoir: Reservoir<SampledCell[]> = new Reservoir({ capacity, seed }),
  ) {
    this.#reservoir = reservoir;
  }

  get capacity(): number {
    return this.#reservoir.capacity;
  }

  /** How many rows are kept. */
  get size(): number {
    return this.#reservoir.size;
  }

  /**
   * Offers the rows `[from, to)`, each as often as its weight says; `accept` tells which columns are kept.
   */
  addColumns(
    columns: ColumnSet,
    from: number,
    to: number,
    accept: (name: string) => boolean,
    weights?: ArrayLike<number>,
  ): void {
    const kept = [...columns].filter(([name]) => accept(name));
    const places = kept.map(([name]) => this.#place(name));
    const salting = kept[0]?.[1];
    let spare: SampledCell[] = [];
    for (let row = from; row < to; row += 1) {
      const salt = saltOf(salting?.[row]);
      if (!this.#reservoir.updateMany(spare, weights?.[row] ?? 1, salt)) continue;
      for (let column = 0; column < kept.length; column += 1) {
        spare[places[column] as number] = sampledCellOf(
          (kept[column] as [string, ArrayLike<unknown>])[1][row],
        );
      }
      spare = [];
    }
  }

  /** Takes in the sample of other rows; `other` is left as it is. */
  merge(other: RowSample): void {
    const places = other.#columns.map((name) => this.#place(name));
    const state = other.#reservoir.toState();
    const items = state.items.map((cells) => {
      const moved: SampledCell[] = [];
      cells.forEach((cell, index) => {
        moved[places[index] as number] = cell;
      });
      return moved;
    });
    this.#reservoir.merge(Reservoir.fromState({ ...state, items }));
  }

  /** `count` of the rows without replacement, or all there are, in an order that the seed decides. */
  rows(count: number, seed: number): Record<string, SampledCell>[] {
    const rows = shuffle([...this.#reservoir.items], seededRandom(seed)).slice(
      0,
      Math.max(0, count),
    );
    return rows.map((cells) =>
      Object.fromEntries(this.#columns.map((name, index) => [name, cells[index] ?? null])),
    );
  }

  /** The numbers of a column in all rows kept, NaN where there is none. */
  numbers(name: string): Float64Array {
    const place = this.#places.get(name) ?? -1;
    return Float64Array.from(this.#reservoir.items, (cells) => numberOf(cells[place]));
  }

  /** Empties the rows for which `matches` says so; they stay in the count, as rows without values. @returns how many. */
  forget(matches: (row: Readonly<Record<string, SampledCell>>) => boolean): number {
    let forgotten = 0;
    for (const cells of this.#reservoir.items) {
      if (
        !matches(
          Object.fromEntries(this.#columns.map((name, index) => [name, cells[index] ?? null])),
        )
      )
        continue;
      cells.fill(null);
      forgotten += 1;
    }
    return forgotten;
  }

  toState(): RowSampleState {
    const state = this.#reservoir.toState();
    const width = this.#columns.length;
    const items = state.items.map((cells) =>
      Array.from({ length: width }, (_, index) => cells[index] ?? null),
    );
    return { columns: [...this.#columns], reservoir: { ...state, items } };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where it can't be a sample. */
  static fromState(state: RowSampleState): RowSample {
    const { columns, reservoir } = state;
    const sound =
      columns.every((name) => typeof name === 'string') &&
      new Set(columns).size === columns.length &&
      reservoir.items.every(
        (cells) => Array.isArray(cells) && cells.length === columns.length && cells.every(isCell),
      );
    if (!sound)
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a sample of rows: a row is impossible');
    const items = reservoir.items.map((cells) => [...cells]);
    const sample = new RowSample(0, 0, Reservoir.fromState({ ...reservoir, items }));
    for (const name of columns) sample.#place(name);
    return sample;
  }

  #place(name: string): number {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.#columns.length;
      this.#columns.push(name);
      this.#places.set(name, place);
    }
    return place;
  }
}

function isCell(value: unknown): boolean {
  return (
    value === null ||
    typeof value === 'number' ||
    typeof value === 'string' ||
    typeof value === 'boolean'
  );
}

/** A value as a sample keeps it. */
export function sampledCellOf(value: unknown): SampledCell {
  if (typeof value === 'string')
    return value.length > MAX_CELL_LENGTH ? value.slice(0, MAX_CELL_LENGTH) : value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  return null;
}

/** Tells the rows of two parts apart, so that their samples don't choose the same positions. */
function saltOf(value: unknown): number {
  if (typeof value === 'number') {
    bitsAsNumber[0] = value;
    return (bits[0] as number) ^ (bits[1] as number);
  }
  return typeof value === 'string' ? value.length * 131 + value.charCodeAt(value.length - 1) : 0;
}
