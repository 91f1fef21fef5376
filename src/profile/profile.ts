import { flattenColumns } from '../cells/flatten.js';
import { LeewayError } from '../leaves/errors.js';
import { type AnonymiseOptions, anonymise } from './anonymise.js';
import type { BlockRing } from './block-ring.js';
import type { ColumnDoubt } from './column-doubts.js';
import type { ColumnProfile } from './column-profile.js';
import type { CorrelationMatrix } from './correlations.js';
import { joined } from './joined.js';
import type { JointSample } from './joint-sample.js';
import { decodingPlain } from './plain.js';
import { ProfileColumns } from './profile-columns.js';
import { stateFromBytes, stateFromJson, stateToBytes, stateToJson } from './profile-format.js';
import {
  missingOf,
  type ProfileOptions,
  type ResolvedProfileOptions,
  resolveProfileOptions,
} from './profile-options.js';
import {
  decodePart,
  decodeParts,
  encodeParts,
  type ProfileParts,
  type ProfileState,
  pickState,
  renameColumns,
  withoutParts,
} from './profile-state.js';
import type { ColumnSet } from './profiled-columns.js';
import type { SampledCell } from './row-sample.js';
import type { Schema } from './schema.js';
import { Segments } from './segments.js';
import { totalWeight } from './total-weight.js';
import { Versions } from './versions.js';
import { WholeRows } from './whole-rows.js';

/** Rows are taken in so many at a time, whatever the length of the table. */
const SLICE = 4096;

/**
 * A mergeable summary of the rows of one table: how many, and per column the sorts of values, quantiles, moments and
 * categories; if asked for, correlations, a sample of rows, and a profile per segment. The profiles of disjoint rows merge
 * into the profile of all rows.
 *
 * Size: at most about 16 KB per numeric column and 1,024 names per categorical one, whatever the number of rows; 1,000
 * columns and 50 segments. Up to 2,048 numbers a column is kept exactly.
 *
 * Invariants:
 * 1. Counts are exact, and add up when profiles merge. Sketches add their error bounds.
 * 2. The same rows in the same order give the same bytes, in whatever slices they come.
 * 3. A merge that is refused leaves both profiles as they were.
 * 4. The numbers of columns, names, segments and versions are bounded. What is left out is counted.
 * 5. A row of the whole is in one segment and in one version, where there are any. Parts have no parts.
 *
 * @example
 * const january = profileTable([{ age: 31 }, { age: 40 }]);
 * january.merge(profileTable([{ age: 55 }]));
 * january.rows; // 3
 */
