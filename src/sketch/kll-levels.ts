import { kllCapacity } from './data-sketches-kll.js';
import { sortRun } from './sort-run.js';

/** How large the levels may grow: all together `capacity`, or (where it is 0) as DataSketches lets a sketch of `k` grow. */
export interface KllRoom {
  readonly capacity: number;
  readonly k: number;
}

/** Levels narrower than this (in sketches of the default size and above) cost more in time than they save in error. */
const NARROWEST_LEVEL = 64;
const NARROWEST_FOREIGN_LEVEL = 8;
const LEVEL_SHRINK = 2 / 3;
const FIRST_LENGTH = 64;

/** Where half a level waits while it is merged into the one above. No call leaves anything in it. */
let waiting = new Float64Array(2048);

const asNumber = new Float64Array(1);
const asWords = new Uint32Array(asNumber.buffer);

/**
 * The levels of a KLL sketch in one array: level 0 first, growing downwards, each level up against the next, the top one
 * against the end. A value of level h stands for 2^h originals.
 *
 * Invariants between calls: (1) levels above 0 are sorted; (2) no more values are held than there is room for; (3) there
 * is at least one level.
 */
export class KllLevels {
  readonly #room: KllRoom;
  #items: Float64Array;
  /** The same memory in words, from which the coin is stirred. */
  #words: Uint32Array;
  /** Where level 0 begins; room has to be made before it passes `#floor`. */
  #free: number;
  #floor = 0;
  /** Where each level begins, and where the last one ends; the first entry is out of date, `#free` is what counts. */
  #starts: number[];
  #turns: number[];
  #coin: number;

  /** @param sizes of the levels in `values`, one at least; the values are copied. */
  constructor(
    room: KllRoom,
    coin: number,
    turns: readonly number[] = [],
    sizes: readonly number[] = [0],
    values: Float64Array = new Float64Array(0),
  ) {
    this.#room = room;
    this.#coin = coin >>> 0;
    this.#turns = [...turns];
    const length = Math.max(FIRST_LENGTH, values.length);
    this.#items = new Float64Array(length);
    this.#items.set(values, length - values.length);
    this.#words = new Uint32Array(this.#items.buffer);
    this.#free = length - values.length;
    this.#starts = startsFrom(this.#free, sizes);
    this.#setFloor();
  }

  /** How many levels there are. */
  get count(): number {
    return this.#starts.length - 1;
  }

  /** How many values are held. */
  get retained(): number {
    return this.#items.length - this.#free;
  }

  get coin(): number {
    return this.#coin;
  }

  /** Per level: 0, or 1 or 2 where the next coin is settled to be 0 or 1. */
  get turns(): readonly number[] {
    return this.#turns;
  }

  /** How many values may be held now. A 32nd stays free once levels exist, so that an encoding fits in 16 KB as well. */
  get limit(): number {
    const { capacity, k } = this.#room;
    if (capacity === 0) return kllCapacity(k, this.count);
    return this.count === 1 ? capacity : capacity - (capacity >> 5);
  }

