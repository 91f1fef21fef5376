import type { Clock } from '../leaves/clock.js';
import type { EventKind } from './event.js';
import { type DataQuery, timeOf } from './event-query.js';
import type { EntryFilter } from './log-entry.js';
import { fromStored } from './logged-value.js';
import type { TrackingStore } from './store.js';

/** A metric in figures. Values that are not numbers are only in `count`. */
export interface MetricSummary {
  readonly key: string;
  readonly count: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

/** The content of a log in figures. */
export interface LogSummary {
  readonly experiment: string;
  /** The highest run so far. */
  readonly runs: number;
  /** The number of events by kind. Every predict call is one event. */
  readonly events: Readonly<Partial<Record<EventKind, number>>>;
  /** The number of rows of predict calls. */
  readonly rows: number;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly metrics: readonly MetricSummary[];
}

/** Summarises a log in one pass, without reading rows. */
export async function summarise(
  store: TrackingStore,
  experiment: string,
  query: Pick<DataQuery, 'since' | 'end'>,
  clock: Clock,
): Promise<LogSummary> {
  const filter: EntryFilter = {
    ...(query.since !== undefined && { since: timeOf('since', query.since, clock) }),
    ...(query.end !== undefined && { end: timeOf('end', query.end, clock) }),
  };
  const events = new Map<EventKind, number>();
  const metrics = new Map<string, number[]>();
  let rows = 0;
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for await (const entry of store.query(experiment, filter, { withBytes: false })) {
    events.set(entry.event, (events.get(entry.event) ?? 0) + entry.runs);
    rows += entry.event === 'predict' ? entry.rows : 0;
    from = Math.min(from, entry.dt);
    to = Math.max(to, entry.dtEnd);
    if (entry.event === 'metric') {
      const values = metrics.get(entry.key) ?? [];
      metrics.set(entry.key, values);
      values.push(fromStored(entry.value, undefined).value as number);
    }
  }
  const { run: runs } = await store.head(experiment);
  return {
    experiment,
    runs,
    events: Object.fromEntries(events) as LogSummary['events'],
    rows,
    from: Number.isFinite(from) ? new Date(from) : null,
    to: Number.isFinite(to) ? new Date(to) : null,
    metrics: [...metrics].map(([key, values]) => metricOf(key, values)),
  };
}

function metricOf(key: string, values: readonly unknown[]): MetricSummary {
  const numbers = values.filter(
    (value): value is number => typeof value === 'number' && Number.isFinite(value),
  );
  if (numbers.length === 0) {
    return { key, count: values.length, first: null, last: null, min: null, max: null, mean: null };
  }
  return {
    key,
    count: values.length,
    first: numbers[0] as number,
    last: numbers.at(-1) as number,
    min: numbers.reduce((a, b) => Math.min(a, b)),
    max: numbers.reduce((a, b) => Math.max(a, b)),
    mean: numbers.reduce((sum, value) => sum + value / numbers.length, 0),
  };
}
