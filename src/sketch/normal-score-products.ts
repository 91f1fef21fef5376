import { LeewayError } from '../leaves/errors.js';
import { decodeFrame, encodeFrame } from '../leaves/frame.js';
import {
  decodingSketch,
  ENCODING_VERSION,
  FRAME_KINDS,
  isCount,
  type JsonNumber,
  numbersFromJson,
  numbersToJson,
  openJson,
} from './encoding.js';

/** The sums as plain numbers, for an encoding to carry. */
export interface NormalScoreProductsState {
  readonly columns: number;
  readonly rows: number;
  /** Per column: how many scores, their sum, the sum of their squares. */
  readonly singles: Float64Array;
  /** Per pair (0,1), (0,2), …, (1,2), …: how many products, their sum, the sum of their squares. */
  readonly pairs: Float64Array;
}

/** The sums as JSON. */
export interface NormalScoreProductsJson
  extends Omit<NormalScoreProductsState, 'singles' | 'pairs'> {
  readonly kind: 'normal-score-products';
  readonly version: number;
  readonly singles: readonly JsonNumber[];
  readonly pairs: readonly JsonNumber[];
}

/** What is known of one column's scores u, or of one pair's products u·v. */
export interface ScoreSums {
  /** In how many rows it was there. */
  readonly count: number;
  /** In how many rows it, or either of the pair, was missing. */
  readonly skipped: number;
  readonly sum: number;
  readonly sumOfSquares: number;
}

/** At most so many columns: 2,016 pairs, 50 KB. */
export const MAX_PRODUCT_COLUMNS = 64;

const KIND = 'normal-score-products';
const FIELDS = 3;

/**
 * Sums of the normal scores of a few columns and of their products in pairs: Σuᵢ, Σuᵢ², Σuᵢuⱼ, Σ(uᵢuⱼ)², from which the
 * change of a correlation can be told with its standard error.
 *
 * A score is Φ⁻¹ of a value's mid-rank in the baseline, which whoever feeds the sums finds; missing is NaN. Feed a uniform
 * sample where every row would be too dear: a row costs O(columns²).
 *
 * Error: none but rounding, below n·10⁻¹⁶ of Σ|u|, since scores are within ±9. Memory: 24 bytes a column and 24 a pair;
 * at most 64 columns, so 50 KB.
 *
 * Invariants: (1) a pair's count is at most either column's, and that at most `rows`; (2) merging adds, so it is commutative
 * to the bit and associative but for rounding.
 */
export class NormalScoreProducts {
  readonly #columns: number;
  #rows = 0;
  readonly #singles: Float64Array;
  readonly #pairs: Float64Array;

