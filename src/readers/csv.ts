import papaparse from 'papaparse';
import type { DecimalMark } from '../cells/number-text.js';
import { readString } from '../cells/read-text.js';
import { LeewayError } from '../leaves/errors.js';
import { type CsvRecords, CsvSplitter } from './csv-records.js';
import {
  MAX_BATCH_LENGTH,
  type ReaderLimits,
  rowsPerBatch,
  type TableBatch,
} from './table-batch.js';

/** The delimiters that are recognised without being told. */
const GUESSED = [',', ';', '\t', '|'];
/** Text to guess the delimiter and the ends of lines from. */
const SAMPLE_LENGTH = 64 * 1024;
const SAMPLE_ROWS = 20;
/** From this length on V8 keeps a substring as a view of the text it was cut from, and so the text alive. */
const SLICE_LENGTH = 13;

/** How a CSV text is read. */
export interface CsvOptions extends ReaderLimits {
  /** What separates fields. @default the likeliest */
  readonly delimiter?: string | undefined;
  /** What separates decimals: such numbers are then read as numbers here. @default what each column's values say */
  readonly decimal?: DecimalMark | undefined;
}

/**
 * Reads CSV (RFC 4180, and what is found instead): the first row names the columns; fields stay text; an empty field is
 * missing. Ends of lines may be mixed. Empty lines are no rows, except in a table of one column, where they are missing
 * values. A row with more or fewer fields than there are columns is bad: its values can't be told apart.
 */
export async function* readCsv(
  text: AsyncIterable<string>,
  options: CsvOptions,
): AsyncGenerator<TableBatch> {
  let table: CsvTable | undefined;
  let splitter: CsvSplitter | undefined;
  let head = '';
  const start = (): void => {
    const newline = !head.includes('\n') && head.includes('\r') ? '\r' : '\n';
    const delimiter = options.delimiter ?? guessDelimiter(head, newline);
    splitter = new CsvSplitter({ delimiter, newline, maxRowLength: options.maxRowLength });
    table = new CsvTable(options);
  };
  const take = function* (records: CsvRecords, length: number): Generator<TableBatch> {
    if (table !== undefined) yield* table.take(records, length);
  };
  for await (const chunk of text) {
    if (splitter === undefined) {
      head += chunk;
      if (head.length < SAMPLE_LENGTH) continue;
      start();
      yield* take((splitter as unknown as CsvSplitter).push(head), head.length);
    } else {
      yield* take(splitter.push(chunk), chunk.length);
    }
  }
  if (splitter === undefined) {
    start();
    yield* take((splitter as unknown as CsvSplitter).push(head), head.length);
  }
  yield* take((splitter as unknown as CsvSplitter).end(), 0);
  yield* (table as unknown as CsvTable).end();
}

/** Turns records into batches of columns. */
class CsvTable {
  readonly #limits: CsvOptions;
  #names: readonly string[] | undefined;
  #columns: unknown[][] = [];
  #rows = 0;
  #batchRows = 0;
  #length = 0;
  #batches = 0;

  constructor(limits: CsvOptions) {
    this.#limits = limits;
  }

