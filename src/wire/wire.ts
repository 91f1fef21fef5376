import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { parseJson } from '../cells/json-text.js';

export { parseJson } from '../cells/json-text.js';

/** Headers by lower-case name. */
export type HeaderOf = (name: string) => string | undefined;

/** A body that is text and no JSON: CSV, server-sent events, plain words. */
export class TextBody {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Longer compressed bodies are not opened: it would take too long between two requests. */
const MAX_COMPRESSED_BYTES = 65_536;

const OPENERS: Readonly<
  Record<string, (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array>
> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/**
 * A body off the wire as codecs take it: the value of JSON, text that is none as `TextBody`, other bytes as they are.
 *
 * @param most how long it may be once it is opened.
 * @returns `undefined` where it is compressed in a way that is not opened, and is no JSON either, as it is where it was seen on
 *   its way to a compression.
 */
export function readBody(content: string | Uint8Array, header: HeaderOf, most: number): unknown {
  if (typeof content === 'string') return parsedOrText(content);
  const opened = decompressed(content, header('content-encoding'), most);
  if (opened === undefined) return jsonBytes(content);
  return isBinary(header) ? opened : parsedOrText(Buffer.from(opened).toString('utf8'));
}

/** The JSON of bytes that were seen before they were compressed; nothing where they are something else. */
function jsonBytes(content: Uint8Array): unknown {
  try {
    return parseJson(Buffer.from(content).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Clients of the binary extension tell it by its own header, and often no type. */
const isBinary = (header: HeaderOf): boolean =>
  /octet-stream|^image\/|^audio\/|^video\//i.test(header('content-type') ?? '') ||
  header('inference-header-content-length') !== undefined;

/** The value of a JSON text, else the text as it is; without the mark of the byte order before it. */
export function parsedOrText(text: string): unknown {
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text;
  try {
    return parseJson(plain);
  } catch {
    return new TextBody(plain);
  }
}

function decompressed(
  bytes: Uint8Array,
  encoding: string | undefined,
  most: number,
): Uint8Array | undefined {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  if (name === 'identity' || name === '') return bytes;
  const open = Object.hasOwn(OPENERS, name) ? OPENERS[name] : undefined;
  if (open === undefined || bytes.length > MAX_COMPRESSED_BYTES) return undefined;
  try {
    return open(bytes, { maxOutputLength: most });
  } catch {
    return undefined;
  }
}
