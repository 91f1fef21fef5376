import { LeewayError } from '../errors.js';
import { decodeFrame, encodeFrame } from '../frame.js';
import { type ColumnHeader, ColumnProfile } from './column-profile.js';

const FRAME_KIND = 1;
const FRAME_VERSION = 1;

/** Columns of equal length, by name. */
export type ColumnSet = ReadonlyMap<string, ArrayLike<unknown>>;

/**
 * A mergeable summary of the rows of one table: how many, and per column the sorts of values, quantiles, moments and
 * categories. The profiles of disjoint rows merge into the profile of all rows.
 *
 * Size: at most about 16 KB per numeric column and 1,024 names per categorical one, whatever the number of rows. Up to
 * 2,048 numbers a column is kept exactly.
 *
 * @example
 * const january = profileTable([{ age: 31 }, { age: 40 }]);
 * january.merge(profileTable([{ age: 55 }]));
 * january.rows; // 3
 */
export class Profile {
  #rows = 0;
  readonly #columns = new Map<string, ColumnProfile>();
  readonly #catcols: ReadonlySet<string>;

  /** @param options.catcols names of columns whose numbers are names of categories. */
  constructor(options: { readonly catcols?: Iterable<string> } = {}) {
    this.#catcols = new Set(options.catcols ?? []);
  }

  /** How many rows it summarises. */
  get rows(): number {
    return this.#rows;
  }

  /** The names of its columns, in the order in which they were first seen. */
  get columnNames(): string[] {
    return [...this.#columns.keys()];
  }

  /** The columns that were declared categorical. */
  get catcols(): string[] {
    return [...this.#columns.values()].filter((column) => column.declaredCategorical).map((column) => column.name);
  }

  /** One column, or `undefined` where no row had it. */
  column(name: string): ColumnProfile | undefined {
    return this.#columns.get(name);
  }

  /** The share of rows that have no value in this column. */
  missingShare(name: string): number {
    const column = this.#columns.get(name);
    if (this.#rows === 0) return 0;
    return column === undefined ? 1 : 1 - column.present / this.#rows;
  }

  /**
   * Adds rows, given as columns. A column that is shorter than `rows` is missing in the rest.
   *
   * @param from only rows in `[from, to)` are added, so that a long table can be taken in slices.
   */
  addColumns(columns: ColumnSet, from: number, to: number): void {
    for (const [name, values] of columns) {
      const column = this.#columnFor(name);
      const end = Math.min(to, values.length);
      for (let row = from; row < end; row += 1) column.add(values[row]);
    }
    this.#rows += to - from;
  }

  /** Takes in the profile of other rows; `other` is left as it is. */
  merge(other: Profile): void {
    for (const [name, theirs] of other.#columns) {
      const ours = this.#columns.get(name);
      if (ours !== undefined && ours.declaredCategorical !== theirs.declaredCategorical) {
        throw new LeewayError(
          'ERR_LEEWAY_FORMAT',
          `profiles do not merge: column ${JSON.stringify(name)} is declared categorical in only one of them`,
        );
      }
    }
    for (const [name, theirs] of other.#columns) {
      const ours = this.#columns.get(name) ?? freshLike(theirs);
      ours.merge(theirs);
      this.#columns.set(name, ours);
    }
    this.#rows += other.#rows;
  }

  /** A profile of its own with the same content. */
  clone(): Profile {
    const copy = new Profile({ catcols: this.#catcols });
    copy.merge(this);
    return copy;
  }

  /** Compact bytes. The same content gives the same bytes. */
  toBytes(): Uint8Array {
    const parts = [...this.#columns.values()].map((column) => column.toParts());
    const header = { rows: this.#rows, columns: parts.map((part) => part.header) };
    return encodeFrame(
      FRAME_KIND,
      FRAME_VERSION,
      header,
      parts.map((part) => part.numbers),
    );
  }

  /**
   * Reads what `toBytes` wrote.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are damaged, of something else, or of a newer version.
   */
  static fromBytes(bytes: Uint8Array): Profile {
    const frame = decodeFrame(bytes, FRAME_KIND, FRAME_VERSION, 'profile');
    const header = frame.header as { rows?: unknown; columns?: unknown } | null;
    const rows = header?.rows;
    const columns = header?.columns;
    if (typeof rows !== 'number' || !Number.isSafeInteger(rows) || rows < 0 || !Array.isArray(columns)) {
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a leeway profile: its header lacks rows or columns');
    }
    const read = columns.map((column: ColumnHeader) =>
      ColumnProfile.fromParts(column, (length) => frame.takeFloat64(length)),
    );
    const profile = new Profile({ catcols: read.filter((c) => c.declaredCategorical).map((c) => c.name) });
    for (const column of read) {
      if (typeof column.name !== 'string' || profile.#columns.has(column.name) || column.present > rows) {
        throw new LeewayError(
          'ERR_LEEWAY_FORMAT',
          'not a leeway profile: a column has no name, two, or too many values',
        );
      }
      profile.#columns.set(column.name, column);
    }
    profile.#rows = rows;
    return profile;
  }

  #columnFor(name: string): ColumnProfile {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = new ColumnProfile(name, { declaredCategorical: this.#catcols.has(name) });
      this.#columns.set(name, column);
    }
    return column;
  }
}

/** An empty column of the same name and declaration. */
function freshLike(column: ColumnProfile): ColumnProfile {
  return new ColumnProfile(column.name, { declaredCategorical: column.declaredCategorical });
}
