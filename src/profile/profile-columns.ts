import type { MissingWords } from '../cells/missing.js';
import { ColumnProfile } from './column-profile.js';
import { MAX_CORRELATED } from './correlations.js';
import { DroppedNames, MAX_GIVEN_NAME_LENGTH } from './dropped-names.js';
import type { ResolvedProfileOptions } from './profile-options.js';
import type { ColumnSet } from './profiled-columns.js';
import { type ColumnType, familyOf } from './schema.js';

/** The columns of a profile by name, in the order in which they were first seen. Their number is bounded. */
export class ProfileColumns {
  readonly declared: Map<string, ColumnType>;
  readonly dropped: DroppedNames = new DroppedNames();
  readonly byName: Map<string, ColumnProfile> = new Map();
  readonly #options: ResolvedProfileOptions;
  readonly #missing: MissingWords;

  constructor(options: ResolvedProfileOptions, missing: MissingWords) {
    this.declared = new Map(options.declared);
    this.#options = options;
    this.#missing = missing;
  }

  /** The profiles of the columns. */
  get all(): ColumnProfile[] {
    return [...this.byName.values()];
  }

  /** A column; it is made where there is none. `undefined`, and counted as dropped, where there is no room for it. */
  make(name: string): ColumnProfile | undefined {
    const { maxColumns, emptyIsMissing } = this.#options;
    let column = this.byName.get(name);
    if (column !== undefined) return column;
    if (this.byName.size >= maxColumns || name.length > MAX_GIVEN_NAME_LENGTH) {
      this.dropped.add(name);
      return undefined;
    }
    const fixed = this.declared.get(name);
    column = new ColumnProfile(name, { fixed, emptyIsMissing, missing: this.#missing });
    this.byName.set(name, column);
    return column;
  }

  /** The numeric columns whose correlations are kept. */
  get correlated(): string[] {
    const numeric = this.all.filter(
      ({ type }) => familyOf(type) === 'numeric' && type !== 'timestamp',
    );
    return numeric.slice(0, MAX_CORRELATED).map((column) => column.name);
  }

  /** Columns of values, with numbers in place of strings that are dressed numbers. */
  inNumbers(columns: ColumnSet, from: number, to: number): ColumnSet {
    let plain: Map<string, ArrayLike<unknown>> | undefined;
    for (const [name, values] of columns) {
      const numbers = this.byName.get(name)?.plainNumbers(values, from, to) ?? values;
      if (numbers === values) continue;
      plain ??= new Map(columns);
      plain.set(name, numbers);
    }
    return plain ?? columns;
  }

  /** Why the columns of two profiles can't be merged, or `undefined`. */
  whyNot(other: ProfileColumns): string | undefined {
    for (const [name, theirs] of other.byName) {
      const conflict = this.byName.get(name)?.whyNot(theirs);
      if (conflict !== undefined) return conflict;
    }
    return undefined;
  }

  /** Adopts the types that another profile's columns were declared to have. */
  declareLike(other: ProfileColumns): void {
    for (const [name, type] of other.declared)
      if (!this.declared.has(name)) this.declared.set(name, type);
  }

  merge(other: ProfileColumns): void {
    for (const [name, theirs] of other.byName) this.make(name)?.merge(theirs);
    this.dropped.merge(other.dropped);
  }
}