  *take(records: CsvRecords, length: number): Generator<TableBatch> {
    this.#length += length;
    for (const [index, fields] of records.records.entries()) {
      const last = fields.at(-1) as string;
      if (last.endsWith('\r')) fields[fields.length - 1] = last.slice(0, -1);
      const blank = fields.length === 1 && fields[0] === '';
      if (this.#names === undefined) {
        if (!blank) this.#takeHeader(fields, records.problems.get(index));
        continue;
      }
      if (blank && this.#names.length > 1) continue;
      const problem = records.problems.get(index) ?? this.#misfit(fields.length);
      if (problem !== undefined) {
        const line = records.lineOf(index);
        const next = records.lineOf(index + 1);
        this.#limits.onBadRow({
          line,
          reason: next - line > 1 ? `${problem} (it runs to line ${next - 1})` : problem,
        });
        continue;
      }
      for (let column = 0; column < fields.length; column += 1) {
        const field = fields[column] as string;
        (this.#columns[column] as unknown[])[this.#rows] = this.#valueOf(field);
      }
      this.#rows += 1;
      if (this.#rows === this.#batchRows) yield this.#batch();
    }
    if (this.#length > MAX_BATCH_LENGTH && this.#rows > 0) yield this.#batch();
  }

  *end(): Generator<TableBatch> {
    if (this.#names === undefined) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        'a CSV file begins with a row of column names; this one is empty',
      );
    }
    if (this.#rows > 0 || this.#batches === 0) yield this.#batch();
  }

  #takeHeader(fields: readonly string[], problem: string | undefined): void {
    const { maxColumns, batchRows } = this.#limits;
    if (problem !== undefined)
      throw new LeewayError('ERR_LEEWAY_FORMAT', `in the row of column names ${problem}`);
    if (fields.length > maxColumns) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        `the table has ${fields.length} columns, more than the ${maxColumns} of maxColumns`,
      );
    }
    if (fields.some((field) => field.includes('\0'))) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        'the row of column names holds NUL bytes; this is not a text file',
      );
    }
    this.#names = uniqueNames(fields.map((field) => field.trim()));
    this.#batchRows = rowsPerBatch(fields.length, batchRows);
    this.#columns = fields.map(() => []);
  }

  #valueOf(field: string): string | number | null {
    if (field === '') return null;
    const { decimal } = this.#limits;
    const number = decimal === undefined ? Number.NaN : numberBy(field, decimal);
    return Number.isNaN(number) ? ownCopy(field) : number;
  }

  #misfit(fields: number): string | undefined {
    const columns = this.#names?.length ?? 0;
    if (fields === columns) return undefined;
    return `${fields} ${fields === 1 ? 'field' : 'fields'}, where the table has ${columns} columns`;
  }

  #batch(): TableBatch {
    const names = this.#names ?? [];
    const batch = {
      columns: new Map(names.map((name, index) => [name, this.#columns[index] ?? []])),
      rows: this.#rows,
    };
    this.#columns = names.map(() => []);
    this.#rows = 0;
    this.#length = 0;
    this.#batches += 1;
    return batch;
  }
}

/** Names for columns: `column_3` for the third where it has none, `price_2` for the second of that name. */
export function uniqueNames(fields: readonly string[]): string[] {
  const given = new Set(fields);
  const taken = new Set<string>();
  return fields.map((field, index) => {
    const wanted = field === '' ? `column_${index + 1}` : field;
    let name = ownCopy(wanted);
    for (let copy = 2; taken.has(name) || (name !== field && given.has(name)); copy += 1)
      name = `${wanted}_${copy}`;
    taken.add(name);
    return name;
  });
}

function guessDelimiter(head: string, newline: string): string {
  const lines = head.slice(0, head.lastIndexOf(newline) + 1) || head;
  const { meta } = papaparse.parse(lines, {
    preview: SAMPLE_ROWS,
    newline: newline as '\n' | '\r',
    delimitersToGuess: GUESSED,
    skipEmptyLines: true,
  });
  return GUESSED.includes(meta.delimiter) ? meta.delimiter : ',';
}

/** A number by a decimal mark that was given; NaN where the field is none by that mark. */
function numberBy(field: string, mark: DecimalMark): number {
  const { sort, value, other = value } = readString(field);
  if (sort === 'integer') return value;
  if (sort !== 'dressed' && sort !== 'decimal') return Number.NaN;
  return mark === 'comma' ? other : value;
}

/** A string that keeps no other alive: whoever remembers a category would else hold the whole piece it was read from. */
function ownCopy(field: string): string {
  return field.length < SLICE_LENGTH ? field : ` ${field}`.slice(1);
}
