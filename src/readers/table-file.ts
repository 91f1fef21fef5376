import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LeewayError, shownPath } from '../leaves/errors.js';
import { nearestName } from '../leaves/option-names.js';
import { decoderOf, type EncodingNote, guessedEncoding, markedEncoding } from './encoding.js';

const CHUNK_BYTES = 64 * 1024;
/** Longer than any mark of an encoding. */
const MARK_BYTES = 3;

/** An open table file, and how much of it was read. */
export interface TableFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly totalBytes: number;
  /** Bytes of the file read so far; of a compressed file, compressed ones. */
  bytes: number;
}

/**
 * Opens a file to read a table from. The caller closes its handle.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where there is no such file, naming the nearest one of its directory.
 */
export async function openTableFile(path: string): Promise<TableFile> {
  try {
    const handle = await open(path, 'r');
    const stats = await handle.stat();
    if (stats.isDirectory()) {
      await handle.close();
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `${shownPath(path)} is a directory, not a table file`,
      );
    }
    return { path, handle, totalBytes: stats.size, bytes: 0 };
  } catch (cause) {
    if (cause instanceof LeewayError) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing
      ? `there is no file ${shownPath(path)}${await nearestFile(path)}`
      : `can't open ${shownPath(path)}`;
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      missing ? why : `${why}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function nearestFile(path: string): Promise<string> {
  const names = await readdir(dirname(path)).catch(() => []);
  const name = basename(path);
  const nearest = nearestName(
    name,
    names.filter((other) => Math.abs(other.length - name.length) <= 3).slice(0, 1000),
  );
  return nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`;
}

/**
 * The text of a file, piece by piece: in the encoding given, or the one that its mark says, else UTF-8 or, where it is
 * none, Windows-1252; without the mark; gunzipped where its bytes are gzip's, whatever it is called.
 *
 * @throws LeewayError `ERR_LEEWAY_FORMAT` where gzip data is damaged or cut short, or the file is plainly another format.
 */
export async function* fileText(
  file: TableFile,
  options: {
    readonly encoding?: string | undefined;
    readonly onEncoding: (note: EncodingNote) => void;
  },
): AsyncGenerator<string> {
  const head = new Uint8Array(4);
  const { bytesRead } = await file.handle.read(head, 0, 4, 0);
  refuseOtherFormats(file, head.subarray(0, bytesRead));
  const zipped = bytesRead >= 2 && head[0] === 0x1f && head[1] === 0x8b;
  const bytes = (): AsyncIterable<Buffer> => (zipped ? gunzipped(file) : countedBytes(file));
  let encoding = options.encoding ?? (await markIn(bytes()));
  file.bytes = 0;
  if (encoding === undefined) {
    const note = await guessedEncoding(bytes());
    file.bytes = 0;
    if (note !== undefined) options.onEncoding(note);
    encoding = note?.encoding ?? 'utf-8';
  }
  yield* decoded(bytes(), encoding);
}

/** The encoding that the mark at the beginning says. */
async function markIn(chunks: AsyncIterable<Buffer>): Promise<string | undefined> {
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    head = Buffer.concat([head, chunk]);
    if (head.length >= MARK_BYTES) break;
  }
  return markedEncoding(head);
}

async function* countedBytes(file: TableFile): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { buffer, bytesRead } = await file.handle.read(
      Buffer.allocUnsafe(CHUNK_BYTES),
      0,
      CHUNK_BYTES,
      position,
    );
    if (bytesRead === 0) return;
    position += bytesRead;
    file.bytes += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* gunzipped(file: TableFile): AsyncGenerator<Buffer> {
  // The iterator below throws the pipeline's error; the callback is there because pipeline wants one.
  const stream = pipeline(countedBytes(file), createGunzip({ chunkSize: CHUNK_BYTES }), () => {});
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    if (!String((cause as NodeJS.ErrnoException).code).startsWith('Z_')) throw cause;
    throw new LeewayError(
      'ERR_LEEWAY_FORMAT',
      `${file.path} is damaged gzip: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function* decoded(chunks: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<string> {
  const decoder = decoderOf(encoding);
  let first = true;
  for await (const chunk of chunks) {
    const text = decoder.write(chunk);
    if (text === '') continue;
    yield first && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    first = false;
  }
  const rest = decoder.end();
  if (rest !== '') yield rest;
}

const OTHER_FORMATS: ReadonlyMap<string, string> = new Map([
  ['PAR1', 'Parquet'],
  ['PK\x03\x04', 'a zip archive, as Excel writes'],
]);

function refuseOtherFormats(file: TableFile, head: Uint8Array): void {
  const mark = Buffer.from(head).toString('latin1');
  const other = OTHER_FORMATS.get(mark);
  if (other !== undefined) {
    throw new LeewayError(
      'ERR_LEEWAY_FORMAT',
      `${file.path} is not text: its first bytes are those of ${other}`,
    );
  }
}
