import { fileURLToPath } from 'node:url';
import type { DecimalMark } from '../cells/number-text.js';
import { LeewayError, shown, shownPath } from '../leaves/errors.js';
import { checkOptionNames, nearestName } from '../leaves/option-names.js';
import { readCsv } from './csv.js';
import { checkedEncoding, type EncodingNote } from './encoding.js';
import { readJsonLines } from './jsonl.js';
import type { BadRow, ReaderLimits, SkippedColumn, TableBatch } from './table-batch.js';
import { fileText, openTableFile, type TableFile } from './table-file.js';

/** The formats of table files. */
export type TableFormat = 'csv' | 'jsonl' | 'parquet';

/** How far a reader has come. */
export interface ReadProgress {
  /** Bytes of the file read so far; of a compressed file, compressed ones. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Rows handed out so far. */
  readonly rows: number;
}

/** How a table file is read. */
export interface ReadTableOptions {
  /** @default by the file's name: `.csv .tsv .txt`, `.jsonl .ndjson`, `.parquet .pq`, the text ones also with `.gz` */
  readonly format?: TableFormat;
  /** What separates the fields of CSV. @default a tab for `.tsv`, else the likeliest of `,`, `;`, tab and `|` */
  readonly delimiter?: string;
  /** What separates the decimals of numbers in CSV, `.` or `,`. @default what the values of each column say */
  readonly decimal?: '.' | ',';
  /** The encoding of text. @default what the file's mark says, else UTF-8 or, where bytes are none, Windows-1252 */
  readonly encoding?: string;
  /** Rows a batch has at most; wide tables come in shorter ones. @default 4096 */
  readonly batchRows?: number;
  /** More columns are an error. @default 10_000 */
  readonly maxColumns?: number;
  /** A longer row, in characters, is an error: a quote that nobody closes would else take the file into memory. @default 16_777_216 */
  readonly maxRowLength?: number;
  /** Is told of each row that can't be read, which is in no batch. @default the first such row is an error */
  readonly onBadRow?: (row: BadRow) => void;
  /** Is told of each column that can't be read, which is in no batch from there on. @default the first one is an error */
  readonly onSkippedColumn?: (column: SkippedColumn) => void;
  /** Is told where a text is not plain UTF-8, and nothing says what it is. @default a process warning */
  readonly onEncoding?: (note: EncodingNote) => void;
  /** Is told after each batch, and at the end. */
  readonly onProgress?: (progress: ReadProgress) => void;
  readonly signal?: AbortSignal;
}

