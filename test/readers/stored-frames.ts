/** A Zstandard frame that holds the bytes as they are (RFC 8878: one raw block, single segment, four bytes of size). */
export function storedZstd(bytes: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(12 + bytes.length);
  frame.writeUInt32LE(0xfd2fb528, 0);
  frame[4] = 0b1010_0000;
  frame.writeUInt32LE(bytes.length, 5);
  frame.writeUIntLE((bytes.length << 3) | 1, 9, 3);
  frame.set(bytes, 12);
  return new Uint8Array(frame);
}
