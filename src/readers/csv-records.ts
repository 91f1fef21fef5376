import papaparse from 'papaparse';
import { LeewayError } from '../leaves/errors.js';

/** Records of one piece of text, and what is wrong with some of them, by index. */
export interface CsvRecords {
  readonly records: readonly string[][];
  readonly problems: ReadonlyMap<number, string>;
  /** The line on which a record begins, from 1. Ask in ascending order. */
  lineOf(index: number): number;
}

/** How much longer an unfinished record must be before it is tried again. */
const RETRY_GROWTH = 1.25;
/** Stray quotes in one unfinished record after which quotes are taken for what they look like: damage. */
const MAX_STRAY_QUOTES = 1_000;
const STRAY_QUOTE = 'a quote inside a quoted field is not doubled';
const OPEN_QUOTE = 'a quoted field is never closed';

/**
 * Cuts text into CSV records, whatever the pieces it comes in. It keeps the record that is not finished yet, and tries
 * that one again only when there is twice as much of it, so that the work stays linear in the text.
 *
 * A field that is quoted and never closed costs its line, not the rest of the file. In text after it no quote can close
 * a field (it would have closed that one), so each line there is a record of its own.
 */
export class CsvSplitter {
  readonly #parser: papaparse.Parser;
  readonly #newline: string;
  readonly #maxRowLength: number;
  #pending = '';
  #tried = 0;
  #line = 1;

  constructor(options: {
    readonly delimiter: string;
    readonly newline: string;
    readonly maxRowLength: number;
  }) {
    const { delimiter, newline, maxRowLength } = options;
    this.#newline = newline;
    this.#maxRowLength = maxRowLength;
    this.#parser = new papaparse.Parser({
      delimiter,
      newline: newline as '\n' | '\r',
      quoteChar: '"',
    });
  }

  /** Takes in the next piece of text, and gives the records that it completes. */
  push(text: string): CsvRecords {
    this.#pending += text;
    if (this.#pending.length < RETRY_GROWTH * this.#tried) return this.#records('', [], new Map());
    const pending = this.#pending;
    const { data, errors, cursor } = this.#parse(pending, true);
    this.#pending = pending.slice(cursor);
    this.#tried = this.#pending.length;
    const consumed = pending.slice(0, cursor);
    if (
      this.#pending.length > this.#maxRowLength ||
      strayQuotes(errors, data.length) > MAX_STRAY_QUOTES
    ) {
      const why = `is longer than ${this.#maxRowLength} characters, or full of stray quotes`;
      const records = this.#records(consumed, data, new Map());
      const line = records.lineOf(data.length);
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        `the row on line ${line} ${why}; is a quote not closed?`,
      );
    }
    return this.#records(consumed, data, problemsOf(errors, data.length));
  }

  /** The records that are left when there is no more text. */
  end(): CsvRecords {
    const pending = this.#pending;
    if (pending === '') return this.#records('', [], new Map());
    const { data, errors } = this.#parse(pending, false);
    const open = errors.find((error) => error.code === 'MissingQuotes');
    if (open === undefined) {
      this.#pending = '';
      return this.#records(pending, data, problemsOf(errors, data.length));
    }
    const whole = this.#parse(pending, true);
    this.#pending = pending.slice(whole.cursor);
    const before = this.#records(
      pending.slice(0, whole.cursor),
      whole.data,
      problemsOf(whole.errors, whole.data.length),
    );
    return this.#joined(before, this.#byLine());
  }

  #parse(
    text: string,
    more: boolean,
  ): { data: string[][]; errors: papaparse.ParseError[]; cursor: number } {
    const { data, errors, meta } = this.#parser.parse(text, 0, more);
    return { data, errors, cursor: meta.cursor };
  }

  /** What is pending, each line for itself. */
  #byLine(): CsvRecords {
    const lines = this.#pending.split(this.#newline);
    if (lines.at(-1) === '') lines.pop();
    const records: string[][] = [];
    const problems = new Map<number, string>();
    for (const line of lines) {
      const { data, errors } = this.#parse(line, false);
      const [error] = errors;
      if (error !== undefined)
        problems.set(records.length, error.code === 'MissingQuotes' ? OPEN_QUOTE : STRAY_QUOTE);
      records.push(data[0] ?? ['']);
    }
    const text = this.#pending;
    this.#pending = '';
    return this.#records(text, records, problems);
  }

  #records(text: string, records: string[][], problems: Map<number, string>): CsvRecords {
    const newline = this.#newline;
    const quoted = text.includes('"');
    let index = 0;
    let line = this.#line;
    if (text !== '') this.#line += count(text, newline);
    const lineOf = (wanted: number): number => {
      for (; index < wanted; index += 1) {
        line += 1;
        if (quoted) for (const field of records[index] ?? []) line += count(field, newline);
      }
      return line;
    };
    return { records, problems, lineOf };
  }

  #joined(a: CsvRecords, b: CsvRecords): CsvRecords {
    const shift = a.records.length;
    return {
      records: [...a.records, ...b.records],
      problems: new Map([
        ...a.problems,
        ...[...b.problems].map(([i, why]): [number, string] => [i + shift, why]),
      ]),
      lineOf: (index) => (index < shift ? a.lineOf(index) : b.lineOf(index - shift)),
    };
  }
}

function problemsOf(
  errors: readonly papaparse.ParseError[],
  finished: number,
): Map<number, string> {
  const problems = new Map<number, string>();
  for (const { row } of errors)
    if (row !== undefined && row < finished) problems.set(row, STRAY_QUOTE);
  return problems;
}

function strayQuotes(errors: readonly papaparse.ParseError[], unfinished: number): number {
  return errors.reduce((sum, { row }) => sum + (row === unfinished ? 1 : 0), 0);
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length))
    found += 1;
  return found;
}
