import type { Retention } from '../../retention.js';
import type { MemoryPart } from './log.js';

/**
 * The chunks of a log, given oldest first, that are folded and kept no longer: too old, or with too many newer rows of
 * their model.
 */
export function spentChunks(
  chunks: readonly MemoryPart[],
  { rowsMs = Number.POSITIVE_INFINITY, maxRows = Number.POSITIVE_INFINITY }: Retention,
  now: number,
): MemoryPart[] {
  const aged = agedBefore(chunks, now - rowsMs, now);
  const newerRows = new Map<string, number>();
  const spent: MemoryPart[] = [];
  for (const part of chunks.toReversed()) {
    const rows = (newerRows.get(part.key) ?? 0) + part.rows;
    newerRows.set(part.key, rows);
    if (part.replaced && (aged.has(part) || rows > maxRows)) spent.push(part);
  }
  return spent;
}

/** The parts that are older than a time, as far as the order of the log allows: see `prune`. */
function agedBefore(
  parts: readonly MemoryPart[],
  before: number,
  now: number,
): ReadonlySet<MemoryPart> {
  const aged = new Set<MemoryPart>();
  const waiting = new Map<string, MemoryPart[]>();
  const closed = new Set<string>();
  for (const part of parts) {
    const { key } = part;
    if (closed.has(key)) continue;
    if (part.dtEnd > now) waiting.set(key, [...(waiting.get(key) ?? []), part]);
    else if (part.dtEnd >= before) closed.add(key);
    else for (const old of [...(waiting.get(key) ?? []).splice(0), part]) aged.add(old);
  }
  return aged;
}
