import { isDamaged, LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames } from '../leaves/option-names.js';
import { mergeParts } from '../monitor/window/model-source.js';
import { Profile } from '../profile/profile.js';
import { isProfile } from '../profile/profile-format.js';
import { sampledCellOf } from '../profile/row-sample.js';
import {
  type Cell,
  type Chunk,
  type ChunkCall,
  decodeChunk,
  encodeChunk,
  isChunk,
  representedRows,
} from '../tracking/chunk.js';
import type { LogEntry } from '../tracking/log-entry.js';
import { type Extra, fromStored } from '../tracking/logged-value.js';
import type { Rewrite } from '../tracking/rewrite.js';
import type { ReadPart } from '../tracking/upkeep.js';
import type { ErasableRow, Erased, ErasureQuery } from './erasure-query.js';

/** What is to be written in place of what was read, and what it takes away. */
export interface Change extends Partial<Pick<Rewrite, 'entries' | 'folds'>> {
  readonly runs?: readonly number[];
  readonly rows?: number;
  readonly sampledRows?: number;
  readonly rebuiltProfiles?: number;
  /** A chunk that lost rows: how many it stands for fewer. */
  readonly shortened?: { readonly pos: number; readonly rows: number };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Takes the rows that are meant out of what it's shown, and keeps account of it. */
export class RowEraser {
  readonly ids: readonly string[];
  /** Runs that lost rows. */
  readonly runs: number[] = [];
  readonly said: Extra;
  readonly #where: ((row: ErasableRow) => boolean) | undefined;
  /** The rows meant, as far as they were seen, by what samples of rows tell them by. */
  readonly #rows = new Map<string, ErasableRow>();
  /** How many rows, of those it stood for, the chunk at a position lost. */
  readonly erasedAt: Map<number, number> = new Map();
  /** Positions of chunks that hold rows meant, or held them. */
  readonly #meantAt = new Set<number>();
  /** When rows came that are meant, by model. */
  readonly #spans = new Map<string, Span[]>();
  /** Since when rows are kept, by model. */
  readonly #keptSince = new Map<string, number>();
  readonly #unchanged = new Set<string>();
  #erasedRows = 0;
  #sampledRows = 0;
  #rebuiltProfiles = 0;

