import { createHmac } from 'node:crypto';
import { atOnce } from '../at-once.js';
import type { Cell } from '../tracking/chunk.js';
import { cellOf, type DecodedTable, widthOf } from './decoded-table.js';

/** What becomes of a column's values before anything keeps them. */
export type Redaction = 'drop' | { readonly hash: string } | ((value: Cell) => unknown);

/** Which columns are kept, and how. Names are those of columns, `X_age`. */
export interface ColumnRulesOptions {
  readonly redact: ReadonlyMap<string, Redaction>;
  /** Only these; empty: all. */
  readonly include: ReadonlySet<string>;
  readonly exclude: ReadonlySet<string>;
  /** Columns of which so many distinct values are kept, and `other` for the rest. */
  readonly segments: ReadonlySet<string>;
  readonly segmentValues: number;
}

const OTHER = 'other';
/** 16 hexadecimal digits of a hash: two values in a billion share one with probability 0.03. */
const HASH_DIGITS = 16;

/**
 * Turns decoded tables into what may be kept: columns named, unwanted ones gone, others redacted, segments within bounds.
 * It works on the decoder's own copy, before any buffer sees it.
 */
export class ColumnRules {
  readonly #options: ColumnRulesOptions;
  readonly #idle: boolean;
  readonly #segments = new Map<string, Set<Cell>>();

  constructor(options: ColumnRulesOptions) {
    const { redact, include, exclude, segments } = options;
    this.#options = options;
    this.#idle = redact.size + include.size + exclude.size + segments.size === 0;
  }

  /**
   * @param given names for columns known by position.
   * @throws what a redaction of the user's throws.
   */
  apply(table: DecodedTable, side: 'X_' | 'Y_', given: readonly string[]): DecodedTable {
    if (this.#idle && (given.length === 0 || (table.names !== undefined && table.fromPositions !== true))) return table;
    const counted = table.count === undefined ? {} : { count: table.count };
    const names = namesOf(table, given);
    if (this.#idle) return { names, rows: table.rows, ...counted };
    const above = table.under === undefined ? [] : ancestry(`${side}${table.under}`);
    const kept = names.flatMap((name, index) => {
      const change = this.#changeOf(`${side}${name}`, above);
      return change === 'drop' ? [] : [{ name, index, change }];
    });
    const rows = table.rows.map((row) =>
      kept.map(({ index, change }) => (change === undefined ? (row[index] ?? null) : change(row[index] ?? null))),
    );
    return { names: kept.map(({ name }) => name), rows, ...counted };
  }

  #changeOf(column: string, above: readonly string[]): 'drop' | ((cell: Cell) => Cell) | undefined {
    const { redact, include, exclude, segments } = this.#options;
    const named = [...ancestry(column), ...above];
    if (named.some((name) => exclude.has(name))) return 'drop';
    if (include.size > 0 && !named.some((name) => include.has(name))) return 'drop';
    const redaction = named.map((name) => redact.get(name)).find((one) => one !== undefined);
    if (redaction === 'drop') return 'drop';
    const redacted = redaction === undefined ? undefined : redactor(redaction);
    if (!segments.has(column)) return redacted;
    return (cell) => this.#segment(column, redacted === undefined ? cell : redacted(cell));
  }

  #segment(column: string, cell: Cell): Cell {
    if (cell === null) return null;
    let known = this.#segments.get(column);
    if (known === undefined) {
      known = new Set();
      this.#segments.set(column, known);
    }
    if (known.has(cell)) return cell;
    if (known.size >= this.#options.segmentValues) return OTHER;
    known.add(cell);
    return cell;
  }
}

/** A table's names, with given ones in place of positions. */
function namesOf(table: DecodedTable, given: readonly string[]): readonly string[] {
  const { names, fromPositions } = table;
  if (names === undefined) return Array.from({ length: widthOf(table) }, (_, index) => given[index] ?? String(index));
  return fromPositions === true ? names.map((name) => name.replace(/^\d+/, (place) => given[+place] ?? place)) : names;
}

/** A column's name, and those of the objects and lists it lies in: what is said of these is said of it. */
function ancestry(column: string): string[] {
  const names = [column];
  for (let dot = column.lastIndexOf('.'); dot > 0; dot = column.lastIndexOf('.', dot - 1)) {
    names.push(column.slice(0, dot));
  }
  return names;
}

function redactor(redaction: Exclude<Redaction, 'drop'>): (cell: Cell) => Cell {
  if (typeof redaction === 'function') return (cell) => cellOf(atOnce(redaction(cell), 'redact'));
  return (cell) => {
    if (cell === null) return null;
    return createHmac('sha256', redaction.hash)
      .update(`${typeof cell}:${cell}`)
      .digest('hex')
      .slice(0, HASH_DIGITS);
  };
}
