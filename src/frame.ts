import { LeewayError } from './errors.js';

/**
 * The byte container of everything leeway stores: eight bytes of head (`leew`, a kind, a version), the length of a
 * JSON header, the header, and then numeric blocks, each aligned to eight bytes, little-endian as on every machine
 * Node runs on. What lies in the blocks, and how long each is, the header says.
 */
export interface Frame {
  readonly version: number;
  readonly header: unknown;
  /** Takes the next block of float64 values; it shares no memory with the input. */
  takeFloat64(length: number): Float64Array;
  /** Takes the next block of unsigned 32-bit values. */
  takeUint32(length: number): Uint32Array;
  /** Takes the bytes that are left, the zeros that align their end among them. */
  takeRest(): Uint8Array;
}

const MAGIC = [0x6c, 0x65, 0x65, 0x77]; // "leew"
const HEAD_BYTES = 12;

const aligned = (offset: number): number => (offset + 7) & ~7;

/** Packs a JSON header and numeric blocks into bytes. `kind` and `version` are numbers in 0…255. */
export function encodeFrame(
  kind: number,
  version: number,
  header: unknown,
  blocks: readonly (Float64Array | Uint32Array | Uint8Array)[],
): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  let size = aligned(HEAD_BYTES + text.length);
  for (const block of blocks) size = aligned(size + block.byteLength);
  const bytes = new Uint8Array(size);
  bytes.set(MAGIC, 0);
  bytes[4] = kind;
  bytes[5] = version;
  new DataView(bytes.buffer).setUint32(8, text.length, true);
  bytes.set(text, HEAD_BYTES);
  let offset = aligned(HEAD_BYTES + text.length);
  for (const block of blocks) {
    bytes.set(new Uint8Array(block.buffer, block.byteOffset, block.byteLength), offset);
    offset = aligned(offset + block.byteLength);
  }
  return bytes;
}

/** The kind of a frame, or `undefined` where the bytes are none. */
export function frameKind(bytes: Uint8Array): number | undefined {
  return bytes.length >= HEAD_BYTES && MAGIC.every((byte, index) => bytes[index] === byte) ? bytes[4] : undefined;
}

/**
 * Opens a frame. Nothing is allocated that the input does not pay for.
 *
 * @param what names the thing in the error message: `profile`, `chunk`.
 * @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are no frame of this kind, are cut short, or are of a version
 *   newer than `newestVersion`.
 */
export function decodeFrame(bytes: Uint8Array, kind: number, newestVersion: number, what: string): Frame {
  const refuse = (why: string): never => {
    throw new LeewayError('ERR_LEEWAY_FORMAT', `not a leeway ${what}: ${why}`);
  };
  if (bytes.length < HEAD_BYTES) refuse(`only ${bytes.length} bytes`);
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) refuse('it does not begin with "leew"');
  if (bytes[4] !== kind) refuse(`it is of kind ${bytes[4]}, not ${kind}`);
  const version = bytes[5] as number;
  if (version === 0 || version > newestVersion) {
    refuse(`it is of version ${version}, and this leeway reads 1 to ${newestVersion}`);
  }
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(8, true);
  if (HEAD_BYTES + headerLength > bytes.length) refuse('its header is cut short');
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      bytes.subarray(HEAD_BYTES, HEAD_BYTES + headerLength),
    );
    header = JSON.parse(text);
  } catch {
    refuse('its header is no JSON');
  }
  let offset = aligned(HEAD_BYTES + headerLength);
  const take = (length: number, width: number): ArrayBuffer => {
    if (!Number.isSafeInteger(length) || length < 0 || offset + length * width > bytes.length) {
      refuse(`a block of ${length} numbers does not fit in it`);
    }
    // A Buffer's own slice would be a view of a pool that others write to.
    const copy = new Uint8Array(bytes.subarray(offset, offset + length * width));
    offset = aligned(offset + length * width);
    return copy.buffer;
  };
  return {
    version,
    header,
    takeFloat64: (length) => new Float64Array(take(length, 8)),
    takeUint32: (length) => new Uint32Array(take(length, 4)),
    takeRest: () => new Uint8Array(take(bytes.length - offset, 1)),
  };
}
