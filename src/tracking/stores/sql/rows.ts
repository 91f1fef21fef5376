import type { LogEntry } from '../../log-entry.js';
import type { StoredMonitor } from '../../restored.js';
import type { LivePart } from '../../window-part.js';
import { decodeText } from '../encode-text.js';

/** A row as a client library gives it: the columns are alike in both databases. */
type SqlRecord = Readonly<Record<string, unknown>>;

/** A payload as a plain `Uint8Array` of its own memory. */
export function toBytes(value: unknown): Uint8Array {
  const bytes = value as Uint8Array;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** About the memory that a row takes. */
export function rowSize(row: SqlRecord): number {
  const bytes = row.bytes as Uint8Array | null | undefined;
  return (bytes?.byteLength ?? 0) + ((row.value as string | undefined)?.length ?? 0);
}

/** A row of either database's entries. */
export function toEntry(experiment: string, row: SqlRecord): LogEntry {
  return {
    experiment,
    pos: row.pos as number,
    event: row.event as LogEntry['event'],
    key: decodeText(row.key as string),
    run: row.run as number,
    runs: (row.run_end as number) - (row.run as number) + 1,
    ...(row.parent === null ? {} : { parent: row.parent as number }),
    ...(row.step === null ? {} : { step: row.step as number }),
    value: JSON.parse(row.value as string),
    ...(row.bytes === null || row.bytes === undefined ? {} : { bytes: toBytes(row.bytes) }),
    rows: row.rows as number,
    dt: row.dt as number,
    dtEnd: row.dt_end as number,
    node: decodeText(row.node as string),
    userid: decodeText(row.userid as string),
  };
}

/** A row of either database's parts. */
export function toLivePart(row: SqlRecord): LivePart {
  return {
    key: decodeText(row.key as string),
    level: row.level as number,
    posFrom: row.pos_from as number,
    posTo: row.pos_to as number,
    rows: row.rows as number,
    dt: row.dt as number,
    dtEnd: row.dt_end as number,
    cutBefore: row.cut_before as number,
  };
}

/** Rows of either database's monitors, in order. */
export function toMonitors(rows: readonly SqlRecord[]): StoredMonitor[] {
  const monitors = rows.map((row) => ({
    monitor: decodeText(row.name as string),
    key: decodeText(row.key as string),
    version: row.version as number,
    seq: row.seq as number,
    cursor: row.cursor as number,
    captured: row.captured as number,
    tick: row.tick as number,
  }));
  return monitors.sort((left, right) => (left.monitor < right.monitor ? -1 : 1));
}
