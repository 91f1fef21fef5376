/** Bytes as a string of bits, the highest of each byte first. Both functions touch up to four bytes beyond the last bit: `SPARE`. */
export const SPARE = 4;

/** Sets bits that are zeros yet, from the bit `at` on: the low `count` of a value, 1 … 32. */
export function putBits(bytes: Uint8Array, at: number, value: number, count: number): void {
  const high = value << (32 - count);
  const byte = at >>> 3;
  const past = at & 7;
  bytes[byte] = (bytes[byte] as number) | (high >>> (24 + past));
  bytes[byte + 1] = high >>> (16 + past);
  bytes[byte + 2] = high >>> (8 + past);
  bytes[byte + 3] = high >>> past;
  bytes[byte + 4] = high << (8 - past);
}

/** The 32 bits from the bit `at` on, as a signed number. */
export function bitsAt(bytes: Uint8Array, at: number): number {
  const byte = at >>> 3;
  const past = at & 7;
  const four =
    ((bytes[byte] as number) << 24) |
    ((bytes[byte + 1] as number) << 16) |
    ((bytes[byte + 2] as number) << 8) |
    (bytes[byte + 3] as number);
  return past === 0 ? four : (four << past) | ((bytes[byte + 4] as number) >>> (8 - past));
}
