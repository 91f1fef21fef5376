import { LeewayError } from '../leaves/errors.js';
import { bitsAt, putBits, SPARE } from './bits.js';

/** Written in place of a shift: the numbers follow as they are, eight bytes each. */
const PLAIN = 255;

const double = new Float64Array(1);
/** The double's low and high half. */
const words = new Uint32Array(double.buffer);

/**
 * Lists of float64 as bytes, one after the other, without loss. A list that is sorted, or of short or equal numbers, takes a part of
 * eight bytes a number; another takes a byte more.
 *
 * A double is read as a whole number of 64 bits, in the order of the doubles. Written are the differences of neighbours, less the
 * zeros that all numbers end in, with the sign as last bit: by how much their lengths differ (unary: hardly), and their bits.
 */
export function packLists(lists: readonly Float64Array[]): Uint8Array {
  const parts = lists.map(packed);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/**
 * Reads lists one after the other, of lengths that are known. Nothing is allocated that the bytes do not pay for: a number takes a
 * bit at least.
 *
 * @returns what takes the next list, and throws `ERR_LEEWAY_FORMAT` where the bytes end before it does.
 */
export function unpackLists(bytes: Uint8Array): (length: number) => Float64Array {
  const spared = new Uint8Array(bytes.length + SPARE + 1);
  spared.set(bytes);
  let offset = 0;
  return (length) => {
    if (length === 0) return new Float64Array(0);
    const left = bytes.length - offset - 1;
    const shift = bytes[offset] ?? PLAIN;
    const most = shift === PLAIN ? left / 8 : 8 * left;
    if (
      !Number.isSafeInteger(length) ||
      !(length > 0 && length <= most) ||
      (shift > 63 && shift !== PLAIN)
    ) {
      throw cutShort();
    }
    offset += 1;
    if (shift === PLAIN) {
      const list = new Float64Array(bytes.slice(offset, offset + 8 * length).buffer);
      offset += 8 * length;
      return list;
    }
    const list = new Float64Array(length);
    offset = Math.ceil(unpack(list, spared, 8 * offset, shift) / 8);
    if (offset > bytes.length) throw cutShort();
    return list;
  };
}

const cutShort = (): LeewayError =>
  new LeewayError('ERR_LEEWAY_FORMAT', 'not a leeway profile: it is cut short');

function packed(list: Float64Array): Uint8Array {
  const shift = sharedZeros(list);
  const steps = shift === undefined ? undefined : stepsOf(list, shift);
  if (steps === undefined || steps.bits >= 64 * list.length) return plain(list);
  const { lengths, high, low, bits } = steps;
  const bytes = new Uint8Array(1 + Math.ceil(bits / 8) + SPARE);
  bytes[0] = shift as number;
  let at = 8;
  let before = 0;
  for (let index = 0; index < list.length; index += 1) {
    const length = lengths[index] as number;
    // So many zeros, and a one.
    at += folded(length - before);
    putBits(bytes, at, 1, 1);
    at += 1;
    before = length;
    // The first bit of its length is a one, and need not be told.
    if (length > 33) {
      putBits(bytes, at, high[index] as number, length - 33);
      at += length - 33;
    }
    if (length > 1) {
      const count = length > 32 ? 32 : length - 1;
      putBits(bytes, at, low[index] as number, count);
      at += count;
    }
  }
  return bytes.subarray(0, bytes.length - SPARE);
}

function plain(list: Float64Array): Uint8Array {
  if (list.length === 0) return new Uint8Array(0);
  const bytes = new Uint8Array(1 + list.byteLength);
  bytes[0] = PLAIN;
  bytes.set(new Uint8Array(list.buffer, list.byteOffset, list.byteLength), 1);
  return bytes;
}

/** How many zeros all numbers end in; `undefined` where there is a −0, which would come back as 0. */
function sharedZeros(list: Float64Array): number | undefined {
  let high = 0;
  let low = 0;
  for (let index = 0; index < list.length; index += 1) {
    double[0] = list[index] as number;
    if (words[1] === 0x8000_0000 && words[0] === 0) return undefined;
    low |= words[0] as number;
    high |= words[1] as number;
  }
  if (low !== 0) return 31 - Math.clz32(low & -low);
  return high === 0 ? 0 : 63 - Math.clz32(high & -high);
}

/** The differences of neighbours, shifted and with the sign as last bit: their lengths in bits, and their halves. */
interface Steps {
  readonly lengths: Uint8Array;
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  /** What they take together. */
  readonly bits: number;
}

function stepsOf(list: Float64Array, shift: number): Steps {
  const lengths = new Uint8Array(list.length);
  const highs = new Uint32Array(list.length);
  const lows = new Uint32Array(list.length);
  let bits = 0;
  let before = 0;
  let lastHigh = 0;
  let lastLow = 0;
  for (let index = 0; index < list.length; index += 1) {
    double[0] = list[index] as number;
    turnNegative();
    const nowLow = words[0] as number;
    const nowHigh = words[1] as number;
    let low = (nowLow - lastLow) | 0;
    let high = (nowHigh - lastHigh - (nowLow < lastLow ? 1 : 0)) | 0;
    lastHigh = nowHigh;
    lastLow = nowLow;
    if (shift >= 32) {
      low = high >> (shift - 32);
      high >>= 31;
    } else if (shift > 0) {
      low = (low >>> shift) | (high << (32 - shift));
      high >>= shift;
    }
    const sign = high >> 31;
    high = ((high << 1) | (low >>> 31)) ^ sign;
    low = (low << 1) ^ sign;
    const length = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
    lengths[index] = length;
    highs[index] = high;
    lows[index] = low;
    bits += folded(length - before) + 1 + Math.max(0, length - 1);
    before = length;
  }
  return { lengths, high: highs, low: lows, bits };
}

/** Fills a list from the bit `at` on. @returns the bit after its last. */
function unpack(list: Float64Array, bytes: Uint8Array, from: number, shift: number): number {
  const end = 8 * bytes.length;
  let at = from;
  let held = 0;
  let lastHigh = 0;
  let lastLow = 0;
  for (let index = 0; index < list.length; index += 1) {
    let zeros = Math.clz32(bitsAt(bytes, at));
    for (let more = zeros; more === 32 && at + zeros < end; zeros += more)
      more = Math.clz32(bitsAt(bytes, at + zeros));
    at += zeros + 1;
    held += unfolded(zeros);
    if (held < 0 || held > 64 || at >= end) throw cutShort();
    let high = 0;
    let low = 0;
    if (held > 33) {
      high = bitsAt(bytes, at) >>> (65 - held);
      at += held - 33;
    }
    if (held > 1) {
      const count = held > 32 ? 32 : held - 1;
      low = bitsAt(bytes, at) >>> (32 - count);
      at += count;
    }
    if (held > 32) high |= 1 << (held - 33);
    else if (held > 0) low |= 1 << (held - 1);
    const sign = -(low & 1);
    low = ((low >>> 1) | (high << 31)) ^ sign;
    high = (high >>> 1) ^ sign;
    if (shift >= 32) {
      high = low << (shift - 32);
      low = 0;
    } else if (shift > 0) {
      high = (high << shift) | (low >>> (32 - shift));
      low <<= shift;
    }
    const nowLow = (lastLow + low) >>> 0;
    const carry = nowLow < lastLow ? 1 : 0;
    lastHigh = (lastHigh + high + carry) >>> 0;
    lastLow = nowLow;
    words[0] = lastLow;
    words[1] = lastHigh;
    turnNegative();
    list[index] = double[0] as number;
  }
  return at;
}

/** Doubles are ordered as whole numbers but for the negative ones, which are ordered by size: turns those over, and back. */
function turnNegative(): void {
  const low = words[0] as number;
  const high = words[1] as number;
  if (high < 0x8000_0000) return;
  words[0] = -low;
  words[1] = (~high + (low === 0 ? 1 : 0)) ^ 0x8000_0000;
}

/** 0, −1, 1, −2, … as 0, 1, 2, 3, …, and back. */
const folded = (step: number): number => (step < 0 ? -2 * step - 1 : 2 * step);
const unfolded = (step: number): number => (step % 2 === 0 ? step / 2 : -(step + 1) / 2);
