import { LeewayError, shown } from '../errors.js';
import { checkOptionNames } from '../option-names.js';
import { Profile } from '../profile/profile.js';
import { cellOf } from '../profile/row-sample.js';
import {
  type Cell,
  type Chunk,
  type ChunkCall,
  decodeChunk,
  encodeChunk,
  isChunk,
  representedRows,
} from '../tracking/chunk.js';
import { type Extra, fromStored } from '../tracking/logged-value.js';
import type { LogEntry, NewEntry, Rewrite, TrackingStore } from '../tracking/store.js';

/** A row as a condition sees it: its columns with their prefixes, `X_age`, `Y_price`. */
export type ErasableRow = Readonly<Record<string, Cell>>;

/** What is erased: calls by their own ids, or rows by what is in them. One of the two. */
export interface ErasureQuery {
  /** Ids of requests, as `requestId` gave them. */
  readonly id?: string | readonly string[];
  /** Values that a row must all have, or what tells whether a row is meant. */
  readonly where?: ErasableRow | ((row: ErasableRow) => boolean);
}

/** What was erased. */
export interface Erased {
  /** Calls that lost rows. */
  readonly calls: number;
  readonly rows: number;
  /** Rows emptied in samples that profiles keep. */
  readonly sampledRows: number;
}

const MAX_ATTEMPTS = 20;
/** Lets requests through between two pieces of work. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Takes calls or rows out of an experiment: out of the chunks that hold rows, the answers kept for late labels, labels that were
 * logged, and the samples of rows in profiles. The runs stay, without rows. What was done is logged, without the value.
 *
 * Sketches of single columns are not rewritten: a profile may go on holding single values of single columns. Columns that identify
 * people should never get there; `redact` is for that.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where nothing, or both, is asked for; `ERR_LEEWAY_CONFLICT` where the log changed under
 *   it again and again.
 */
export async function erase(
  store: TrackingStore,
  experiment: string,
  query: ErasureQuery,
  entryOf: (event: 'system', key: string, value: NewEntry['value']) => NewEntry,
): Promise<Erased> {
  const erasure = new Erasure(query);
  const apply = async (make: () => Promise<Change | undefined>): Promise<void> => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const change = await make();
      if (change === undefined) return;
      const { entries = [], folds = [] } = change;
      if (await store.rewrite({ experiment, entries, folds, predictions: {}, log: [] })) {
        erasure.count(change);
        return;
      }
    }
    throw new LeewayError('ERR_LEEWAY_CONFLICT', 'the log changed again and again while it was erased; erase again');
  };
  // Chunks first: they tell what the rows of a call were, by which samples find them.
  const events = ['predict', 'fit', 'actual'] as const;
  for await (const { pos } of store.query(experiment, { events }, { withBytes: false })) {
    await apply(async () => erasure.rewriteEntry(await entryAt(store, experiment, pos)));
    await breathe();
  }
  for await (const { pos } of store.query(experiment, { events: ['snapshot'] }, { withBytes: false })) {
    await apply(async () => erasure.rewriteSnapshot(await entryAt(store, experiment, pos)));
    await breathe();
  }
  const folds: { key: string; level: number; posFrom: number; posTo: number }[] = [];
  for await (const part of store.parts(experiment, {}, { withBytes: false })) if (part.level > 0) folds.push(part);
  for (const { key, posFrom, posTo, level } of folds) {
    await apply(async () => {
      const filter = { keys: [key], levels: [level], after: posFrom - 1, upTo: posTo };
      for await (const part of store.parts(experiment, filter, { withBytes: true })) {
        if (part.bytes !== undefined) return erasure.rewriteFold({ ...part, bytes: part.bytes });
      }
      // It was folded on meanwhile; what stands for it is of a higher level, and may be new.
      return undefined;
    });
    await breathe();
  }
  const log = [entryOf('system', 'erasure', { ...erasure.said, ...erasure.erased })];
  const predictions = { ids: erasure.ids, runs: erasure.runs };
  await store.rewrite({ experiment, entries: [], folds: [], predictions, log });
  return erasure.erased;
}

async function entryAt(store: TrackingStore, experiment: string, pos: number): Promise<LogEntry | undefined> {
  for await (const entry of store.query(experiment, { after: pos - 1, upTo: pos })) return entry;
  return undefined;
}

/** What is to be written in place of what was read, and what it takes away. */
interface Change extends Partial<Pick<Rewrite, 'entries' | 'folds'>> {
  readonly runs?: readonly number[];
  readonly rows?: number;
  readonly sampledRows?: number;
}

/** What is looked for, and what was found so far. */
class Erasure {
  readonly ids: readonly string[];
  /** Runs that lost rows. */
  readonly runs: number[] = [];
  readonly said: Extra;
  readonly #where: ((row: ErasableRow) => boolean) | undefined;
  /** The rows erased so far, by what samples of rows tell them by. */
  readonly #rows = new Map<string, ErasableRow>();
  #erasedRows = 0;
  #sampledRows = 0;

