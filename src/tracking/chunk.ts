import { LeewayError } from '../errors.js';
import { decodeFrame, encodeFrame, type Frame } from '../frame.js';

/** A value as a request or response can carry it, after everything else was turned into one of these. */
export type Cell = string | number | boolean | null;

/** One predict call of a chunk; its rows follow those of the call before. */
export interface ChunkCall {
  readonly rows: number;
  /** When the request came, epoch ms. */
  readonly at: number;
  /** From the request's arrival to its response, or NaN where nobody measured. */
  readonly latencyMs: number;
  /** The response's status code, or 0 where there was none. */
  readonly status: number;
  readonly requestId: string | null;
  /** The run that the call was made inside of. */
  readonly parent: number | null;
}

/** Rows of several calls to one model, as columns `X_<name>` and `Y_<name>` of equal length. */
export interface Chunk {
  readonly calls: readonly ChunkCall[];
  readonly rows: number;
  readonly columns: ReadonlyMap<string, readonly Cell[]>;
}

const FRAME_KIND = 2;
const FRAME_VERSION = 1;

interface ColumnHeader {
  readonly name: string;
  /** `number`: a block of float64, with the rows that hold null; `text`: distinct values, and a block of their indices. */
  readonly as: 'number' | 'text';
  readonly nulls?: readonly number[];
  readonly values?: readonly Cell[];
}

/** Packs a chunk: numbers as float64 (NaN, infinities and −0 survive), all else as a dictionary with indices. */
export function encodeChunk(chunk: Chunk): Uint8Array {
  const calls = new Float64Array(chunk.calls.length * 5);
  chunk.calls.forEach((call, index) => {
    calls.set([call.rows, call.at, call.latencyMs, call.status, call.parent ?? 0], index * 5);
  });
  const blocks: (Float64Array | Uint32Array)[] = [calls];
  const columns: ColumnHeader[] = [];
  for (const [name, cells] of chunk.columns) {
    const packed = packNumbers(cells) ?? packText(cells);
    columns.push({ name, ...packed.header });
    blocks.push(packed.block);
  }
  const header = { rows: chunk.rows, ids: chunk.calls.map((call) => call.requestId), columns };
  return encodeFrame(FRAME_KIND, FRAME_VERSION, header, blocks);
}

/**
 * Opens what `encodeChunk` packed.
 *
 * @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are damaged or of a newer version.
 */
export function decodeChunk(bytes: Uint8Array): Chunk {
  const frame = decodeFrame(bytes, FRAME_KIND, FRAME_VERSION, 'chunk');
  const header = frame.header as { rows: number; ids: (string | null)[]; columns: ColumnHeader[] };
  if (!isCount(header?.rows) || !Array.isArray(header.ids) || !Array.isArray(header.columns)) {
    throw damaged('its header lacks rows, ids or columns');
  }
  const { rows, ids } = header;
  const calls = decodeCalls(ids, frame.takeFloat64(ids.length * 5));
  if (calls.reduce((sum, call) => sum + call.rows, 0) !== rows) throw damaged('its calls and its rows disagree');
  const columns = new Map<string, Cell[]>();
  for (const column of header.columns) columns.set(String(column?.name), decodeColumn(column, rows, frame));
  return { calls, rows, columns };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const damaged = (why: string): LeewayError => new LeewayError('ERR_LEEWAY_FORMAT', `not a leeway chunk: ${why}`);

function decodeCalls(ids: readonly (string | null)[], numbers: Float64Array): ChunkCall[] {
  return ids.map((requestId, index) => {
    const [rows, at, latencyMs, status, parent] = numbers.subarray(index * 5, index * 5 + 5) as unknown as number[];
    if (!isCount(rows)) throw damaged('a call has an impossible number of rows');
    return {
      rows,
      at: at as number,
      latencyMs: latencyMs as number,
      status: status as number,
      requestId,
      parent: parent === 0 ? null : (parent as number),
    };
  });
}

function decodeColumn(column: ColumnHeader, rows: number, frame: Frame): Cell[] {
  if (column?.as === 'number') {
    const cells: Cell[] = Array.from(frame.takeFloat64(rows));
    const nulls = column.nulls ?? [];
    if (!Array.isArray(nulls) || !nulls.every((row) => isCount(row) && row < rows))
      throw damaged('a column is damaged');
    for (const row of nulls) cells[row] = null;
    return cells;
  }
  const values = column?.values;
  if (column?.as !== 'text' || !Array.isArray(values) || !values.every(isCell)) throw damaged('a column is damaged');
  return Array.from(frame.takeUint32(rows), (index) => values[index] ?? null);
}

const isCell = (value: unknown): boolean => value === null || typeof value !== 'object';

/** Numbers and nulls only, or `undefined`. */
function packNumbers(cells: readonly Cell[]) {
  const block = new Float64Array(cells.length);
  const nulls: number[] = [];
  for (let row = 0; row < cells.length; row += 1) {
    const cell = cells[row];
    if (typeof cell === 'number') block[row] = cell;
    else if (cell === null) nulls.push(row);
    else return undefined;
  }
  return { header: { as: 'number' as const, ...(nulls.length > 0 && { nulls }) }, block };
}

/** Any cells; numbers among texts are kept as JSON numbers, those that JSON can't hold as null. */
function packText(cells: readonly Cell[]) {
  const block = new Uint32Array(cells.length);
  const indices = new Map<Cell, number>();
  for (let row = 0; row < cells.length; row += 1) {
    const cell = cells[row] ?? null;
    let index = indices.get(cell);
    if (index === undefined) {
      index = indices.size;
      indices.set(cell, index);
    }
    block[row] = index;
  }
  return { header: { as: 'text' as const, values: [...indices.keys()] }, block };
}
