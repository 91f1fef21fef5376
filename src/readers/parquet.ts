import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { LeewayError } from '../leaves/errors.js';
import { columnsOf, completed, PARSERS, type ParquetColumn } from './parquet-columns.js';
import {
  type ReaderLimits,
  rowsPerBatch,
  type SkippedColumn,
  type TableBatch,
} from './table-batch.js';
import type { TableFile } from './table-file.js';

/** Node's own inflate is several times as fast as one in JavaScript, and stops at the length that was announced. */
const COMPRESSORS: Compressors = {
  ...compressors,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
};

/**
 * Reads Parquet, one row group after another: a row group is what is in memory at a time. Whole numbers beyond 2^53 are
 * rounded, dates and times are Date objects, times of day text, bytes that are no text hexadecimal text; lists and
 * structures stay lists and objects. A column that can't be read is left out of the batches from there on.
 */
export async function* readParquet(
  file: TableFile,
  limits: ReaderLimits,
  onSkippedColumn: (column: SkippedColumn) => void,
): AsyncGenerator<TableBatch> {
  const buffer = randomAccess(file);
  const metadata = await asFormatError(file, async () => {
    const read = completed(await parquetMetadataAsync(buffer));
    for (const group of read.row_groups) safeRows(group.num_rows);
    return read;
  });
  const all = columnsOf(metadata);
  if (all.length > limits.maxColumns) {
    throw new LeewayError(
      'ERR_LEEWAY_FORMAT',
      `the table has ${all.length} columns, more than the ${limits.maxColumns} of maxColumns`,
    );
  }
  let columns = all;
  const leaveOut = (column: ParquetColumn, reason: string): void => {
    columns = columns.filter((other) => other !== column);
    onSkippedColumn({ column: column.name, reason });
  };
  for (const column of all) {
    if (column.unsupported !== undefined)
      leaveOut(column, `Parquet type ${column.unsupported} is not supported`);
  }
  const batchRows = rowsPerBatch(all.length, limits.batchRows);
  let start = 0;
  let batches = 0;
  for (const group of metadata.row_groups) {
    const rows = safeRows(group.num_rows);
    const reading = { buffer, metadata, start, rows };
    const read = await asFormatError(file, () => readGroup(reading, columns, leaveOut));
    for (let from = 0; from < rows; from += batchRows) {
      const to = Math.min(rows, from + batchRows);
      batches += 1;
      yield {
        columns: new Map([...read].map(([name, values]) => [name, values.slice(from, to)])),
        rows: to - from,
      };
    }
    start += rows;
  }
  if (batches === 0) yield { columns: new Map(columns.map(({ name }) => [name, []])), rows: 0 };
}

interface GroupReading {
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly start: number;
  readonly rows: number;
}

/** A row group at once; where that fails column by column, so that one column does not cost the others. */
async function readGroup(
  reading: GroupReading,
  columns: readonly ParquetColumn[],
  leaveOut: (column: ParquetColumn, reason: string) => void,
): Promise<Map<string, unknown[]>> {
  try {
    return await readColumns(reading, columns);
  } catch (cause) {
    const read = new Map<string, unknown[]>();
    const failed = new Map<ParquetColumn, unknown>();
    for (const column of columns) {
      try {
        for (const [name, values] of await readColumns(reading, [column])) read.set(name, values);
      } catch (reason) {
        failed.set(column, reason);
      }
    }
    if (read.size === 0) throw cause;
    for (const [column, reason] of failed) {
      const rows = `rows ${reading.start + 1} to ${reading.start + reading.rows}`;
      leaveOut(
        column,
        `${rows} can't be read: ${reason instanceof Error ? reason.message : String(reason)}`,
      );
    }
    return read;
  }
}

async function readColumns(
  { buffer, metadata, start, rows }: GroupReading,
  columns: readonly ParquetColumn[],
): Promise<Map<string, unknown[]>> {
  const pieces = new Map<string, ArrayLike<unknown>[]>(columns.map(({ name }) => [name, []]));
  if (rows > 0 && columns.length > 0) {
    await parquetRead({
      file: buffer,
      metadata,
      columns: columns.map(({ name }) => name),
      rowStart: start,
      rowEnd: start + rows,
      compressors: COMPRESSORS,
      parsers: PARSERS,
      utf8: false,
      onChunk: ({ columnName, columnData }) => pieces.get(columnName)?.push(columnData),
    });
  }
  const read = new Map<string, unknown[]>();
  for (const { name, plain } of columns) {
    const parts = pieces.get(name) ?? [];
    const values =
      parts.length === 1
        ? (parts[0] as ArrayLike<unknown>)
        : parts.flatMap((part) => Array.from(part));
    if (values.length !== rows) {
      throw new Error(`column ${JSON.stringify(name)} has ${values.length} of ${rows} values`);
    }
    read.set(name, plain(values));
  }
  return read;
}

function safeRows(rows: bigint): number {
  if (rows < 0n || rows > 2n ** 32n) throw new Error(`a row group of ${rows} rows`);
  return Number(rows);
}

function randomAccess(file: TableFile): AsyncBuffer {
  const slice = async (start: number, end: number): Promise<ArrayBuffer> => {
    const from = start < 0 ? Math.max(0, file.totalBytes + start) : start;
    const to = Math.min(end, file.totalBytes);
    if (!(from >= 0 && from <= to))
      throw new Error(`it points to bytes ${from} to ${end} of ${file.totalBytes}`);
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
    throw new LeewayError('ERR_LEEWAY_FORMAT', `${file.path} can't be read as Parquet: ${why}`, {
      cause,
    });
  }
}