export class Profile {
  readonly #options: ResolvedProfileOptions;
  readonly #columns: ProfileColumns;
  readonly #wholeRows: WholeRows;
  readonly #segments: Segments<Profile>;
  readonly #versions: Versions<Profile>;
  /** A baseline's history in blocks of time, if it was given one. */
  blocks: BlockRing | undefined;
  /** What was measured of the model in the same time, a column per metric: a profile of its own, since it has rows of its own. */
  metrics: Profile | undefined;
  #rows = 0;
  /** Σw² of the rows' weights. */
  #squares = 0;

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where an option makes no sense. */
  constructor(options: ProfileOptions = {}) {
    this.#options = resolveProfileOptions(options);
    const missing = missingOf(this.#options);
    this.#columns = new ProfileColumns(this.#options, missing);
    this.#wholeRows = new WholeRows(this.#options);
    this.#segments = new Segments(this.#options.groupby, missing, () => this.#empty(0));
    this.#versions = new Versions(() => this.#empty(this.#options.joint));
  }

  /** How rows are profiled: what is made with these options is alike, and empty. */
  get options(): ProfileOptions {
    return { ...this.#options, schema: Object.fromEntries(this.#columns.declared) };
  }

  /** How many rows it summarises; a sampled row counts as many as it stands for. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * How many rows a simple random sample would need to tell as much: Kish's (Σw)²/Σw² over the rows' weights. As many as
   * `rows` where nothing was sampled; tests on the profile owe their n to it.
   *
   * Source: L. Kish, "Survey Sampling" (1965).
   */
  get effectiveRows(): number {
    return this.#squares === this.#rows ? this.#rows : this.#rows ** 2 / this.#squares;
  }

  /** The names of its columns, in the order in which they were first seen. */
  get columnNames(): string[] {
    return [...this.#columns.byName.keys()];
  }

  /** The columns whose type is fixed as categorical or boolean. */
  get catcols(): string[] {
    const fixed = this.#columns.all.filter((column) => column.declaredCategorical);
    return fixed.map((column) => column.name);
  }

  /** Every column's type as of now. Given to another profile, it freezes them. */
  get schema(): Schema {
    return Object.fromEntries(this.#columns.all.map(({ name, type }) => [name, type]));
  }

  /** How many columns it took no note of, being beyond `maxColumns` or having names of over 16,384 characters. */
  get droppedColumns(): number {
    return this.#columns.dropped.count;
  }

  /** Profiles by the values of `groupby`; at most 50 and `other`. Empty unless asked for. */
  get segments(): ReadonlyMap<string, Profile> {
    return this.#segments.parts;
  }

  /** The only version of the model that its rows came from; `null` where they tell none, `undefined` where there are several. */
  get version(): string | null | undefined {
    return this.#rows === 0 ? null : this.#versions.sole;
  }

  /** Profiles by version, where rows came from two or more; at most 20 and `other`. Rows that tell none are under `''`. */
  get versions(): ReadonlyMap<string, Profile> {
    return this.#versions.parts;
  }

  /** Makes room for a column. @returns `false`, and counts the name as dropped, where there is none. */
  admit(name: string): boolean {
    return this.#columns.make(name) !== undefined;
  }

  /** One column, or `undefined` where no row had it. */
  column(name: string): ColumnProfile | undefined {
    return this.#columns.byName.get(name);
  }

  /** The share of rows that have no value in this column. */
  missingShare(name: string): number {
    const column = this.#columns.byName.get(name);
    if (this.#rows === 0) return 0;
    return column === undefined ? 1 : 1 - column.present / this.#rows;
  }

  /** What of its values can't be read with certainty, column by column. */
  get doubts(): readonly ColumnDoubt[] {
    return this.#columns.all.flatMap((column) => column.doubts);
  }

  /**
   * Declares that all rows of a table are there. Columns of strings that all turned out to be numbers, times or truths,
   * as those of CSV are, become the same as if they had come as numbers, times or truths.
   */
  settle(): void {
    const marks = new Set(this.#columns.all.map((column) => column.sureMark));
    marks.delete(undefined);
    const [mark] = marks.size === 1 ? marks : [];
    for (const column of this.#columns.all) column.settle(mark);
    for (const part of [...this.segments.values(), ...this.versions.values()]) part.settle();
  }

  /** Whether it keeps correlations. */
  get correlated(): boolean {
    return this.#wholeRows.coMoments !== undefined;
  }

  /**
   * Correlations of the first 50 numeric columns.
   *
   * @param method `pearson`: exact, over all rows; `spearman`: of the sampled rows.
   * @throws LeewayError `ERR_LEEWAY_STATE` where the profile was made without `correlate` or, for Spearman, without a
   *   reservoir.
   */
  correlations(method: 'pearson' | 'spearman' = 'pearson'): CorrelationMatrix {
    return this.#wholeRows.correlations(method, this.#columns);
  }

  /** The numbers of a sample of rows, for the comparison of how columns go together; none where `joint` is 0. */
  get joint(): JointSample | undefined {
    return this.#wholeRows.joint;
  }

  /**
   * Empties sampled rows, of the whole and of its segments, for erasure. The sketches of single columns stay as they are.
   *
   * @param matches is asked about each row, by column, as the sample keeps it.
   * @param rows rows that are known to go, for the sample of numbers, which keeps too few digits to be asked.
   * @returns how many rows were emptied.
   */
  forgetSampled(
    matches: (row: Readonly<Record<string, SampledCell>>) => boolean,
    rows: Iterable<Readonly<Record<string, unknown>>> = [],
  ): number {
    let forgotten = this.#wholeRows.forget(matches, rows);
    for (const part of this.segments.values()) forgotten += part.forgetSampled(matches, rows);
    for (const part of this.versions.values()) part.forgetSampled(matches, rows);
    return forgotten;
  }

  /** At most `count` of the sampled rows, without replacement; none where the profile was made without a reservoir. */
  sample(count: number, seed = 1): Record<string, SampledCell>[] {
    return this.#wholeRows.sample?.rows(count, seed) ?? [];
  }

  /**
   * Adds rows, given as columns. A column that is shorter than `rows` is missing in the rest. Objects and lists in cells
   * become columns of their own; docs/columns.md says which.
   *
   * @param from only rows in `[from, to)` are added, so that a long table can be taken in slices.
   * @param weights how many rows each row stands for, by row as the columns are: whole numbers from 0 up. A row of weight
   *   0 is passed over. @default 1 each
   * @param versions the version of the model that each row came from. @default none is known
   * @throws LeewayError `ERR_LEEWAY_SAMPLE` where a weight is none; the profile is then unchanged.
   */
  addColumns(
    columns: ColumnSet,
    from: number,
    to: number,
    weights?: ArrayLike<number>,
    versions?: ArrayLike<string | null>,
  ): void {
    for (const _step of this.addingColumns(columns, from, to, weights, versions));
  }

  /**
   * The same in steps of about a column of a slice each, for who must not hold up other work. Between the first step and
   * the end the profile holds some of the rows only: nothing else may be done with it, and who does not go on to the end has to
   * let it go.
   */
  *addingColumns(...rows: Parameters<Profile['addColumns']>): Generator<void, void> {
    const [given, from, to, weights, versions] = rows;
    const { total, squares } = totalWeight(from, to, weights);
    const columns = flattenColumns(given, from, to, this.#options.maxColumns);
    const part = (): Profile => this.#part();
    if (to > from)
      yield* this.#versions.addingColumns({ columns, from, to, weights, versions }, part);
    const targets = [...columns].map(([name, values]) => ({
      column: this.#columns.make(name),
      values,
    }));
    for (let start = from; start < to; start += SLICE) {
      const end = Math.min(to, start + SLICE);
      for (const { column, values } of targets) {
        column?.addMany(values, start, Math.min(end, values.length), weights);
        yield;
      }
      yield* this.#wholeRows.adding(this.#columns, columns, [start, end], weights);
      if (this.#segments.by.length > 0)
        yield* this.#segments.addingColumns(columns, start, end, weights);
    }
    this.#rows += total;
    this.#squares += squares;
  }

  /**
   * Takes in the profile of other rows; `other` is left as it is.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where a column means different things, or blocks were made by different
   *   transforms; this profile is then unchanged.
   */
  merge(other: Profile): void {
    const conflict =
      this.#columns.whyNot(other.#columns) ?? this.#wholeRows.whyNot(other.#wholeRows);
    if (conflict !== undefined)
      throw new LeewayError('ERR_LEEWAY_FORMAT', `profiles do not merge: ${conflict}`);
    this.blocks = joined(this.blocks, other.blocks);
    this.metrics = joined(this.metrics, other.metrics);
    this.#columns.declareLike(other.#columns);
    const parts = [() => this.#part(), () => other.#part()] as const;
    if (other.#rows > 0) this.#versions.merge(other.#versions, ...parts);
    this.#columns.merge(other.#columns);
    this.#wholeRows.merge(other.#wholeRows);
    this.#segments.merge(other.#segments);
    this.#rows += other.#rows;
    this.#squares += other.#squares;
  }

  /** A profile of its own with the same content. */
  clone(): Profile {
    return Profile.#fromState(this.#toState());
  }

  /**
   * A profile of its own from which single values are gone as far as they can be: rare categories in "other", numbers with
   * about five digits. Samples of rows stay; make it without (`reservoir: 0`, `joint: 0`).
   */
  anonymised(options: AnonymiseOptions): Profile {
    return Profile.#fromState(anonymise(this.#toState(), options));
  }

  /**
   * A profile of its own whose columns have other names, for the comparison of tables that call the same thing differently. Blocks
   * of time are left out: they are known by the old names.
   *
   * @param names new names by old ones; columns that are not named keep theirs.
   * @throws LeewayError `ERR_LEEWAY_OPTION` where two columns would have one name.
   */
  renamed(names: Readonly<Record<string, string>>): Profile {
    return Profile.#fromState(renameColumns(this.#toState(), names));
  }

  /** A profile of its own with some of the columns; samples of whole rows, correlations, segments and versions are left out. */
  picked(keep: (name: string) => boolean): Profile {
    return Profile.#fromState(pickState(this.#toState(), keep));
  }

  /** Compact bytes. The same content gives the same bytes. */
  toBytes(): Uint8Array {
    return stateToBytes(this.#toState());
  }

  /**
   * Reads what `toBytes` wrote.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are damaged, of something else, or of another version.
   */
  static fromBytes(bytes: Uint8Array): Profile {
    const state = stateFromBytes(bytes);
    return decodingPlain('profile', () => Profile.#fromState(state));
  }

  /** JSON that keeps every number, NaN and infinities too. */
  toJSON(): unknown {
    return stateToJson(this.#toState());
  }

  /**
   * Reads what `toJSON` gave, parsed or as text.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where it is damaged, of something else, or of another version.
   */
  static fromJSON(json: unknown): Profile {
    const state = stateFromJson(json);
    return decodingPlain('profile', () => Profile.#fromState(state));
  }

  #toState(): ProfileState {
    return encodeParts({
      options: { ...this.#options, declared: this.#columns.declared },
      rows: this.#rows,
      squares: this.#squares,
      dropped: this.#columns.dropped.count,
      columns: this.#columns.byName,
      coMoments: this.#wholeRows.coMoments,
      sample: this.#wholeRows.sample,
      joint: this.#wholeRows.joint,
      blocks: this.blocks,
      segments: [...this.#segments.parts].map(([name, part]) => [name, part.#toState()]),
      soleVersion: this.#versions.sole,
      versions: [...this.#versions.parts].map(([name, part]) => [name, part.#toState()]),
      metrics: this.metrics === undefined ? undefined : this.metrics.#toState(),
    });
  }

  /** All its rows in a profile of its own without parts. */
  #part(): Profile {
    return Profile.#fromState(withoutParts(this.#toState()));
  }

  static #fromState(state: ProfileState, depth = 0): Profile {
    const parts: ProfileParts = depth > 0 ? decodePart(state) : decodeParts(state);
    const profile = new Profile({
      ...parts.options,
      schema: Object.fromEntries(parts.options.declared),
    });
    for (const [name, column] of parts.columns) profile.#columns.byName.set(name, column);
    profile.#rows = parts.rows;
    profile.#squares = parts.squares;
    profile.#columns.dropped.count = parts.dropped;
    profile.#wholeRows.adopt(parts);
    profile.blocks = parts.blocks;
    for (const [name, part] of parts.segments)
      profile.#segments.parts.set(name, Profile.#fromState(part, depth + 1));
    for (const [name, part] of parts.versions)
      profile.#versions.parts.set(name, Profile.#fromState(part, depth + 1));
    if (profile.#rows > 0)
      profile.#versions.sole = parts.versions.length > 0 ? undefined : (parts.soleVersion ?? null);
    if (parts.metrics !== undefined) profile.metrics = Profile.#fromState(parts.metrics, depth + 1);
    return profile;
  }

  /** Of the same options, without parts. */
  #empty(joint: number): Profile {
    return new Profile({ ...this.options, groupby: [], joint });
  }
}
