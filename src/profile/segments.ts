import { isMissing, type MissingWords } from '../cells/missing.js';
import { categoryCodeOf } from '../cells/read-text.js';
import { MAX_NAME_LENGTH } from '../leaves/limits.js';
import { storedName } from '../leaves/stored-name.js';
import type { ColumnSet } from './profiled-columns.js';

/** At most so many values make a segment of their own; what comes later is in `other`. */
export const MAX_SEGMENTS = 50;
/** Under this name go the rows of all further values. */
export const OTHER_SEGMENT = 'other';

/** What a segment must be able to do. */
interface Part<P> {
  addingColumns(
    columns: ColumnSet,
    from: number,
    to: number,
    weights?: ArrayLike<number>,
  ): Iterable<void>;
  merge(other: P): void;
}

/**
 * A profile per value of one or several columns. One column's value is its name as text; those of several are a JSON array
 * of such names; a missing one is `(missing)`.
 */
export class Segments<P extends Part<P>> {
  readonly by: readonly string[];
  readonly parts: Map<string, P> = new Map();
  readonly #missing: MissingWords;
  readonly #create: () => P;

  constructor(by: readonly string[], missing: MissingWords, create: () => P) {
    this.by = by;
    this.#missing = missing;
    this.#create = create;
  }

  /** Sorts the rows `[from, to)` into their segments, in steps. */
  *addingColumns(
    columns: ColumnSet,
    from: number,
    to: number,
    weights?: ArrayLike<number>,
  ): Generator<void, void> {
    const keys = this.by.map((name) => columns.get(name));
    const rows = new Map<string, number[]>();
    for (let row = from; row < to; row += 1) {
      if (weights?.[row] === 0) continue;
      const names = keys.map((values) => nameOf(values?.[row], this.#missing));
      const name = names.length === 1 ? (names[0] as string) : JSON.stringify(names);
      const found = rows.get(name);
      if (found === undefined) rows.set(name, [row]);
      else found.push(row);
    }
    for (const [name, indices] of rows) {
      const picked = [...columns].map(([column, values]): [string, ArrayLike<unknown>] => [
        column,
        pick(values, indices),
      ]);
      const own = weights === undefined ? undefined : indices.map((row) => weights[row] as number);
      yield* this.#part(name).addingColumns(new Map(picked), 0, indices.length, own);
    }
  }

  /** Takes in the segments of other rows; `other` is left as it is. */
  merge(other: Segments<P>): void {
    for (const [name, part] of other.parts) this.#part(name).merge(part);
  }

  #part(name: string): P {
    const key = this.parts.has(name) || this.parts.size < MAX_SEGMENTS ? name : OTHER_SEGMENT;
    let part = this.parts.get(key);
    if (part === undefined) {
      part = this.#create();
      this.parts.set(key, part);
    }
    return part;
  }
}

function nameOf(value: unknown, missing: MissingWords): string {
  if (typeof value === 'string') {
    return isMissing(value, missing)
      ? '(missing)'
      : storedName(categoryCodeOf(value), MAX_NAME_LENGTH);
  }
  if (value === null || value === undefined || Number.isNaN(value)) return '(missing)';
  if (typeof value === 'object' || typeof value === 'symbol' || typeof value === 'function')
    return '(none)';
  return storedName(String(value), MAX_NAME_LENGTH);
}

/** The values of some rows. */
export function pick(values: ArrayLike<unknown>, indices: readonly number[]): ArrayLike<unknown> {
  if (values instanceof Float64Array)
    return Float64Array.from(indices, (row) => values[row] ?? Number.NaN);
  return indices.map((row) => values[row]);
}
