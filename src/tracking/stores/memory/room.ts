import { LeewayError } from '../../../leaves/errors.js';
import { boundOfAppends, goalOfRoom } from '../room.js';
import type { MemoryLog, MemoryPart } from './log.js';

/** What a memory store holds, as far as room is made from it. */
export interface MemoryHoldings {
  readonly logs: ReadonlyMap<string, MemoryLog>;
  /** All parts in the order they came, replaced chunks included. */
  readonly parts: Set<MemoryPart>;
  readonly deliveryBytes: number;
}

/** Forgets parts, in their logs and in the store. */
export function forgetParts({ parts }: MemoryHoldings, doomed: ReadonlySet<MemoryPart>): void {
  for (const log of new Set([...doomed].map((part) => part.log))) log.drop(doomed);
  for (const part of doomed) parts.delete(part);
}

/**
 * Forgets what is oldest and spare until `needed` more bytes fit: parts first, then predictions, then the profiles of old
 * snapshots and old comparisons.
 *
 * @param isAppend - whether the write is refused where it would take the reserve
 * @throws LeewayError `ERR_LEEWAY_STORE`, with nothing forgotten, where so much can't be forgotten.
 */
export function makeMemoryRoom(
  holdings: MemoryHoldings,
  maxBytes: number,
  needed: number,
  isAppend: boolean,
): void {
  const logs = [...holdings.logs.values()];
  const used = logs.reduce(
    (sum, log) => sum + log.size + log.predictions.size,
    holdings.deliveryBytes + needed,
  );
  const bound = isAppend ? boundOfAppends(maxBytes) : maxBytes;
  if (used <= bound) return;
  const goal = goalOfRoom(maxBytes);
  let left = used;
  const doomed = new Set<MemoryPart>();
  for (const part of holdings.parts) {
    if (left <= goal) break;
    if (!part.log.isSpare(part)) continue;
    doomed.add(part);
    left -= part.size;
  }
  const waiting = logs.reduce((sum, log) => sum + log.predictions.size, 0);
  const detail = logs.reduce((sum, log) => sum + log.detailSize(), 0);
  if (left - waiting - detail > bound) {
    throw new LeewayError(
      'ERR_LEEWAY_STORE',
      `the memory store is full (maxBytes ${maxBytes}) and all rows it holds are still waiting for a snapshot ` +
        'or a fold; take snapshots more often, raise maxBytes, or use a store on disk',
    );
  }
  forgetParts(holdings, doomed);
  for (const log of logs) if (left > bound) left -= log.predictions.removeOldest(left - goal);
  for (const log of logs) if (left > bound) left -= log.dropDetail(left - goal);
}
