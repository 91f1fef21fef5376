import { LeewayError } from '../errors.js';
import { FrequentItems, type FrequentItemsState } from '../sketch/frequent-items.js';
import { Moments } from '../sketch/moments.js';
import { QuantileSketch } from '../sketch/quantile-sketch.js';

/**
 * What a column is compared as. `text` is a column of nearly unique strings (names, identifiers, prose): of those only
 * missing values and types are compared, since every window brings new ones.
 */
export type ColumnType = 'numeric' | 'categorical' | 'text';

/** How columns of a type are compared: by their numbers, by their categories, or not by value at all. */
export type ColumnFamily = 'numeric' | 'categorical' | 'text';

/** How many values of each sort a column held. Missing values are what is left of the rows. */
export interface ValueCounts {
  readonly number: number;
  /** Numbers that are not finite; they enter no sketch. */
  readonly infinite: number;
  readonly string: number;
  readonly boolean: number;
  /** Objects, functions, symbols: nothing a column can hold. */
  readonly other: number;
}

/** A share of distinct strings above which a column is text. */
const TEXT_DISTINCT_SHARE = 0.5;
/** Below so many values a column is not taken for text: few values are often all different. */
const TEXT_MIN_VALUES = 50;

/**
 * The summary of one column: how many values of each sort, the numbers in a quantile sketch and moments, strings and
 * booleans (and the numbers of a column declared categorical) as counted categories. A column whose values change their
 * sort keeps both stories.
 */
export class ColumnProfile {
  readonly name: string;
  /** Whether the user declared it categorical, so that its numbers are names. */
  readonly declaredCategorical: boolean;
  readonly #counts = { number: 0, infinite: 0, string: 0, boolean: 0, other: 0 };
  readonly #quantiles: QuantileSketch;
  readonly #moments: Moments;
  readonly #items: FrequentItems;

  constructor(
    name: string,
    options: {
      readonly declaredCategorical?: boolean;
      readonly quantiles?: QuantileSketch;
      readonly moments?: Moments;
      readonly items?: FrequentItems;
    } = {},
  ) {
    this.name = name;
    this.declaredCategorical = options.declaredCategorical ?? false;
    this.#quantiles = options.quantiles ?? new QuantileSketch();
    this.#moments = options.moments ?? new Moments();
    this.#items = options.items ?? new FrequentItems();
  }

  get counts(): ValueCounts {
    return this.#counts;
  }

  /** How many rows have a value here, of whatever sort. */
  get present(): number {
    const { number, infinite, string, boolean, other } = this.#counts;
    return number + infinite + string + boolean + other;
  }

  /** The finite numbers. */
  get quantiles(): QuantileSketch {
    return this.#quantiles;
  }

  /** Mean and variance of the finite numbers. */
  get moments(): Moments {
    return this.#moments;
  }

  /** The categories. */
  get items(): FrequentItems {
    return this.#items;
  }

  /** Numeric where at least half of its values are numbers, unless declared categorical. */
  get type(): ColumnType {
    const { number, infinite } = this.#counts;
    if (!this.declaredCategorical && number + infinite > 0 && 2 * (number + infinite) >= this.present) return 'numeric';
    const { total, distinct, other } = this.#items;
    const nearlyUnique = total >= TEXT_MIN_VALUES && (other > 0 || distinct > TEXT_DISTINCT_SHARE * total);
    return nearlyUnique && !this.declaredCategorical ? 'text' : 'categorical';
  }

  /** How it is compared. */
  get family(): ColumnFamily {
    return this.type;
  }

  /** Adds one value. `null`, `undefined` and NaN are missing: they count nowhere, and so the rows tell of them. */
  add(value: unknown): void {
    switch (typeof value) {
      case 'number':
        this.#addNumber(value);
        return;
      case 'string':
        this.#counts.string += 1;
        this.#items.update(value);
        return;
      case 'boolean':
        this.#counts.boolean += 1;
        this.#items.update(value ? 'true' : 'false');
        return;
      case 'bigint':
        this.#addNumber(Number(value));
        return;
      default:
        if (value !== null && value !== undefined) this.#counts.other += 1;
    }
  }

  /** Takes in the same column of other rows; `other` is left as it is. */
  merge(other: ColumnProfile): void {
    this.#counts.number += other.#counts.number;
    this.#counts.infinite += other.#counts.infinite;
    this.#counts.string += other.#counts.string;
    this.#counts.boolean += other.#counts.boolean;
    this.#counts.other += other.#counts.other;
    this.#quantiles.merge(other.#quantiles);
    this.#moments.merge(other.#moments);
    this.#items.merge(other.#items);
  }

  #addNumber(value: number): void {
    if (Number.isNaN(value)) return;
    if (!Number.isFinite(value)) {
      this.#counts.infinite += 1;
      return;
    }
    this.#counts.number += 1;
    if (this.declaredCategorical) {
      this.#items.update(String(value));
      return;
    }
    this.#quantiles.update(value);
    this.#moments.update(value);
  }

  /** What the header of an encoding holds; the numbers that JSON can't hold go to the blocks. */
  toParts(): { readonly header: ColumnHeader; readonly numbers: Float64Array } {
    const quantiles = this.#quantiles.toState();
    const moments = this.#moments.toState();
    const numbers = new Float64Array(4 + quantiles.values.length);
    numbers.set([quantiles.min, quantiles.max, moments.mean, moments.sumOfSquares]);
    numbers.set(quantiles.values, 4);
    return {
      header: {
        name: this.name,
        declaredCategorical: this.declaredCategorical,
        counts: { ...this.#counts },
        capacity: quantiles.capacity,
        numbers: quantiles.count,
        coin: quantiles.coin,
        sizes: quantiles.sizes,
        items: this.#items.toState(),
      },
      numbers,
    };
  }

  /**
   * A column from the parts of an encoding. `take` hands out its block of so many numbers.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where they can't be a column's.
   */
  static fromParts(header: ColumnHeader, take: (length: number) => Float64Array): ColumnProfile {
    try {
      const block = take(4 + header.sizes.reduce((sum, size) => sum + size, 0));
      const [min, max, mean, sumOfSquares] = block as unknown as [number, number, number, number];
      const column = new ColumnProfile(header.name, {
        declaredCategorical: header.declaredCategorical,
        quantiles: QuantileSketch.fromState({
          capacity: header.capacity,
          count: header.numbers,
          min: header.numbers === 0 ? Number.POSITIVE_INFINITY : min,
          max: header.numbers === 0 ? Number.NEGATIVE_INFINITY : max,
          coin: header.coin,
          sizes: header.sizes,
          values: block.slice(4),
        }),
        moments: Moments.fromState({ count: header.numbers, mean, sumOfSquares }),
        items: FrequentItems.fromState(header.items),
      });
      for (const sort of ['number', 'infinite', 'string', 'boolean', 'other'] as const) {
        const count = header.counts[sort];
        if (!Number.isSafeInteger(count) || count < 0) throw new Error(`its count of ${sort} values is ${count}`);
        column.#counts[sort] = count;
      }
      return column;
    } catch (cause) {
      if (cause instanceof LeewayError) throw cause;
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a leeway profile: a column is damaged', { cause });
    }
  }
}

/** The JSON part of an encoded column. */
export interface ColumnHeader {
  readonly name: string;
  readonly declaredCategorical: boolean;
  readonly counts: ValueCounts;
  readonly capacity: number;
  readonly numbers: number;
  readonly coin: number;
  readonly sizes: readonly number[];
  readonly items: FrequentItemsState;
}
