import type { MovedPart } from '../../drift/explain.js';
import { isDamaged } from '../../leaves/errors.js';
import { type Cell, type Chunk, decodeChunk, isChunk } from '../../tracking/chunk.js';
import type { TrackingStore } from '../../tracking/store.js';

/** Where examples are looked for. */
export interface ExampleSearch {
  readonly experiment: string;
  readonly model: string;
  readonly column: string;
  readonly part: MovedPart;
  /** The window, epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** So many chunks are looked into, the latest first: an example is worth no long search. */
const MOST_CHUNKS = 50;

/** Runs whose rows have what moved, the latest first; none where rows are not kept (any more). */
export async function exampleRuns(store: TrackingStore, search: ExampleSearch): Promise<number[]> {
  const { experiment, model, from, to, count } = search;
  const runs: number[] = [];
  const filter = { events: ['predict'], keys: [model], since: from, end: to + 1 } as const;
  const options = { order: 'newest-first', limit: MOST_CHUNKS } as const;
  for await (const entry of store.query(experiment, filter, options)) {
    const chunk = readableChunk(entry.bytes);
    if (chunk === undefined) continue;
    for (const run of runsIn(chunk, entry.run, search)) {
      runs.push(run);
      if (runs.length === count) return runs;
    }
  }
  return runs;
}

/** A chunk; `undefined` where there are no rows, or they are damaged. */
function readableChunk(bytes: Uint8Array | undefined): Chunk | undefined {
  if (bytes === undefined || !isChunk(bytes)) return undefined;
  try {
    return decodeChunk(bytes);
  } catch (error) {
    if (isDamaged(error)) return undefined;
    throw error;
  }
}

function* runsIn(
  chunk: Chunk,
  firstRun: number,
  { column, part }: ExampleSearch,
): Generator<number> {
  const cells = chunk.columns.get(column) ?? [];
  let row = chunk.rows;
  for (let call = chunk.calls.length - 1; call >= 0; call -= 1) {
    const from = row - (chunk.calls[call]?.rows ?? 0);
    if (cells.slice(from, row).some((cell) => isIn(cell, part))) yield firstRun + call;
    row = from;
  }
}

function isIn(cell: Cell, { category, from, to }: MovedPart): boolean {
  if (category !== undefined) return cell !== null && String(cell) === category;
  const value = typeof cell === 'string' ? Number(cell) : cell;
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  return (from === undefined || value >= from) && (to === undefined || value < to);
}
