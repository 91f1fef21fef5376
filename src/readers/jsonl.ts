import { parseJson } from '../cells/json-text.js';
import { LeewayError } from '../leaves/errors.js';
import {
  MAX_BATCH_LENGTH,
  type ReaderLimits,
  rowsPerBatch,
  type TableBatch,
} from './table-batch.js';

/**
 * Reads JSON lines: an object a line. Values stay what JSON made of them, lists and objects too. Empty lines are no rows;
 * a line that is no JSON object is a bad row. Bare NaN is null, and bare infinities are numbers, as Python writes them.
 */
export async function* readJsonLines(
  text: AsyncIterable<string>,
  limits: ReaderLimits,
): AsyncGenerator<TableBatch> {
  const table = new JsonTable(limits);
  let unfinished: string[] = [];
  let length = 0;
  for await (const chunk of text) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      const piece = chunk.slice(start, end);
      const line = unfinished.length === 0 ? piece : [...unfinished, piece].join('');
      unfinished = [];
      length = 0;
      start = end + 1;
      yield* table.take(line);
    }
    if (start === chunk.length) continue;
    unfinished.push(chunk.slice(start));
    length += chunk.length - start;
    table.checkLength(length);
  }
  if (length > 0) yield* table.take(unfinished.join(''));
  yield* table.end();
}

/** Turns objects into batches of columns. */
class JsonTable {
  readonly #limits: ReaderLimits;
  readonly #names = new Set<string>();
  #columns = new Map<string, unknown[]>();
  #rows = 0;
  #length = 0;
  #line = 0;

  constructor(limits: ReaderLimits) {
    this.#limits = limits;
  }

  checkLength(length: number): void {
    const { maxRowLength } = this.#limits;
    if (length <= maxRowLength) return;
    throw new LeewayError(
      'ERR_LEEWAY_FORMAT',
      `line ${this.#line + 1} is longer than ${maxRowLength} characters`,
    );
  }

  *take(text: string): Generator<TableBatch> {
    this.checkLength(text.length);
    this.#line += 1;
    if (text.trim() === '') return;
    const row = parsedObject(text);
    if (typeof row === 'string') {
      this.#limits.onBadRow({ line: this.#line, reason: row });
      return;
    }
    for (const name of Object.keys(row)) this.#columnFor(name)[this.#rows] = row[name];
    this.#rows += 1;
    this.#length += text.length;
    const full = this.#rows >= rowsPerBatch(this.#columns.size, this.#limits.batchRows);
    if (full || this.#length > MAX_BATCH_LENGTH) yield this.#batch();
  }

  *end(): Generator<TableBatch> {
    if (this.#rows > 0) yield this.#batch();
  }

  #columnFor(name: string): unknown[] {
    const known = this.#columns.get(name);
    if (known !== undefined) {
      while (known.length < this.#rows) known.push(null);
      return known;
    }
    this.#names.add(name);
    if (this.#names.size > this.#limits.maxColumns) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        `by line ${this.#line} the table has more than the ${this.#limits.maxColumns} columns of maxColumns`,
      );
    }
    const column = new Array<unknown>(this.#rows).fill(null);
    this.#columns.set(name, column);
    return column;
  }

  #batch(): TableBatch {
    for (const column of this.#columns.values())
      while (column.length < this.#rows) column.push(null);
    const batch = { columns: this.#columns, rows: this.#rows };
    this.#columns = new Map();
    this.#rows = 0;
    this.#length = 0;
    return batch;
  }
}

/** The object of a line, or why there is none. */
function parsedObject(text: string): Readonly<Record<string, unknown>> | string {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return 'not JSON';
  }
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    return value as Record<string, unknown>;
  if (value === null) return 'not a JSON object but null';
  return `not a JSON object but a ${Array.isArray(value) ? 'list' : typeof value}`;
}
