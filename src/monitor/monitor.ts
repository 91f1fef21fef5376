import type { Incident } from '../alert/incident.js';
import { type AlertRule, checkRules } from '../alert/rule.js';
import type { DriftStats } from '../drift/drift-stats.js';
import type { DriftRow } from '../drift/verdict/drift-row.js';
import { SerialQueue } from '../leaves/async.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames } from '../leaves/option-names.js';
import { formatCount } from '../leaves/text.js';
import { parseDuration } from '../leaves/time.js';
import type { Profile } from '../profile/profile.js';
import type { ReportFormat } from '../report/report.js';
import type { Job } from '../schedule/job.js';
import type { EventTable } from '../tracking/event-table.js';
import type { NewEntry } from '../tracking/log-entry.js';
import type { MonitorHead } from '../tracking/window-commit.js';
import { AlertDesk, rulesOrDefault } from './alerting/alert-desk.js';
import { type DriftRowFilter, narrowed } from './alerting/rule-narrowing.js';
import { silenceOf, stuckOf } from './alerting/silence.js';
import { BaselineGrowth } from './baseline/baseline-growth.js';
import { BaselineNotes } from './baseline/baseline-notes.js';
import { type BaselineDescription, Baselines } from './baseline/baselines.js';
import { Deployments, type Proposal, partOf } from './baseline/model-versions.js';
import { type CaptureOrder, type CaptureResult, Capturer } from './capturer.js';
import { Judge } from './judge.js';
import type { MonitorKind } from './log/monitor-kind.js';
import { MAX_CONFLICTS, MonitorLog } from './log/monitor-log.js';
import { loggedSettings, type MonitorOptions } from './monitor-options.js';
import { type LoggedEvent, type MonitorEventQuery, MonitorReader } from './monitor-reader.js';
import type { Backtest } from './read/backtest.js';
import type { CalibrationReport } from './read/calibration-report.js';
import { type CompareQuery, numbered } from './read/comparisons.js';
import type { MonitorExplanation } from './read/explanations.js';
import { Standing } from './status/live-status.js';
import { StandingReader } from './status/live-status-reader.js';
import { type MonitorStatus, stateOf } from './status/state.js';
import { DataSource } from './window/data-source.js';
import type { DescribedSnapshot } from './window/described-snapshots.js';
import { ModelSource } from './window/model-source.js';
import type { SnapshotQuery } from './window/snapshot-query.js';
import { SnapshotTaker } from './window/snapshot-taker.js';
import type { DataInHand } from './window/tables.js';
import { type OpenWindow, type Snapshot, WindowReader } from './window/window.js';

export type { CaptureResult } from './capturer.js';
export type { MonitorExplanation } from './read/explanations.js';

/** How a capture is made. */
export interface CaptureQuery extends DriftRowFilter {
  /** Other rules for this once; nothing is remembered of them. @default the monitor's own */
  readonly rules?: readonly AlertRule[];
  /** What the window is compared with: the monitor's baseline, or the snapshot before it. @default 'baseline' */
  readonly seq?: 'baseline' | 'recent';
  /** The number of a snapshot that is the baseline, this once; negative ones count back. @default the monitor's own */
  readonly baseline?: number;
  /** `'auto'`: a snapshot is taken where rows came and none was taken by hand. `false`: the latest is judged as it is. @default 'auto' */
  readonly snapshot?: 'auto' | false;
  /** The tick of a schedule that it is for, epoch ms: of all replicas one captures it, once. */
  readonly tick?: number;
}

/**
 * Watches one model of an experiment, or data that is no model's: takes snapshots of what was recorded, compares them with the baseline, and
 * raises alerts. Everything it knows is in the log, so it goes on after a restart where it was.
 */
export class DriftMonitor {
  readonly model: string;
  readonly kind: MonitorKind;
  /** `monitors/<experiment>/<model>`. */
  readonly name: string;
  readonly #options: MonitorOptions;
  readonly #log: MonitorLog;
  readonly #desk: AlertDesk;
  readonly #windows: WindowReader;
  readonly #notes: BaselineNotes;
  readonly #baselines: Baselines;
  readonly #growth: BaselineGrowth;
  readonly #deployments: Deployments;
  readonly #capturer: Capturer;
  readonly #taker: SnapshotTaker;
  readonly #standing: Standing;
  readonly #standingReader: StandingReader;
  readonly #reader: MonitorReader;
  readonly #ownKeys: readonly string[];
  #job: Job | undefined;
  /** The tail of the queue of calls that read the head and then write. */
  readonly #queue = new SerialQueue();

