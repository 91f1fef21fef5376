import type { Incident } from '../alert/incident.js';
import { type AlertRule, checkRules } from '../alert/rule.js';
import type { DriftStats } from '../drift/drift-stats.js';
import type { DriftRow } from '../drift/verdict/drift-row.js';
import { Lazy } from '../leaves/async.js';
import { LeewayError } from '../leaves/errors.js';
import type { Profile } from '../profile/profile.js';
import type { ReportFormat } from '../report/report.js';
import type { Job } from '../schedule/job.js';
import type { EventTable } from '../tracking/event-table.js';
import type { DriftRowFilter } from './alerting/rule-narrowing.js';
import type { BaselineDescription } from './baseline/baselines.js';
import { type MonitorKind, monitorName } from './log/monitor-kind.js';
import type { Proposal } from './log/version-records.js';
import type { CaptureQuery, CaptureResult, MonitorEngine } from './monitor-engine.js';
import type { DriftMonitorOptions } from './monitor-options.js';
import type { Backtest } from './read/backtest.js';
import type { CalibrationReport } from './read/calibration-report.js';
import type { CompareQuery } from './read/comparisons.js';
import type { MonitorExplanation } from './read/explanations.js';
import type { MonitorEventQuery } from './readable-monitor.js';
import { LiveStatus } from './status/live-status.js';
import type { MonitorStatus } from './status/state.js';
import type { DescribedSnapshot } from './window/described-snapshots.js';
import type { SnapshotQuery } from './window/snapshot-query.js';
import type { DataInHand } from './window/tables.js';

export type { CaptureQuery, CaptureResult } from './monitor-engine.js';
export type { MonitorExplanation } from './read/explanations.js';

/**
 * Watches one model of an experiment, or data that is logged under a name. It takes snapshots of what was recorded, compares
 * them with the baseline, and raises alerts. Its state is in the log, so it continues after a restart where it was.
 *
 * Its engine compares and reports, and is most of leeway's code. The engine is loaded when it is first needed, so that a
 * server starts without it.
 */
export class DriftMonitor {
  readonly model: string;
  readonly kind: MonitorKind;
  /** `monitors/<experiment>/<model>`. */
  readonly name: string;
  readonly #options: DriftMonitorOptions;
  readonly #live: LiveStatus;
  readonly #engine: Lazy<MonitorEngine>;
  #job: Job | undefined;