  /** Where each level begins in `items`, and where the last one ends. */
  get starts(): readonly number[] {
    return [this.#free, ...this.#starts.slice(1)];
  }

  get items(): Float64Array {
    return this.#items;
  }

  get sizes(): number[] {
    const { starts } = this;
    return starts.slice(1).map((end, level) => end - (starts[level] as number));
  }

  /** All values, level 0 first. */
  get values(): Float64Array {
    return this.#items.slice(this.#free);
  }

  /** Adds a value to level 0. */
  push(value: number): void {
    if (this.#free <= this.#floor) this.#makeRoom();
    this.#free -= 1;
    this.#items[this.#free] = value;
  }

  /** A number in [0, 1) out of the coin, stirred with a value. */
  draw(value: number): number {
    asNumber[0] = value;
    this.#coin = stirred(this.#coin, (asWords[0] as number) ^ (asWords[1] as number));
    return this.#coin / 2 ** 32;
  }

  /** Adds sorted values to a level, in their places. Moves what lies below it, once for all that there is room for. */
  insert(values: Float64Array, level: number): void {
    if (level === 0) {
      for (const value of values) this.push(value);
      return;
    }
    if (this.count <= level) {
      while (this.count <= level) this.#starts.push(this.#items.length);
      this.#setFloor();
    }
    for (let done = 0; done < values.length; ) {
      if (this.#free <= this.#floor) this.#makeRoom();
      const taken = Math.min(values.length - done, this.#free - this.#floor);
      const place = this.#starts[level] as number;
      this.#items.copyWithin(this.#free - taken, this.#free, place);
      mergeDown(
        this.#items,
        values.subarray(done, done + taken),
        taken,
        place,
        this.#starts[level + 1] as number,
      );
      this.#free -= taken;
      for (let below = 1; below <= level; below += 1)
        this.#starts[below] = (this.#starts[below] as number) - taken;
      done += taken;
    }
  }

  /** Takes in copies of the other's levels. */
  absorb(other: KllLevels): void {
    const theirStarts = other.starts;
    const ours = this.starts;
    const levels = Math.max(this.count, other.count);
    const parts: Float64Array[] = [];
    for (let level = 1; level < levels; level += 1) {
      const left = this.#items.subarray(
        ours[level] ?? this.#items.length,
        ours[level + 1] ?? this.#items.length,
      );
      const right = other.#items.subarray(
        theirStarts[level] ?? other.#items.length,
        theirStarts[level + 1] ?? other.#items.length,
      );
      parts.push(mergeSorted(left, right));
    }
    // A copy, since a sketch may be merged with itself.
    const incoming = other.#items.slice(other.#free, theirStarts[1]);
    const levelZero = this.#items.slice(this.#free, ours[1]);
    this.#coin = stirred(this.#coin, other.#coin);
    this.#replace([levelZero, ...parts]);
    while (this.retained > this.limit) this.#compact();
    this.#setFloor();
    for (const value of incoming) this.push(value);
  }

  #replace(parts: readonly Float64Array[]): void {
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    const length = Math.max(FIRST_LENGTH, total);
    this.#adopt(new Float64Array(length));
    this.#free = length - total;
    this.#starts = startsFrom(
      this.#free,
      parts.map((part) => part.length),
    );
    parts.forEach((part, level) => {
      this.#items.set(part, this.#starts[level]);
    });
  }

