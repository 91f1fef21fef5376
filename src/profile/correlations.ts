import { readString } from '../cells/read-text.js';
import { shortestSingle } from '../cells/single-precision.js';
import { LeewayError } from '../leaves/errors.js';
import { checkedCount } from './plain.js';

/** Co-moments as plain data. Arrays hold one entry per pair (0,1), (0,2), …, (1,2), …. */
export interface CoMomentsState {
  readonly columns: readonly string[];
  readonly sums: readonly Float64Array[];
}

/** Coefficients in [-1, 1]; NaN where a column is constant or a pair has fewer than two rows. */
export interface CorrelationMatrix {
  readonly columns: readonly string[];
  /** Row i, column j: the coefficient of columns i and j. */
  readonly values: readonly (readonly number[])[];
}

/** At most so many columns are correlated, the first numeric ones: 1,225 pairs, 59 KB. */
export const MAX_CORRELATED = 50;

/**
 * Exact co-moments of all pairs of a few columns, each over the rows in which both are finite numbers. Mergeable, and stable
 * for data far from zero: every slice is centred before its products are summed.
 *
 * Source: Chan, Golub and LeVeque (1983), pairwise.
 */
export class CoMoments {
  readonly columns: readonly string[];
  /** Per pair: rows, both means, both sums of squares, the sum of products. */
  readonly #sums: readonly Float64Array[];

  constructor(columns: readonly string[]) {
    this.columns = columns.slice(0, MAX_CORRELATED);
    const pairs = (this.columns.length * (this.columns.length - 1)) / 2;
    this.#sums = Array.from({ length: 6 }, () => new Float64Array(pairs));
  }

  /** Adds the rows `[from, to)`, each `weights[row]` times where weights are given. O(rows × pairs). */
  addSlice(
    table: ReadonlyMap<string, ArrayLike<unknown>>,
    from: number,
    to: number,
    weights?: ArrayLike<number>,
  ): void {
    const slices = this.columns.map((name) => centred(table.get(name) ?? [], from, to));
    const weightOf =
      weights === undefined ? undefined : (row: number): number => weights[from + row] as number;
    let pair = 0;
    slices.forEach((x, first) => {
      for (let second = first + 1; second < slices.length; second += 1) {
        const y = slices[second] as Centred;
        const z = slices[second + 1];
        if (weightOf !== undefined || !x.complete || !y.complete)
          this.#addIncomplete(pair, x, y, weightOf);
        else if (z?.complete) {
          dots(x.numbers, y.numbers, z.numbers);
          this.#merge(
            pair,
            x.numbers.length,
            x.mean,
            y.mean,
            x.squares,
            y.squares,
            products[0] as number,
          );
          this.#merge(
            pair + 1,
            x.numbers.length,
            x.mean,
            z.mean,
            x.squares,
            z.squares,
            products[1] as number,
          );
          second += 1;
          pair += 1;
        } else {
          dots(x.numbers, y.numbers, y.numbers);
          this.#merge(
            pair,
            x.numbers.length,
            x.mean,
            y.mean,
            x.squares,
            y.squares,
            products[0] as number,
          );
        }
        pair += 1;
      }
    });
  }

  /** Takes in the co-moments of other rows: what both have; `other` is left as it is. */
  merge(other: CoMoments): CoMoments {
    const common = this.columns.filter((name) => other.columns.includes(name));
    const merged = new CoMoments(common);
    for (const source of [this, other]) {
      const places = common.map((name) => source.columns.indexOf(name));
      merged.#forEachPair((pair, first, second) => {
        const low = places[first] as number;
        const high = places[second] as number;
        const [n, mx, my, sxx, syy, sxy] = source.#at(
          pairIndex(Math.min(low, high), Math.max(low, high), source),
        );
        if (low < high) merged.#merge(pair, n, mx, my, sxx, syy, sxy);
        else merged.#merge(pair, n, my, mx, syy, sxx, sxy);
      });
    }
    return merged;
  }

  /** Pearson's coefficients. */
  pearson(): CorrelationMatrix {
    const values = this.columns.map((_, row) =>
      this.columns.map((__, column) => (row === column ? 1 : Number.NaN)),
    );
    this.#forEachPair((pair, first, second) => {
      const [rows, , , sxx, syy, sxy] = this.#at(pair);
      const coefficient = rows < 2 ? Number.NaN : sxy / (Math.sqrt(sxx) * Math.sqrt(syy));
      const pinned = Math.min(1, Math.max(-1, coefficient));
      (values[first] as number[])[second] = pinned;
      (values[second] as number[])[first] = pinned;
    });
    return { columns: this.columns, values };
  }

  toState(): CoMomentsState {
    return { columns: this.columns, sums: this.#sums.map((sums) => sums.slice()) };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the parts disagree. */
  static fromState(state: CoMomentsState): CoMoments {
    const { columns, sums } = state;
    const size = (columns.length * (columns.length - 1)) / 2;
    const sound =
      columns.length <= MAX_CORRELATED &&
      new Set(columns).size === columns.length &&
      columns.every((name) => typeof name === 'string') &&
      sums.length === 6 &&
      sums.every((values) => values instanceof Float64Array && values.length === size);
    if (!sound)
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not co-moments: columns and sums disagree');
    sums[0]?.forEach((rows) => {
      checkedCount(rows, 'the number of rows of a pair');
    });
    const moments = new CoMoments(columns);
    sums.forEach((values, index) => {
      moments.#sums[index]?.set(values);
    });
    return moments;
  }

  #at(pair: number): [number, number, number, number, number, number] {
    return this.#sums.map((sums) => sums[pair]) as [number, number, number, number, number, number];
  }

  #forEachPair(visit: (pair: number, first: number, second: number) => void): void {
    let pair = 0;
    for (let first = 0; first < this.columns.length; first += 1) {
      for (let second = first + 1; second < this.columns.length; second += 1)
        visit(pair++, first, second);
    }
  }

  #merge(
    pair: number,
    rows: number,
    mx: number,
    my: number,
    sxx: number,
    syy: number,
    sxy: number,
  ): void {
    if (rows === 0) return;
    const [counts, meansX, meansY, squaresX, squaresY, crossed] = this.#sums as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const before = counts[pair] as number;
    const total = before + rows;
    const dx = mx - (meansX[pair] as number);
    const dy = my - (meansY[pair] as number);
    const weight = (before / total) * rows;
    counts[pair] = total;
    meansX[pair] = (meansX[pair] as number) + (dx * rows) / total;
    meansY[pair] = (meansY[pair] as number) + (dy * rows) / total;
    squaresX[pair] = (squaresX[pair] as number) + sxx + dx * dx * weight;
    squaresY[pair] = (squaresY[pair] as number) + syy + dy * dy * weight;
    crossed[pair] = (crossed[pair] as number) + sxy + dx * dy * weight;
  }

  #addIncomplete(
    pair: number,
    x: Centred,
    y: Centred,
    weightOf: (row: number) => number = () => 1,
  ): void {
    let rows = 0;
    let sx = 0;
    let sy = 0;
    let sxx = 0;
    let syy = 0;
    let sxy = 0;
    for (let row = 0; row < x.numbers.length; row += 1) {
      const a = x.numbers[row] as number;
      const b = y.numbers[row] as number;
      if (Number.isNaN(a) || Number.isNaN(b)) continue;
      const weight = weightOf(row);
      rows += weight;
      sx += weight * a;
      sy += weight * b;
      sxx += weight * a * a;
      syy += weight * b * b;
      sxy += weight * a * b;
    }
    if (rows === 0) return;
    const dx = sx / rows;
    const dy = sy / rows;
    this.#merge(pair, rows, x.mean + dx, y.mean + dy, sxx - dx * sx, syy - dy * sy, sxy - dx * sy);
  }
}

