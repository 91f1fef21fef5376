import { LeewayError } from '../leaves/errors.js';
import {
  type BaselineTransforms,
  BLOCK_BINS,
  type ColumnTransform,
  fnv,
  normalScore,
  upperBound,
} from './baseline-transforms.js';
import type { ColumnProfile } from './column-profile.js';
import { hourOf } from './cycle.js';
import type { ProfiledColumns } from './profiled-columns.js';
import { familyOf } from './schema.js';

/** What one column was in one stretch of time. */
export interface BlockColumn {
  /** How many values were counted in the bins. */
  readonly count: number;
  /** Rows without a value. */
  readonly missing: number;
  /** Categories that the baseline never had, or numbers outside its range. */
  readonly fresh: number;
  /** Σu and Σu² of the normal scores. */
  readonly scores: number;
  readonly squares: number;
  /** 32 counts: in the baseline's bins, or of its 31 most frequent categories and all others. A view: it grows with the block. */
  readonly bins: Float64Array;
}

const FIELDS = 5;
/** Numbers per column of a block. */
export const BLOCK_WIDTH: number = FIELDS + BLOCK_BINS;

/** One stretch of time: how many rows, and per column of the transforms 37 sums. Blocks of the same transforms add up. */
export class Block {
  /** When it begins, epoch ms, and when the last of its rows came. */
  from: number;
  to: number;
  rows: number;
  readonly #sums: Float64Array;

  constructor(from: number, to: number, rows: number, sums: Float64Array) {
    this.from = from;
    this.to = to;
    this.rows = rows;
    this.#sums = sums;
  }

  /** Measures a profile with the baseline's bins and scores. O(columns × values held by their sketches). */
  static of(
    profile: ProfiledColumns,
    transforms: BaselineTransforms,
    from: number,
    to: number,
  ): Block {
    const { columns } = transforms;
    const sums = new Float64Array(columns.length * BLOCK_WIDTH);
    columns.forEach((transform, place) => {
      const column = profile.column(transform.name);
      const target = sums.subarray(place * BLOCK_WIDTH, (place + 1) * BLOCK_WIDTH);
      target[1] = profile.rows - (column?.present ?? 0);
      if (column === undefined) return;
      const family = familyOf(transform.type);
      if (family === 'numeric') measureNumbers(target, column, transform);
      else if (family === 'categorical') measureCategories(target, column, transform);
      else target[0] = column.present;
    });
    return new Block(from, to, profile.rows, sums);
  }

  /** The hour of the week in which it begins, in UTC: 0 is Monday from midnight to one. */
  get hourOfWeek(): number {
    return hourOf('week', this.from);
  }

  /** The column at a place of the transforms. */
  column(place: number): BlockColumn {
    const sums = this.#sums;
    const from = place * BLOCK_WIDTH;
    return {
      count: sums[from] as number,
      missing: sums[from + 1] as number,
      fresh: sums[from + 2] as number,
      scores: sums[from + 3] as number,
      squares: sums[from + 4] as number,
      bins: sums.subarray(from + FIELDS, from + BLOCK_WIDTH),
    };
  }

