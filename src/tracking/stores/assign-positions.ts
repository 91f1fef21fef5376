import type { LogHead } from '../log-entry.js';
import type { LivePart } from '../window-part.js';
import { type CheckedEntry, refuse } from './validate.js';

/** An entry with its place in the log. */
export interface PlacedEntry extends CheckedEntry {
  readonly pos: number;
  readonly run: number;
}

/** A part of a window on its way into a database. */
export type NewPart = Omit<LivePart, 'cutBefore' | 'bytes'> & { readonly bytes: Uint8Array | null };

/** How far a batch moves the head of its experiment's log, each of its entries a call of its own. */
export function growthOf(entries: readonly CheckedEntry[]): LogHead & { readonly widest: number } {
  const growth = { pos: entries.length, run: 0, widest: 1 };
  for (const { run, runs } of entries) {
    if (run === undefined) growth.run += runs;
    growth.widest = Math.max(growth.widest, runs);
  }
  return growth;
}

/** The parts that chunks make, but for those that were `folded`; their bytes stay in their entries. */
export function chunkParts(
  placed: readonly PlacedEntry[],
  folded: ReadonlySet<number> = new Set(),
): NewPart[] {
  return placed
    .filter(({ event, rows, pos }) => event === 'predict' && rows > 0 && !folded.has(pos))
    .map(({ key, pos, rows, dt, dtEnd }) => ({
      key,
      level: 0,
      posFrom: pos,
      posTo: pos,
      rows,
      dt,
      dtEnd,
      bytes: null,
    }));
}

/**
 * Gives a batch its places after `head`. A number of one's own must have been given out before, be it by this batch:
 * only the store makes new ones, so that they stay unique and without gaps.
 *
 * @param shared - one new run for all entries without their own (a capture), instead of `runs` new ones for each
 * @throws LeewayError `ERR_LEEWAY_OPTION`
 */
export function placeEntries(
  entries: readonly CheckedEntry[],
  head: LogHead,
  shared: boolean,
): { readonly placed: readonly PlacedEntry[]; readonly head: LogHead } {
  let { pos, run } = head;
  const sharedRun = run + 1;
  if (shared) run = sharedRun;
  const placed = entries.map((entry) => {
    pos += 1;
    if (entry.run !== undefined) {
      if (entry.run + entry.runs - 1 > run) {
        refuse(
          'run',
          `one that the store has given out (up to ${run})`,
          entry.run + entry.runs - 1,
        );
      }
      return { ...entry, pos, run: entry.run };
    }
    if (shared) {
      if (entry.runs !== 1) refuse('runs', '1 in the entries of a window', entry.runs);
      return { ...entry, pos, run: sharedRun };
    }
    const first = run + 1;
    run += entry.runs;
    return { ...entry, pos, run: first };
  });
  return { placed, head: { pos, run } };
}
