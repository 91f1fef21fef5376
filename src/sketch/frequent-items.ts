import { LeewayError } from '../leaves/errors.js';
import { decodeFrame, encodeFrame } from '../leaves/frame.js';
import { DistinctCount } from './distinct-count.js';
import { decodingSketch, ENCODING_VERSION, FRAME_KINDS, isCount, openJson } from './encoding.js';
import { hashName } from './name-hash.js';

/** Counts as plain data, for an encoding to carry. */
export interface FrequentItemsState {
  readonly total: number;
  readonly other: number;
  readonly bound: number;
  /** `missed`, by how much the count may be too small, is left out where it is 0. */
  readonly items: readonly (readonly [name: string, count: number, missed?: number])[];
  /** What the distinct count is estimated from, once it is no longer exact. */
  readonly registers?: string;
  /** Rows that are not counted by name, by the bucket of their name. Absent while exact, and in what releases before 0.1 wrote. */
  readonly buckets?: readonly number[];
}

/** Counts as JSON. */
export interface FrequentItemsJson extends FrequentItemsState {
  readonly kind: 'frequent-items';
  readonly version: number;
}

/** At most so many categories are counted each by itself. */
export const DEFAULT_ITEM_CAPACITY = 1024;

/** Longer names are cut, and told apart by a hash of the whole. */
export const MAX_ITEM_LENGTH = 256;

/** Names fall into so many buckets by their hash. */
export const NAME_BUCKETS = 512;

const KIND = 'frequent-items';
const KEPT = DEFAULT_ITEM_CAPACITY / 2;
/** From this length on an engine may keep a substring as a window of the string it was cut from. */
const SHORTEST_WINDOW = 13;

interface Item {
  count: number;
  /** How often it may have been seen before it was (again) counted by name. */
  missed: number;
}

/**
 * Counts how often each category occurs, and how many categories there are.
 *
 * Exact while no more than 1,024 categories were met. With one more, the 512 most frequent stay by name and the rest goes
 * to "other"; and so on each time. A category that comes (again) after that may have been seen up to `bound` times
 * before, and is ranked as if it had.
 *
 * Rows that go to "other" stay counted by the bucket of their name, one of 512 by its hash: so the counts of all rows by bucket
 * (`bucketCounts`) are exact whatever comes, and are what two of these are compared by once one of them is not exact.
 *
 * Error: a count by name is never too large, and too small by at most `boundOf(name)` ≤ `bound` ≤ total / 513 (a merge adds the
 * bounds), so whatever makes up more than a 513th is counted by name. `distinctEstimate` is exact while the counts are, then has a
 * standard error of 2.3 %. Memory: 1,024 names of at most 256 characters, and 6 KB, whatever comes. Time: amortised
 * O(length of the name), of which at most 65,536 characters are read.
 *
 * Invariants: (1) the counts by name and `other` sum to `total`; (2) the same names in the same order give the same counts;
 * (3) merging is commutative, and associative while exact; (4) no name keeps alive the larger string it was cut from.
 *
 * Source: J. Misra and D. Gries, "Finding repeated elements" (1982), in the form of Metwally, Agrawal, El Abbadi,
 * "Efficient computation of frequent and top-k elements" (2005): offsets instead of subtractions.
 */
export class FrequentItems {
  readonly #items = new Map<string, Item>();
  #total = 0;
  #other = 0;
  #bound = 0;
  /** Every name met so far; made when the first one is dropped. */
  #distinct: DistinctCount | undefined;
  /** Rows not counted by name, by bucket; made when the first name is dropped. */
  #dropped: Float64Array | undefined;

  /** How many values went in. */
  get total(): number {
    return this.#total;
  }

  /** How many of them are not counted by name. */
  get other(): number {
    return this.#other;
  }

  /** By how much a count may be too small, at most; 0 while exact. A name not counted was seen at most so often. */
  get bound(): number {
    return this.#bound;
  }

  /** How many categories are counted by name. */
  get distinct(): number {
    return this.#items.size;
  }

