import { LeewayError } from '../leaves/errors.js';

/** What a KLL sketch of doubles holds, in the terms of Apache DataSketches. */
export interface KllContent {
  readonly k: number;
  /** The smallest k of all sketches merged into this one; its error is the one to state. */
  readonly minK: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** How many values each level holds, from weight 1 upwards; one level at least. */
  readonly sizes: readonly number[];
  /** Level 0, level 1, …; all but level 0 sorted. */
  readonly values: Float64Array;
  readonly levelZeroSorted: boolean;
}

/** The smallest and the largest k that the format can carry. */
export const MIN_K = 8;
export const MAX_K = 65_535;
/** No level of a sketch is deeper than the format can say. */
export const MAX_LEVELS = 61;

const NARROWEST_LEVEL = 8;
const FAMILY_KLL = 15;
const EMPTY = 1;
const LEVEL_ZERO_SORTED = 2;
const SINGLE = 4;
/** What is said of a sketch of no value, and of one. */
const FLAGS_OF_FEW: readonly number[] = [EMPTY, SINGLE];
const SHORT_BYTES = 8;
const LONG_BYTES = 20;

/** How many values a level may hold: k at the top, a third less with every level below, never under 8. */
function levelCapacity(k: number, depth: number): number {
  if (depth <= 30) return shrunk(k, depth);
  const half = depth >> 1;
  return shrunk(shrunk(k, half), depth - half);
}

/** k·(2/3)^depth to the nearest integer, by integers as the library has it: 2^47 is well within a double's. */
function shrunk(k: number, depth: number): number {
  return Math.floor((Math.floor((2 * k * 2 ** depth) / 3 ** depth) + 1) / 2);
}

/** How many values a sketch of so many levels may hold: the room that a reader of the format makes for it. */
export function kllCapacity(k: number, levels: number): number {
  let total = 0;
  for (let depth = 0; depth < levels; depth += 1)
    total += Math.max(NARROWEST_LEVEL, levelCapacity(k, depth));
  return total;
}

