import { LeewayError } from '../errors.js';

/** Counts as plain data, for an encoding to carry. */
export interface FrequentItemsState {
  readonly total: number;
  readonly other: number;
  readonly bound: number;
  readonly items: readonly (readonly [name: string, count: number])[];
}

/** At most so many categories are counted each by itself. */
export const DEFAULT_ITEM_CAPACITY = 1024;

/** Longer names are cut, and told apart by a hash of the whole. */
export const MAX_ITEM_LENGTH = 256;

/**
 * Counts how often each category occurs. Exact while no more than 1,024 categories were met; beyond that the
 * rarer half goes to "other", and a kept count may be too small by at most `bound`.
 *
 * Memory: at most 1,024 names of at most 256 characters, whatever comes. The same values in the same order give the
 * same counts. Merging adds counts, and thins out again if need be.
 *
 * Source: the idea of Misra and Gries, "Finding repeated elements" (1982), with the trimmed mass kept as "other".
 */
export class FrequentItems {
  readonly #counts = new Map<string, number>();
  #total = 0;
  #other = 0;
  #bound = 0;

  /** How many values went in. */
  get total(): number {
    return this.#total;
  }

  /** How many of them are no longer counted by name. */
  get other(): number {
    return this.#other;
  }

  /** By how much a named count may be too small; 0 while exact. */
  get bound(): number {
    return this.#bound;
  }

  /** How many categories are counted by name. */
  get distinct(): number {
    return this.#counts.size;
  }

  /** Whether every category is counted by name. */
  get exact(): boolean {
    return this.#other === 0;
  }

  /** Counts a category `weight` times. */
  update(name: string, weight = 1): void {
    const key = name.length > MAX_ITEM_LENGTH ? shortened(name) : name;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + weight);
    this.#total += weight;
    if (this.#counts.size > DEFAULT_ITEM_CAPACITY) this.#thin();
  }

  /** How often a category was seen, as far as it is counted by name. */
  countOf(name: string): number {
    return this.#counts.get(name.length > MAX_ITEM_LENGTH ? shortened(name) : name) ?? 0;
  }

  /** Names and counts, most frequent first, ties by name. */
  entries(): [name: string, count: number][] {
    return [...this.#counts].sort(byCountThenName);
  }

  /** Takes in another count; `other` is left as it is. */
  merge(other: FrequentItems): void {
    for (const [name, count] of other.#counts) this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
    this.#total += other.#total;
    this.#other += other.#other;
    this.#bound += other.#bound;
    if (this.#counts.size > DEFAULT_ITEM_CAPACITY) this.#thin();
  }

  /** The content as plain data. */
  toState(): FrequentItemsState {
    return { total: this.#total, other: this.#other, bound: this.#bound, items: [...this.#counts] };
  }

  /**
   * Counts from plain data, checked.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where the numbers disagree.
   */
  static fromState(state: FrequentItemsState): FrequentItems {
    const counts = new FrequentItems();
    let named = 0;
    for (const [name, count] of state.items) {
      if (typeof name !== 'string' || !Number.isSafeInteger(count) || count < 1 || counts.#counts.has(name)) {
        throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a table of counts: a name or a count is impossible');
      }
      counts.#counts.set(name, count);
      named += count;
    }
    const sound = [state.total, state.other, state.bound].every(
      (number) => Number.isSafeInteger(number) && number >= 0,
    );
    if (!sound || named + state.other !== state.total || counts.#counts.size > DEFAULT_ITEM_CAPACITY) {
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a table of counts: the counts do not add up');
    }
    counts.#total = state.total;
    counts.#other = state.other;
    counts.#bound = state.bound;
    return counts;
  }

  /** Keeps the more frequent half by name. */
  #thin(): void {
    const ranked = this.entries();
    const dropped = ranked.slice(DEFAULT_ITEM_CAPACITY / 2);
    for (const [name, count] of dropped) {
      this.#counts.delete(name);
      this.#other += count;
    }
    this.#bound += dropped[0]?.[1] ?? 0;
  }
}

function byCountThenName(a: readonly [string, number], b: readonly [string, number]): number {
  if (a[1] !== b[1]) return b[1] - a[1];
  return a[0] < b[0] ? -1 : 1;
}

/** The beginning of a long name and an FNV-1a hash of all of it. */
function shortened(name: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return `${name.slice(0, MAX_ITEM_LENGTH - 9)}~${(hash >>> 0).toString(16).padStart(8, '0')}`;
}
