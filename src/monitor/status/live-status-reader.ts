import { missingForCalibration } from '../../drift/calibration/calibration.js';
import type { ComparisonSettings } from '../../drift/compare-options.js';
import { unmatchedColumns } from '../../drift/compare-options.js';
import { DriftStats } from '../../drift/drift-stats.js';
import type { Clock } from '../../leaves/clock.js';
import type { MonitorHead } from '../../tracking/window-commit.js';
import type { AlertDesk } from '../alerting/alert-desk.js';
import type { Baselines } from '../baseline/baselines.js';
import type { MonitorLog } from '../log/monitor-log.js';
import { historyOf, type WindowReader } from '../window/window.js';
import type { Standing } from './live-status.js';
import { latestRemarks } from './remarks.js';

/** What reading a monitor's standing needs. */
export interface StandingReaderOptions {
  readonly log: MonitorLog;
  readonly windows: WindowReader;
  readonly baselines: Baselines;
  readonly desk: AlertDesk;
  readonly standing: Standing;
  readonly clock: Clock;
  readonly comparison: ComparisonSettings;
  readonly periodMs: number | undefined;
  /** Writes what this process holds, so that it is counted once. */
  readonly prepare: () => Promise<void>;
  readonly readHead: () => Promise<MonitorHead>;
}

/** Reads from the log how a monitor stands, so that all replicas say the same, whoever captured. */
export class StandingReader {
  readonly #options: StandingReaderOptions;
  /** The head's version that the latest verdict was read with. */
  #version: number | undefined;
  /** Rows of the open window at the last look, to see whether any came to another replica. */
  #stored = 0;

  constructor(options: StandingReaderOptions) {
    this.#options = options;
  }

  /** Reads all of it anew. */
  async read(): Promise<void> {
    this.#version = undefined;
    await this.keepUp();
  }

  /** Counts the rows of the open window, and reads the latest verdict where there may be a new one. */
  async keepUp(): Promise<void> {
    const { standing, windows, clock, prepare, readHead } = this.#options;
    await prepare();
    const noted = standing.windowRows;
    const head = await readHead();
    const stored = await windows.rowsSince(head);
    // Rows that came in meanwhile are not in what was read.
    standing.windowRows += stored - noted;
    standing.trouble = undefined;
    if (this.#version !== head.version) await this.#readVerdict(head);
    else if (stored > this.#stored) standing.noteTraffic(clock.now());
    this.#version = head.version;
    this.#stored = stored;
  }

  async #readVerdict(head: MonitorHead): Promise<void> {
    const { standing, baselines, windows, log, periodMs } = this.#options;
    standing.drifted = [];
    standing.driftedSegments = [];
    standing.noteRemarks((await latestRemarks(log)) ?? { verdict: 'no drift', notCompared: [], complaints: [] });
    await this.#readLatestWindow(head);
    if (head.captured < baselines.firstTarget) return;
    const options = { limit: 1, withBytes: false } as const;
    for await (const { value } of log.latest('drift', options, { steps: [head.captured] })) {
      const stats = DriftStats.fromJSON({ ...(value as object), rows: [] } as never);
      standing.drifted = (value as { drifted?: string[] }).drifted ?? [];
      standing.driftedSegments = stats.driftedSegments;
      standing.verdict = 'drift';
    }
    const judged = await windows.kept(head.captured);
    const baseline = judged && (await baselines.of(head.captured, judged.window));
    standing.hadBaseline = baseline !== undefined;
    standing.uncalibrated = baseline === undefined ? [] : missingForCalibration(historyOf(baseline), periodMs);
    if (judged !== undefined) this.#readComplaints(judged.profile.columnNames);
  }

  /** When the latest window was judged, and when its last row came. */
  async #readLatestWindow({ captured }: MonitorHead): Promise<void> {
    const { log, standing, clock } = this.#options;
    for await (const { dt, value } of log.latest('snapshot', { limit: 1, withBytes: false }, { steps: [captured] })) {
      standing.comparedAt = Math.max(dt, standing.comparedAt ?? 0);
      const { to } = (value ?? {}) as { readonly to?: unknown };
      if (typeof to === 'number') standing.noteTraffic(Math.min(to, clock.now()));
    }
  }

  #readComplaints(columns: readonly string[]): void {
    const { desk, standing, comparison } = this.#options;
    desk.noteColumns(columns);
    if (standing.complaints.length === 0) standing.complaints = unmatchedColumns(comparison.columns, columns);
  }
}