  /** How many categories were met: exact while the counts are, else to 2.3 % (one standard error). */
  get distinctEstimate(): number {
    const estimate = Math.min(this.#total, Math.round(this.#distinct?.estimate() ?? 0));
    return Math.max(this.#items.size, estimate);
  }

  /** Whether every category is counted by name. */
  get exact(): boolean {
    return this.#other === 0;
  }

  /**
   * How many rows have a name in each bucket, exactly; `undefined` where an older release let names go without counting that.
   * O(names) time.
   */
  bucketCounts(): Float64Array | undefined {
    const counts = this.droppedByBucket();
    if (counts === undefined) return undefined;
    for (const [name, { count }] of this.#items) {
      const bucket = bucketOf(name);
      counts[bucket] = (counts[bucket] as number) + count;
    }
    return counts;
  }

  /** The same of the rows that are not counted by name. */
  droppedByBucket(): Float64Array | undefined {
    if (!this.bucketed) return undefined;
    return this.#dropped?.slice() ?? new Float64Array(NAME_BUCKETS);
  }

  /** Whether every row is counted by the bucket of its name. */
  get bucketed(): boolean {
    return this.#other === 0 || this.#dropped !== undefined;
  }

  /** Counts a category `weight` times; a positive integer. */
  update(name: string, weight = 1): void {
    const known = name.length <= MAX_ITEM_LENGTH ? this.#items.get(name) : undefined;
    this.#total += weight;
    if (known !== undefined) known.count += weight;
    else this.#add(keyOf(name), weight, this.#bound);
    if (this.#items.size > DEFAULT_ITEM_CAPACITY) this.#thin();
  }

  /** How often a category was seen, as far as it is counted by name. */
  countOf(name: string): number {
    return this.#items.get(keyOf(name))?.count ?? 0;
  }

  /** By how much `countOf` the same name may be too small; 0 where it is exact. */
  boundOf(name: string): number {
    return this.#items.get(keyOf(name))?.missed ?? this.#bound;
  }

  /** Visits names and counts in no order that means anything, which is much cheaper than `entries()`. */
  each(visit: (name: string, count: number) => void): void {
    for (const [name, { count }] of this.#items) visit(name, count);
  }

  /** Names and counts, most frequent first, ties by name. */
  entries(): [name: string, count: number][] {
    return Array.from(this.#items, ([name, { count }]): [string, number] => [name, count]).sort(
      (a, b) => b[1] - a[1] || byName(a[0], b[0]),
    );
  }

  /** Takes in another count; `other` is left as it is. */
  merge(other: FrequentItems): void {
    const theirs = Array.from(other.#items, ([name, item]): [string, Item] => [name, { ...item }]);
    const ourBound = this.#bound;
    const theirBound = other.#bound;
    if (theirBound > 0) {
      for (const [name, item] of this.#items)
        if (!other.#items.has(name)) item.missed += theirBound;
    }
    if (other.#distinct !== undefined) {
      this.#startCounting();
      this.#distinct?.merge(other.#distinct);
    }
    for (const [name, item] of theirs) {
      const known = this.#items.get(name);
      if (known === undefined) this.#add(name, item.count, item.missed + ourBound);
      else {
        known.count += item.count;
        known.missed += item.missed;
      }
    }
    this.#total += other.#total;
    this.#dropped = this.#droppedWith(other);
    this.#other += other.#other;
    this.#bound = ourBound + theirBound;
    if (this.#items.size > DEFAULT_ITEM_CAPACITY) this.#thin();
  }

  #droppedWith(other: FrequentItems): Float64Array | undefined {
    if (!this.bucketed || !other.bucketed) return undefined;
    const ours = this.#dropped;
    const theirs = other.#dropped;
    if (ours === undefined || theirs === undefined) return ours ?? theirs?.slice();
    return ours.map((count, bucket) => count + (theirs[bucket] as number));
  }

  /** Lets categories go to "other", as if there had been no room for them. */
  fold(goes: (name: string, count: number) => boolean): void {
    const going = [...this.#items].filter(([name, { count }]) => goes(name, count));
    if (going.length > 0) this.#drop(going);
  }

  /** Counts of their own with the same content. */
  clone(): FrequentItems {
    return FrequentItems.fromState(this.toState());
  }

  /** The content as plain data. */
  toState(): FrequentItemsState {
    return {
      total: this.#total,
      other: this.#other,
      bound: this.#bound,
      items: Array.from(this.#items, ([name, { count, missed }]) =>
        missed === 0 ? [name, count] : [name, count, missed],
      ),
      ...(this.#distinct === undefined ? {} : { registers: this.#distinct.toString() }),
      ...(this.#dropped === undefined ? {} : { buckets: [...this.#dropped] }),
    };
  }

  /**
   * Counts from plain data, checked.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where the numbers disagree.
   */
  static fromState(state: FrequentItemsState): FrequentItems {
    return decodingSketch(KIND, () => {
      const counts = new FrequentItems();
      if (
        ![state.total, state.other, state.bound].every(isCount) ||
        state.items.length > DEFAULT_ITEM_CAPACITY
      ) {
        throw new LeewayError(
          'ERR_LEEWAY_FORMAT',
          'not a table of counts: the counts do not add up',
        );
      }
      let named = 0;
      for (const [name, count, missed = 0] of state.items) {
        const sound =
          typeof name === 'string' && name.length <= MAX_ITEM_LENGTH && isCount(count) && count > 0;
        if (!sound || !isCount(missed) || missed > state.bound || counts.#items.has(name)) {
          throw new LeewayError(
            'ERR_LEEWAY_FORMAT',
            'not a table of counts: a name or a count is impossible',
          );
        }
        counts.#items.set(detached(name), { count, missed });
        named += count;
      }
      if (named + state.other !== state.total) {
        throw new LeewayError(
          'ERR_LEEWAY_FORMAT',
          'not a table of counts: the counts do not add up',
        );
      }
      if (state.buckets !== undefined) counts.#dropped = checkedBuckets(state.buckets, state.other);
      counts.#total = state.total;
      counts.#other = state.other;
      counts.#bound = state.bound;
      if (state.registers !== undefined)
        counts.#distinct = DistinctCount.fromString(state.registers);
      else if (state.other > 0) counts.#startCounting();
      return counts;
    });
  }

  /** The content as bytes. */
  toBytes(): Uint8Array {
    return encodeFrame(FRAME_KINDS.frequentItems, ENCODING_VERSION, this.toState(), []);
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are not what `toBytes` wrote. */
  static fromBytes(bytes: Uint8Array): FrequentItems {
    const frame = decodeFrame(bytes, FRAME_KINDS.frequentItems, ENCODING_VERSION, KIND);
    return FrequentItems.fromState(frame.header as FrequentItemsState);
  }

  /** The content as an object for JSON. */
  toJSON(): FrequentItemsJson {
    return { kind: KIND, version: ENCODING_VERSION, ...this.toState() };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the object is not what `toJSON` gave. */
  static fromJSON(json: unknown): FrequentItems {
    return FrequentItems.fromState(openJson(json, KIND) as unknown as FrequentItemsState);
  }

  #add(key: string, weight: number, missed: number): void {
    const known = this.#items.get(key);
    if (known !== undefined) {
      known.count += weight;
      return;
    }
    this.#items.set(detached(key), { count: weight, missed });
    this.#distinct?.add(hashName(key));
  }

  /** Lets the distinct count know every name there is, if it was not there to see them come. */
  #startCounting(): void {
    if (this.#distinct !== undefined) return;
    this.#distinct = new DistinctCount();
    for (const name of this.#items.keys()) this.#distinct.add(hashName(name));
  }

  /** Keeps by name the half that may be the more frequent. */
  #thin(): void {
    const ranked = [...this.#items].sort(
      ([a, one], [b, two]) => two.count + two.missed - one.count - one.missed || byName(a, b),
    );
    this.#drop(ranked.slice(KEPT));
  }

  #drop(items: readonly (readonly [string, Item])[]): void {
    this.#startCounting();
    if (this.bucketed) this.#dropped ??= new Float64Array(NAME_BUCKETS);
    for (const [name, { count, missed }] of items) {
      this.#items.delete(name);
      this.#other += count;
      if (this.#dropped !== undefined) {
        const bucket = bucketOf(name);
        this.#dropped[bucket] = (this.#dropped[bucket] as number) + count;
      }
      this.#bound = Math.max(this.#bound, count + missed);
    }
  }
}

/** The bucket of a name that is counted. */
export const bucketOf = (name: string): number => hashName(keyOf(name)).first % NAME_BUCKETS;

function checkedBuckets(buckets: readonly number[], other: number): Float64Array {
  const isSound =
    Array.isArray(buckets) && buckets.length === NAME_BUCKETS && buckets.every(isCount);
  if (!isSound || buckets.reduce((sum, count) => sum + count, 0) !== other) {
    throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a table of counts: its buckets do not add up');
  }
  return Float64Array.from(buckets);
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** The name itself, or the beginning of a long one and a hash of the whole. */
function keyOf(name: string): string {
  if (name.length <= MAX_ITEM_LENGTH) return name;
  const { first, second } = hashName(name);
  const mark = `~${digits(first)}${digits(second)}`;
  return `${name.slice(0, MAX_ITEM_LENGTH - mark.length)}${mark}`;
}

const digits = (word: number): string => word.toString(16).padStart(8, '0');

/** The same characters in memory of their own: a name cut from a file's text would keep the text alive. */
function detached(name: string): string {
  if (name.length < SHORTEST_WINDOW) return name;
  const codes = new Array<number>(name.length);
  for (let index = 0; index < name.length; index += 1) codes[index] = name.charCodeAt(index);
  return String.fromCharCode(...codes);
}
