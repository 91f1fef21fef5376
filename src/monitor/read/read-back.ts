import { DriftStats } from '../../drift/drift-stats.js';
import type { ComparedProfiles, DriftStatsJson } from '../../drift/drift-stats-json.js';
import type { EventRow } from '../../tracking/event-table.js';
import type { LogEntry } from '../../tracking/log-entry.js';
import type { DriftRowFilter } from '../alerting/rule-narrowing.js';
import { isSound, type MonitorLog } from '../log/monitor-log.js';
import type { Snapshot } from '../window/window.js';

/** Where the profiles of a comparison that was logged are found. */
export interface ReadBackContext {
  readonly log: MonitorLog;
  readonly kept: (seq: number) => Promise<Snapshot | undefined>;
  /** What a snapshot was compared with. */
  readonly baseline: (current: Snapshot) => Promise<Snapshot | undefined>;
}

/**
 * The comparisons of the runs that events are of, as they were logged, oldest first, with their profiles where these are still what was
 * compared. An alert whose run logged none is about a drift that is over, or about no drift.
 */
export async function readBack(
  events: readonly EventRow[],
  choice: DriftRowFilter,
  context: ReadBackContext,
): Promise<DriftStats> {
  const { log } = context;
  const entries: LogEntry[] = [];
  for (const run of new Set(events.map((event) => event.run))) {
    const filter = { events: ['drift'], keys: [log.model], runFrom: run, runTo: run } as const;
    for await (const entry of log.query(filter, { withBytes: false }))
      if (isSound(entry)) entries.push(entry);
  }
  const pairs: DriftStats[] = [];
  for (const { value } of entries) {
    const json = value as unknown as DriftStatsJson;
    const rows = json.rows.filter(
      (row) =>
        (choice.column === undefined || row.column === choice.column) &&
        (choice.statistic === undefined ||
          row.statistic === choice.statistic ||
          row.statistic === 'mean'),
    );
    pairs.push(DriftStats.fromJSON({ ...json, rows }, await profilesOf(json, context)));
  }
  return pairs.length === 0 ? DriftStats.none() : DriftStats.series(pairs);
}

async function profilesOf(
  json: DriftStatsJson,
  { kept, baseline }: ReadBackContext,
): Promise<ComparedProfiles | undefined> {
  const { baseline: from, current: to } = json.windows;
  const later = to.seq === null ? undefined : await kept(to.seq);
  if (later === undefined) return undefined;
  const before = from.seq === null ? await baseline(later) : await kept(from.seq);
  if (before === undefined) return undefined;
  const current =
    to.version == null ? later.profile : (later.profile.versions.get(to.version) ?? later.profile);
  const earlier =
    from.version == null
      ? before.profile
      : (before.profile.versions.get(from.version) ?? before.profile);
  // Of windows that were judged together, or a baseline that was replaced, the profiles are others.
  const isSame = current.rows === json.counts.current && earlier.rows === json.counts.baseline;
  return isSame ? { baseline: earlier, current } : undefined;
}
