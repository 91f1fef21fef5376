import { defined } from '../../../leaves/defined.js';
import type { EventKind } from '../../event.js';
import type { LogEntry, LogHead } from '../../log-entry.js';
import type { RestoredFold } from '../../restored.js';
import type { MonitorHead } from '../../window-commit.js';
import type { Fold, LivePart, PartFilter, WindowPart } from '../../window-part.js';
import type { PlacedEntry } from '../assign-positions.js';
import { type CheckedQuery, type CheckedRewrite, crossedError } from '../validate.js';
import { detailSize, oldDetail, thin } from './detail.js';
import { EntryList, entrySize, type Mutable, OVERHEAD_BYTES } from './entries.js';
import { MemoryPredictions } from './predictions.js';

/** A monitor's head, with the key of the chunks it reads. */
export interface MemoryMonitor extends MonitorHead {
  readonly key: string;
}

/** A part as the memory store keeps it. Only an erasure changes what a reader may hold on to. */
export interface MemoryPart extends WindowPart {
  readonly log: MemoryLog;
  readonly key: string;
  rows: number;
  bytes: Uint8Array;
  size: number;
  replaced: boolean;
}

export function foldSize(fold: Pick<Fold, 'bytes'>): number {
  return OVERHEAD_BYTES + fold.bytes.byteLength;
}

export function toLogEntry(experiment: string, entry: PlacedEntry, withBytes: boolean): LogEntry {
  return {
    experiment,
    pos: entry.pos,
    event: entry.event,
    key: entry.key,
    run: entry.run,
    runs: entry.runs,
    ...defined({ parent: entry.parent, step: entry.step }),
    value: JSON.parse(entry.json),
    ...(withBytes && entry.bytes !== undefined ? { bytes: new Uint8Array(entry.bytes) } : {}),
    rows: entry.rows,
    dt: entry.dt,
    dtEnd: entry.dtEnd,
    node: entry.node,
    userid: entry.userid,
  };
}

