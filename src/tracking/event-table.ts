import type { EventKind } from './event.js';
import type { Extra } from './logged-value.js';

/** One event, as a query of the log returns it. */
export interface EventRow {
  readonly experiment: string;
  readonly run: number;
  readonly event: EventKind;
  /** The subject of the event: the model of a predict call, the name of a metric, the monitor of a drift event. */
  readonly key: string;
  readonly step: number | undefined;
  /** For a predict call `{ X, Y, latencyMs, status, requestId }` with X and Y as rows; otherwise the logged value. */
  readonly value: unknown;
  /** The time of the event. */
  readonly dt: Date;
  readonly node: string;
  readonly userid: string;
  /** The run that was active when the event was logged. */
  readonly parent: number | undefined;
  /** Values that were logged in addition to the value; see `logExtra`. */
  readonly extra: Extra;
}

/** The result of a query: events in the order of the log. */
export class EventTable implements Iterable<EventRow> {
  readonly rows: readonly EventRow[];

  constructor(rows: readonly EventRow[]) {
    this.rows = rows;
  }

  /** The number of events. */
  get length(): number {
    return this.rows.length;
  }

  /** The names of a row's fields. */
  get columns(): string[] {
    return [
      'experiment',
      'run',
      'event',
      'key',
      'step',
      'value',
      'dt',
      'node',
      'userid',
      'parent',
      'extra',
    ];
  }

  [Symbol.iterator](): Iterator<EventRow> {
    return this.rows[Symbol.iterator]();
  }

  /** The rows, for `JSON.stringify`. */
  toJSON(): readonly EventRow[] {
    return this.rows;
  }
}
