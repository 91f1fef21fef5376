import type { Cell } from '../cells/cell.js';
import type { DecodedTable } from '../wire/decoded-table.js';
import type { Recording } from './recording.js';

/** What a column's values are, as they came: `mixed` where they are of several kinds. */
export type SeenType = 'number' | 'boolean' | 'text' | 'list' | 'missing' | 'mixed';

/** A column that is recorded. */
export interface SeenColumn {
  readonly name: string;
  readonly type: SeenType;
}

/** So many calls of a model are looked at whole; later ones only where they have other columns. */
const CALLS = 100;
const MAX_COLUMNS = 1_000;

/** Which columns of one model came, with their types and without their values. */
export class SeenColumns {
  readonly #types = new Map<string, SeenType>();
  #calls = 0;
  /** How wide the tables of the calls were. */
  readonly #widths = new Set<number>();

  /** Looks at the first row of a call. */
  note({ X, Y }: Recording): void {
    const width = (X?.rows[0]?.length ?? 0) + (Y?.rows[0]?.length ?? 0);
    if (this.#calls >= CALLS && (this.#widths.has(width) || this.#widths.size >= MAX_COLUMNS))
      return;
    this.#calls += 1;
    this.#widths.add(width);
    this.#look('X_', X);
    this.#look('Y_', Y);
  }

  /** Inputs and outputs in the order in which they came. */
  get columns(): readonly SeenColumn[] {
    return [...this.#types].map(([name, type]) => ({ name, type }));
  }

  #look(side: 'X_' | 'Y_', table: DecodedTable | undefined): void {
    table?.rows[0]?.forEach((cell, index) => {
      const name = `${side}${table.names?.[index] ?? index}`;
      const before = this.#types.get(name);
      if (before === undefined && this.#types.size >= MAX_COLUMNS) return;
      this.#types.set(name, together(before, typeOf(cell)));
    });
  }
}

function typeOf(cell: Cell): SeenType {
  if (cell === null || Number.isNaN(cell)) return 'missing';
  if (typeof cell === 'object') return 'list';
  return typeof cell === 'string' ? 'text' : (typeof cell as 'number' | 'boolean');
}

function together(a: SeenType | undefined, b: SeenType): SeenType {
  if (a === undefined || a === 'missing' || a === b) return b;
  return b === 'missing' ? a : 'mixed';
}
