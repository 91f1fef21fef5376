import type { EventKind } from './event.js';
import type { Extra } from './logged-value.js';

/** One event, as a query of the log gives it back. */
export interface EventRow {
  readonly experiment: string;
  readonly run: number;
  readonly event: EventKind;
  /** What it is about: the model of a predict call, the name of a metric, the monitor of a drift event. */
  readonly key: string;
  readonly step: number | undefined;
  /** Of a predict call `{ X, Y, latencyMs, status, requestId }` with X and Y as rows; else what was logged. */
  readonly value: unknown;
  /** When it happened. */
  readonly dt: Date;
  readonly node: string;
  readonly userid: string;
  /** The run it was made inside of. */
  readonly parent: number | undefined;
  /** What was said of it beside its value; see `logExtra`. */
  readonly extra: Extra;
}

/** The answer of a query: events in the order of the log. */
export class EventTable implements Iterable<EventRow> {
  readonly rows: readonly EventRow[];

  constructor(rows: readonly EventRow[]) {
    this.rows = rows;
  }

  /** How many events. */
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