  #adopt(items: Float64Array<ArrayBuffer>): void {
    this.#items = items;
    this.#words = new Uint32Array(items.buffer);
  }

  /** Thins out until a value more is within the limit; gives the array another length where that is what is wrong. */
  #makeRoom(): void {
    while (this.retained >= this.limit) this.#compact();
    const { retained, limit } = this;
    const { length } = this.#items;
    // Twice as long, or after a merge that left it far too long, as short as it may be.
    const shortened = length > 2 * limit ? limit : length;
    const wanted = retained === length ? Math.min(limit, 2 * length) : shortened;
    if (wanted !== length) {
      const held = this.#items.subarray(this.#free);
      this.#adopt(new Float64Array(wanted));
      this.#items.set(held, wanted - retained);
      this.#starts = this.#starts.map((start) => start + wanted - length);
      this.#free = wanted - retained;
    }
    this.#setFloor();
  }

  #setFloor(): void {
    this.#floor = Math.max(0, this.#items.length - this.limit);
  }

  /** Thins out the lowest level that holds more than its share. */
  #compact(): void {
    const top = this.count - 1;
    let fullest = 0;
    let most = 0;
    for (let level = 0; level <= top; level += 1) {
      const size =
        (this.#starts[level + 1] as number) -
        (level === 0 ? this.#free : (this.#starts[level] as number));
      if (size >= 2 && size >= this.#share(top - level)) {
        this.#promoteHalf(level);
        return;
      }
      if (size > most) {
        most = size;
        fullest = level;
      }
    }
    // Every level is within its share, and yet the sum is not: the fullest is the one to thin out.
    this.#promoteHalf(fullest);
  }

  #share(depth: number): number {
    const { capacity, k } = this.#room;
    if (capacity === 0)
      return Math.max(NARROWEST_FOREIGN_LEVEL, Math.ceil(k * LEVEL_SHRINK ** depth));
    const narrowest = Math.min(NARROWEST_LEVEL, capacity >> 5);
    return Math.max(narrowest, Math.ceil(0.22 * capacity * LEVEL_SHRINK ** depth));
  }

  /** Sorts a level, leaves one value there if their number is odd, and moves every second of the rest up. */
  #promoteHalf(level: number): void {
    if (level === this.count - 1) this.#starts.push(this.#items.length);
    const items = this.#items;
    const from = level === 0 ? this.#free : (this.#starts[level] as number);
    const to = this.#starts[level + 1] as number;
    const offset = this.#flip(level, from, to);
    if (level === 0) sortRun(items, from, to);
    const odd = (to - from) & 1;
    const half = (to - from - odd) >> 1;
    if (waiting.length < half) waiting = new Float64Array(2 * half);
    for (let index = 0; index < half; index += 1) {
      waiting[index] = items[from + odd + offset + 2 * index] as number;
    }
    const left = items[from] as number;
    mergeDown(items, waiting, half, to, this.#starts[level + 2] as number);
    this.#starts[level + 1] = to - half;
    const begins = to - half - odd;
    if (odd === 1) items[begins] = left;
    const freed = begins - from;
    items.copyWithin(this.#free + freed, this.#free, from);
    this.#free += freed;
    for (let below = 1; below < level; below += 1)
      this.#starts[below] = (this.#starts[below] as number) + freed;
    if (level > 0) this.#starts[level] = begins;
  }

  /** 0 or 1: the reverse of this level's last coin, or, where that has been used, a new one stirred from the values. */
  #flip(level: number, from: number, to: number): 0 | 1 {
    const settled = this.#turns[level] ?? 0;
    if (settled !== 0) {
      this.#turns[level] = 0;
      return settled === 1 ? 0 : 1;
    }
    while (this.#turns.length <= level) this.#turns.push(0);
    const middle = (from + to) >> 1;
    for (const place of [from, middle, to - 1]) {
      this.#coin = stirred(
        this.#coin,
        (this.#words[2 * place] as number) ^ (this.#words[2 * place + 1] as number),
      );
    }
    const coin = (this.#coin >>> 31) as 0 | 1;
    this.#turns[level] = coin === 0 ? 2 : 1;
    return coin;
  }
}

function startsFrom(begin: number, sizes: readonly number[]): number[] {
  const starts = [begin];
  let end = begin;
  for (const size of sizes) {
    end += size;
    starts.push(end);
  }
  return starts;
}

/** A 32-bit state, the old one and a word mixed so that every bit of either may turn every bit. */
function stirred(state: number, word: number): number {
  let bits = Math.imul(state ^ word, 0x9e3779b1) + 0x7f4a7c15;
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
  return (bits ^ (bits >>> 13)) >>> 0;
}

/** Merges the first `count` of `lower` into the sorted `items[from, to)`, which grows downwards to make the room. */
function mergeDown(
  items: Float64Array,
  lower: Float64Array,
  count: number,
  from: number,
  to: number,
): void {
  let out = from - count;
  let low = 0;
  let high = from;
  while (low < count && high < to) {
    const a = lower[low] as number;
    const b = items[high] as number;
    if (a <= b) {
      items[out] = a;
      low += 1;
    } else {
      items[out] = b;
      high += 1;
    }
    out += 1;
  }
  // What is left of the level itself is in its place already.
  while (low < count) {
    items[out] = lower[low] as number;
    low += 1;
    out += 1;
  }
}

function mergeSorted(left: Float64Array, right: Float64Array): Float64Array {
  const merged = new Float64Array(left.length + right.length);
  merged.set(right, left.length);
  mergeDown(merged, left, left.length, left.length, merged.length);
  return merged;
}