const FORMATS: readonly TableFormat[] = ['csv', 'jsonl', 'parquet'];
const EXTENSIONS: ReadonlyMap<string, TableFormat> = new Map([
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['txt', 'csv'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['parquet', 'parquet'],
  ['pq', 'parquet'],
]);
const OPTION_NAMES = [
  'format',
  'delimiter',
  'decimal',
  'encoding',
  'batchRows',
  'maxColumns',
  'maxRowLength',
  'onBadRow',
  'onSkippedColumn',
  'onEncoding',
  'onProgress',
  'signal',
];

/**
 * Reads a table file in batches of columns, as fast as they are asked for: the file is never in memory as a whole. For
 * profiling training data, or anything else that takes a table bit by bit.
 *
 * CSV: the first row names the columns, values stay text, an empty field is `null`. JSON lines: an object a line. Parquet:
 * whole numbers beyond 2^53 are rounded, dates are Date objects, bytes hexadecimal text. Nested values stay lists and
 * objects: a profile takes them apart. Columns without a name get one, and names that occur twice a number. Memory: a
 * batch and a few pieces of 64 KB; of Parquet, a row group. A text without a mark is read twice, to know its encoding.
 *
 * @param source the path of the file.
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is wrong or the format unknown, at once; where the file can't be
 *   opened, from the iteration. `ERR_LEEWAY_FORMAT` from the iteration, where the file is damaged, of another format or
 *   beyond the bounds. The reason of `signal` where it was aborted.
 *
 * @example
 * const profile = new Profile();
 * for await (const { columns, rows } of readTable('training.csv')) profile.addColumns(columns, 0, rows);
 * profile.settle();
 */
export function readTable(
  source: string | URL,
  options: ReadTableOptions = {},
): AsyncIterable<TableBatch> {
  checkOptionNames('readTable', options, OPTION_NAMES);
  const path = checkedPath(source);
  const format = tableFormat(path, options.format);
  const limits = {
    batchRows: checkedCount('batchRows', options.batchRows ?? 4096),
    maxColumns: checkedCount('maxColumns', options.maxColumns ?? 10_000),
    maxRowLength: checkedCount('maxRowLength', options.maxRowLength ?? 16 * 1024 * 1024),
    onBadRow: checkedCallback('onBadRow', options.onBadRow) ?? refuseBadRow,
  };
  const delimiter =
    checkedDelimiter(options.delimiter) ?? (/\.tsv(\.gz)?$/i.test(path) ? '\t' : undefined);
  const reading = {
    path,
    format,
    limits,
    delimiter,
    decimal: checkedDecimal(options.decimal),
    encoding: checkedEncoding(options.encoding),
    onSkippedColumn: checkedCallback('onSkippedColumn', options.onSkippedColumn) ?? refuseColumn,
    onEncoding: checkedCallback('onEncoding', options.onEncoding) ?? warnOfEncoding(path),
    onProgress: checkedCallback('onProgress', options.onProgress),
    signal: options.signal,
  };
  return { [Symbol.asyncIterator]: () => batches(reading) };
}

interface Reading {
  readonly path: string;
  readonly format: TableFormat;
  readonly limits: ReaderLimits;
  readonly delimiter: string | undefined;
  readonly decimal: DecimalMark | undefined;
  readonly encoding: string | undefined;
  readonly onSkippedColumn: (column: SkippedColumn) => void;
  readonly onEncoding: (note: EncodingNote) => void;
  readonly onProgress: ((progress: ReadProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

async function* batches(reading: Reading): AsyncGenerator<TableBatch> {
  const { path, onProgress, signal } = reading;
  signal?.throwIfAborted();
  const file = await openTableFile(path);
  try {
    let rows = 0;
    for await (const batch of formatReader(file, reading)) {
      signal?.throwIfAborted();
      rows += batch.rows;
      yield batch;
      onProgress?.({ bytes: file.bytes, totalBytes: file.totalBytes, rows });
    }
    onProgress?.({ bytes: file.totalBytes, totalBytes: file.totalBytes, rows });
  } finally {
    await file.handle.close();
  }
}

async function* formatReader(file: TableFile, reading: Reading): AsyncGenerator<TableBatch> {
  const { format, limits, delimiter, decimal, encoding, onSkippedColumn, onEncoding, signal } =
    reading;
  if (format === 'parquet') {
    // Loaded on demand: who reads text needs none of it.
    const { readParquet } = await import('./parquet.js');
    yield* readParquet(file, limits, onSkippedColumn);
    return;
  }
  const text = untilAborted(fileText(file, { encoding, onEncoding }), signal);
  yield* format === 'csv'
    ? readCsv(text, { ...limits, delimiter, decimal })
    : readJsonLines(text, limits);
}

async function* untilAborted(
  text: AsyncIterable<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  for await (const piece of text) {
    signal?.throwIfAborted();
    yield piece;
  }
}

function refuseBadRow({ line, reason }: BadRow): never {
  throw new LeewayError(
    'ERR_LEEWAY_FORMAT',
    `line ${line}: ${reason} (set onBadRow to continue without such rows)`,
  );
}

function refuseColumn({ column, reason }: SkippedColumn): never {
  throw new LeewayError(
    'ERR_LEEWAY_FORMAT',
    `column ${JSON.stringify(column)}: ${reason} (set onSkippedColumn to continue without such columns)`,
  );
}

const warnOfEncoding =
  (path: string) =>
  ({ reason }: EncodingNote): void =>
    process.emitWarning(`leeway: ${path}: ${reason}`, { code: 'LEEWAY_ENCODING' });

function checkedDecimal(decimal: unknown): DecimalMark | undefined {
  if (decimal === undefined) return undefined;
  if (decimal === '.' || decimal === ',') return decimal === ',' ? 'comma' : 'point';
  throw new LeewayError('ERR_LEEWAY_OPTION', `decimal must be '.' or ',', got ${shown(decimal)}`);
}

function checkedPath(source: unknown): string {
  if (typeof source === 'string' && source !== '') return source;
  if (source instanceof URL && source.protocol === 'file:') return fileURLToPath(source);
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `readTable needs the path of a file, got ${shown(source)}`,
  );
}

/**
 * The format of a file: the one given, else by its name.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` naming the nearest format.
 */
export function tableFormat(path: string, format?: unknown): TableFormat {
  const known = (name: string): boolean => (FORMATS as readonly string[]).includes(name);
  if (format !== undefined) {
    if (typeof format === 'string' && known(format)) return format as TableFormat;
    const nearest =
      typeof format === 'string' ? `; did you mean ${shown(nearestName(format, FORMATS))}?` : '';
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `format must be csv, jsonl or parquet, got ${shown(format)}${nearest.replace(' (string)', '')}`,
    );
  }
  const extension = /\.([^./\\]+?)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  const found = EXTENSIONS.get(extension);
  if (found !== undefined) return found;
  const nearest =
    extension === ''
      ? undefined
      : EXTENSIONS.get(nearestName(extension, [...EXTENSIONS.keys()]) ?? '');
  const hint = nearest === undefined ? '' : `; did you mean format ${JSON.stringify(nearest)}?`;
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `can't tell the format of ${shownPath(path)} by its name: give format csv, jsonl or parquet${hint}`,
  );
}

function checkedDelimiter(delimiter: unknown): string | undefined {
  if (delimiter === undefined) return undefined;
  if (typeof delimiter === 'string' && /^[^"\r\n\ufeff]$/.test(delimiter)) return delimiter;
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `delimiter must be one character and not a quote, got ${shown(delimiter)}`,
  );
}

function checkedCount(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `${name} must be a whole number from 1, got ${shown(value)}`,
  );
}

function checkedCallback<T>(name: string, value: T | undefined): T | undefined {
  if (value === undefined || typeof value === 'function') return value;
  throw new LeewayError('ERR_LEEWAY_OPTION', `${name} must be a function, got ${shown(value)}`);
}
