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
 * Watches one model of an experiment, or data that is no model's: takes snapshots of what was recorded, compares them with the baseline, and
 * raises alerts. Everything it knows is in the log, so it goes on after a restart where it was.
 *
 * Its engine compares and reports, and is most of leeway's code. It is loaded when it is first needed, so that a server
 * that starts does not wait for it.
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
   * @throws LeewayError `ERR_LEEWAY_OPTION` where a rule is wrong.
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

  /** The monitor's state, from what this process knows: synchronous and cheap. */
  status(): MonitorStatus {
    // Whether ticks of a schedule are planned.
    const isTicking = typeof this.#job?.status().next === 'number';
    return this.#engine.value?.status(isTicking) ?? this.#unreadStatus();
  }

  /** How many snapshots there are, as of the last look at the log. */
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
   * Notes that the store answers again; whether the log can be read is seen at the next look.
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
   * Reads from the log where the monitor stands. Call it once at the start; captures keep it up to date.
   * @internal
   */
  async refresh(): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).refresh();
  }

  /**
   * Looks whether another replica captured, or rows came to one. To be called about once a minute.
   * @internal
   */
  async keepUp(): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).keepUp();
  }

  /**
   * How many rows the next cut takes, as of the last look at the log.
   * @internal
   */
  async neededRows(): Promise<number> {
    return (this.#engine.value ?? (await this.#engine.get())).neededRows;
  }

  /**
   * Takes a snapshot: of everything recorded since the last one, of tables in hand, or of calls of the log. It always cuts, however few the
   * rows. The first snapshot is the baseline, unless another is chosen.
   *
   * @param query what is taken, and how. Of a monitor of data it may be the data itself: rows, or a list of values.
   * @returns the snapshot's number; with `logged: false` the profile, and nothing is written; with `ignoreEmpty` and no rows `undefined`.
   * @throws LeewayError `ERR_LEEWAY_OPTION` where the query makes no sense, `ERR_LEEWAY_STATE` where rows are kept no longer.
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
   * The work of a tick: if rows arrived since the last snapshot and none was taken by hand, takes one; compares it with
   * the baseline; logs a `drift` event where drift was found; runs the rules; and has their alerts delivered. While a
   * window has fewer than `minRows` rows (a first baseline: ten times as many) it stays open and grows.
   */
  async capture(query: CaptureQuery = {}): Promise<CaptureResult> {
    return (this.#engine.value ?? (await this.#engine.get())).capture(query);
  }

  /** How many rows came since the last cut, by the log. */
  async pendingRows(): Promise<number> {
    return (this.#engine.value ?? (await this.#engine.get())).pendingRows();
  }

  /**
   * Compares snapshots, or data handed in. Nothing is logged, so ten calls give ten equal answers.
   *
   * @param query which, and how. @default the two latest snapshots
   * @returns the comparison; of several pairs, all of them in one table (`pairs` has each).
   * @throws LeewayError `ERR_LEEWAY_OPTION` where the query makes no sense, `ERR_LEEWAY_STATE` where there are no such snapshots.
   *
   * @example
   * await monitor.compare({ seq: 'series' }); // each snapshot with the one before
   * await monitor.compare({ current: { X: rows } }); // rows with the baseline
   */
  async compare(query: CompareQuery = {}): Promise<DriftStats> {
    return (this.#engine.value ?? (await this.#engine.get())).compare(query);
  }

  /**
   * A row per column of a comparison: those that drifted first.
   *
   * @param query as for `compare`, by default the latest snapshot with the baseline; `column` and `statistic` narrow it.
   */
  async summary(query: CompareQuery & DriftRowFilter = {}): Promise<DriftRow[]> {
    return (this.#engine.value ?? (await this.#engine.get())).summary(query);
  }

  /**
   * Explains a column of the latest comparison with the baseline: what moved most, with which column it no longer goes together, in
   * which window that was first seen, and runs that show it.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is nothing to compare yet, `ERR_LEEWAY_OPTION` where there is no such column.
   */
  async explain(column: string): Promise<MonitorExplanation> {
    return (this.#engine.value ?? (await this.#engine.get())).explain(column);
  }

  /**
   * The report of the latest snapshot against the baseline, judged as its capture judged it.
   *
   * @param options.format `html`: one self-contained page; `md`: for a pull request; `json`. @default 'html'
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is nothing to compare yet.
   */
  async report(options: { readonly format?: ReportFormat } = {}): Promise<string> {
    return (this.#engine.value ?? (await this.#engine.get())).report(options);
  }

  /**
   * The monitor's events from the log: comparisons that found drift, or led to alerts, as they were then, to be summed up and drawn;
   * snapshots and states as a table.
   *
   * @param query.run −1: the latest that matches. `column` and `statistic` narrow the rows of comparisons.
   */
  events(event: 'drift' | 'alert', query?: MonitorEventQuery): Promise<DriftStats>;
  events(event: 'snapshot' | 'state', query?: MonitorEventQuery): Promise<EventTable>;
  async events(
    event: 'drift' | 'alert' | 'snapshot' | 'state',
    query: MonitorEventQuery = {},
  ): Promise<DriftStats | EventTable> {
    return (this.#engine.value ?? (await this.#engine.get())).events(event as never, query);
  }

  /** The snapshots there are, in figures, oldest first. @param query.since only those that end at or after this time. */
  async data(
    query: { readonly since?: Date | number | string } = {},
  ): Promise<DescribedSnapshot[]> {
    return (this.#engine.value ?? (await this.#engine.get())).data(query);
  }

  /** The profile of a snapshot, such as for `baseline` or `pin` elsewhere. @param seq its number; negative ones count back. */
  async profile(seq = -1): Promise<Profile> {
    return (this.#engine.value ?? (await this.#engine.get())).profile(seq);
  }

  /** What windows are compared with, or `undefined` where it is not there yet. */
  async baseline(): Promise<Profile | undefined> {
    return (this.#engine.value ?? (await this.#engine.get())).baseline();
  }

  /** The baseline in figures: where it is from, of how many rows, how old; `undefined` where there is none yet. */
  async baselineInfo(): Promise<BaselineDescription | undefined> {
    return (this.#engine.value ?? (await this.#engine.get())).baselineInfo();
  }

  /**
   * Makes something else the baseline from now on, whatever the options say: a profile, data, or a snapshot by its number. It is logged, and
   * `unpin` undoes it.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` where it has no rows, `ERR_LEEWAY_STATE` where there is no such snapshot.
   */
  async pin(baseline: Profile | number | DataInHand): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).pin(baseline);
  }

  /** Goes back from a pin by hand to the baseline of the options. @throws LeewayError `ERR_LEEWAY_STATE` where none is pinned. */
  async unpin(): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).unpin();
  }

  /**
   * The versions of the model that came after the baseline: each asks whether its own first window is to be its baseline. Until somebody
   * decides, its inputs are compared with the baseline there is, and its outputs with nothing.
   */
  async proposals(): Promise<readonly Proposal[]> {
    return (this.#engine.value ?? (await this.#engine.get())).proposals();
  }

  /** Compares a version with its own first window from now on. It is logged, and `reject` undoes it. @param id the proposal's */
  async accept(id: string): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).accept(id);
  }

  /** Compares a version, outputs too, with the baseline there is. It is logged, and `accept` undoes it. @param id the proposal's */
  async reject(id: string): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).reject(id);
  }

  /** The incidents that are open, oldest first. */
  async incidents(): Promise<readonly Incident[]> {
    return (this.#engine.value ?? (await this.#engine.get())).incidents();
  }

  /**
   * Says that somebody knows of an incident: from then on only a worse severity is told, and its end.
   *
   * @param incident an id, as alerts and `incidents()` give it.
   * @param options.by who.
   * @throws LeewayError `ERR_LEEWAY_STATE` where no open incident has this id.
   */
  async acknowledge(incident: string, options: { readonly by?: string } = {}): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).acknowledge(incident, options);
  }

  /**
   * Lets nothing be told of an incident for a while, but its end.
   *
   * @param duration such as `'6h'`.
   * @throws LeewayError `ERR_LEEWAY_OPTION` where it is none; `ERR_LEEWAY_STATE` where no open incident has this id.
   */
  async snooze(incident: string, duration: string): Promise<void> {
    return (this.#engine.value ?? (await this.#engine.get())).snooze(incident, duration);
  }

  /**
   * Replays stored snapshots through rules: when would they have fired, how often a month? Nothing is logged or told.
   *
   * @param rules the rules to try. @default the monitor's own
   * @param options.since from this time on: a date, epoch ms, or a duration back from now. @default all there are
   * @throws LeewayError `ERR_LEEWAY_OPTION` where a rule or a time is wrong.
   */
  async backtest(
    rules?: readonly AlertRule[],
    options: { readonly since?: Date | number | string } = {},
  ): Promise<Backtest> {
    return (this.#engine.value ?? (await this.#engine.get())).backtest(rules, options);
  }

  /**
   * What this monitor promises and sees: whether its rate of false alarms holds for dependent rows and seasons too, what is
   * missing until then, and the smallest shift that it shows.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is no baseline yet.
   */
  async calibration(): Promise<CalibrationReport> {
    return (this.#engine.value ?? (await this.#engine.get())).calibration();
  }

  /**
   * Begins anew: no snapshots, no baseline, no incidents, no pins. What was logged stays in the log as history; rows that were recorded
   * before are in no window any more.
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
