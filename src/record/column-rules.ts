import { createHmac } from 'node:crypto';
import { meansColumn, type PatternReading } from '../leaves/column-pattern.js';
import { answerNow } from '../leaves/require-sync.js';
import type { Cell } from '../tracking/chunk.js';
import { cellOf, type DecodedTable, widthOf } from '../wire/decoded-table.js';

/** What becomes of a column's values before anything keeps them. */
export type Redaction = 'drop' | { readonly hash: string } | ((value: Cell) => unknown);

/** Which columns are kept, and how. Names are those of columns, `X_age`, or without prefix those of either side, `age`. */
export interface ColumnRulesOptions {
  readonly redact: ReadonlyMap<string, Redaction>;
  /** Only these; empty: all. */
  readonly include: ReadonlySet<string>;
  readonly exclude: ReadonlySet<string>;
  /** Columns of which so many distinct values are kept, and `other` for the rest. */
  readonly segments: ReadonlySet<string>;
  readonly segmentValues: number;
}

/** A name of an option that no column had so far. */
export interface UnmatchedName {
  readonly option: 'redact' | 'include' | 'exclude' | 'segments';
  readonly name: string;
}

/** How names are read: a redaction rather takes a column too many than one too few. */
const READING: Readonly<Record<UnmatchedName['option'], PatternReading>> = {
  redact: { loose: true, anywhere: true },
  exclude: { loose: true },
  include: { loose: true },
  segments: {},
};

type Change = 'drop' | ((cell: Cell) => Cell) | undefined;

const OTHER = 'other';
/** 16 hexadecimal digits of a hash: two values in a billion share one with probability 0.03. */
const HASH_DIGITS = 16;
/** Names of columns of which it is remembered what becomes of them; traffic may bring ever new ones. */
const REMEMBERED = 4_096;

/**
 * Turns decoded tables into what may be kept: columns named, unwanted ones gone, others redacted, segments within bounds.
 * It works on the decoder's own copy, before any buffer sees it.
 */
export class ColumnRules {
  readonly #options: ColumnRulesOptions;
  readonly #idle: boolean;
  readonly #segments = new Map<string, Set<Cell>>();
  readonly #changes = new Map<string, Change>();
  /** Names of columns that came, for hints. */
  readonly #seen = new Set<string>();
  #unmatched: readonly UnmatchedName[];
  #rows = 0;

  constructor(options: ColumnRulesOptions) {
    const { redact, include, exclude, segments } = options;
    this.#options = options;
    this.#idle = redact.size + include.size + exclude.size + segments.size === 0;
    const named = { redact: redact.keys(), include, exclude, segments };
    this.#unmatched = Object.entries(named).flatMap(([option, names]) =>
      Array.from(names, (name) => ({ option: option as UnmatchedName['option'], name })),
    );
  }

  /** The names of options that no column had in all rows so far; none before so many rows came. */
  unmatchedAfter(rows: number): readonly UnmatchedName[] {
    return this.#rows < rows ? [] : this.#unmatched;
  }

  /** The columns that came, at most 4,096. */
  get seen(): readonly string[] {
    return [...this.#seen];
  }

  /**
   * @param given names for columns known by position.
   * @throws what a redaction of the user's throws.
   */
  apply(table: DecodedTable, side: 'X_' | 'Y_', given: readonly string[]): DecodedTable {
    if (
      this.#idle &&
      (given.length === 0 || (table.names !== undefined && table.fromPositions !== true))
    )
      return table;
    const counted = table.count === undefined ? {} : { count: table.count };
    const names = namesOf(table, given);
    if (this.#idle) return { names, rows: table.rows, ...counted };
    if (side === 'X_') this.#rows += table.count ?? table.rows.length;
    const under = table.under === undefined ? [] : [`${side}${table.under}`];
    const kept = names.flatMap((name, index) => {
      // A column that was given a name still is where it is: its place may be what was meant.
      const place = table.names?.[index] ?? String(index);
      const also = place === name ? under : [...under, `${side}${place}`];
      const change = this.#changeOf(`${side}${name}`, also);
      return change === 'drop' ? [] : [{ name, index, change }];
    });
    const rows = table.rows.map((row) =>
      kept.map(({ index, change }) =>
        change === undefined ? (row[index] ?? null) : change(row[index] ?? null),
      ),
    );
    return { names: kept.map(({ name }) => name), rows, ...counted };
  }

  /** What becomes of a column's values: nothing, another value, or they go. */
  changeOf(column: string): Change {
    return this.#idle ? undefined : this.#changeOf(column, []);
  }

  #changeOf(column: string, also: readonly string[]): Change {
    const key = also.length === 0 ? column : [column, ...also].join('\0');
    if (this.#changes.has(key)) return this.#changes.get(key);
    if (this.#changes.size >= REMEMBERED) this.#changes.clear();
    const change = this.#decided(column, [column, ...also]);
    this.#changes.set(key, change);
    return change;
  }

  #decided(column: string, names: readonly string[]): Change {
    const { redact, include, exclude, segments } = this.#options;
    if (this.#seen.size < REMEMBERED) this.#seen.add(column);
    const means = (name: string, option: UnmatchedName['option']): boolean =>
      names.some((one) => meansColumn(name, one, READING[option]));
    this.#unmatched = this.#unmatched.filter(({ option, name }) => !means(name, option));
    if ([...exclude].some((name) => means(name, 'exclude'))) return 'drop';
    if (include.size > 0 && ![...include].some((name) => means(name, 'include'))) return 'drop';
    // Of several that mean a column, the one with the longest name says most about it.
    const redactions = [...redact]
      .filter(([name]) => means(name, 'redact'))
      .sort(([a], [b]) => b.length - a.length)
      .map(([, redaction]) => redaction);
    if (redactions.includes('drop')) return 'drop';
    const [redaction] = redactions as Exclude<Redaction, 'drop'>[];
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
  if (names === undefined)
    return Array.from({ length: widthOf(table) }, (_, index) => given[index] ?? String(index));
  return fromPositions === true
    ? names.map((name) => name.replace(/^\d+/, (place) => given[+place] ?? place))
    : names;
}

function redactor(redaction: Exclude<Redaction, 'drop'>): (cell: Cell) => Cell {
  if (typeof redaction === 'function')
    return (cell) => cellOf(answerNow('redact', () => redaction(cell), true));
  return (cell) => {
    if (cell === null) return null;
    return createHmac('sha256', redaction.hash)
      .update(`${typeof cell}:${cell}`)
      .digest('hex')
      .slice(0, HASH_DIGITS);
  };
}
