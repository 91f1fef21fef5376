import { defined } from '../leaves/defined.js';
import type { EventKind } from './event.js';
import type { DataQuery } from './event-query.js';
import type { EventTable } from './event-table.js';

/** Which pieces to restore. */
export interface RestoreQuery extends Omit<DataQuery, 'key' | 'event'> {
  readonly event?: EventKind | readonly EventKind[];
  /** For predict and fit calls: only those of this model. */
  readonly model?: string;
}

/** A logged value, with its place in the log. */
export interface DataPiece {
  readonly key: string;
  readonly run: number;
  readonly step: number | undefined;
  readonly dt: Date;
  readonly value: unknown;
}

/** What restoring needs of a log. */
interface Readable {
  data(query: DataQuery): Promise<EventTable>;
}

/** Reads logged values. For calls `key` is the side, `'X'` or `'Y'`; for other events it is the key that they were logged under. */
export async function restoreValues(
  log: Readable,
  key: string | undefined,
  { model, ...query }: RestoreQuery,
): Promise<DataPiece[]> {
  const events = Array.isArray(query.event) ? query.event : [query.event];
  const ofCalls = events.every((event) => event === 'predict' || event === 'fit');
  const keys = ofCalls ? model : key;
  const table = await log.data({ ...query, ...defined({ key: keys }) });
  return table.rows.map(({ key: own, run, step, dt, value }) => {
    const side = ofCalls && key !== undefined ? (value as Record<string, unknown>)[key] : value;
    return { key: own, run, step, dt, value: side };
  });
}
