import { type Cell, isNumbers } from '../cells/cell.js';
import { defined } from '../leaves/defined.js';
import { LeewayError } from '../leaves/errors.js';
import { decodeFrame, encodeFrame, type Frame, frameKind } from '../leaves/frame.js';

export type { Cell } from '../cells/cell.js';

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
  /** The model's version, where one is known. */
  readonly version?: string;
}

/** Rows of several calls to one model, as columns `X_<name>` and `Y_<name>` of equal length. */
export interface Chunk {
  readonly calls: readonly ChunkCall[];
  /** How many rows are kept. */
  readonly rows: number;
  /**
   * How many rows each kept row stands for, where traffic was sampled; their sum is the number of rows that came. A row of
   * weight 0 is in the log only: no window counts it. Absent: each stands for itself.
   */
  readonly weights?: Uint32Array | undefined;
  readonly columns: ReadonlyMap<string, readonly Cell[]>;
}

const FRAME_KIND = 2;
/** 1 had neither weights nor versions, 2 no lists of numbers. */
const FRAME_VERSION = 3;
/** What a chunk without lists is written as, so that an older leeway beside this one can read it. */
const FRAME_VERSION_WITHOUT_LISTS = 2;

interface ColumnHeader {
  readonly name: string;
  /**
   * `number`: a block of float64, with the rows that hold null; `text`: distinct values, and a block of their indices;
   * `list`: a block of the lengths of lists, and one of their numbers.
   */
  readonly as: 'number' | 'text' | 'list';
  readonly nulls?: readonly number[];
  readonly values?: readonly StoredCell[];
  /** How many numbers all lists of a column have. */
  readonly total?: number;
  /** Which of `values` are numbers that JSON can't hold: those who don't know this read null there. */
  readonly notFinite?: readonly (readonly [index: number, number: string])[];
}

interface ChunkHeader {
  readonly rows: number;
  readonly ids: readonly (string | null)[];
  /** Distinct versions; a block says for each call which is its own, from 1, or 0 for none. */
  readonly versions?: readonly string[];
  readonly weighted?: boolean;
  readonly columns: readonly ColumnHeader[];
}

/** Whether bytes are a chunk; where no rows are kept, a profile stands in its place. */
export const isChunk = (bytes: Uint8Array): boolean => frameKind(bytes) === FRAME_KIND;

/** How many rows a chunk stands for. */
export function representedRows(chunk: Pick<Chunk, 'rows' | 'weights'>): number {
  return chunk.weights === undefined
    ? chunk.rows
    : chunk.weights.reduce((sum, weight) => sum + weight, 0);
}

/** The version of the model that each row came from; `undefined` where no call tells one. */
export function rowVersions({
  calls,
}: Pick<Chunk, 'calls'>): readonly (string | null)[] | undefined {
  if (calls.every(({ version }) => version === undefined)) return undefined;
  return calls.flatMap(({ rows, version }) => new Array<string | null>(rows).fill(version ?? null));
}

/** Packs a chunk: numbers as float64 (NaN, infinities and −0 survive), all else as a dictionary with indices (−0 is 0). */
export function encodeChunk(chunk: Chunk): Uint8Array {
  const calls = new Float64Array(chunk.calls.length * 5);
  let place = 0;
  for (const call of chunk.calls) {
    calls[place] = call.rows;
    calls[place + 1] = call.at;
    calls[place + 2] = call.latencyMs;
    calls[place + 3] = call.status;
    calls[place + 4] = call.parent ?? 0;
    place += 5;
  }
  const { weights } = chunk;
  const versions = packVersions(chunk.calls);
  const blocks: (Float64Array | Uint32Array)[] = [calls];
  let version = FRAME_VERSION_WITHOUT_LISTS;
  if (versions !== undefined) blocks.push(versions.block);
  if (weights !== undefined) blocks.push(weights);
  const columns: ColumnHeader[] = [];
  for (const [name, cells] of chunk.columns) {
    const packed = packNumbers(cells) ?? packLists(cells) ?? packText(cells);
    columns.push({ name, ...packed.header });
    blocks.push(...packed.blocks);
    if (packed.header.as === 'list') version = FRAME_VERSION;
  }
  const ids = chunk.calls.map((call) => call.requestId);
  const header: ChunkHeader = {
    rows: chunk.rows,
    ids,
    ...(versions !== undefined && { versions: versions.names }),
    ...(weights !== undefined && { weighted: true }),
    columns,
  };
  return encodeFrame(FRAME_KIND, version, header, blocks);
}

/**
 * Opens what `encodeChunk` packed.
 *
 * @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are damaged or of a newer version.
 */