  /** @param options.columns how many, 1 … 64. */
  constructor(options: { readonly columns: number }) {
    const { columns } = options;
    if (!Number.isInteger(columns) || columns < 1 || columns > MAX_PRODUCT_COLUMNS) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `columns must be an integer in 1 … ${MAX_PRODUCT_COLUMNS}, got ${columns}`,
      );
    }
    this.#columns = columns;
    this.#singles = new Float64Array(FIELDS * columns);
    this.#pairs = new Float64Array((FIELDS * columns * (columns - 1)) / 2);
  }

  get columns(): number {
    return this.#columns;
  }

  /** How many rows went in. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Adds one row of scores.
   *
   * @param scores one per column, in the columns' order; what is not finite is missing, and its pairs are skipped.
   * @throws LeewayError `ERR_LEEWAY_SAMPLE` where the row is of another length.
   */
  update(scores: ArrayLike<number>): void {
    const columns = this.#columns;
    if (scores.length !== columns) {
      throw new LeewayError(
        'ERR_LEEWAY_SAMPLE',
        `expected ${columns} scores, got ${scores.length}`,
      );
    }
    const pairs = this.#pairs;
    let place = 0;
    for (let first = 0; first < columns; first += 1) {
      const u = scores[first] as number;
      if (!Number.isFinite(u)) {
        place += FIELDS * (columns - 1 - first);
        continue;
      }
      accumulate(this.#singles, FIELDS * first, u);
      for (let second = first + 1; second < columns; second += 1) {
        const product = u * (scores[second] as number);
        if (product - product === 0) accumulate(pairs, place, product);
        place += FIELDS;
      }
    }
    this.#rows += 1;
  }

  /** The sums of column `index`, counted from 0. */
  column(index: number): ScoreSums {
    return this.#sums(this.#singles, FIELDS * index);
  }

  /** The sums of the products of two unlike columns, in either order. */
  pair(first: number, second: number): ScoreSums {
    const [low, high] = first < second ? [first, second] : [second, first];
    if (!(low >= 0 && low < high && high < this.#columns)) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `there is no pair of columns ${first} and ${second}`,
      );
    }
    const before = low * this.#columns - (low * (low + 1)) / 2;
    return this.#sums(this.#pairs, FIELDS * (before + high - low - 1));
  }

  /**
   * Takes in the sums of other rows; `other` is left as it is.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` where the numbers of columns differ.
   */
  merge(other: NormalScoreProducts): void {
    if (other.#columns !== this.#columns) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `products of ${this.#columns} and of ${other.#columns} columns do not merge`,
      );
    }
    addAll(this.#singles, other.#singles);
    addAll(this.#pairs, other.#pairs);
    this.#rows += other.#rows;
  }

  /** Sums of its own with the same content. */
  clone(): NormalScoreProducts {
    return NormalScoreProducts.fromState(this.toState());
  }

  /** The content as plain numbers. */
  toState(): NormalScoreProductsState {
    return {
      columns: this.#columns,
      rows: this.#rows,
      singles: this.#singles.slice(),
      pairs: this.#pairs.slice(),
    };
  }

  /**
   * Sums from plain numbers, checked.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where they can't be such sums.
   */
  static fromState(state: NormalScoreProductsState): NormalScoreProducts {
    const { columns, rows, singles, pairs } = state;
    const sound =
      Number.isInteger(columns) &&
      columns >= 1 &&
      columns <= MAX_PRODUCT_COLUMNS &&
      isCount(rows) &&
      singles.length === FIELDS * columns &&
      pairs.length === (FIELDS * columns * (columns - 1)) / 2 &&
      areSums(singles, rows) &&
      areSums(pairs, rows);
    if (!sound)
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        'not products of scores: columns, rows and sums disagree',
      );
    const products = new NormalScoreProducts({ columns });
    products.#rows = rows;
    products.#singles.set(singles);
    products.#pairs.set(pairs);
    return products;
  }

  /** The content as bytes. */
  toBytes(): Uint8Array {
    const { singles, pairs, ...header } = this.toState();
    return encodeFrame(FRAME_KINDS.normalScoreProducts, ENCODING_VERSION, header, [singles, pairs]);
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are not what `toBytes` wrote. */
  static fromBytes(bytes: Uint8Array): NormalScoreProducts {
    return decodingSketch(KIND, () => {
      const frame = decodeFrame(bytes, FRAME_KINDS.normalScoreProducts, ENCODING_VERSION, KIND);
      const { columns, rows } = frame.header as { columns: number; rows: number };
      const singles = frame.takeFloat64(FIELDS * columns);
      const pairs = frame.takeFloat64((FIELDS * columns * (columns - 1)) / 2);
      return NormalScoreProducts.fromState({ columns, rows, singles, pairs });
    });
  }

  /** The content as an object for JSON. */
  toJSON(): NormalScoreProductsJson {
    const { singles, pairs, ...rest } = this.toState();
    const sums = { singles: numbersToJson(singles), pairs: numbersToJson(pairs) };
    return { kind: KIND, version: ENCODING_VERSION, ...rest, ...sums };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the object is not what `toJSON` gave. */
  static fromJSON(json: unknown): NormalScoreProducts {
    return decodingSketch(KIND, () => {
      const fields = openJson(json, KIND);
      return NormalScoreProducts.fromState({
        columns: fields.columns as number,
        rows: fields.rows as number,
        singles: numbersFromJson(fields.singles),
        pairs: numbersFromJson(fields.pairs),
      });
    });
  }

  #sums(from: Float64Array, place: number): ScoreSums {
    const count = from[place];
    if (count === undefined)
      throw new LeewayError('ERR_LEEWAY_OPTION', 'there is no such column or pair');
    return {
      count,
      skipped: this.#rows - count,
      sum: from[place + 1] as number,
      sumOfSquares: from[place + 2] as number,
    };
  }
}

function accumulate(sums: Float64Array, place: number, value: number): void {
  sums[place] = (sums[place] as number) + 1;
  sums[place + 1] = (sums[place + 1] as number) + value;
  sums[place + 2] = (sums[place + 2] as number) + value * value;
}

function addAll(sums: Float64Array, others: Float64Array): void {
  for (let index = 0; index < sums.length; index += 1) {
    sums[index] = (sums[index] as number) + (others[index] as number);
  }
}

function areSums(sums: Float64Array, rows: number): boolean {
  for (let place = 0; place < sums.length; place += FIELDS) {
    const [count, sum, squares] = sums.subarray(place, place + FIELDS) as unknown as [
      number,
      number,
      number,
    ];
    const possible = Number.isInteger(count) && count >= 0 && count <= rows && Number.isFinite(sum);
    if (!possible || !(squares >= 0 && squares < Number.POSITIVE_INFINITY)) return false;
  }
  return true;
}