/** A column's numbers in a slice less their mean; NaN where there is none. */
interface Centred {
  readonly numbers: Float64Array;
  readonly complete: boolean;
  readonly mean: number;
  readonly squares: number;
}

function centred(values: ArrayLike<unknown>, from: number, to: number): Centred {
  const numbers = new Float64Array(to - from);
  let count = 0;
  let sum = 0;
  for (let row = 0; row < numbers.length; row += 1) {
    const number = numberOf(values[from + row]);
    numbers[row] = number;
    if (number - number === 0) {
      count += 1;
      sum += number;
    }
  }
  const mean = count === 0 ? 0 : sum / count;
  let squares = 0;
  for (let row = 0; row < numbers.length; row += 1) {
    const distance = (numbers[row] as number) - mean;
    numbers[row] = distance;
    squares += distance * distance;
  }
  return { numbers, complete: count === numbers.length, mean, squares };
}

/** The finite number that a value is or says, else NaN. */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value - value === 0 ? shortestSingle(value) : Number.NaN;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string') return Number.NaN;
  const { sort, value: number } = readString(value);
  return sort === 'integer' || sort === 'decimal' ? number : Number.NaN;
}

/** Where `dots` leaves its two sums. */
const products = new Float64Array(2);

/**
 * Σxy and Σxz. Two at once read x only once, and four sums keep the processor's pipeline full: this loop is most of what
 * correlations cost.
 */
function dots(x: Float64Array, y: Float64Array, z: Float64Array): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const even = x.length & ~1;
  for (let row = 0; row < even; row += 2) {
    const one = x[row] as number;
    const two = x[row + 1] as number;
    a += one * (y[row] as number);
    b += one * (z[row] as number);
    c += two * (y[row + 1] as number);
    d += two * (z[row + 1] as number);
  }
  if (even < x.length) {
    a += (x[even] as number) * (y[even] as number);
    b += (x[even] as number) * (z[even] as number);
  }
  products[0] = a + c;
  products[1] = b + d;
}

function pairIndex(low: number, high: number, moments: CoMoments): number {
  return low * moments.columns.length - (low * (low + 1)) / 2 + high - low - 1;
}