  constructor(query: ErasureQuery) {
    checkOptionNames('erase', query, ['id', 'where']);
    const { id, where } = query;
    if ((id === undefined) === (where === undefined)) {
      throw new LeewayError('ERR_LEEWAY_OPTION', 'erase takes { id } or { where }, one of the two');
    }
    this.ids = id === undefined ? [] : typeof id === 'string' ? [id] : [...id];
    if (!this.ids.every((one) => typeof one === 'string' && one !== '')) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `id must be an id or a list of ids, got ${shown(id)}`);
    }
    this.#where = conditionOf(where);
    this.said =
      id !== undefined
        ? { by: 'id', ids: this.ids.length }
        : { by: 'where', columns: typeof where === 'object' ? Object.keys(where) : [] };
  }

  get erased(): Erased & Extra {
    return { calls: this.runs.length, rows: this.#erasedRows, sampledRows: this.#sampledRows };
  }

  /** Counts a change that was written. */
  count({ runs = [], rows = 0, sampledRows = 0 }: Change): void {
    this.runs.push(...runs);
    this.#erasedRows += rows;
    this.#sampledRows += sampledRows;
  }

  /** A chunk without the rows meant, or a label without its value; `undefined` where it holds none of them. */
  rewriteEntry(entry: LogEntry | undefined): Change | undefined {
    if (entry === undefined) return undefined;
    if (entry.event === 'actual') return this.#rewriteActual(entry);
    if (entry.bytes === undefined || !isChunk(entry.bytes)) return undefined;
    const chunk = decodeChunk(entry.bytes);
    const kept = this.#kept(chunk);
    const calls = chunk.calls.map((call, index): ChunkCall => {
      const rows = kept.rowsOf[index] as number;
      return rows === call.rows ? call : { ...call, rows, requestId: this.#isMeant(call) ? null : call.requestId };
    });
    if (calls.every((call, index) => call === chunk.calls[index])) return undefined;
    const shorter = calls.flatMap((call, index) => (call === chunk.calls[index] ? [] : [entry.run + index]));
    const left = withoutRows(chunk, calls, kept.rows);
    const written = { pos: entry.pos, before: entry.bytes, bytes: encodeChunk(left), rows: representedRows(left) };
    return { entries: [written], runs: shorter, rows: chunk.rows - left.rows };
  }

  rewriteSnapshot(entry: LogEntry | undefined): Change | undefined {
    if (entry?.bytes === undefined || entry.bytes.length === 0) return undefined;
    const left = this.#forgotten(entry.bytes);
    if (left === undefined) return undefined;
    return {
      entries: [{ pos: entry.pos, before: entry.bytes, bytes: left.bytes }],
      sampledRows: left.forgotten,
    };
  }

  rewriteFold(part: {
    readonly key: string;
    readonly level: number;
    readonly posFrom: number;
    readonly bytes: Uint8Array;
  }): Change | undefined {
    const left = this.#forgotten(part.bytes);
    if (left === undefined) return undefined;
    const { key, level, posFrom } = part;
    const fold = { key, level, posFrom, before: part.bytes, bytes: left.bytes };
    return { folds: [fold], sampledRows: left.forgotten };
  }

  #rewriteActual(entry: LogEntry): Change | undefined {
    const { value } = fromStored(entry.value, entry.bytes);
    const id = (value as { id?: unknown } | null)?.id;
    if (typeof id !== 'string' || !this.ids.includes(id)) return undefined;
    const before = entry.bytes === undefined ? {} : { before: entry.bytes, bytes: new Uint8Array(0) };
    return { entries: [{ pos: entry.pos, ...before, value: { erased: true } }] };
  }

  #isMeant(call: ChunkCall): boolean {
    return call.requestId !== null && this.ids.includes(call.requestId);
  }

  /** Which rows of a chunk stay, and how many of each call. */
  #kept(chunk: Chunk): { readonly rows: number[]; readonly rowsOf: number[] } {
    const rows: number[] = [];
    let row = 0;
    const rowsOf = chunk.calls.map((call) => {
      let stay = 0;
      for (const end = row + call.rows; row < end; row += 1) {
        if (!this.#isMeant(call) && this.#where?.(rowAt(chunk, row)) !== true) {
          rows.push(row);
          stay += 1;
        } else this.#rows.set(keyOf(rowAt(chunk, row)), rowAt(chunk, row));
      }
      return stay;
    });
    return { rows, rowsOf };
  }

  /** The profile's bytes without the sampled rows meant, or `undefined` where it has none of them. */
  #forgotten(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly forgotten: number } | undefined {
    const profile = Profile.fromBytes(bytes);
    const isErased = (row: ErasableRow): boolean => this.#where?.(row) === true || this.#rows.has(keyOf(row));
    const forgotten = profile.forgetSampled(isErased, this.#rows.values());
    return forgotten === 0 ? undefined : { bytes: profile.toBytes(), forgotten };
  }
}

function conditionOf(where: ErasureQuery['where']): ((row: ErasableRow) => boolean) | undefined {
  if (where === undefined || typeof where === 'function') return where;
  const wanted = where === null || typeof where !== 'object' ? [] : Object.entries(where);
  if (wanted.length === 0) {
    throw new LeewayError('ERR_LEEWAY_OPTION', `where must name columns and their values, got ${shown(where)}`);
  }
  return (row) => wanted.every(([name, value]) => Object.hasOwn(row, name) && Object.is(row[name], value));
}

const rowAt = ({ columns }: Chunk, row: number): ErasableRow =>
  Object.fromEntries([...columns].map(([name, cells]) => [name, cells[row] ?? null]));

/** What a row is told by: its values, as samples keep them. */
function keyOf(row: ErasableRow): string {
  const values = Object.entries(row).map(([name, cell]): [string, string] => [name, `${typeof cell}${cellOf(cell)}`]);
  return JSON.stringify(values.filter(([name]) => row[name] !== null).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withoutRows(chunk: Chunk, calls: readonly ChunkCall[], rows: readonly number[]): Chunk {
  const pick = (cells: readonly Cell[]): Cell[] => rows.map((row) => cells[row] ?? null);
  const { weights } = chunk;
  return {
    calls,
    rows: rows.length,
    ...(weights !== undefined && { weights: Uint32Array.from(rows, (row) => weights[row] as number) }),
    columns: new Map([...chunk.columns].map(([name, cells]) => [name, pick(cells)])),
  };
}
