import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { LeewayError, shown } from '../errors.js';
import { nearestName } from '../option-names.js';

const CHUNK_BYTES = 64 * 1024;

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
      throw new LeewayError('ERR_LEEWAY_OPTION', `${shown(path)} is a directory, not a table file`);
    }
    return { path, handle, totalBytes: stats.size, bytes: 0 };
  } catch (cause) {
    if (cause instanceof LeewayError) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? `there is no file ${shown(path)}${await nearestFile(path)}` : `can't open ${shown(path)}`;
    throw new LeewayError('ERR_LEEWAY_OPTION', missing ? why : `${why}: ${(cause as Error).message}`, { cause });
  }
}

async function nearestFile(path: string): Promise<string> {
  const names = await readdir(dirname(path)).catch(() => []);
  const name = basename(path);
  const nearest = nearestName(name, names.filter((other) => Math.abs(other.length - name.length) <= 3).slice(0, 1000));
  return nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`;
}

/**
 * The text of a file, piece by piece: UTF-8, or UTF-16 where it begins with that mark; without the mark; gunzipped
 * where its bytes are gzip's, whatever it is called. Bytes that are no UTF-8 become U+FFFD.
 *
 * @throws LeewayError `ERR_LEEWAY_FORMAT` where gzip data is damaged or cut short, or the file is plainly another format.
 */
export async function* fileText(file: TableFile): AsyncGenerator<string> {
  const head = new Uint8Array(4);
  const { bytesRead } = await file.handle.read(head, 0, 4, 0);
  refuseOtherFormats(file, head.subarray(0, bytesRead));
  const zipped = bytesRead >= 2 && head[0] === 0x1f && head[1] === 0x8b;
  yield* decoded(zipped ? gunzipped(file) : countedBytes(file));
}

async function* countedBytes(file: TableFile): AsyncGenerator<Buffer> {
  const stream = file.handle.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, autoClose: false });
  for await (const chunk of stream) {
    file.bytes += (chunk as Buffer).length;
    yield chunk as Buffer;
  }
}

async function* gunzipped(file: TableFile): AsyncGenerator<Buffer> {
  // The iterator below throws the pipeline's error; the callback is there because pipeline wants one.
  const stream = pipeline(countedBytes(file), createGunzip({ chunkSize: CHUNK_BYTES }), () => {});
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    if (!String((cause as NodeJS.ErrnoException).code).startsWith('Z_')) throw cause;
    throw new LeewayError('ERR_LEEWAY_FORMAT', `${file.path} is damaged gzip: ${(cause as Error).message}`, { cause });
  }
}

async function* decoded(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let decoder: StringDecoder | undefined;
  let first = true;
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (decoder === undefined) {
      head = Buffer.concat([head, chunk]);
      if (head.length < 2) continue;
      decoder = new StringDecoder(head[0] === 0xff && head[1] === 0xfe ? 'utf16le' : 'utf8');
      bytes = head;
    }
    const text = decoder.write(bytes);
    if (text === '') continue;
    yield first && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    first = false;
  }
  const rest = decoder === undefined ? head.toString('utf8') : decoder.end();
  if (rest !== '') yield rest;
}

function refuseOtherFormats(file: TableFile, head: Uint8Array): void {
  const mark = Buffer.from(head).toString('latin1');
  const other = mark === 'PAR1' ? 'Parquet' : mark === 'PK\x03\x04' ? 'a zip archive, as Excel writes' : undefined;
  if (other !== undefined) {
    throw new LeewayError('ERR_LEEWAY_FORMAT', `${file.path} is not text: its first bytes are those of ${other}`);
  }
}
