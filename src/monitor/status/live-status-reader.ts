import { missingForCalibration } from '../../drift/calibration/calibration.js';
import type { ComparisonSettings } from '../../drift/compare-options.js';
import { unmatchedColumns } from '../../drift/compare-options.js';
import { DriftStats } from '../../drift/drift-stats.js';
import type { Clock } from '../../leaves/clock.js';
import type { MonitorHead } from '../../tracking/window-commit.js';
import type { AlertDesk } from '../alerting/alert-desk.js';
import type { Baselines } from '../baseline/baselines.js';
import type { MonitorLog } from '../log/monitor-log.js';
import type { LoggedState } from '../log/monitor-state.js';
import { historyOf, type WindowReader } from '../window/window.js';
import type { LiveStatus } from './live-status.js';

/** What reading a monitor's live needs. */
export interface LiveStatusReaderOptions {
  readonly log: MonitorLog;
  readonly windows: WindowReader;
  readonly baselines: Baselines;
  readonly desk: AlertDesk;
  readonly live: LiveStatus;
  readonly clock: Clock;
  readonly comparison: ComparisonSettings;
  readonly periodMs: number | undefined;
  /** Writes what this process holds, so that it is counted once. */
  readonly prepare: () => Promise<void>;
}

/** Reads from the log how a monitor stands, so that all replicas say the same, whoever captured. */
export class LiveStatusReader {
  readonly #options: LiveStatusReaderOptions;
  /** The head's version that the latest verdict was read with. */
  #version: number | undefined;
  /** Rows of the open window at the last look, to see whether any came to another replica. */
  #stored = 0;

  constructor(options: LiveStatusReaderOptions) {
    this.#options = options;
  }

  /** Reads all of it anew. */
  async read(): Promise<void> {
    this.#version = undefined;
    await this.keepUp();
  }

  /** Counts the rows of the open window, and reads the latest verdict where there may be a new one. */
  async keepUp(): Promise<void> {
    const { log, live, windows, clock, prepare } = this.#options;
    await prepare();
    const noted = live.windowRows;
    const state = await log.readState();
    const { head } = state;
    const stored = await windows.rowsSince(head);
    // Rows that came in meanwhile are not in what was read.
    live.windowRows += stored - noted;
    live.trouble = undefined;
    if (this.#version !== head.version) await this.#readVerdict(state);
    else if (stored > this.#stored) live.noteTraffic(clock.now());
    this.#version = head.version;
    this.#stored = stored;
  }

  async #readVerdict(state: LoggedState): Promise<void> {
    const { head, remarks } = state;
    const { live, baselines, windows, log, periodMs } = this.#options;
    live.drifted = [];
    live.driftedSegments = [];
    live.noteRemarks(remarks ?? { verdict: 'no drift', notCompared: [], complaints: [] });
    await this.#readLatestWindow(head);
    if (head.captured < baselines.firstCompared(state)) return;
    const options = { limit: 1, withBytes: false } as const;
    for await (const { value } of log.latest('drift', options, { steps: [head.captured] })) {
      const stats = DriftStats.fromJSON({ ...(value as object), rows: [] } as never);
      live.drifted = (value as { drifted?: string[] }).drifted ?? [];
      live.driftedSegments = stats.driftedSegments;
      live.verdict = 'drift';
    }
    const judged = await windows.kept(head.captured);
    const baseline = judged && (await baselines.of(state, head.captured, judged.window));
    live.hadBaseline = baseline !== undefined;
    live.uncalibrated =
      baseline === undefined ? [] : missingForCalibration(historyOf(baseline), periodMs);
    if (judged !== undefined) this.#readComplaints(judged.profile.columnNames);
  }

  /** When the latest window was judged, and when its last row came. */
  async #readLatestWindow({ captured }: MonitorHead): Promise<void> {
    const { log, live, clock } = this.#options;
    for await (const { dt, value } of log.latest(
      'snapshot',
      { limit: 1, withBytes: false },
      { steps: [captured] },
    )) {
      live.comparedAt = Math.max(dt, live.comparedAt ?? 0);
      const { to } = (value ?? {}) as { readonly to?: unknown };
      if (typeof to === 'number') live.noteTraffic(Math.min(to, clock.now()));
    }
  }

  #readComplaints(columns: readonly string[]): void {
    const { desk, live, comparison } = this.#options;
    desk.noteColumns(columns);
    if (live.complaints.length === 0)
      live.complaints = unmatchedColumns(comparison.columns, columns);
  }
}
