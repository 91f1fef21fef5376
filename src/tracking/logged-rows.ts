import { defined } from '../leaves/defined.js';
import { isDamaged } from '../leaves/errors.js';
import { type Cell, type Chunk, type ChunkCall, decodeChunk, isChunk } from './chunk.js';
import type { EventRow } from './event-table.js';
import type { JsonValue } from './json-value.js';
import type { LogEntry } from './log-entry.js';
import { fromStored } from './logged-value.js';

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
  let chunk: ReturnType<typeof callsOf>;
  try {
    chunk = callsOf(entry);
  } catch (error) {
    // One damaged chunk must not hide all others; what is left of it is said.
    if (!isDamaged(error)) throw error;
    const value = { damaged: error.message, rows: entry.rows };
    return [
      { ...common, run: entry.run, value, dt: new Date(entry.dt), parent: entry.parent, extra: {} },
    ];
  }
  if (chunk === undefined) {
    const { value, extra } = fromStored(entry.value, entry.bytes);
    return [
      { ...common, run: entry.run, value, dt: new Date(entry.dt), parent: entry.parent, extra },
    ];
  }
  const { weights } = chunk;
  let row = 0;
  return chunk.calls.map((call, index) => {
    const from = row;
    const to = row + call.rows;
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
        ...defined({ version: call.version }),
        // How many rows each stands for, where traffic was sampled; 0: no window counts it.
        ...(weights !== undefined && { weights: Array.from(weights.subarray(from, to)) }),
      },
      dt: new Date(call.at),
      parent: call.parent ?? undefined,
      extra: {},
    };
  });
}

/** The calls of an entry, with their rows where these are kept; `undefined` where it holds no calls. */
export function callsOf(entry: LogEntry): Pick<Chunk, 'calls' | 'columns' | 'weights'> | undefined {
  if (entry.event !== 'predict' && entry.event !== 'fit') return undefined;
  if (entry.bytes !== undefined && isChunk(entry.bytes)) return decodeChunk(entry.bytes);
  const calls = unpackCalls(entry.value);
  return calls === undefined ? undefined : { calls, columns: new Map() };
}

/** Calls whose rows are not kept, as the value of their entry. */
export function packCalls(calls: readonly ChunkCall[]): JsonValue {
  return {
    calls: calls.map(({ rows, at, latencyMs, status, parent, version }) => [
      rows,
      at,
      Number.isNaN(latencyMs) ? null : latencyMs,
      status,
      parent,
      version ?? null,
    ]),
  };
}

function unpackCalls(value: JsonValue): ChunkCall[] | undefined {
  const packed =
    value !== null && typeof value === 'object' && !Array.isArray(value) ? value.calls : undefined;
  if (!Array.isArray(packed)) return undefined;
  return packed.map((call) => {
    const [rows, at, latencyMs, status, parent, version] = call as [
      number,
      number,
      number | null,
      number,
      number | null,
      string | null,
    ];
    return {
      rows,
      at,
      latencyMs: latencyMs ?? Number.NaN,
      status,
      requestId: null,
      parent,
      ...(version !== null && { version }),
    };
  });
}

/** Rows `[from, to)` of the columns of one side, as objects without the prefix. */
function side(
  columns: ReadonlyMap<string, readonly Cell[]>,
  prefix: string,
  from: number,
  to: number,
): object[] {
  const names = [...columns.keys()].filter((name) => name.startsWith(prefix));
  if (names.length === 0) return [];
  return Array.from({ length: to - from }, (_, offset) =>
    Object.fromEntries(
      names.map((name) => [name.slice(prefix.length), columns.get(name)?.[from + offset] ?? null]),
    ),
  );
}