  constructor(options: MonitorOptions) {
    const { model, kind = 'model', log, store, clock, profileAs, comparison = {}, choice = 'first', minRows } = options;
    const { falseAlarmRate, route, notes, periodMs, prepare, notify } = options;
    this.#options = options;
    this.model = model;
    this.kind = kind;
    this.#ownKeys = (comparison.statistics ?? []).map(({ key }) => key);
    this.#log = new MonitorLog({ ...{ model, log, store, clock, notes }, onCleared: () => this.#forget() });
    this.name = this.#log.name;
    const own = this.#log;
    const rules = rulesOrDefault(options.rules);
    this.#desk = new AlertDesk({ log: own, rules, ownKeys: this.#ownKeys, route });
    const calls = { store, experiment: log.experiment, model, profileAs, onError: options.onError };
    const source = kind === 'data' ? new DataSource(own, profileAs) : new ModelSource(calls);
    const logEnd = async (): Promise<number> => (await store.head(log.experiment)).pos;
    this.#windows = new WindowReader({ log: own, source, kind, logEnd });
    this.#standing = new Standing(clock.now());
    this.#deployments = new Deployments(own);
    const parts = { log: own, windows: this.#windows, deployments: this.#deployments, comparison, minRows };
    this.#notes = new BaselineNotes(own);
    this.#baselines = new Baselines({
      ...{ log: own, notes: this.#notes, windows: this.#windows, choice, pinned: options.baseline, profileAs },
    });
    const judge = new Judge({ ...parts, baselines: this.#baselines, falseAlarmRate, profileAs });
    this.#reader = new MonitorReader({
      ...{ log: own, windows: this.#windows, baselines: this.#baselines, judge },
      ...{ options, kind, readHead: () => this.#readHead() },
    });
    this.#growth = new BaselineGrowth({
      windows: this.#windows,
      baselines: this.#baselines,
      notes: this.#notes,
      desk: this.#desk,
      periodMs,
    });
    this.#taker = new SnapshotTaker({
      ...{ kind, model, store, clock, profileAs, experiment: log.experiment, windows: this.#windows },
      isBaseline: (seq) => seq === this.#baselines.firstTarget - 1,
    });
    this.#standingReader = new StandingReader({
      ...{ log: own, windows: this.#windows, baselines: this.#baselines, desk: this.#desk, standing: this.#standing },
      ...{ clock, comparison, periodMs, prepare },
      readHead: () => this.#readHead(),
    });
    this.#capturer = new Capturer({
      ...parts,
      baselines: this.#baselines,
      growth: this.#growth,
      judge,
      desk: this.#desk,
      standing: this.#standing,
      ...{ clock, periodMs, prepare, notify },
      readHead: () => this.#readHead(),
      snapshotEntry: (seq, snapshot, by) => this.#snapshotEntry(seq, snapshot, by),
    });
  }

  /** The scheduled captures: start, stop, runNow, status, history. */
  get job(): Job {
    if (this.#job === undefined) throw new LeewayError('ERR_LEEWAY_STATE', 'this monitor has no job');
    return this.#job;
  }

  /** Gives the monitor its job. */
  attach(job: Job): void {
    this.#job = job;
  }

  /** How many snapshots there are, as of the last look at the log. */
  get length(): number {
    return (this.#log.head?.seq ?? -1) + 1;
  }

  /** Counts rows that were just recorded, for `status()`. */
  noteRows(rows: number): void {
    this.#standing.noteRows(rows, this.#options.clock.now());
  }

  /** How many rows the next cut takes, as of the last look at the log. */
  get neededRows(): number {
    return this.#capturer.neededRows(this.#log.head);
  }

  /** How many rows came since the last cut, by the log. */
  async pendingRows(): Promise<number> {
    await this.#options.prepare();
    return this.#windows.rowsSince(await this.#readHead());
  }

  /** Reads from the log where the monitor stands. Call it once at the start; captures keep it up to date. */
  refresh(): Promise<void> {
    return this.#exclusively(() => this.#standingReader.read());
  }

  /** Looks whether another replica captured, or rows came to one. To be called about once a minute. */
  keepUp(): Promise<void> {
    return this.#exclusively(async () => {
      await this.#standingReader.keepUp();
      await this.#repairTick();
    });
  }

  /** Notes that a tick was captured by another replica. */
  noteSettled(): void {
    this.#standing.noteSettled(this.#options.clock.now());
  }

  /** Notes that the store answers again; whether the log can be read is seen at the next look. */
  noteAnswer(): void {
    this.#standing.trouble = undefined;
  }

  /** Notes that the log could not be read. */
  noteTrouble(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#standing.trouble = { why, at: this.#options.clock.now() };
  }

  /** The monitor's state, from what this process knows: synchronous and cheap. */
  status(): MonitorStatus {
    const { head } = this.#log;
    const { neededRows } = this;
    const { periodMs } = this.#options;
    const now = this.#options.clock.now();
    this.#standing.comeBackTo(now);
    const { firstTarget, pinned } = this.#baselines;
    const {
      windowRows,
      verdict,
      notCompared,
      drifted,
      driftedSegments,
      comparedAt,
      uncalibrated,
      failure,
      lastRowAt,
      thinSince,
      settledAt,
      trouble,
    } = this.#standing;
    const isCompared = (head?.captured ?? -1) >= firstTarget && this.#standing.hadBaseline;
    const { state, reasons } = stateOf({
      loaded: head !== undefined,
      hasBaseline: pinned || (head?.seq ?? -1) >= firstTarget - 1,
      pinned,
      compared: isCompared,
      hadBaseline: this.#standing.hadBaseline,
      ...{ verdict, notCompared, drifted, driftedSegments, uncalibrated, windowRows, neededRows, failure },
      stuck: stuckOf({ settledAt, trouble, tickMs: this.#isTicking ? periodMs : undefined }, now),
      silence: silenceOf({ lastRowAt, thinSince, windowRows, neededRows, periodMs }, now),
    });
    const pendingVersions = this.#deployments.pending;
    const waiting = pendingVersions.map(
      (version) => `version ${JSON.stringify(version)} is new: accept or reject its own baseline (mon.proposals())`,
    );
    return {
      model: this.model,
      state,
      reasons: [
        ...reasons,
        ...waiting,
        ...damageOf(this.#windows),
        ...this.#desk.complaints,
        ...this.#standing.complaints,
      ],
      calibrated: isCompared && uncalibrated.length === 0,
      snapshots: this.length,
      ...{ windowRows, drifted, driftedSegments, pendingVersions, comparedAt },
    };
  }

  /** The baseline in figures: where it is from, of how many rows, how old; `undefined` where there is none yet. */
  async baselineInfo(): Promise<BaselineDescription | undefined> {
    await this.#readHead();
    return this.#baselines.describe();
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
  snapshot(given: SnapshotQuery | readonly unknown[] | ArrayLike<number> = {}): Promise<Profile | number | undefined> {
    const { query, take } = this.#taker.order(given);
    return this.#exclusively(async () => {
      await this.#options.prepare();
      for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
        const noted = this.#standing.windowRows;
        const head = await this.#readHead();
        const seq = head.seq + 1;
        const taken = await take(head);
        if (query.logged === false) return taken.profile;
        if (query.ignoreEmpty === true && taken.profile.rows === 0) return undefined;
        const { firstTarget } = this.#baselines;
        // A baseline is there to be compared with, not to be judged.
        const cursor = taken.cuts ? taken.upTo : head.cursor;
        const next = { seq, cursor, captured: seq < firstTarget ? seq : head.captured };
        const run = await this.#log.commit(head, { next, entries: [this.#snapshotEntry(seq, taken, 'hand')] });
        if (run === undefined) continue;
        if (taken.cuts) this.#standing.windowRows -= noted;
        return seq;
      }
      throw this.#log.conflict('snapshot');
    });
  }

  /** The profile of a snapshot, such as for `baseline` or `pin` elsewhere. @param seq its number; negative ones count back. */
  profile(seq = -1): Promise<Profile> {
    return this.#reader.profile(seq);
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
   * await monitor.compare({ d2: { X: rows } }); // rows with the baseline
   */
  compare(query: CompareQuery = {}): Promise<DriftStats> {
    return this.#reader.compare(query);
  }

  /**
   * A row per column of a comparison: those that drifted first.
   *
   * @param query as for `compare`, by default the latest snapshot with the baseline; `column` and `statistic` narrow it.
   */
  async summary({ column, statistic = 'mean', ...query }: CompareQuery & DriftRowFilter = {}): Promise<DriftRow[]> {
    const stats = await this.compare({ seq: 'baseline', ...query });
    const rows = statistic === 'mean' ? stats.summary() : stats.rows.filter((row) => row.statistic === statistic);
    return column === undefined ? rows : rows.filter((row) => row.column === column);
  }

  /**
   * The work of a tick: if rows arrived since the last snapshot and none was taken by hand, takes one; compares it with
   * the baseline; logs a `drift` event where drift was found; runs the rules; and has their alerts delivered. While a
   * window has fewer than `minRows` rows (a first baseline: ten times as many) it stays open and grows.
   */
  capture(query: CaptureQuery = {}): Promise<CaptureResult> {
    checkOptionNames('capture', query, ['rules', 'seq', 'baseline', 'snapshot', 'tick', 'column', 'statistic']);
    const { rules, seq = 'baseline', baseline, snapshot = 'auto', tick } = query;
    if (rules !== undefined) checkRules(rules, this.#ownKeys);
    if (seq !== 'baseline' && seq !== 'recent') {
      throw new LeewayError('ERR_LEEWAY_OPTION', `capture's seq must be 'baseline' or 'recent', got ${shown(seq)}`);
    }
    const narrow = query.column !== undefined || query.statistic !== undefined;
    const order: CaptureOrder = {
      rules: narrow ? narrowed(rules ?? this.#desk.rules, query) : rules,
      tick,
      snapshot,
      ...((baseline !== undefined || seq === 'recent') && {
        against: (head) => this.#against(head, snapshot, baseline),
      }),
    };
    return this.#exclusively(async () => {
      const { onError } = this.#options;
      try {
        const result = await this.#capturer.capture(order);
        this.#standing.failure = undefined;
        this.noteSettled();
        return result;
      } catch (error) {
        this.#standing.failure = error instanceof Error ? error.message : String(error);
        await this.#capturer.sightFailure(this.#standing.failure).catch(onError);
        throw error;
      }
    });
  }

  /**
   * Explains a column of the latest comparison with the baseline: what moved most, with which column it no longer goes together, in
   * which window that was first seen, and runs that show it.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is nothing to compare yet, `ERR_LEEWAY_OPTION` where there is no such column.
   */
  explain(column: string): Promise<MonitorExplanation> {
    return this.#reader.explain(column);
  }

  /**
   * Replays stored snapshots through rules: when would they have fired, how often a month? Nothing is logged or told.
   *
   * @param rules the rules to try. @default the monitor's own
   * @param options.since from this time on: a date, epoch ms, or a duration back from now. @default all there are
   * @throws LeewayError `ERR_LEEWAY_OPTION` where a rule or a time is wrong.
   */
  async backtest(
    rules: readonly AlertRule[] = this.#desk.rules,
    options: { readonly since?: Date | number | string } = {},
  ): Promise<Backtest> {
    checkRules(rules, this.#ownKeys);
    return this.#reader.backtest(rules, options.since);
  }

  /**
   * What this monitor promises and sees: whether its rate of false alarms holds for dependent rows and seasons too, what is
   * missing until then, and the smallest shift that it shows.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is no baseline yet.
   */
  calibration(): Promise<CalibrationReport> {
    return this.#reader.calibration();
  }

  /** The incidents that are open, oldest first. */
  async incidents(): Promise<readonly Incident[]> {
    await this.#readHead();
    return this.#desk.incidents();
  }

  /**
   * Says that somebody knows of an incident: from then on only a worse severity is told, and its end.
   *
   * @param incident an id, as alerts and `incidents()` give it.
   * @param options.by who.
   * @throws LeewayError `ERR_LEEWAY_STATE` where no open incident has this id.
   */
  async acknowledge(incident: string, options: { readonly by?: string } = {}): Promise<void> {
    const at = this.#options.clock.now();
    const by = options.by === undefined ? {} : { acknowledgedBy: options.by };
    await this.#changeIncident(incident, { acknowledgedAt: at, ...by });
  }

  /**
   * Lets nothing be told of an incident for a while, but its end.
   *
   * @param duration such as `'6h'`.
   * @throws LeewayError `ERR_LEEWAY_OPTION` where it is none; `ERR_LEEWAY_STATE` where no open incident has this id.
   */
  async snooze(incident: string, duration: string): Promise<void> {
    const ms = typeof duration === 'string' ? parseDuration(duration) : undefined;
    if (ms === undefined) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `snooze takes a duration such as '6h', got ${shown(duration)}`);
    }
    await this.#changeIncident(incident, { snoozedUntil: this.#options.clock.now() + ms });
  }

  /**
   * Makes something else the baseline from now on, whatever the options say: a profile, data, or a snapshot by its number. It is logged, and
   * `unpin` undoes it.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` where it has no rows, `ERR_LEEWAY_STATE` where there is no such snapshot.
   */
  pin(baseline: Profile | number | DataInHand): Promise<void> {
    return this.#note('pin', async () => {
      const profile = typeof baseline === 'number' ? await this.profile(baseline) : this.#taker.profileOf(baseline);
      if (profile.rows === 0) throw new LeewayError('ERR_LEEWAY_OPTION', 'a baseline without rows is none');
      return [this.#notes.pinned(profile)];
    });
  }

  /** Goes back from a pin by hand to the baseline of the options. @throws LeewayError `ERR_LEEWAY_STATE` where none is pinned. */
  unpin(): Promise<void> {
    return this.#note('unpin', async () => [this.#notes.released()]);
  }

  /**
   * The versions of the model that came after the baseline: each asks whether its own first window is to be its baseline. Until somebody
   * decides, its inputs are compared with the baseline there is, and its outputs with nothing.
   */
  async proposals(): Promise<readonly Proposal[]> {
    await this.#readHead();
    return this.#deployments.proposals;
  }

  /** Compares a version with its own first window from now on. It is logged, and `reject` undoes it. @param id the proposal's */
  accept(id: string): Promise<void> {
    return this.#note('accept', async () => {
      const proposal = this.#deployments.named(id);
      const first = partOf(await this.#windows.snapshot(proposal.seq), proposal.version);
      if (first === undefined) throw new LeewayError('ERR_LEEWAY_STATE', `${id} has no rows any more`);
      return [this.#deployments.decisionNote(proposal, 'accepted', first.profile)];
    });
  }

  /** Compares a version, outputs too, with the baseline there is. It is logged, and `accept` undoes it. @param id the proposal's */
  reject(id: string): Promise<void> {
    return this.#note('reject', async () => [this.#deployments.decisionNote(this.#deployments.named(id), 'rejected')]);
  }

  /**
   * The monitor's events from the log: comparisons that found drift, or led to alerts, as they were then, to be summed up and drawn;
   * snapshots and states as a table.
   *
   * @param query.run −1: the latest that matches. `column` and `statistic` narrow the rows of comparisons.
   */
  events(event: 'drift' | 'alert', query?: MonitorEventQuery): Promise<DriftStats>;
  events(event: 'snapshot' | 'state', query?: MonitorEventQuery): Promise<EventTable>;
  events(event: LoggedEvent, query?: MonitorEventQuery): Promise<DriftStats | EventTable> {
    return this.#reader.events(event, query);
  }

  /** The snapshots there are, in figures, oldest first. @param query.since only those that end at or after this time. */
  data(query: { readonly since?: Date | number | string } = {}): Promise<DescribedSnapshot[]> {
    return this.#reader.data(query.since);
  }

  /**
   * Begins anew: no snapshots, no baseline, no incidents, no pins. What was logged stays in the log as history; rows that were recorded
   * before are in no window any more.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` without `force: true`.
   */
  clear(options: { readonly force?: boolean } = {}): Promise<void> {
    if (options.force !== true) {
      throw new LeewayError('ERR_LEEWAY_OPTION', 'clear() forgets all snapshots; say clear({ force: true })');
    }
    return this.#exclusively(async () => {
      await this.#options.prepare();
      await this.#log.clear([]);
      await this.#standingReader.read();
    });
  }

  /**
   * The report of the latest snapshot against the baseline, judged as its capture judged it.
   *
   * @param options.format `html`: one self-contained page; `md`: for a pull request; `json`. @default 'html'
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is nothing to compare yet.
   */
  report(options: { readonly format?: ReportFormat } = {}): Promise<string> {
    return this.#reader.report(options.format);
  }

  /** What windows are compared with, or `undefined` where it is not there yet. */
  baseline(): Promise<Profile | undefined> {
    return this.#reader.baseline();
  }

  /** Whether ticks of a schedule are planned. */
  get #isTicking(): boolean {
    return typeof this.#job?.status().next === 'number';
  }

  /**
   * Sets a tick back that was committed by a clock that was ahead. It counts as none as long as it lies ahead, but once its
   * time comes it would pass for captured.
   */
  async #repairTick(): Promise<void> {
    const { store, clock } = this.#options;
    const { head } = this.#log;
    const now = (await store.now?.()) ?? clock.now();
    if (head === undefined || head.tick <= now) return;
    const { seq, cursor, captured } = head;
    const note = this.#log.note('clock', { tick: head.tick, setBackTo: now });
    await this.#log.commit(head, { next: { seq, cursor, captured }, tick: now, entries: [note] });
  }

  async #readHead(): Promise<MonitorHead> {
    const head = await this.#log.readHead();
    await this.#notes.read();
    await this.#deployments.read();
    return head;
  }

  /** What a capture is compared with, that is not to be compared with the baseline. */
  async #against(head: MonitorHead, snapshot: 'auto' | false, baseline: number | undefined): Promise<Snapshot> {
    const isTaken = snapshot === false || head.seq > head.captured;
    const seq = baseline ?? (isTaken ? head.seq - 1 : head.seq);
    return this.#windows.snapshot(baseline === undefined ? seq : numbered(seq, { last: head.seq, model: this.model }));
  }

  #snapshotEntry(seq: number, snapshot: OpenWindow, by: 'capture' | 'hand'): NewEntry {
    const { profile, window, after, upTo } = snapshot;
    const value = {
      seq,
      rows: profile.rows,
      columns: profile.columnNames.length,
      from: window.from,
      to: window.to,
      by,
      ...(after !== undefined && { after }),
      upTo,
      // For who reports from the log alone, and is to say the same.
      pinned: this.#options.baseline !== undefined,
      settings: loggedSettings(this.#options),
    };
    return { ...this.#log.entry('snapshot', seq, value), bytes: profile.toBytes() };
  }

  async #note(what: string, make: () => Promise<readonly NewEntry[]>): Promise<void> {
    await this.#exclusively(async () => {
      for (let attempt = 1; ; attempt += 1) {
        const head = await this.#readHead();
        const { seq, cursor, captured } = head;
        const run = await this.#log.commit(head, { next: { seq, cursor, captured }, entries: await make() });
        if (run !== undefined) break;
        if (attempt === MAX_CONFLICTS) throw this.#log.conflict(what);
      }
      await this.#standingReader.read();
    });
  }

  #changeIncident(id: string, change: Partial<Incident>): Promise<void> {
    return this.#exclusively(async () => {
      const head = await this.#readHead();
      const { entries, deliveries } = this.#desk.changed(await this.#desk.memory(), id, change);
      await this.#log.settle(head, { entries, deliveries }, 'alert');
    });
  }

  /** Forgets what was read; the log was cleared. */
  #forget(): void {
    this.#windows.forget();
    this.#notes.forget();
    this.#baselines.forget();
    this.#growth.forget();
    this.#deployments.forget();
  }

  /** Runs after what was asked before, so that two captures of one process never compete. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(work);
  }
}

/** What of the log could not be read, in words. */
function damageOf({ leftOut, damagedSnapshots }: WindowReader): string[] {
  const rows = leftOut === 0 ? [] : [`${formatCount(leftOut)} rows are damaged and in no window`];
  const lost = damagedSnapshots.length === 0 ? [] : [`damaged snapshots: ${damagedSnapshots.join(', ')}`];
  return [...rows, ...lost];
}
