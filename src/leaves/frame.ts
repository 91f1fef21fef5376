import { LeewayError } from './errors.js';

/**
 * The byte container of everything leeway stores: eight bytes of head (`leew`, a kind, a version), the length of a
 * JSON header, the header, and then numeric blocks, each aligned to eight bytes, little-endian as on every machine
 * Node runs on. What lies in the blocks, and how long each is, the header says.
 *
 * A frame carries a checksum, as sixteen characters of white space behind the header's JSON, two bits each: readers of earlier
 * versions pass over it. A mark in the head says that it is there; frames of earlier versions have neither.
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
/** Where the mark of a checksum stands. It differs from 0 in several bits, so that no single one turns it off. */
const MARK_AT = 6;
const CHECKED = 0x5a;
/** What two bits of a checksum are written as. */
const WHITE = [0x20, 0x09, 0x0a, 0x0d];
const CHECKSUM_BYTES = 16;

const aligned = (offset: number): number => (offset + 7) & ~7;

/** Packs a JSON header and numeric blocks into bytes. `kind` and `version` are numbers in 0…255. */
export function encodeFrame(
  kind: number,
  version: number,
  header: unknown,
  blocks: readonly (Float64Array | Uint32Array | Uint8Array)[],
): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = text.length + CHECKSUM_BYTES;
  let size = aligned(HEAD_BYTES + headerBytes);
  for (const block of blocks) size = aligned(size + block.byteLength);
  const bytes = new Uint8Array(size);
  bytes.set(MAGIC, 0);
  bytes[4] = kind;
  bytes[5] = version;
  bytes[MARK_AT] = CHECKED;
  new DataView(bytes.buffer).setUint32(8, headerBytes, true);
  bytes.set(text, HEAD_BYTES);
  let offset = aligned(HEAD_BYTES + headerBytes);
  for (const block of blocks) {
    bytes.set(new Uint8Array(block.buffer, block.byteOffset, block.byteLength), offset);
    offset = aligned(offset + block.byteLength);
  }
  const end = HEAD_BYTES + headerBytes;
  writeChecksum(bytes, end - CHECKSUM_BYTES, checksumOf(bytes));
  return bytes;
}

/** A number of 32 bits as white space. */
function writeChecksum(bytes: Uint8Array, at: number, checksum: number): void {
  for (let place = 0; place < CHECKSUM_BYTES; place += 1) {
    bytes[at + place] = WHITE[(checksum >>> (2 * place)) & 3] as number;
  }
}

/**
 * A checksum over words of 32 bits, of bytes whose own place for it holds zeros. Every step maps states one to one, so that a
 * change within one word is always noticed, and any other but once in four thousand million times.
 */
function checksumOf(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  let hash = bytes.length;
  for (let index = 0; index < words.length; index += 1) {
    hash = Math.imul(hash ^ (words[index] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** Whether a frame that carries a checksum is what was written. */
function isWhole(bytes: Uint8Array, headerEnd: number): boolean {
  if (bytes.length % 8 !== 0 || headerEnd < HEAD_BYTES + CHECKSUM_BYTES) return false;
  const copy = new Uint8Array(bytes);
  const at = headerEnd - CHECKSUM_BYTES;
  copy.fill(0, at, headerEnd);
  writeChecksum(copy, at, checksumOf(copy));
  return copy.subarray(at, headerEnd).every((byte, place) => byte === bytes[at + place]);
}

/** The kind of a frame, or `undefined` where the bytes are none. */
export function frameKind(bytes: Uint8Array): number | undefined {
  return bytes.length >= HEAD_BYTES && MAGIC.every((byte, index) => bytes[index] === byte)
    ? bytes[4]
    : undefined;
}

/**
 * Opens a frame. Nothing is allocated that the input does not pay for.
 *
 * @param what names the thing in the error message: `profile`, `chunk`.
 * @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are no frame of this kind, are cut short, or are of a version
 *   newer than `newestVersion`.
 */
export function decodeFrame(
  bytes: Uint8Array,
  kind: number,
  newestVersion: number,
  what: string,
): Frame {
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
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(
    8,
    true,
  );
  if (HEAD_BYTES + headerLength > bytes.length) refuse('its header is cut short');
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      bytes.subarray(HEAD_BYTES, HEAD_BYTES + headerLength),
    );
    header = JSON.parse(text);
  } catch {
    refuse('its header is not JSON');
  }
  const mark = bytes[MARK_AT] as number;
  if (mark !== 0 && !(mark === CHECKED && isWhole(bytes, HEAD_BYTES + headerLength))) {
    refuse('it is damaged: its checksum differs');
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
