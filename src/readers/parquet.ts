import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type AsyncBuffer, type Compressors, type FileMetaData, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { LeewayError } from '../errors.js';
import { type ReaderLimits, rowsPerBatch, type TableBatch } from './table-batch.js';
import type { TableFile } from './table-file.js';

/** Node's own inflate is several times as fast as one in JavaScript, and stops at the length that was announced. */
const COMPRESSORS: Compressors = {
  ...compressors,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
};

/**
 * Reads Parquet, one row group after another: a row group is what is in memory at a time. Integers beyond 2^53 become
 * text, dates and times Date objects, bytes that are no text hexadecimal text; lists and structures stay lists and objects.
 */
export async function* readParquet(file: TableFile, limits: ReaderLimits): AsyncGenerator<TableBatch> {
  const buffer = randomAccess(file);
  const metadata = await asFormatError(file, async () => {
    const read = await parquetMetadataAsync(buffer);
    for (const group of read.row_groups) safeRows(group.num_rows);
    return read;
  });
  const names = columnNames(metadata);
  if (names.length > limits.maxColumns) {
    throw new LeewayError(
      'ERR_LEEWAY_FORMAT',
      `the table has ${names.length} columns, more than the ${limits.maxColumns} of maxColumns`,
    );
  }
  const batchRows = rowsPerBatch(names.length, limits.batchRows);
  let start = 0;
  let batches = 0;
  for (const group of metadata.row_groups) {
    const rows = safeRows(group.num_rows);
    const columns = await asFormatError(file, () => readGroup({ buffer, metadata, names, start, rows }));
    for (let from = 0; from < rows; from += batchRows) {
      const to = Math.min(rows, from + batchRows);
      batches += 1;
      yield {
        columns: new Map([...columns].map(([name, values]) => [name, plainValues(values, from, to)])),
        rows: to - from,
      };
    }
    start += rows;
  }
  if (batches === 0) yield { columns: new Map(names.map((name) => [name, []])), rows: 0 };
}

type Piece = ArrayLike<unknown>;

async function readGroup(group: {
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly names: readonly string[];
  readonly start: number;
  readonly rows: number;
}): Promise<Map<string, Piece>> {
  const { buffer, metadata, names, start, rows } = group;
  const pieces = new Map<string, Piece[]>(names.map((name) => [name, []]));
  if (rows > 0) {
    await parquetRead({
      file: buffer,
      metadata,
      rowStart: start,
      rowEnd: start + rows,
      compressors: COMPRESSORS,
      onChunk: ({ columnName, columnData }) => pieces.get(columnName)?.push(columnData),
    });
  }
  const columns = new Map<string, Piece>();
  for (const [name, parts] of pieces) {
    const values = parts.length === 1 ? (parts[0] as Piece) : parts.flatMap((part) => Array.from(part));
    if (values.length !== rows)
      throw new Error(`column ${JSON.stringify(name)} has ${values.length} of ${rows} values`);
    columns.set(name, values);
  }
  return columns;
}

function columnNames(metadata: FileMetaData): string[] {
  const [root, ...elements] = metadata.schema;
  const names: string[] = [];
  let index = 0;
  const skip = (): void => {
    const children = elements[index]?.num_children ?? 0;
    index += 1;
    for (let child = 0; child < children && index < elements.length; child += 1) skip();
  };
  for (let child = 0; child < (root?.num_children ?? 0) && index < elements.length; child += 1) {
    names.push(elements[index]?.name ?? '');
    skip();
  }
  return [...new Set(names)];
}

function safeRows(rows: bigint): number {
  if (rows < 0n || rows > 2n ** 32n) throw new Error(`a row group of ${rows} rows`);
  return Number(rows);
}

function plainValues(values: Piece, from: number, to: number): unknown[] {
  const plain = new Array<unknown>(to - from);
  for (let row = from; row < to; row += 1) {
    const value = values[row];
    plain[row - from] = typeof value === 'number' || typeof value === 'string' ? value : plainValue(value);
  }
  return plain;
}

function plainValue(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== 'object' || value instanceof Date) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plainValue);
  if (Array.isArray(value)) return value.map(plainValue);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]));
}

function randomAccess(file: TableFile): AsyncBuffer {
  const slice = async (start: number, end: number): Promise<ArrayBuffer> => {
    const from = start < 0 ? Math.max(0, file.totalBytes + start) : start;
    const to = Math.min(end, file.totalBytes);
    if (!(from >= 0 && from <= to)) throw new Error(`it points to bytes ${from} to ${end} of ${file.totalBytes}`);
    const bytes = new Uint8Array(to - from);
    const { bytesRead } = await file.handle.read(bytes, 0, bytes.length, from);
    if (bytesRead !== bytes.length) throw new Error(`it ends before byte ${to}`);
    file.bytes = Math.min(file.totalBytes, file.bytes + bytesRead);
    return bytes.buffer;
  };
  return {
    byteLength: file.totalBytes,
    slice: (start, end = file.totalBytes) => {
      const read = slice(start, end);
      // The library drops its other reads when one fails; a dropped rejection would end the process.
      read.catch(() => {});
      return read;
    },
  };
}

async function asFormatError<T>(file: TableFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof LeewayError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LeewayError('ERR_LEEWAY_FORMAT', `${file.path} can't be read as Parquet: ${why}`, { cause });
  }
}
