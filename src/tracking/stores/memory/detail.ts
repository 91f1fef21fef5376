import type { EventKind } from '../../event.js';
import type { PlacedEntry } from '../assign-positions.js';
import { LATEST_KEPT } from '../room.js';
import { byPos, type EntryList, entrySize, type Mutable } from './entries.js';

/** What goes with an entry's detail: a snapshot's profile, or a comparison as a whole. */
export const detailSize = (entry: PlacedEntry): number =>
  entry.event === 'drift' ? entrySize(entry) : (entry.bytes?.byteLength ?? 0);

/** Snapshots that have a profile, and comparisons, but for the first snapshot and the latest of each model; by position. */
export function oldDetail(byEvent: ReadonlyMap<EventKind, EntryList>): Mutable<PlacedEntry>[] {
  const found: Mutable<PlacedEntry>[] = [];
  for (const event of ['snapshot', 'drift'] as const) {
    const later = new Map<string, number>();
    for (const entry of [...(byEvent.get(event)?.all ?? [])].reverse()) {
      const count = later.get(entry.key) ?? 0;
      later.set(entry.key, count + 1);
      const isFirst = event === 'snapshot' && entry.step === 0;
      if (count >= LATEST_KEPT && !isFirst && detailSize(entry) > 0) found.push(entry);
    }
  }
  return found.sort(byPos);
}

/** Lets a snapshot's profile go, and says so in its value. */
export function thin(entry: Mutable<PlacedEntry>): void {
  const value: unknown = JSON.parse(entry.json);
  if (value !== null && typeof value === 'object')
    entry.json = JSON.stringify({ ...value, thinned: true });
  entry.bytes = new Uint8Array(0);
}
