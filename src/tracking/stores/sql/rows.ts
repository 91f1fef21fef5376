import type { LogEntry } from '../../log-entry.js';
import type { Prediction } from '../../prediction.js';
import type { StoredMonitor } from '../../restored.js';
import type { LivePart, WindowPart } from '../../window-part.js';
import { decodeText } from '../encode-text.js';

export type SqlValue = string | number | null | Uint8Array;
/** A row by the names of its columns, which are ours and alike in all databases. */
export type SqlRow = Record<string, SqlValue>;

/** A payload as a plain `Uint8Array` of its own memory. */
export function toBytes(value: unknown): Uint8Array {
  const bytes = value as Uint8Array;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** About the memory that a row takes. */
export function rowSize(row: SqlRow): number {
  const bytes = row.bytes as Uint8Array | null | undefined;
  return (bytes?.byteLength ?? 0) + ((row.value as string | undefined)?.length ?? 0);
}

/** A row of either database's entries. */
export function toEntry(experiment: string, row: SqlRow): LogEntry {
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

/** A row of either database's parts, with its bytes. */
export function toPart(row: SqlRow): WindowPart {
  return {
    level: row.level as number,
    posFrom: row.pos_from as number,
    posTo: row.pos_to as number,
    rows: row.rows as number,
    dt: row.dt as number,
    dtEnd: row.dt_end as number,
    bytes: toBytes(row.bytes),
  };
}

/** A row of either database's predictions. */
export function toPrediction(row: SqlRow): Prediction {
  return {
    key: decodeText(row.key as string),
    id: decodeText((row.name ?? row.id) as string),
    run: row.run as number,
    value: JSON.parse(row.value as string),
    dt: row.dt as number,
    ...(row.version !== null && { version: decodeText(row.version as string) }),
  };
}

/** A row of either database's parts, without its bytes. */
export function livePartOfRow(row: SqlRow): LivePart {
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
export function toMonitors(rows: readonly SqlRow[]): StoredMonitor[] {
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