  /**
   * @throws LeewayError `ERR_LEEWAY_OPTION` if a rule is wrong.
   * @internal
   */
  constructor(options: DriftMonitorOptions) {
    const { model, kind = 'model', log, rules, comparison, clock } = options;
    if (rules !== undefined)
      checkRules(
        rules,
        (comparison?.statistics ?? []).map(({ key }) => key),
      );
    this.model = model;
    this.kind = kind;
    this.name = monitorName(log.experiment, model);
    this.#options = options;
    const live = new LiveStatus(clock.now());
    this.#live = live;
    this.#engine = new Lazy(async () => {
      const { MonitorEngine } = await import('./monitor-engine.js');
      return new MonitorEngine({ ...options, ...(await options.profiling()) }, live);
    });
  }

  /** The scheduled captures: start, stop, runNow, status, history. */
  get job(): Job {
    if (this.#job === undefined)
      throw new LeewayError('ERR_LEEWAY_STATE', 'this monitor has no job');
    return this.#job;
  }

  /**
   * Gives the monitor its job.
   * @internal
   */
  attach(job: Job): void {
    this.#job = job;
  }

  /** The monitor's state, as far as this process knows it. Synchronous and cheap. */
  status(): MonitorStatus {
    // Whether ticks of a schedule are planned.
    const isTicking = typeof this.#job?.status().next === 'number';
    return this.#engine.value?.status(isTicking) ?? this.#unreadStatus();
  }

  /** The number of snapshots when the log was last read. */
  get length(): number {
    return this.#engine.value?.length ?? 0;
  }

  /**
   * Counts rows that were just recorded, for `status()`.
   * @internal
   */
  noteRows(rows: number): void {
    this.#live.noteRows(rows, this.#options.clock.now());
  }

  /**
   * Notes that a tick was captured by another replica.
   * @internal
   */
  noteSettled(): void {
    this.#live.noteSettled(this.#options.clock.now());
  }

  /**
   * Notes that the store answers again. The next read shows whether the log can be read.
   * @internal
   */
  noteAnswer(): void {
    this.#live.trouble = undefined;
  }

  /**
   * Notes that the log could not be read.
   * @internal
   */
  noteTrouble(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#live.trouble = { why, at: this.#options.clock.now() };
  }

  /**
   * Reads the monitor's state from the log. Call it once at the start; captures keep the state up to date.
   * @internal
   */
  async refresh(): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).refresh();
  }

  /**
   * Checks whether another replica captured, or received rows. Call it about once a minute.
   * @internal
   */
  async keepUp(): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).keepUp();
  }

  /**
   * The number of rows that the next cut needs, as of the last read of the log.
   * @internal
   */
  async neededRows(): Promise<number> {
    return (this.#engine.value ?? (await this.#engine.get())).neededRows;
  }

  /**
   * Takes a snapshot: of everything recorded since the last one, of given tables, or of logged calls. It is taken however few
   * rows there are. The first snapshot is the baseline, unless another baseline is chosen.
   *
   * @param query what is in the snapshot, and how it is made. For a monitor of data it may be the data: rows, or a list of values.
   * @returns the snapshot's number. With `logged: false` the profile, and nothing is written. With `ignoreEmpty` and no rows `undefined`.
   * @throws LeewayError `ERR_LEEWAY_OPTION` if the query is wrong, `ERR_LEEWAY_STATE` if its rows are no longer stored.
   */
  snapshot(query: SnapshotQuery & { readonly logged: false }): Promise<Profile>;
  snapshot(query: SnapshotQuery & { readonly ignoreEmpty: true }): Promise<number | undefined>;
  snapshot(query?: SnapshotQuery | readonly unknown[] | ArrayLike<number>): Promise<number>;
  async snapshot(
    given: SnapshotQuery | readonly unknown[] | ArrayLike<number> = {},
  ): Promise<Profile | number | undefined> {
    return (this.#engine.value ?? (await this.#engine.get())).snapshot(given);
  }

  /**
   * Does the work of a tick. If rows arrived since the last snapshot, and no snapshot was taken by hand, it takes one. It
   * compares the snapshot with the baseline, logs a `drift` event if there is drift, applies the rules, and has their alerts
   * delivered. A window with fewer than `minRows` rows (a first baseline: ten times as many) stays open and grows.
   */
  async capture(query: CaptureQuery = {}): Promise<CaptureResult> {
    return (this.#engine.value ?? (await this.#engine.get())).capture(query);
  }

  /** The number of rows in the log since the last cut. */
  async pendingRows(): Promise<number> {
    return (this.#engine.value ?? (await this.#engine.get())).pendingRows();
  }

  /**
   * Compares snapshots, or given data. Nothing is logged, so repeated calls give equal answers.
   *
   * @param query what is compared, and how. @default the two latest snapshots
   * @returns the comparison. Several pairs are in one table; `pairs` has each of them.
   * @throws LeewayError `ERR_LEEWAY_OPTION` if the query is wrong, `ERR_LEEWAY_STATE` if a snapshot does not exist.
   *
   * @example
   * await monitor.compare({ seq: 'series' }); // each snapshot with the one before
   * await monitor.compare({ current: { X: rows } }); // rows with the baseline
   */
  async compare(query: CompareQuery = {}): Promise<DriftStats> {
    return (this.#engine.value ?? (await this.#engine.get())).compare(query);
  }

  /**
   * One row per column of a comparison, drifted columns first.
   *
   * @param query as for `compare`, by default the latest snapshot with the baseline. `column` and `statistic` select rows.
   */
  async summary(query: CompareQuery & DriftRowFilter = {}): Promise<DriftRow[]> {
    return (this.#engine.value ?? (await this.#engine.get())).summary(query);
  }

  /**
   * Explains a column of the latest comparison with the baseline: what changed most, with which column its correlation changed
   * most, in which window the change was first seen, and runs that show it.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` if there is nothing to compare yet, `ERR_LEEWAY_OPTION` if there is no such column.
   */
  async explain(column: string): Promise<MonitorExplanation> {
    return (this.#engine.value ?? (await this.#engine.get())).explain(column);
  }

  /**
   * The report of the latest snapshot, compared with the baseline as its capture did.
   *
   * @param options.format `html`: one self-contained page; `md`: for a pull request; `json`. @default 'html'
   * @throws LeewayError `ERR_LEEWAY_STATE` if there is nothing to compare yet.
   */
  async report(options: { readonly format?: ReportFormat } = {}): Promise<string> {
    return (this.#engine.value ?? (await this.#engine.get())).report(options);
  }

  /**
   * The monitor's events from the log. Comparisons that found drift, or led to alerts, are `DriftStats` as they were then.
   * Snapshots and states are a table.
   *
   * @param query.run −1: the latest that matches. `column` and `statistic` select rows of comparisons.
   */
  events(event: 'drift' | 'alert', query?: MonitorEventQuery): Promise<DriftStats>;
  events(event: 'snapshot' | 'state', query?: MonitorEventQuery): Promise<EventTable>;
  async events(
    event: 'drift' | 'alert' | 'snapshot' | 'state',
    query: MonitorEventQuery = {},
  ): Promise<DriftStats | EventTable> {
    return (this.#engine.value ?? (await this.#engine.get())).events(event as never, query);
  }

  /** All snapshots in figures, oldest first. @param query.since only snapshots that end at or after this time. */
  async data(
    query: { readonly since?: Date | number | string } = {},
  ): Promise<DescribedSnapshot[]> {
    return (this.#engine.value ?? (await this.#engine.get())).data(query);
  }

  /** The profile of a snapshot, for instance for `baseline` or `pin` elsewhere. @param seq its number; negative numbers count back. */
  async profile(seq = -1): Promise<Profile> {
    return (this.#engine.value ?? (await this.#engine.get())).profile(seq);
  }

  /** The profile that windows are compared with; `undefined` if there is none yet. */
  async baseline(): Promise<Profile | undefined> {
    return (this.#engine.value ?? (await this.#engine.get())).baseline();
  }

  /** The baseline in figures: its source, its number of rows, its age. `undefined` if there is none yet. */
  async baselineInfo(): Promise<BaselineDescription | undefined> {
    return (this.#engine.value ?? (await this.#engine.get())).baselineInfo();
  }

  /**
   * Pins another baseline, whatever the options are: a profile, data, or a snapshot by its number. The pin is logged, and
   * `unpin` undoes it.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` if it has no rows, `ERR_LEEWAY_STATE` if there is no such snapshot.
   */
  async pin(baseline: Profile | number | DataInHand): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).pin(baseline);
  }

  /** Removes a pin: the baseline is again that of the options. @throws LeewayError `ERR_LEEWAY_STATE` if none is pinned by hand. */
  async unpin(): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).unpin();
  }

  /**
   * One proposal per version of the model that is newer than the baseline: should the version's own first window be its
   * baseline? Until somebody decides, its inputs are compared with the present baseline, and its outputs with nothing.
   */
  async proposals(): Promise<readonly Proposal[]> {
    return (this.#engine.value ?? (await this.#engine.get())).proposals();
  }

  /** Compares a version with its own first window from now on. The decision is logged, and `reject` undoes it. @param id of the proposal. */
  async accept(id: string): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).accept(id);
  }

  /** Compares a version, outputs too, with the present baseline. The decision is logged, and `accept` undoes it. @param id of the proposal. */
  async reject(id: string): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).reject(id);
  }

  /** The incidents that are open, oldest first. */
  async incidents(): Promise<readonly Incident[]> {
    return (this.#engine.value ?? (await this.#engine.get())).incidents();
  }

  /**
   * Acknowledges an incident. From then on alerts are raised only for a higher severity, and at its end.
   *
   * @param incident its id, as in alerts and `incidents()`.
   * @param options.by who acknowledges it.
   * @throws LeewayError `ERR_LEEWAY_STATE` if no open incident has this id.
   */
  async acknowledge(incident: string, options: { readonly by?: string } = {}): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).acknowledge(incident, options);
  }

  /**
   * Snoozes an incident. For this duration an alert is raised only at its end.
   *
   * @param duration such as `'6h'`.
   * @throws LeewayError `ERR_LEEWAY_OPTION` if it is not a duration, `ERR_LEEWAY_STATE` if no open incident has this id.
   */
  async snooze(incident: string, duration: string): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).snooze(incident, duration);
  }

  /**
   * Replays stored snapshots through rules: when would the rules have fired, and how often per month? Nothing is logged, and no
   * alert is raised.
   *
   * @param rules the rules to try. @default the monitor's own
   * @param options.since from this time on: a date, epoch ms, or a duration back from now. @default all snapshots
   * @throws LeewayError `ERR_LEEWAY_OPTION` if a rule or a time is wrong.
   */
  async backtest(
    rules?: readonly AlertRule[],
    options: { readonly since?: Date | number | string } = {},
  ): Promise<Backtest> {
    return (this.#engine.value ?? (await this.#engine.get())).backtest(rules, options);
  }

  /**
   * What this monitor promises and detects: whether its rate of false alarms also holds for dependent rows and seasons, what is
   * missing until then, and the smallest shift that it detects.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` if there is no baseline yet.
   */
  async calibration(): Promise<CalibrationReport> {
    return (this.#engine.value ?? (await this.#engine.get())).calibration();
  }

  /**
   * Starts again without snapshots, baseline, incidents and pins. Events stay in the log as history. Rows that were recorded
   * before are in no window.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` without `force: true`.
   */
  async clear(options: { readonly force?: boolean } = {}): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).clear(options);
  }

  /** What is known before the log was read. */
  #unreadStatus(): MonitorStatus {
    const { windowRows, trouble } = this.#live;
    return {
      model: this.model,
      state: trouble === undefined ? 'learning' : 'failing',
      reasons: [trouble === undefined ? 'reading the log' : trouble.why],
      calibrated: false,
      snapshots: 0,
      windowRows,
      drifted: [],
      driftedSegments: [],
      pendingVersions: [],
      comparedAt: null,
    };
  }
}