/** The smallest k whose sketches of so many levels have room for so many values. */
export function smallestK(room: number, levels: number): number {
  let low = MIN_K;
  let high = MAX_K;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (kllCapacity(middle, levels) >= room) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The rank error that DataSketches states for k, with 99 % confidence: for one rank, or (`pmf`) for a histogram. */
export function kllRankError(k: number, pmf = false): number {
  return pmf ? 2.446 / k ** 0.9433 : 2.296 / k ** 0.9723;
}

/**
 * Writes the compact form of a KLL sketch of doubles: eight bytes of preamble (its length in words, version, family,
 * flags, k, m), then n, the smallest k, the levels' offsets, min, max and the values; nothing after the preamble for an
 * empty sketch, the value alone for a sketch of one. All little-endian.
 */
export function encodeKll(content: KllContent): Uint8Array {
  const { k, count, sizes, values } = content;
  const short = count <= 1;
  const size = short
    ? SHORT_BYTES + 8 * count
    : LONG_BYTES + 4 * sizes.length + 16 + 8 * values.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const sorted = content.levelZeroSorted ? LEVEL_ZERO_SORTED : 0;
  bytes.set([short ? 2 : 5, count === 1 ? 2 : 1, FAMILY_KLL, sorted | (FLAGS_OF_FEW[count] ?? 0)]);
  view.setUint16(4, k, true);
  bytes[6] = NARROWEST_LEVEL;
  let offset = SHORT_BYTES;
  const put = (value: number): void => {
    view.setFloat64(offset, value, true);
    offset += 8;
  };
  if (!short) {
    view.setBigUint64(8, BigInt(count), true);
    view.setUint16(16, content.minK, true);
    bytes[18] = sizes.length;
    offset = LONG_BYTES;
    let start = kllCapacity(k, sizes.length) - values.length;
    for (const held of sizes) {
      view.setUint32(offset, start, true);
      start += held;
      offset += 4;
    }
    put(content.min);
    put(content.max);
  }
  if (count > 0) for (const value of values) put(value);
  return bytes;
}

/**
 * Reads the compact form of a KLL sketch of doubles. Nothing is allocated that the bytes do not pay for.
 *
 * @throws LeewayError `ERR_LEEWAY_FORMAT` where they are not that, or contradict themselves.
 */
export function decodeKll(bytes: Uint8Array): KllContent {
  expect(bytes.length >= SHORT_BYTES, `only ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [words, version, family, flags] = bytes as unknown as [number, number, number, number];
  const k = view.getUint16(4, true);
  expect(family === FAMILY_KLL, `of family ${family}, where KLL is 15`);
  expect(
    version === 1 || version === 2,
    `of serial version ${version}; the compact form has 1 or 2`,
  );
  expect(bytes[6] === NARROWEST_LEVEL, `its m is ${bytes[6]}, where 8 is the only one in use`);
  expect(k >= MIN_K, `its k is ${k}`);
  const levelZeroSorted = (flags & LEVEL_ZERO_SORTED) !== 0;
  const head = { k, minK: k, sizes: [0], levelZeroSorted };
  if ((flags & (EMPTY | SINGLE)) !== 0) {
    const count = (flags & EMPTY) !== 0 ? 0 : 1;
    expect(
      words === 2 && bytes.length === SHORT_BYTES + 8 * count,
      'its length is not that of its kind',
    );
    if (count === 0) {
      const values = new Float64Array(0);
      return {
        ...head,
        count,
        min: Number.POSITIVE_INFINITY,
        max: Number.NEGATIVE_INFINITY,
        values,
      };
    }
    const only = view.getFloat64(SHORT_BYTES, true);
    expect(!Number.isNaN(only), 'its value is NaN');
    return { ...head, count, min: only, max: only, sizes: [1], values: Float64Array.of(only) };
  }
  expect(words === 5 && bytes.length >= LONG_BYTES, 'its preamble is cut short');
  const count = Number(view.getBigUint64(8, true));
  const minK = view.getUint16(16, true);
  const levels = bytes[18] as number;
  expect(count >= 1 && count <= Number.MAX_SAFE_INTEGER, `it claims ${count} values`);
  expect(minK >= MIN_K && minK <= k, `its smallest k is ${minK}, its k ${k}`);
  expect(levels >= 1 && levels <= MAX_LEVELS, `it has ${levels} levels`);
  const start = LONG_BYTES + 4 * levels + 16;
  const held = (bytes.length - start) / 8;
  expect(Number.isInteger(held) && held >= 1, 'its length is not a whole number of values');
  const sizes = levelSizes(view, levels, kllCapacity(k, levels), held);
  const values = new Float64Array(held);
  for (let index = 0; index < held; index += 1)
    values[index] = view.getFloat64(start + 8 * index, true);
  const min = view.getFloat64(start - 16, true);
  const max = view.getFloat64(start - 8, true);
  expect(weightOf(sizes) === count, 'the weights do not add up to its count');
  expect(
    areLevels(values, sizes, min, max, levelZeroSorted),
    'values are out of order or out of range',
  );
  return { k, minK, count, min, max, sizes, values, levelZeroSorted };
}

/** Sizes from the offsets of the levels in a full-size array, which ends at `capacity`. */
function levelSizes(view: DataView, levels: number, capacity: number, held: number): number[] {
  const sizes: number[] = [];
  for (let level = 0; level < levels; level += 1) {
    const from = view.getUint32(LONG_BYTES + 4 * level, true);
    const to = level + 1 < levels ? view.getUint32(LONG_BYTES + 4 * (level + 1), true) : capacity;
    expect(from <= to, 'its levels overlap');
    sizes.push(to - from);
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total === held, `its levels hold ${total} values, its bytes ${held}`);
  return sizes;
}

/** How many originals the values of these levels stand for. */
export function weightOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, size, level) => sum + size * 2 ** level, 0);
}

/** Whether every value is within [min, max] (so not NaN), and every level (0 only if `levelZeroSorted`) is sorted. */
export function areLevels(
  values: Float64Array,
  sizes: readonly number[],
  min: number,
  max: number,
  levelZeroSorted: boolean,
): boolean {
  const unsorted = levelZeroSorted ? 0 : 1;
  let end = 0;
  return sizes.every((size, level) => {
    const start = end;
    end += size;
    for (let index = start; index < end; index += 1) {
      const value = values[index] as number;
      if (!(value >= min && value <= max)) return false;
      if (level >= unsorted && index > start && value < (values[index - 1] as number)) return false;
    }
    return true;
  });
}

function expect(sound: boolean, why: string): void {
  if (!sound)
    throw new LeewayError(
      'ERR_LEEWAY_FORMAT',
      `not a KLL sketch of doubles of Apache DataSketches: ${why}`,
    );
}