export function decodeChunk(bytes: Uint8Array): Chunk {
  const frame = decodeFrame(bytes, FRAME_KIND, FRAME_VERSION, 'chunk');
  const header = frame.header as ChunkHeader;
  if (!isCount(header?.rows) || !Array.isArray(header.ids) || !Array.isArray(header.columns)) {
    throw damaged('its header lacks rows, ids or columns');
  }
  const { rows, ids } = header;
  const calls = decodeCalls(ids, frame.takeFloat64(ids.length * 5), versionsOf(header, frame));
  if (calls.reduce((sum, call) => sum + call.rows, 0) !== rows)
    throw damaged('its calls and its rows disagree');
  const weights = header.weighted === true ? frame.takeUint32(rows) : undefined;
  const columns = new Map<string, Cell[]>();
  for (const column of header.columns)
    columns.set(String(column?.name), decodeColumn(column, rows, frame));
  return { calls, rows, ...defined({ weights }), columns };
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

const damaged = (why: string): LeewayError =>
  new LeewayError('ERR_LEEWAY_FORMAT', `not a leeway chunk: ${why}`);

/** Each call's version. */
function versionsOf({ versions, ids }: ChunkHeader, frame: Frame): readonly (string | undefined)[] {
  if (versions === undefined) return [];
  if (!Array.isArray(versions) || !versions.every((name) => typeof name === 'string')) {
    throw damaged('its versions are not names');
  }
  return Array.from(frame.takeUint32(ids.length), (place) => versions[place - 1]);
}

function packVersions(calls: readonly ChunkCall[]) {
  const places = new Map<string, number>();
  const block = Uint32Array.from(calls, ({ version }) => {
    if (version === undefined) return 0;
    const place = places.get(version) ?? places.size + 1;
    places.set(version, place);
    return place;
  });
  return places.size === 0 ? undefined : { names: [...places.keys()], block };
}

function decodeCalls(
  ids: readonly (string | null)[],
  numbers: Float64Array,
  versions: readonly (string | undefined)[],
): ChunkCall[] {
  return ids.map((requestId, index) => {
    const [rows, at, latencyMs, status, parent] = numbers.subarray(
      index * 5,
      index * 5 + 5,
    ) as unknown as number[];
    if (!isCount(rows)) throw damaged('a call has an impossible number of rows');
    const version = versions[index];
    return {
      rows,
      at: at as number,
      latencyMs: latencyMs as number,
      status: status as number,
      requestId,
      parent: parent === 0 ? null : (parent as number),
      ...defined({ version }),
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
  if (column?.as === 'list') return decodeLists(column, rows, frame);
  const values = valuesOf(column);
  return Array.from(frame.takeUint32(rows), (index) => values[index] ?? null);
}

function valuesOf(column: ColumnHeader): readonly Cell[] {
  const { as, values, notFinite = [] } = column ?? {};
  if (as !== 'text' || !Array.isArray(values) || !values.every(isCell))
    throw damaged('a column is damaged');
  if (!Array.isArray(notFinite) || !notFinite.every((entry) => entry?.[0] in values)) {
    throw damaged('a column is damaged');
  }
  const cells = values.map(
    (value): Cell =>
      Array.isArray(value)
        ? value.map((entry) => (entry === null ? Number.NaN : Number(entry)))
        : value,
  );
  for (const [index, text] of notFinite) cells[index] = Number(text);
  return cells;
}

const isCell = (value: unknown): boolean =>
  value === null || typeof value !== 'object' || (Array.isArray(value) && value.every(isEntry));

/** A cell as JSON has it. */
type StoredCell = Exclude<Cell, readonly number[]> | readonly (number | string | null)[];

/** A number of a list as JSON has it: NaN is null, an infinity its name. */
const isEntry = (value: unknown): boolean =>
  value === null || typeof value === 'number' || value === 'Infinity' || value === '-Infinity';

const toEntry = (value: number): number | string | null => {
  if (Number.isNaN(value)) return null;
  return Number.isFinite(value) ? value : String(value);
};

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
  return { header: { as: 'number' as const, ...(nulls.length > 0 && { nulls }) }, blocks: [block] };
}

/** Lists of numbers and nulls only, or `undefined`. The block of lengths has one more than each, and 0 for null. */
function packLists(cells: readonly Cell[]) {
  const lengths = new Uint32Array(cells.length);
  let total = 0;
  for (let row = 0; row < cells.length; row += 1) {
    const cell = cells[row] ?? null;
    if (cell === null) continue;
    if (!isNumbers(cell)) return undefined;
    lengths[row] = cell.length + 1;
    total += cell.length;
  }
  const numbers = new Float64Array(total);
  let at = 0;
  for (const cell of cells) {
    if (!isNumbers(cell)) continue;
    numbers.set(cell, at);
    at += cell.length;
  }
  return { header: { as: 'list' as const, total }, blocks: [lengths, numbers] };
}

function decodeLists({ total }: ColumnHeader, rows: number, frame: Frame): Cell[] {
  if (!isCount(total)) throw damaged('a column of lists is damaged');
  const lengths = frame.takeUint32(rows);
  const numbers = frame.takeFloat64(total);
  if (lengths.reduce((sum, length) => sum + Math.max(0, length - 1), 0) !== total) {
    throw damaged('a column of lists is damaged');
  }
  let at = 0;
  return Array.from(lengths, (length): Cell => {
    if (length === 0) return null;
    const list = Array.from(numbers.subarray(at, at + length - 1));
    at += length - 1;
    return list;
  });
}

/** Any cells; lists among them are kept as JSON, numbers among texts are kept as JSON numbers, and those that JSON can't hold by their names. */
function packText(cells: readonly Cell[]) {
  const block = new Uint32Array(cells.length);
  const indices = new Map<Cell, number>();
  const notFinite: [number, string][] = [];
  for (let row = 0; row < cells.length; row += 1) {
    const cell = cells[row] ?? null;
    let index = indices.get(cell);
    if (index === undefined) {
      index = indices.size;
      indices.set(cell, index);
      if (typeof cell === 'number' && !Number.isFinite(cell)) notFinite.push([index, String(cell)]);
    }
    block[row] = index;
  }
  const values = Array.from(indices.keys(), (cell) => (isNumbers(cell) ? cell.map(toEntry) : cell));
  const header = { as: 'text' as const, values, ...(notFinite.length > 0 && { notFinite }) };
  return { header, blocks: [block] };
}