function sameBytes(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

export function toLivePart(part: MemoryPart, cutBefore: number, withBytes: boolean): LivePart {
  const { key, level, posFrom, posTo, rows, dt, dtEnd, bytes } = part;
  const live = { key, level, posFrom, posTo, rows, dt, dtEnd, cutBefore };
  return withBytes ? { ...live, bytes: new Uint8Array(bytes) } : live;
}

/** One experiment in the memory store: its entries, the parts of its windows, its monitors and their cuts. */
export class MemoryLog {
  head: LogHead = { pos: 0, run: 0 };
  readonly monitors: Map<string, MemoryMonitor> = new Map();
  /** What the entries and folds take, in bytes. */
  size = 0;
  readonly predictions: MemoryPredictions = new MemoryPredictions();
  readonly #entries: EntryList = new EntryList();
  readonly #byEvent: Map<EventKind, EntryList> = new Map();
  /** By key: the live parts, sorted by `posFrom`. */
  readonly #parts: Map<string, MemoryPart[]> = new Map();
  /** By key: every position that a window was ever cut at, so that old windows can be read again too. */
  readonly #cuts: Map<string, Set<number>> = new Map();

  /** Adds entries; answers with the parts they make. Of chunks that were `folded` the rows are in a fold. */
  add(
    placed: readonly PlacedEntry[],
    head: LogHead,
    folded: ReadonlySet<number> = new Set(),
  ): MemoryPart[] {
    const added: MemoryPart[] = [];
    for (const entry of placed) {
      const size = entrySize(entry);
      this.size += size;
      this.#entries.add(entry);
      this.predictions.add(entry);
      const sameEvent = this.#byEvent.get(entry.event) ?? new EntryList();
      this.#byEvent.set(entry.event, sameEvent);
      sameEvent.add(entry);
      if (entry.event !== 'predict' || entry.rows === 0 || entry.bytes === undefined) continue;
      const { key, pos, rows, dt, dtEnd, bytes } = entry;
      const part = {
        log: this,
        key,
        level: 0,
        posFrom: pos,
        posTo: pos,
        rows,
        dt,
        dtEnd,
        bytes,
        size,
        replaced: folded.has(pos),
      };
      if (!part.replaced) this.#place(part);
      added.push(part);
    }
    this.head = head;
    return added;
  }

  /** What profiles of old snapshots, and old comparisons, take. */
  detailSize(): number {
    return oldDetail(this.#byEvent).reduce((sum, entry) => sum + detailSize(entry), 0);
  }

  /** Lets profiles of old snapshots and old comparisons go, oldest first, until so many bytes are freed; gives how many were. */
  dropDetail(bytes: number): number {
    let freed = 0;
    const doomed = new Set<number>();
    for (const entry of oldDetail(this.#byEvent)) {
      if (freed >= bytes) break;
      const size = entrySize(entry);
      if (entry.event === 'drift') doomed.add(entry.pos);
      else thin(entry);
      freed += size - (doomed.has(entry.pos) ? 0 : entrySize(entry));
    }
    this.#entries.drop(doomed);
    this.#byEvent.get('drift')?.drop(doomed);
    this.size -= freed;
    return freed;
  }

  /** The next match after `last` in the query's order; the first one without `last`. */
  next(query: CheckedQuery, last: PlacedEntry | undefined): PlacedEntry | undefined {
    const [event, ...others] = query.events ?? [];
    const list =
      event === undefined || others.length > 0 ? this.#entries : this.#byEvent.get(event);
    return list?.next(query, last);
  }

  /**
   * The live parts inside `(after, upTo]`.
   *
   * @throws LeewayError `ERR_LEEWAY_CONFLICT` where a fold lies across an edge
   */
  window(key: string, after: number, upTo: number): MemoryPart[] {
    const live = this.#parts.get(key) ?? [];
    for (const edge of [after, upTo]) {
      if (live.some((part) => part.posFrom <= edge && edge < part.posTo))
        throw crossedError(key, edge);
    }
    return live.filter((part) => after < part.posFrom && part.posTo <= upTo);
  }

  crossed(key: string, cursor: number): boolean {
    return (this.#parts.get(key) ?? []).some(
      (part) => part.posFrom <= cursor && cursor < part.posTo,
    );
  }

  cut(key: string, cursor: number): void {
    const cuts = this.#cuts.get(key);
    if (cuts === undefined) this.#cuts.set(key, new Set([cursor]));
    else cuts.add(cursor);
  }

  /** The parts a fold would replace, or `undefined` where one is gone or a cut lies between them. */
  foldable(fold: Fold): MemoryPart[] | undefined {
    const live = new Map((this.#parts.get(fold.key) ?? []).map((part) => [part.posFrom, part]));
    const found: MemoryPart[] = [];
    let posTo = 0;
    for (const { level, posFrom } of fold.replaces) {
      const part = live.get(posFrom);
      if (part === undefined || part.level !== level) return undefined;
      found.push(part);
      posTo = Math.max(posTo, part.posTo);
    }
    if (fold.rows !== undefined && fold.rows !== found.reduce((sum, { rows }) => sum + rows, 0))
      return undefined;
    const posFrom = (found[0] as MemoryPart).posFrom;
    for (const cut of this.#cuts.get(fold.key) ?? [])
      if (posFrom <= cut && cut < posTo) return undefined;
    return found;
  }

  /** Sets a monitor's head, and remembers that its windows were cut there. */
  commit(monitor: string, head: MemoryMonitor): void {
    this.monitors.set(monitor, head);
    this.cut(head.key, head.cursor);
  }

  /** Puts a fold in place of `replaced`. Chunks stay in the log as entries; folds of a lower level go. */
  fold(fold: Fold, replaced: readonly MemoryPart[]): MemoryPart {
    const first = replaced[0] as MemoryPart;
    let { posTo, dt, dtEnd } = first;
    let rows = 0;
    for (const part of replaced) {
      posTo = Math.max(posTo, part.posTo);
      dt = Math.min(dt, part.dt);
      dtEnd = Math.max(dtEnd, part.dtEnd);
      rows += part.rows;
      part.replaced = true;
      if (part.level > 0) this.size -= part.size;
    }
    const { key, level, bytes } = fold;
    return this.addFold({
      key,
      level,
      posFrom: first.posFrom,
      posTo,
      rows,
      dt,
      dtEnd,
      bytes: new Uint8Array(bytes),
    });
  }

  /** Adds a fold, in place of what was replaced. */
  addFold(fold: RestoredFold): MemoryPart {
    const { key, level, posFrom, posTo, rows, dt, dtEnd, bytes } = fold;
    const size = foldSize(fold);
    const made = {
      log: this,
      key,
      level,
      posFrom,
      posTo,
      rows,
      dt,
      dtEnd,
      bytes,
      size,
      replaced: false,
    };
    this.#parts.set(
      key,
      this.#keyParts(key).filter((part) => !part.replaced),
    );
    this.#place(made);
    this.size += size;
    return made;
  }

  /** The live parts that match, by key and position. */
  parts(
    filter: PartFilter,
    now: number,
  ): { readonly part: MemoryPart; readonly cutBefore: number }[] {
    const { levels, after = 0, upTo = Number.POSITIVE_INFINITY, olderThanMs } = filter;
    const keys = [...this.#parts.keys()]
      .filter((key) => filter.keys === undefined || filter.keys.includes(key))
      .sort();
    return keys.flatMap((key) => {
      const cuts = [...(this.#cuts.get(key) ?? [])].sort((left, right) => right - left);
      return (this.#parts.get(key) ?? [])
        .filter(
          (part) =>
            (levels === undefined || levels.includes(part.level)) &&
            after < part.posFrom &&
            part.posTo <= upTo &&
            (olderThanMs === undefined || part.dtEnd < now - olderThanMs),
        )
        .map((part) => ({ part, cutBefore: cuts.find((cut) => cut < part.posFrom) ?? 0 }));
    });
  }

  /** Replaces bytes and removes predictions, or answers `false`. */
  rewrite(rewrite: CheckedRewrite): boolean {
    const entries = rewrite.entries.map((change) => ({
      change,
      entry: this.#entries.at(change.pos),
    }));
    const folds = rewrite.folds.map((change) => {
      const part = this.#parts.get(change.key)?.find(({ posFrom }) => posFrom === change.posFrom);
      return { change, part: part?.level === change.level ? part : undefined };
    });
    if (
      entries.some(
        ({ change, entry }) => entry === undefined || !sameBytes(entry.bytes, change.before),
      )
    )
      return false;
    if (
      folds.some(({ change, part }) => part === undefined || !sameBytes(part.bytes, change.before))
    )
      return false;
    for (const { change, entry } of entries)
      this.#rewriteEntry(entry as Mutable<PlacedEntry>, change);
    for (const { change, part } of folds)
      this.#rewritePart(part as MemoryPart, change.bytes, change.rows);
    const ids = new Set(rewrite.ids);
    const runs = new Set(rewrite.runs);
    if (ids.size + runs.size > 0)
      this.predictions.remove(({ id, run }) => ids.has(id) || runs.has(run));
    return true;
  }

  #rewriteEntry(entry: Mutable<PlacedEntry>, change: CheckedRewrite['entries'][number]): void {
    const before = entrySize(entry);
    entry.bytes = change.bytes ?? entry.bytes;
    entry.rows = change.rows ?? entry.rows;
    entry.json = change.json ?? entry.json;
    this.size += entrySize(entry) - before;
    if (entry.event !== 'predict' || entry.bytes === undefined) return;
    const part = this.#parts
      .get(entry.key)
      ?.find(({ posFrom, level }) => level === 0 && posFrom === entry.pos);
    if (part !== undefined)
      Object.assign(part, { bytes: entry.bytes, rows: entry.rows, size: entrySize(entry) });
  }

  #rewritePart(part: MemoryPart, bytes: Uint8Array, rows: number = part.rows): void {
    const size = OVERHEAD_BYTES + bytes.byteLength;
    this.size += size - part.size;
    Object.assign(part, { bytes, rows, size });
  }

  /** Whether the part may be forgotten: it was folded, or all monitors of its key have a snapshot of it. */
  isSpare(part: MemoryPart): boolean {
    if (part.replaced) return true;
    let watched = false;
    for (const monitor of this.monitors.values()) {
      if (monitor.key !== part.key) continue;
      if (monitor.cursor < part.posTo) return false;
      watched = true;
    }
    return watched;
  }

  /** Whether no open window needs the part: all monitors of its key have cut past it, or there is none. */
  isClosed(part: MemoryPart): boolean {
    return [...this.monitors.values()].every(
      ({ key, cursor }) => key !== part.key || cursor >= part.posTo,
    );
  }

  /** Forgets parts, and the entries of those that were chunks. */
  drop(doomed: ReadonlySet<MemoryPart>): void {
    const positions = new Set<number>();
    for (const part of doomed) {
      if (part.log !== this) continue;
      this.size -= part.size;
      if (part.level === 0) positions.add(part.posFrom);
    }
    for (const [key, parts] of this.#parts) {
      this.#parts.set(
        key,
        parts.filter((part) => !doomed.has(part)),
      );
    }
    this.#entries.drop(positions);
    this.#byEvent.get('predict')?.drop(positions);
  }

  #place(part: MemoryPart): void {
    const parts = this.#keyParts(part.key);
    const last = parts.at(-1);
    parts.push(part);
    if (last !== undefined && last.posFrom > part.posFrom)
      parts.sort((left, right) => left.posFrom - right.posFrom);
  }

  #keyParts(key: string): MemoryPart[] {
    let parts = this.#parts.get(key);
    if (parts === undefined) {
      parts = [];
      this.#parts.set(key, parts);
    }
    return parts;
  }
}
