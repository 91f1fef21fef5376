import type { PlacedEntry } from '../assign-positions.js';
import type { CheckedQuery } from '../validate.js';

export type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** What an object costs beside its texts and bytes, roughly. */
export const OVERHEAD_BYTES = 256;

export function entrySize(entry: PlacedEntry): number {
  const texts = entry.key.length + entry.node.length + entry.userid.length + entry.json.length;
  return OVERHEAD_BYTES + 2 * texts + (entry.bytes?.byteLength ?? 0);
}

type Place = Pick<PlacedEntry, 'pos' | 'run' | 'runs'>;
type Compare = (left: Place, right: Place) => number;

export const byPos: Compare = (left, right) => left.pos - right.pos;
const byLastRun: Compare = (left, right) =>
  left.run + left.runs - (right.run + right.runs) || left.pos - right.pos;

/** How many entries of a sorted list come before `entry`, or are it. */
function countUpTo(entries: readonly PlacedEntry[], entry: Place, compare: Compare): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(entries[middle] as PlacedEntry, entry) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Entries in the order of the log, and in the order of the last run they cover. */
export class EntryList {
  #entries: PlacedEntry[] = [];
  #runOrder: PlacedEntry[] = [];

  add(entry: PlacedEntry): void {
    this.#entries.push(entry);
    // Nearly always at the end: runs grow with the log but for what is logged late.
    this.#runOrder.splice(countUpTo(this.#runOrder, entry, byLastRun), 0, entry);
  }

  /** By position. */
  get all(): readonly PlacedEntry[] {
    return this.#entries;
  }

  at(pos: number): PlacedEntry | undefined {
    const entry = this.#entries[countUpTo(this.#entries, { pos, run: 0, runs: 0 }, byPos) - 1];
    return entry?.pos === pos ? entry : undefined;
  }

  drop(positions: ReadonlySet<number>): void {
    this.#entries = this.#entries.filter((entry) => !positions.has(entry.pos));
    this.#runOrder = this.#runOrder.filter((entry) => !positions.has(entry.pos));
  }

  /** The next match in the query's order; the first one without `last`. */
  next(query: CheckedQuery, last: PlacedEntry | undefined): PlacedEntry | undefined {
    const compare = query.order === 'latest-run-first' ? byLastRun : byPos;
    const list = compare === byPos ? this.#entries : this.#runOrder;
    if (query.order === 'oldest-first') {
      const from = last ?? { pos: query.after ?? 0, run: 0, runs: 0 };
      for (let index = countUpTo(list, from, byPos); index < list.length; index += 1) {
        const entry = list[index] as PlacedEntry;
        if (query.upTo !== undefined && entry.pos > query.upTo) return undefined;
        if (matches(entry, query)) return entry;
      }
      return undefined;
    }
    let index = list.length;
    if (last !== undefined) {
      index = countUpTo(list, last, compare);
      // `last` itself comes just before, unless it was dropped since.
      if (list[index - 1] === last) index -= 1;
    }
    for (index -= 1; index >= 0; index -= 1) {
      const entry = list[index] as PlacedEntry;
      if (compare === byPos && query.after !== undefined && entry.pos <= query.after)
        return undefined;
      if (matches(entry, query)) return entry;
    }
    return undefined;
  }
}

function matches(entry: PlacedEntry, query: CheckedQuery): boolean {
  return (
    entry.pos > (query.after ?? 0) &&
    entry.pos <= (query.upTo ?? Number.POSITIVE_INFINITY) &&
    (query.events === undefined || query.events.includes(entry.event)) &&
    (query.keys === undefined || query.keys.includes(entry.key)) &&
    (query.steps === undefined || (entry.step !== undefined && query.steps.includes(entry.step))) &&
    (query.runFrom === undefined || entry.run + entry.runs - 1 >= query.runFrom) &&
    (query.runTo === undefined || entry.run <= query.runTo) &&
    (query.since === undefined || entry.dtEnd >= query.since) &&
    (query.end === undefined || entry.dt < query.end)
  );
}
