import { LeewayError } from '../leaves/errors.js';
import { decodeFrame, encodeFrame } from '../leaves/frame.js';
import { decodingSketch, ENCODING_VERSION, FRAME_KINDS, isCount, openJson } from './encoding.js';
import { type RowJson, rowFromJson, rowToJson } from './row-json.js';

/** A reservoir as plain data, for an encoding to carry. */
export interface ReservoirState<T> {
  readonly capacity: number;
  readonly count: number;
  readonly counter: number;
  readonly stirred: number;
  /** Increasing; `items` is in the same order. */
  readonly priorities: readonly number[];
  readonly items: readonly T[];
}

/** A reservoir as JSON, its rows in the words of `rowToJson`. */
export interface ReservoirJson extends ReservoirState<RowJson> {
  readonly kind: 'reservoir';
  readonly version: number;
}

/** By default a reservoir keeps so many rows. */
export const DEFAULT_RESERVOIR_CAPACITY = 1000;

const KIND = 'reservoir';
const MAX_CAPACITY = 1 << 20;

/**
 * A uniform sample without replacement of a stream of rows.
 *
 * Every row is given a random priority, and the `capacity` smallest stay: so each set of rows of that size is equally
 * likely, a merge is the smallest of both sides (which weighs either side by its number of rows), and merging is
 * associative and commutative to the bit, whatever the sizes of the parts.
 *
 * Error: none beyond that of a simple random sample. Memory: `capacity` rows as they were given, by reference, and 8
 * bytes each.
 *
 * Invariants: (1) `items` holds min(count, capacity) rows; (2) every row kept has a smaller priority than every row
 * dropped; (3) the same rows with the same salts in the same order under the same seed give the same sample.
 *
 * Parts that are to be merged should differ in seed or salts, or they choose the same positions: still every row is as
 * likely as any other, but rows at the same place of two parts come and go together.
 *
 * Source: bottom-k sampling, E. Cohen and H. Kaplan, "Summarizing data using bottom-k sketches" (2007).
 */
export class Reservoir<T> {
  readonly #capacity: number;
  /** A binary heap with the largest priority on top. */
  #priorities: number[] = [];
  #items: T[] = [];
  #count = 0;
  #counter: number;
  #stirred: number;