  /**
   * Takes in another block of the same transforms; `other` is left as it is.
   *
   * @param options.keepTime for what is no stretch of time but an hour of many days. @default false
   */
  merge(other: Block, { keepTime = false }: { readonly keepTime?: boolean } = {}): void {
    if (!keepTime) {
      this.from = Math.min(this.from, other.from);
      this.to = Math.max(this.to, other.to);
    }
    this.rows += other.rows;
    other.#sums.forEach((sum, index) => {
      this.#sums[index] = (this.#sums[index] as number) + sum;
    });
  }

  /** As if so many times as many rows had come. */
  scaled(factor: number): Block {
    return new Block(
      this.from,
      this.to,
      factor * this.rows,
      this.#sums.map((sum) => factor * sum),
    );
  }

  clone(): Block {
    return new Block(this.from, this.to, this.rows, this.#sums.slice());
  }

  toState(): {
    readonly from: number;
    readonly to: number;
    readonly rows: number;
    readonly sums: Float64Array;
  } {
    return { from: this.from, to: this.to, rows: this.rows, sums: packed(this.#sums) };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where it can't be a block of so many columns. */
  static fromState(state: ReturnType<Block['toState']>, columns: number): Block {
    const { from, to, rows } = state;
    const sums = state.sums instanceof Float64Array ? unpacked(state.sums, columns) : undefined;
    const sound =
      Number.isFinite(from) &&
      Number.isFinite(to) &&
      to >= from &&
      Number.isSafeInteger(rows) &&
      rows >= 0 &&
      sums?.every((sum) => Number.isFinite(sum));
    if (!sound || sums === undefined)
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a block: its times, rows and sums disagree');
    return new Block(from, to, rows, sums);
  }
}

/** How counts are stored: so many in one number, each below a power of two; 52 of a number's 53 bits. */
const PACKINGS = [4, 3, 2].map((together) => ({
  together,
  below: 2 ** Math.floor(52 / together),
  width: FIELDS + Math.ceil(BLOCK_BINS / together),
}));

/** Sums as they are stored: counts together in one number, where all are whole and small enough. */
function packed(sums: Float64Array): Float64Array {
  const columns = sums.length / BLOCK_WIDTH;
  let largest = 0;
  for (let column = 0; column < columns; column += 1) {
    for (let bin = FIELDS; bin < BLOCK_WIDTH; bin += 1) {
      const count = sums[column * BLOCK_WIDTH + bin] as number;
      largest = Number.isInteger(count) ? Math.max(largest, count) : Number.POSITIVE_INFINITY;
    }
  }
  const packing = PACKINGS.find(({ below }) => largest < below);
  if (packing === undefined) return sums.slice();
  const { together, below, width } = packing;
  const result = new Float64Array(columns * width);
  for (let column = 0; column < columns; column += 1) {
    const from = column * BLOCK_WIDTH;
    const to = column * width;
    result.set(sums.subarray(from, from + FIELDS), to);
    for (let bin = 0; bin < BLOCK_BINS; bin += 1) {
      const place = to + FIELDS + Math.floor(bin / together);
      result[place] = (result[place] as number) * below + (sums[from + FIELDS + bin] as number);
    }
  }
  return result;
}

/** @returns `undefined` where these are no sums of so many columns. */
function unpacked(stored: Float64Array, columns: number): Float64Array | undefined {
  if (stored.length === columns * BLOCK_WIDTH) return stored.slice();
  const packing = PACKINGS.find(({ width }) => stored.length === columns * width);
  if (packing === undefined) return undefined;
  const { together, below, width } = packing;
  const sums = new Float64Array(columns * BLOCK_WIDTH);
  for (let column = 0; column < columns; column += 1) {
    const from = column * width;
    const to = column * BLOCK_WIDTH;
    sums.set(stored.subarray(from, from + FIELDS), to);
    for (let number = 0; number < width - FIELDS; number += 1) {
      let counts = stored[from + FIELDS + number] as number;
      for (
        let bin = Math.min(BLOCK_BINS, (number + 1) * together) - 1;
        bin >= number * together;
        bin -= 1
      ) {
        sums[to + FIELDS + bin] = counts % below;
        counts = Math.floor(counts / below);
      }
    }
  }
  return sums;
}

function measureNumbers(
  target: Float64Array,
  column: ColumnProfile,
  transform: ColumnTransform,
): void {
  const { values, weights, total } = column.quantiles.weightedValues();
  const { edges, knots } = transform;
  target[0] = total;
  if (knots.length === 0) return;
  const least = knots[0] as number;
  const greatest = knots.at(-1) as number;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    const weight = weights[index] as number;
    const score = normalScore(transform, value);
    if (value < least || value > greatest) add(target, 2, weight);
    add(target, 3, weight * score);
    add(target, 4, weight * score * score);
    add(target, FIELDS + upperBound(edges, value), weight);
  }
}

function measureCategories(
  target: Float64Array,
  column: ColumnProfile,
  transform: ColumnTransform,
): void {
  const { categories, known } = transform;
  const places = new Map(categories.map((category, place) => [category, place]));
  target[0] = column.items.total;
  for (const [category, count] of column.items.entries()) {
    const place = places.get(category);
    add(target, FIELDS + (place ?? BLOCK_BINS - 1), count);
    if (place !== undefined || known.length === 0) continue;
    const hash = fnv(category);
    if (known[upperBound(known, hash) - 1] !== hash) add(target, 2, count);
  }
  add(target, FIELDS + BLOCK_BINS - 1, column.items.other);
}

function add(sums: Float64Array, index: number, value: number): void {
  sums[index] = (sums[index] as number) + value;
}
