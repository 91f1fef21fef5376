import { isMissing, type MissingWords } from '../cells/missing.js';
import { categoryCodeOf } from '../cells/read-text.js';
import type { Profile } from '../profile/profile.js';
import type { Cell } from '../tracking/chunk.js';
import type { DecodedTable } from '../wire/decoded-table.js';

/** An input that the baseline has nothing like. */
export interface UnusualInput {
  /** `X_age`. */
  readonly column: string;
  /** Its row in the call, from 0. */
  readonly row: number;
  readonly value: Cell;
  /** Below or above all numbers of the baseline, or a category that it never saw. */
  readonly why: 'below' | 'above' | 'unseen';
}

/** A call with such inputs, as `onUnusual` is told of it. */
export interface UnusualCall {
  readonly model: string;
  readonly requestId: string | null;
  readonly status: number;
  /** The first ones, at most 20. */
  readonly inputs: readonly UnusualInput[];
  /** How many there are. */
  readonly count: number;
}

/** What a baseline knows of a column: between which numbers it lies, or which categories it has. */
type Known =
  | { readonly min: number; readonly max: number }
  | { readonly categories: ReadonlySet<string>; readonly missing: MissingWords };

const MOST_TOLD = 20;

/**
 * What a baseline has seen of each input: a look at a value is a comparison or two. Missing values are never unusual, and
 * a column of which the baseline does not know all categories has none that are unseen.
 */
export class UsualInputs {
  readonly #known = new Map<string, Known>();

  constructor(baseline: Profile) {
    for (const name of baseline.columnNames) {
      const column = baseline.column(name);
      if (column === undefined || !name.startsWith('X_')) continue;
      if (column.family === 'numeric' && column.quantiles.count > 0) {
        const { min, max } = column.quantiles;
        this.#known.set(name, { min, max });
      } else if (column.family === 'categorical' && column.items.exact) {
        const categories = new Set(column.items.entries().map(([category]) => category));
        this.#known.set(name, { categories, missing: column.missingWords });
      }
    }
  }

  /** The inputs of a call that are unlike the baseline's; `names` are for columns known by position. */
  look(
    { names, rows }: DecodedTable,
    given: readonly string[],
  ): { inputs: UnusualInput[]; count: number } {
    const found: { inputs: UnusualInput[]; count: number } = { inputs: [], count: 0 };
    const width = names?.length ?? rows[0]?.length ?? 0;
    for (let index = 0; index < width; index += 1) {
      const column = `X_${names?.[index] ?? given[index] ?? index}`;
      const known = this.#known.get(column);
      if (known === undefined) continue;
      for (let row = 0; row < rows.length; row += 1) {
        const value = rows[row]?.[index] ?? null;
        const why = reason(known, value);
        if (why === undefined) continue;
        found.count += 1;
        if (found.inputs.length < MOST_TOLD) found.inputs.push({ column, row, value, why });
      }
    }
    return found;
  }
}

function reason(known: Known, value: Cell): UnusualInput['why'] | undefined {
  if (value === null) return undefined;
  if ('categories' in known) {
    const text = String(value);
    return isMissing(text, known.missing) || known.categories.has(categoryCodeOf(text))
      ? undefined
      : 'unseen';
  }
  if (typeof value !== 'number') return undefined;
  if (value < known.min) return 'below';
  return value > known.max ? 'above' : undefined;
}