  constructor(query: ErasureQuery) {
    checkOptionNames('erase', query, ['id', 'where']);
    const { id, where } = query;
    if ((id === undefined) === (where === undefined)) {
      throw new LeewayError('ERR_LEEWAY_OPTION', 'erase needs either { id } or { where }');
    }
    this.ids = [id ?? []].flat();
    if (!this.ids.every((one) => typeof one === 'string' && one !== '')) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `id must be an id or a list of ids, got ${shown(id)}`,
      );
    }
    this.#where = conditionOf(where);
    this.said =
      id !== undefined
        ? { by: 'id', ids: this.ids.length }
        : { by: 'where', columns: typeof where === 'object' ? Object.keys(where) : [] };
  }

  get erased(): Omit<Erased, 'scrubbed'> & Extra {
    return {
      calls: this.runs.length,
      rows: this.#erasedRows,
      sampledRows: this.#sampledRows,
      rebuiltProfiles: this.#rebuiltProfiles,
      unchangedProfiles: this.#unchanged.size,
    };
  }

  /** Counts a change that was written. */
  count({ runs = [], rows = 0, sampledRows = 0, rebuiltProfiles = 0, shortened }: Change): void {
    this.runs.push(...runs);
    this.#erasedRows += rows;
    this.#sampledRows += sampledRows;
    this.#rebuiltProfiles += rebuiltProfiles;
    if (shortened === undefined) return;
    const { pos } = shortened;
    this.erasedAt.set(pos, (this.erasedAt.get(pos) ?? 0) + shortened.rows);
  }

  /** Learns which rows of a chunk are meant, and when they came, without changing anything. */
  look(entry: LogEntry | undefined): void {
    if (entry?.bytes === undefined || !isChunk(entry.bytes)) return;
    const { key, dt: from, dtEnd: to, pos } = entry;
    if (entry.event === 'predict') {
      this.#keptSince.set(
        key,
        Math.min(from, this.#keptSince.get(key) ?? Number.POSITIVE_INFINITY),
      );
    }
    if (this.#without(entry) === undefined) return;
    this.#meantAt.add(pos);
    this.#spans.set(key, [...(this.#spans.get(key) ?? []), { from, to }]);
  }

  /** A chunk without the rows meant, or a label without its value; `undefined` where it holds none of them. */
  rewriteEntry(entry: LogEntry | undefined): Change | undefined {
    if (entry === undefined) return undefined;
    if (entry.event === 'actual') return this.#rewriteActual(entry);
    if (entry.bytes === undefined) return undefined;
    if (!isChunk(entry.bytes)) {
      if (isProfile(entry.bytes)) this.#unchanged.add(`entry ${entry.pos}`);
      return undefined;
    }
    return this.#without(entry);
  }

  /** A chunk without the rows meant; `undefined` where it has none of them, or is damaged. */
  #without(entry: LogEntry): (Change & { readonly entries: Rewrite['entries'] }) | undefined {
    let chunk: Chunk;
    try {
      chunk = decodeChunk(entry.bytes as Uint8Array);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      // Nobody can tell what it holds.
      this.#unchanged.add(`entry ${entry.pos}`);
      return undefined;
    }
    const kept = this.#kept(chunk);
    const calls = chunk.calls.map((call, index): ChunkCall => {
      const rows = kept.rowsOf[index] as number;
      return rows === call.rows
        ? call
        : { ...call, rows, requestId: this.#isMeant(call) ? null : call.requestId };
    });
    if (calls.every((call, index) => call === chunk.calls[index])) return undefined;
    const shorter = calls.flatMap((call, index) =>
      call === chunk.calls[index] ? [] : [entry.run + index],
    );
    const left = withoutRows(chunk, calls, kept.rows);
    const before = entry.bytes as Uint8Array;
    const written = {
      pos: entry.pos,
      before,
      bytes: encodeChunk(left),
      rows: representedRows(left),
    };
    const shortened = { pos: entry.pos, rows: representedRows(chunk) - written.rows };
    return { entries: [written], runs: shorter, rows: chunk.rows - left.rows, shortened };
  }

  /** A snapshot, or a baseline that was logged, with its samples emptied. */
  rewriteSnapshot(entry: LogEntry | undefined): Change | undefined {
    if (entry?.bytes === undefined || !isProfile(entry.bytes)) return undefined;
    if (this.#mayHold(entry)) this.#unchanged.add(`entry ${entry.pos}`);
    const left = this.#forgotten(entry.bytes);
    if (left === undefined) return undefined;
    return {
      entries: [{ pos: entry.pos, before: entry.bytes, bytes: left.bytes }],
      sampledRows: left.forgotten,
    };
  }

  /** A fold made anew from its chunks, or where these aren't known with its samples emptied. */
  async rewriteFold(
    part: ReadPart,
    chunks: readonly LogEntry[] | undefined,
  ): Promise<Change | undefined> {
    const { key, level, posFrom, bytes: before } = part;
    const fold = { key, level, posFrom, before };
    if (chunks?.some(({ pos }) => this.#meantAt.has(pos))) {
      // Their chunks may still have the rows: these go last, so that an erasure that was interrupted can be made again.
      const left = chunks.map((chunk) => this.#without(chunk)?.entries[0] ?? chunk);
      const parts = left.map(({ bytes }) => ({ level: 0, bytes: bytes as Uint8Array }));
      const bytes = await mergeParts(Profile.fromBytes(before).options, parts);
      const rows = left.reduce((sum, chunk) => sum + (chunk.rows ?? 0), 0);
      if (bytes !== undefined) return { folds: [{ ...fold, bytes, rows }], rebuiltProfiles: 1 };
    } else if (chunks === undefined) {
      this.#unchanged.add(`fold ${JSON.stringify([key, level, posFrom])}`);
    }
    const left = this.#forgotten(before);
    return left === undefined
      ? undefined
      : { folds: [{ ...fold, bytes: left.bytes }], sampledRows: left.forgotten };
  }

  /** Whether a snapshot covers a time of which rows were erased, or are kept no longer. */
  #mayHold({ key, value }: LogEntry): boolean {
    const { from, to } = (value ?? {}) as { readonly from?: unknown; readonly to?: unknown };
    if (typeof from !== 'number' || typeof to !== 'number') return true;
    if (from < (this.#keptSince.get(key) ?? Number.POSITIVE_INFINITY)) return true;
    return (this.#spans.get(key) ?? []).some((span) => span.from <= to && from <= span.to);
  }

  #rewriteActual(entry: LogEntry): Change | undefined {
    const { value } = fromStored(entry.value, entry.bytes);
    const id = (value as { id?: unknown } | null)?.id;
    if (typeof id !== 'string' || !this.ids.includes(id)) return undefined;
    const before =
      entry.bytes === undefined ? {} : { before: entry.bytes, bytes: new Uint8Array(0) };
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
  #forgotten(
    bytes: Uint8Array,
  ): { readonly bytes: Uint8Array; readonly forgotten: number } | undefined {
    let profile: Profile;
    try {
      profile = Profile.fromBytes(bytes);
    } catch (error) {
      if (isDamaged(error)) return undefined;
      throw error;
    }
    const isErased = (row: ErasableRow): boolean =>
      this.#where?.(row) === true || this.#rows.has(keyOf(row));
    const forgotten = profile.forgetSampled(isErased, this.#rows.values());
    return forgotten === 0 ? undefined : { bytes: profile.toBytes(), forgotten };
  }
}

function conditionOf(where: ErasureQuery['where']): ((row: ErasableRow) => boolean) | undefined {
  if (where === undefined || typeof where === 'function') return where;
  const wanted = where === null || typeof where !== 'object' ? [] : Object.entries(where);
  if (wanted.length === 0) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `where must name columns and their values, got ${shown(where)}`,
    );
  }
  return (row) =>
    wanted.every(([name, value]) => Object.hasOwn(row, name) && Object.is(row[name], value));
}

const rowAt = ({ columns }: Chunk, row: number): ErasableRow =>
  Object.fromEntries([...columns].map(([name, cells]) => [name, cells[row] ?? null]));

/** What a row is told by: its values, as samples keep them. */
function keyOf(row: ErasableRow): string {
  const values = Object.entries(row).map(([name, cell]): [string, string] => [
    name,
    `${typeof cell}${sampledCellOf(cell)}`,
  ]);
  return JSON.stringify(
    values.filter(([name]) => row[name] !== null).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function withoutRows(chunk: Chunk, calls: readonly ChunkCall[], rows: readonly number[]): Chunk {
  const pick = (cells: readonly Cell[]): Cell[] => rows.map((row) => cells[row] ?? null);
  const { weights } = chunk;
  return {
    calls,
    rows: rows.length,
    ...(weights !== undefined && {
      weights: Uint32Array.from(rows, (row) => weights[row] as number),
    }),
    columns: new Map([...chunk.columns].map(([name, cells]) => [name, pick(cells)])),
  };
}