  /**
   * @param options.capacity how many rows to keep, 1 … 1,048,576. @default 1000
   * @param options.seed any integer; its low 32 bits count. @default 1
   */
  constructor(options: { readonly capacity?: number; readonly seed?: number } = {}) {
    const capacity = options.capacity ?? DEFAULT_RESERVOIR_CAPACITY;
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_CAPACITY) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `capacity must be an integer in 1 … ${MAX_CAPACITY}, got ${capacity}`,
      );
    }
    const seed = options.seed ?? 1;
    if (!Number.isInteger(seed))
      throw new LeewayError('ERR_LEEWAY_OPTION', `seed must be an integer, got ${seed}`);
    this.#capacity = capacity;
    this.#counter = mixed(seed >>> 0);
    this.#stirred = mixed(this.#counter ^ 0x85ebca6b);
  }

  /** How many rows are kept at most. */
  get capacity(): number {
    return this.#capacity;
  }

  /** How many rows were offered. */
  get count(): number {
    return this.#count;
  }

  /** How many rows are kept. */
  get size(): number {
    return this.#items.length;
  }

  /** The rows kept, in a random order: the first m of them are a uniform sample of m rows. */
  get items(): T[] {
    return this.#ordered().map(([, item]) => item);
  }

  /**
   * Offers a row.
   *
   * @param salt any integer that tells parts apart, such as a hash of the row: it stirs the random numbers from here on.
   * @returns whether the row was taken in; a later one may take its place.
   */
  update(item: T, salt = 0): boolean {
    this.#count += 1;
    const priority = this.#draw(salt);
    if (this.#items.length >= this.#capacity && priority >= (this.#priorities[0] as number))
      return false;
    this.#keep(priority, item);
    return true;
  }

  /**
   * Offers a row so many times over, as `update` would, but for the time it takes: full, it draws how many of the copies are
   * passed over before the next is taken.
   *
   * Source: geometric gaps, as in L. Devroye, "Non-uniform random variate generation" (1986), XII.
   */
  updateMany(item: T, copies: number, salt = 0): boolean {
    let taken = false;
    let left = copies;
    for (; left > 0 && (left === 1 || this.#items.length < this.#capacity); left -= 1) {
      taken = this.update(item, salt) || taken;
    }
    this.#count += left;
    while (left > 0) {
      const highest = this.#priorities[0] as number;
      left -= 1 + Math.floor(Math.log1p(-this.#draw(salt)) / Math.log1p(-highest));
      if (!(left >= 0)) break;
      this.#keep(highest * this.#draw(salt), item);
      taken = true;
    }
    return taken;
  }

  /**
   * Takes in the sample of other rows; `other` is left as it is.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` where the capacities differ.
   */
  merge(other: Reservoir<T>): void {
    if (other.#capacity !== this.#capacity) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `reservoirs of capacity ${this.#capacity} and ${other.#capacity} do not merge`,
      );
    }
    for (const [priority, item] of other.#ordered()) {
      if (this.#items.length >= this.#capacity && priority >= (this.#priorities[0] as number))
        break;
      this.#keep(priority, item);
    }
    this.#count += other.#count;
    // Symmetric, so that the two orders of merging also go on alike.
    this.#counter = (this.#counter + other.#counter) >>> 0;
    this.#stirred = (this.#stirred ^ other.#stirred) >>> 0;
  }

  /** A reservoir of its own with the same rows. */
  clone(): Reservoir<T> {
    return Reservoir.fromState(this.toState());
  }

  /** The content as plain data. */
  toState(): ReservoirState<T> {
    const ordered = this.#ordered();
    return {
      capacity: this.#capacity,
      count: this.#count,
      counter: this.#counter,
      stirred: this.#stirred,
      priorities: ordered.map(([priority]) => priority),
      items: ordered.map(([, item]) => item),
    };
  }

  /**
   * A reservoir from plain data, checked.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where it can't be a reservoir's.
   */
  static fromState<T>(state: ReservoirState<T>): Reservoir<T> {
    const { capacity, count, counter, stirred, priorities, items } = state;
    const sound =
      Number.isInteger(capacity) &&
      capacity >= 1 &&
      capacity <= MAX_CAPACITY &&
      isCount(count) &&
      isUint32(counter) &&
      isUint32(stirred) &&
      Array.isArray(items) &&
      Array.isArray(priorities) &&
      items.length === Math.min(count, capacity) &&
      priorities.length === items.length &&
      priorities.every(
        (one, index) => typeof one === 'number' && one >= (priorities[index - 1] ?? 0) && one < 1,
      );
    if (!sound)
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        'not a reservoir: count, rows and priorities disagree',
      );
    const reservoir = new Reservoir<T>({ capacity });
    // Decreasing priorities are a heap already.
    reservoir.#priorities = priorities.toReversed();
    reservoir.#items = items.toReversed();
    reservoir.#count = count;
    reservoir.#counter = counter;
    reservoir.#stirred = stirred;
    return reservoir;
  }

  /**
   * The content as bytes: rows of plain data, with dates, bigints and typed arrays (which come back as arrays).
   *
   * @throws LeewayError `ERR_LEEWAY_SAMPLE` where a row holds what can't be stored: a function, a symbol, a cycle.
   */
  toBytes(): Uint8Array {
    const { priorities, items, ...header } = this.toState();
    const rows = items.map((item) => rowToJson(item));
    return encodeFrame(FRAME_KINDS.reservoir, ENCODING_VERSION, { ...header, rows }, [
      Float64Array.from(priorities),
    ]);
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are not what `toBytes` wrote. */
  static fromBytes<T>(bytes: Uint8Array): Reservoir<T> {
    return decodingSketch(KIND, () => {
      const frame = decodeFrame(bytes, FRAME_KINDS.reservoir, ENCODING_VERSION, KIND);
      const { rows, ...header } = frame.header as Omit<ReservoirState<T>, 'items'> & {
        readonly rows: unknown[];
      };
      const priorities = Array.from(frame.takeFloat64(rows.length));
      return Reservoir.fromState<T>({
        ...header,
        priorities,
        items: rows.map((row) => rowFromJson(row) as T),
      });
    });
  }

  /** The content as an object for JSON; of rows as `toBytes` takes them. */
  toJSON(): ReservoirJson {
    const state = this.toState();
    return {
      kind: KIND,
      version: ENCODING_VERSION,
      ...state,
      items: state.items.map((item) => rowToJson(item)),
    };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the object is not what `toJSON` gave. */
  static fromJSON<T>(json: unknown): Reservoir<T> {
    return decodingSketch(KIND, () => {
      const fields = openJson(json, KIND) as unknown as ReservoirState<unknown>;
      return Reservoir.fromState<T>({
        ...fields,
        items: fields.items.map((item) => rowFromJson(item) as T),
      });
    });
  }

  #ordered(): [priority: number, item: T][] {
    const pairs = this.#items.map((item, index): [number, T] => [
      this.#priorities[index] as number,
      item,
    ]);
    return pairs.sort((a, b) => a[0] - b[0]);
  }

  /** A number in [0, 1) with 53 random bits. The counter never repeats within 2³² rows, whatever the salts. */
  #draw(salt: number): number {
    this.#counter = (this.#counter + 0x9e3779b9) >>> 0;
    this.#stirred = mixed(this.#stirred ^ this.#counter ^ salt);
    const high = this.#stirred;
    const low = mixed(high + this.#counter) >>> 11;
    return (high * 2_097_152 + low) / 9_007_199_254_740_992;
  }

  #keep(priority: number, item: T): void {
    const full = this.#items.length >= this.#capacity;
    let place = full ? 0 : this.#items.length;
    const priorities = this.#priorities;
    const items = this.#items;
    while (!full && place > 0) {
      const parent = (place - 1) >> 1;
      if ((priorities[parent] as number) >= priority) break;
      priorities[place] = priorities[parent] as number;
      items[place] = items[parent] as T;
      place = parent;
    }
    while (full) {
      let child = 2 * place + 1;
      if (child >= items.length) break;
      if (
        child + 1 < items.length &&
        (priorities[child + 1] as number) > (priorities[child] as number)
      )
        child += 1;
      if ((priorities[child] as number) <= priority) break;
      priorities[place] = priorities[child] as number;
      items[place] = items[child] as T;
      place = child;
    }
    priorities[place] = priority;
    items[place] = item;
  }
}

const isUint32 = (value: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= 0xffffffff;

/** A bijection of 32-bit words whose every output bit depends on every input bit. */
function mixed(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
