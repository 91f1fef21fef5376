/** From how many values on two counting passes beat the engine's own sort (measured on Node 20: about 10,000). */
const RADIX_FROM = 10_000;
/** Runs up to this length are finished by insertion. */
const INSERTION_TO = 24;
const DIGITS = 1 << 16;

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * Sorts finite doubles increasingly, in place, and returns the same array.
 *
 * Large arrays take a radix sort: two counting passes of 16 bits order by the upper word of the double (sign, exponent, 20
 * bits of mantissa); runs that share that word are then finished by insertion, by two more passes on the lower word, or
 * are found to be in order already, as ties are. Five to seven times as fast as `Float64Array#sort` at 10⁶ values.
 *
 * O(n) time for large n, one buffer of the same size. NaN has no place here: check first.
 */
export function sortNumbers(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  // What a sketch hands over is in order already; on other data the check ends after a few values.
  if (isSorted(values, 0, values.length)) return values;
  if (values.length < RADIX_FROM || !littleEndian) return values.sort();
  const buffer = new Float64Array(values.length);
  radixByWord(values, buffer, 1);
  finishRuns(values, buffer);
  return values;
}

/** One stable sort by the upper (`word` 1) or lower (`word` 0) half of each double; the result is back in `values`. */
function radixByWord(
  values: Float64Array<ArrayBuffer>,
  buffer: Float64Array<ArrayBuffer>,
  word: 0 | 1,
): void {
  const count = values.length;
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * count);
  const lowStarts = new Uint32Array(DIGITS);
  const highStarts = new Uint32Array(DIGITS);
  for (let index = 0; index < count; index += 1) {
    const key = orderedKey(words, index, word);
    lowStarts[key & 0xffff] = (lowStarts[key & 0xffff] as number) + 1;
    highStarts[key >>> 16] = (highStarts[key >>> 16] as number) + 1;
  }
  countsToStarts(lowStarts);
  countsToStarts(highStarts);
  for (let index = 0; index < count; index += 1) {
    const digit = orderedKey(words, index, word) & 0xffff;
    const place = lowStarts[digit] as number;
    lowStarts[digit] = place + 1;
    buffer[place] = values[index] as number;
  }
  const bufferWords = new Uint32Array(buffer.buffer, buffer.byteOffset, 2 * count);
  for (let index = 0; index < count; index += 1) {
    const digit = orderedKey(bufferWords, index, word) >>> 16;
    const place = highStarts[digit] as number;
    highStarts[digit] = place + 1;
    values[place] = buffer[index] as number;
  }
}

/** Maps a half of a double to an unsigned key that orders as the double does: negative numbers count backwards. */
function orderedKey(words: Uint32Array, index: number, word: 0 | 1): number {
  const upper = words[2 * index + 1] as number;
  const negative = upper >> 31;
  if (word === 0) return ((words[2 * index] as number) ^ negative) >>> 0;
  return (upper ^ (negative | 0x80000000)) >>> 0;
}

function countsToStarts(counts: Uint32Array): void {
  let start = 0;
  for (let digit = 0; digit < counts.length; digit += 1) {
    const count = counts[digit] as number;
    counts[digit] = start;
    start += count;
  }
}

/** Invariant on entry: ordered by the upper word, so only values that share it may still be out of order. */
function finishRuns(values: Float64Array<ArrayBuffer>, buffer: Float64Array<ArrayBuffer>): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  let start = 0;
  while (start < values.length) {
    const upper = words[2 * start + 1];
    let end = start + 1;
    while (end < values.length && words[2 * end + 1] === upper) end += 1;
    if (end - start > 1) finishRun(values, buffer, start, end);
    start = end;
  }
}

function finishRun(
  values: Float64Array<ArrayBuffer>,
  buffer: Float64Array<ArrayBuffer>,
  start: number,
  end: number,
): void {
  const size = end - start;
  if (size <= INSERTION_TO) insertionSort(values, start, end);
  else if (isSorted(values, start, end)) return;
  else if (size < RADIX_FROM) values.subarray(start, end).sort();
  else radixByWord(values.subarray(start, end), buffer.subarray(start, end), 0);
}

function isSorted(values: Float64Array, start: number, end: number): boolean {
  for (let index = start + 1; index < end; index += 1) {
    if ((values[index] as number) < (values[index - 1] as number)) return false;
  }
  return true;
}

function insertionSort(values: Float64Array, start: number, end: number): void {
  for (let index = start + 1; index < end; index += 1) {
    const value = values[index] as number;
    let place = index;
    while (place > start && (values[place - 1] as number) > value) {
      values[place] = values[place - 1] as number;
      place -= 1;
    }
    values[place] = value;
  }
}
