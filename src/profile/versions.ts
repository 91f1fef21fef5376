import { MAX_NAME_LENGTH } from '../leaves/limits.js';
import { storedName } from '../leaves/stored-name.js';
import type { ColumnSet } from './profiled-columns.js';
import { OTHER_SEGMENT, pick } from './segments.js';

/** At most so many versions have a profile of their own; what comes later is in `other`. */
export const MAX_VERSIONS = 20;

/** Rows as they come, with the version of the model that each came from. */
export interface VersionedRows {
  readonly columns: ColumnSet;
  readonly from: number;
  readonly to: number;
  readonly weights: ArrayLike<number> | undefined;
  readonly versions: ArrayLike<string | null> | undefined;
}

/** What a version's profile must be able to do. */
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
 * Which versions of a model a profile's rows came from. While there is one, the whole profile is its own and this costs
 * nothing; from the second on each has a profile.
 */
export class Versions<P extends Part<P>> {
  readonly parts: Map<string, P> = new Map();
  /** The only one so far; `null`: the rows tell none; `undefined`: there are no rows, or several versions. */
  sole: string | null | undefined;
  readonly #create: () => P;

  constructor(create: () => P) {
    this.#create = create;
  }

  /**
   * Takes note of rows before the whole takes them in, in steps.
   *
   * @param whole the rows so far, as a profile of its own.
   */
  *addingColumns(
    { columns, from, to, weights, versions }: VersionedRows,
    whole: () => P,
  ): Generator<void, void> {
    if (versions === undefined && this.#staysSole(null)) return;
    const rows = rowsByVersion(from, to, versions);
    const [only] = rows.keys();
    if (rows.size === 1 && this.#staysSole(only as string | null)) return;
    this.#split(whole);
    for (const [version, indices] of rows) {
      const picked = [...columns].map(([name, values]): [string, ArrayLike<unknown>] => [
        name,
        pick(values, indices),
      ]);
      const own = weights === undefined ? undefined : indices.map((row) => weights[row] as number);
      yield* this.#part(version).addingColumns(new Map(picked), 0, indices.length, own);
    }
  }

  /** Takes note of other rows before the whole takes them in; `other` is left as it is. */
  merge(other: Versions<P>, whole: () => P, theirs: () => P): void {
    if (other.sole !== undefined && this.#staysSole(other.sole)) return;
    this.#split(whole);
    if (other.sole !== undefined) this.#part(other.sole).merge(theirs());
    for (const [name, part] of other.parts) this.#part(name).merge(part);
  }

  #staysSole(version: string | null): boolean {
    if (this.parts.size > 0) return false;
    const name = version === null ? null : storedName(version, MAX_NAME_LENGTH);
    if (this.sole === undefined) this.sole = name;
    return this.sole === name;
  }

  #split(whole: () => P): void {
    if (this.sole !== undefined) this.parts.set(this.sole ?? '', whole());
    this.sole = undefined;
  }

  #part(version: string | null): P {
    const name = storedName(version ?? '', MAX_NAME_LENGTH);
    const key = this.parts.has(name) || this.parts.size < MAX_VERSIONS ? name : OTHER_SEGMENT;
    let part = this.parts.get(key);
    if (part === undefined) {
      part = this.#create();
      this.parts.set(key, part);
    }
    return part;
  }
}

function rowsByVersion(from: number, to: number, versions: ArrayLike<string | null> | undefined) {
  const rows = new Map<string | null, number[]>();
  if (versions === undefined) return rows.set(null, range(from, to));
  for (let row = from; row < to; row += 1) {
    const version = versions[row] ?? null;
    const found = rows.get(version);
    if (found === undefined) rows.set(version, [row]);
    else found.push(row);
  }
  return rows;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
