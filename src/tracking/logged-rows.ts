import { type Cell, decodeChunk } from './chunk.js';
import type { EventRow } from './event-table.js';
import { fromStored } from './logged-value.js';
import type { LogEntry } from './store.js';

/** The events an entry stands for: one, or for a chunk of calls one per call. */
export function rowsOfEntry(entry: LogEntry): EventRow[] {
  const common = {
    experiment: entry.experiment,
    event: entry.event,
    key: entry.key,
    step: entry.step,
    node: entry.node,
    userid: entry.userid,
  };
  // A chunk of aborted calls alone has no rows for a window; what was logged as data says in its value how to read it.
  const counts = entry.rows > 0 || entry.value === null;
  const isChunk = (entry.event === 'predict' || entry.event === 'fit') && counts && entry.bytes !== undefined;
  if (!isChunk) {
    const { value, extra } = fromStored(entry.value, entry.bytes);
    return [{ ...common, run: entry.run, value, dt: new Date(entry.dt), parent: entry.parent, extra }];
  }
  const chunk = decodeChunk(entry.bytes as Uint8Array);
  let row = 0;
  return chunk.calls.map((call, index) => {
    const [from, to] = [row, row + call.rows];
    row = to;
    return {
      ...common,
      run: entry.run + index,
      value: {
        X: side(chunk.columns, 'X_', from, to),
        Y: side(chunk.columns, 'Y_', from, to),
        latencyMs: Number.isNaN(call.latencyMs) ? null : call.latencyMs,
        status: call.status,
        requestId: call.requestId,
        ...(call.version !== undefined && { version: call.version }),
      },
      dt: new Date(call.at),
      parent: call.parent ?? undefined,
      extra: {},
    };
  });
}

/** Rows `[from, to)` of the columns of one side, as objects without the prefix. */
function side(columns: ReadonlyMap<string, readonly Cell[]>, prefix: string, from: number, to: number): object[] {
  const names = [...columns.keys()].filter((name) => name.startsWith(prefix));
  return Array.from({ length: to - from }, (_, offset) =>
    Object.fromEntries(names.map((name) => [name.slice(prefix.length), columns.get(name)?.[from + offset] ?? null])),
  );
}
