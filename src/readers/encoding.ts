import { isUtf8 } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';
import { LeewayError, shown } from '../leaves/errors.js';

/** In which encoding a text was taken to be, where its bytes are not plain UTF-8. */
export interface EncodingNote {
  readonly encoding: string;
  /** Why, in words. */
  readonly reason: string;
}

/** Decodes a text piece by piece. */
export interface TextDecoding {
  write(bytes: Buffer): string;
  end(): string;
}

/**
 * Checks the name of an encoding: any that `TextDecoder` knows, such as `latin1`, `utf-16be` or `shift_jis`.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it is not known.
 */
export function checkedEncoding(encoding: unknown): string | undefined {
  if (encoding === undefined) return undefined;
  try {
    if (typeof encoding === 'string') return new TextDecoder(encoding).encoding;
  } catch {
    // Told below.
  }
  const known = 'utf-8, utf-16le, utf-16be, latin1 or windows-1252';
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `encoding must be one such as ${known}, got ${shown(encoding)}`,
  );
}

/** The encoding that a mark at the beginning of a text says. */
export function markedEncoding(head: Uint8Array): string | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 'utf-8' : undefined;
}

/** A decoder of an encoding; what can't be decoded becomes U+FFFD. */
export function decoderOf(encoding: string): TextDecoding {
  if (encoding === 'utf-8' || encoding === 'utf-16le') {
    return new StringDecoder(encoding === 'utf-8' ? 'utf8' : 'utf16le');
  }
  const decoder = new TextDecoder(encoding);
  return { write: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
}

const LATIN = 'windows-1252';
/** So many bytes that are no UTF-8 settle what the text is. */
const ENOUGH = 1_000;

/**
 * Whether a text without a mark is UTF-8: where bytes are not, and there are more of these than of characters beyond
 * ASCII that are, it is taken for Windows-1252, which Excel and old databases write.
 *
 * @returns what to say of the text; `undefined` where it is all UTF-8.
 */
export async function guessedEncoding(
  chunks: AsyncIterable<Buffer>,
): Promise<EncodingNote | undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let broken = 0;
  let sound = 0;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = wholeCharacters(bytes);
    rest = bytes.subarray(end);
    const whole = bytes.subarray(0, end);
    if (isUtf8(whole)) {
      // Of a text that is sound so far it need not be known how many characters lie beyond ASCII.
      if (broken > 0 || sound === 0) sound += beyondAscii(whole);
      continue;
    }
    for (const character of whole.toString('utf8')) {
      if (character === '\ufffd') broken += 1;
      else if (character > '\u007f') sound += 1;
    }
    if (broken >= ENOUGH) break;
  }
  if (rest.length > 0 && !isUtf8(rest)) broken += 1;
  if (broken === 0) return undefined;
  const bad = `${broken >= ENOUGH ? `${ENOUGH} or more` : broken} of its characters are not UTF-8`;
  return broken > sound
    ? { encoding: LATIN, reason: `${bad}; read as Windows-1252` }
    : { encoding: 'utf-8', reason: `${bad}, and are lost` };
}

function beyondAscii(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte >= 0xc2) count += 1;
  return count;
}

/** How many bytes a character has whose first one this is. */
function sizeOf(first: number): number {
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}

/** Where the last whole character of a piece of UTF-8 ends. */
function wholeCharacters(bytes: Buffer): number {
  const { length } = bytes;
  for (let back = 1; back <= Math.min(3, length); back += 1) {
    const byte = bytes[length - back] as number;
    if (byte < 0x80) return length;
    if (byte < 0xc0) continue;
    return sizeOf(byte) > back ? length - back : length;
  }
  return length;
}
