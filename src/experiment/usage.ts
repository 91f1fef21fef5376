import { yieldToEventLoop } from '../leaves/async.js';
import type { Clock } from '../leaves/clock.js';
import { isDamaged } from '../leaves/errors.js';
import { QuantileSketch } from '../sketch/quantile-sketch.js';
import type { ChunkCall } from '../tracking/chunk.js';
import { type DataQuery, timeOf } from '../tracking/event-query.js';
import type { EntryFilter, LogEntry } from '../tracking/log-entry.js';
import { callsOf } from '../tracking/logged-rows.js';
import type { TrackingStore } from '../tracking/store.js';

/** Which calls count. */
export interface UsageQuery extends Pick<DataQuery, 'since' | 'end' | 'key'> {
  /** Shares of calls that were at most so slow are asked for. @default [.25, .5, .75, .95, .99] */
  readonly percentiles?: readonly number[];
}

/** How one model was used. */
export interface ModelUsage {
  readonly model: string;
  readonly calls: number;
  readonly rows: number;
  readonly from: Date;
  readonly to: Date;
  /** Milliseconds from a request's arrival to its answer; `null` where nobody measured. */
  readonly latencyMs: LatencySummary | null;
  /** Calls a minute, from the first call to the end of the last; `null` for a single call that took no time. */
  readonly callsPerMinute: number | null;
  /**
   * Time spent in calls, divided by the time that passed: 1 is one call at every moment, 2 two at once. `null` as above.
   */
  readonly utilisation: number | null;
}

/** Latencies in figures. Percentiles are exact up to 2,048 calls, and within 0.3 % of rank beyond. */
export interface LatencySummary {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly percentiles: readonly (readonly [share: number, ms: number])[];
}

const PERCENTILES = [0.25, 0.5, 0.75, 0.95, 0.99] as const;
/** Latency, throughput and utilisation of each model, from the calls in the log; most used first. */
export async function usageOf(
  store: TrackingStore,
  experiment: string,
  { since, end, key, percentiles = PERCENTILES }: UsageQuery,
  clock: Clock,
): Promise<ModelUsage[]> {
  const bounds = {
    since: since === undefined ? Number.NEGATIVE_INFINITY : timeOf('since', since, clock),
    end: end === undefined ? Number.POSITIVE_INFINITY : timeOf('end', end, clock),
  };
  const filter: EntryFilter = {
    events: ['predict'],
    ...(key !== undefined && { keys: typeof key === 'string' ? [key] : [...key] }),
    ...(since !== undefined && { since: bounds.since }),
    ...(end !== undefined && { end: bounds.end }),
  };
  const tallies = new Map<string, Tally>();
  for await (const entry of store.query(experiment, filter)) {
    const tally = tallies.get(entry.key) ?? new Tally();
    tallies.set(entry.key, tally);
    for (const call of readableCalls(entry)) {
      if (call.at >= bounds.since && call.at < bounds.end)
        tally.add(call.rows, call.at, call.latencyMs);
    }
    await yieldToEventLoop();
  }
  const used = [...tallies].filter(([, tally]) => tally.calls > 0);
  return used
    .map(([model, tally]) => tally.usage(model, percentiles))
    .sort((a, b) => b.calls - a.calls);
}

/** The calls of an entry; none where it is damaged. */
function readableCalls(entry: LogEntry): readonly ChunkCall[] {
  try {
    return callsOf(entry)?.calls ?? [];
  } catch (error) {
    if (isDamaged(error)) return [];
    throw error;
  }
}

class Tally {
  calls = 0;
  #rows = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;
  #busyMs = 0;
  readonly #latencies = new QuantileSketch();

  add(rows: number, at: number, latencyMs: number): void {
    this.calls += 1;
    this.#rows += rows;
    this.#from = Math.min(this.#from, at);
    this.#to = Math.max(this.#to, at + (latencyMs >= 0 ? latencyMs : 0));
    if (!Number.isFinite(latencyMs)) return;
    this.#latencies.update(latencyMs);
    this.#busyMs += latencyMs;
  }

  usage(model: string, percentiles: readonly number[]): ModelUsage {
    const spanMs = this.#to - this.#from;
    const { count, min, max } = this.#latencies;
    return {
      model,
      calls: this.calls,
      rows: this.#rows,
      from: new Date(this.#from),
      to: new Date(this.#to),
      latencyMs:
        count === 0
          ? null
          : {
              mean: this.#busyMs / count,
              min,
              max,
              percentiles: percentiles.map(
                (share) => [share, this.#latencies.quantile(share)] as const,
              ),
            },
      callsPerMinute: spanMs > 0 ? (this.calls * 60_000) / spanMs : null,
      utilisation: spanMs > 0 && count > 0 ? this.#busyMs / spanMs : null,
    };
  }
}
