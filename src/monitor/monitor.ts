import type { Alert } from '../alert/alert.js';
import type { Incident } from '../alert/incident.js';
import { type AlertRule, checkRules } from '../alert/rule.js';
import { type Clock, parseDuration } from '../clock.js';
import { missingForCalibration } from '../drift/calibration.js';
import { type CompareOptions, unmatchedColumns } from '../drift/compare-options.js';
import { compareProfiles } from '../drift/compare-profiles.js';
import { DriftStats } from '../drift/drift-stats.js';
import { type Explanation, explainColumn } from '../drift/explain.js';
import { LeewayError, shown } from '../errors.js';
import { nearestName } from '../option-names.js';
import type { Profile } from '../profile/profile.js';
import type { ProfileOptions } from '../profile/profile-options.js';
import type { Table } from '../profile/profile-table.js';
import { mostChanged } from '../report/explanations.js';
import { type ReportFormat, renderReport } from '../report/report.js';
import type { Job } from '../schedule/job.js';
import type { EventLog } from '../tracking/event-log.js';
import { timeOf } from '../tracking/event-query.js';
import type { EventTable } from '../tracking/event-table.js';
import type { JsonValue, MonitorHead, NewEntry, TrackingStore } from '../tracking/store.js';
import { AlertDesk, type AlertWork, rulesOrDefault } from './alert-desk.js';
import { type Backtest, type JudgedWindow, runBacktest } from './backtest.js';
import { type CalibrationReport, reportCalibration } from './calibration-report.js';
import { type CompareQuery, pairsOf } from './comparisons.js';
import { exampleRuns } from './examples.js';
import { profileSides } from './given-tables.js';
import { mergeWindows, spansOf } from './merged-windows.js';
import { baselineEntry } from './pinned-baseline.js';
import { type MonitorStatus, stateOf } from './state.js';
import { timelineOf } from './timeline.js';
import { type Snapshot, WindowReader } from './window.js';

/** What a monitor is made of. */
export interface MonitorOptions {
  readonly model: string;
  readonly log: EventLog;
  readonly store: TrackingStore;
  readonly clock: Clock;
  /** A baseline from elsewhere. Without, the first snapshot is the baseline. */
  readonly baseline?: Profile;
  /** How the rows of windows are profiled: with a pinned baseline, by its schema. */
  readonly profileAs: ProfileOptions;
  readonly rules?: readonly AlertRule[];
  /** What the user says of how windows are compared. @default nothing */
  readonly comparison?: Pick<CompareOptions, 'sensitivity' | 'minEffect' | 'columns' | 'kinds' | 'statistics'>;
  /** Names of those who are to be told of an alert. */
  readonly route: (alert: Alert) => readonly string[];
  /** The chance per capture that a table without drift is called drifting. */
  readonly falseAlarmRate: () => number;
  /** Fewer rows than this make no window. */
  readonly minRows: number;
  /** How often captures are planned, ms. */
  readonly periodMs?: number;
  /** Brings what this process has buffered into the log; called before a cut. */
  readonly prepare: () => Promise<void>;
  /** What else is to be written in one piece with a snapshot, for a monitor of this name. @default nothing */
  readonly notes?: (name: string) => Promise<readonly NewEntry[]>;
  /** Delivers the alerts that were committed. */
  readonly notify: () => Promise<void>;
  /** Hears of what went wrong without stopping anything. */
  readonly onError: (error: unknown) => void;
}

/** What a capture found. */
export interface CaptureResult {
  /** The verdict on the model's table. */
  readonly drift: boolean;
  /**
   * `compared`: there is a verdict. `learning`: the baseline is not complete, or was taken by this capture. `too-few`: the
   * window has fewer rows than a verdict needs, and stays open. `no-rows`: nothing came since the last capture. `elsewhere`:
   * another replica made the capture of this tick.
   */
  readonly outcome: 'compared' | 'learning' | 'too-few' | 'no-rows' | 'elsewhere';
  /** The comparison, where there was one. */
  readonly stats: DriftStats | undefined;
  readonly alerts: readonly Alert[];
  /** The capture's run, where it wrote anything. */
  readonly run: number | undefined;
  /** Rows of the window. */
  readonly rows: number;
}

/** What moved in a column, since when, and where to see it. */
export interface MonitorExplanation extends Explanation {
  /** The snapshot in which it was first seen, of those in a row; `null` where it was logged in none. */
  readonly since: number | null;
  /** Runs whose rows have what grew most, the latest first; at most five, none where rows are kept no longer. */
  readonly runs: readonly number[];
}

/** The first window, if it is to be the baseline, takes this many times the rows of a later one. */
const BASELINE_WINDOWS = 10;
/** How often a capture is tried again where another replica was faster. */
const MAX_CONFLICTS = 5;

/**
 * Watches one model of an experiment: takes snapshots of what was recorded, compares them with the baseline, and raises
 * alerts. Everything it knows is in the log, so it goes on after a restart where it was.
 */
export class DriftMonitor {
  readonly model: string;
  /** `monitors/<experiment>/<model>`. */
  readonly name: string;
  readonly #options: MonitorOptions;
  readonly #desk: AlertDesk;
  readonly #windows: WindowReader;
  readonly #ownKeys: readonly string[];
  #job: Job | undefined;
  #head: MonitorHead | undefined;
  #drifted: readonly string[] = [];
  #comparedAt: number | null = null;
  /** What the baseline lacks until the promise can be kept; empty where it can. */
  #uncalibrated: readonly string[] = [];
  /** Rules for columns that are no columns. */
  #unmatched: readonly string[] = [];
  #windowRows = 0;
  #lastRowAt: number;
  #failure: string | undefined;
  #baselineLogged = false;
  /** The tail of the queue of calls that read the head and then write. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.model = options.model;
    this.name = `monitors/${options.log.experiment}/${options.model}`;
    const { model, log, store, route } = options;
    const ownKeys = (options.comparison?.statistics ?? []).map(({ key }) => key);
    const rules = rulesOrDefault(options.rules);
    this.#desk = new AlertDesk({ name: this.name, model, log, store, route, rules, ownKeys });
    this.#ownKeys = ownKeys;
    this.#windows = new WindowReader({
      store: options.store,
      experiment: options.log.experiment,
      model: options.model,
      profileAs: options.profileAs,
      onError: options.onError,
    });
    this.#lastRowAt = options.clock.now();
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
    return (this.#head?.seq ?? -1) + 1;
  }

  /** Counts rows that were just recorded, for `status()`. */
  noteRows(rows: number): void {
    this.#windowRows += rows;
    this.#lastRowAt = this.#options.clock.now();
  }

  /** How many rows came since the last cut, by the log. */
  async pendingRows(): Promise<number> {
    await this.#options.prepare();
    return this.#windows.rowsSince(await this.#readHead());
  }

  /** Reads from the log where the monitor stands. Call it once at the start; captures keep it up to date. */
  refresh(): Promise<void> {
    return this.#exclusively(() => this.#refresh());
  }

  /** The monitor's state, from what this process knows: synchronous and cheap. */
  status(): MonitorStatus {
    const head = this.#head;
    const { baseline, periodMs, clock } = this.#options;
    const { state, reasons } = stateOf({
      loaded: head !== undefined,
      hasBaseline: baseline !== undefined || (head?.seq ?? -1) >= 0,
      pinned: baseline !== undefined,
      compared: (head?.captured ?? -1) >= this.#firstTarget,
      drifted: this.#drifted,
      uncalibrated: this.#uncalibrated,
      windowRows: this.#windowRows,
      neededRows: this.#neededRows(head),
      failure: this.#failure,
      lastRowAt: this.#lastRowAt,
      now: clock.now(),
      periodMs,
    });
    return {
      model: this.model,
      state,
      reasons: [...reasons, ...this.#desk.complaints, ...this.#unmatched],
      calibrated: head !== undefined && head.captured >= this.#firstTarget && this.#uncalibrated.length === 0,
      snapshots: this.length,
      windowRows: this.#windowRows,
      drifted: this.#drifted,
      comparedAt: this.#comparedAt,
    };
  }

  /**
   * Takes a snapshot: of everything recorded since the last one, or of the tables given. It always cuts, however few the
   * rows. The first snapshot is the baseline, unless one is pinned.
   *
   * @returns the snapshot's number.
   */
  snapshot(tables: { readonly X?: Table; readonly Y?: Table } = {}): Promise<number> {
    return this.#exclusively(async () => {
      await this.#options.prepare();
      const noted = this.#windowRows;
      const given = tables.X === undefined && tables.Y === undefined ? undefined : profileSides(tables);
      for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
        const head = await this.#readHead();
        const seq = head.seq + 1;
        const now = this.#options.clock.now();
        const open = given === undefined ? await this.#windows.open(head) : undefined;
        if (open !== undefined && seq < this.#firstTarget)
          open.profile.blocks = await this.#windows.history(open, head);
        const profile = open?.profile ?? (given as Profile);
        const window = open?.window ?? { seq, from: now, to: now };
        const cursor = open?.upTo ?? head.cursor;
        // A baseline is there to be compared with, not to be judged.
        const captured = seq < this.#firstTarget ? seq : head.captured;
        const done = await this.#commit(head, { seq, cursor, captured }, [
          this.#snapshotEntry(seq, { profile, window }, 'hand'),
        ]);
        if (done === undefined) continue;
        if (open !== undefined) this.#windowRows -= noted;
        return seq;
      }
      throw this.#conflict('snapshot');
    });
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
  async compare(query: CompareQuery = {}): Promise<DriftStats> {
    const { seq: last } = await this.#readHead();
    const pairs = await pairsOf(query, {
      last,
      snapshot: (seq) => this.#windows.snapshot(seq),
      baseline: () => this.#baseline(),
      firstTarget: this.#firstTarget,
      clock: this.#options.clock,
      model: this.model,
    });
    const rate = query.ci === undefined ? this.#options.falseAlarmRate() : 1 - query.ci;
    return DriftStats.series(pairs.map(([from, to]) => this.#compare(from, to, rate)));
  }

  /**
   * The work of a tick: if rows arrived since the last snapshot and none was taken by hand, takes one; compares it with
   * the baseline; logs a `drift` event where drift was found; runs the rules; and has their alerts delivered. While a
   * window has fewer than `minRows` rows (a first baseline: ten times as many) it stays open and grows.
   *
   * @param options.rules other rules for this once.
   * @param options.tick the tick of a schedule that it is for, epoch ms: of all replicas one captures it, once.
   */
  capture(options: { readonly rules?: readonly AlertRule[]; readonly tick?: number } = {}): Promise<CaptureResult> {
    if (options.rules !== undefined) checkRules(options.rules, this.#ownKeys);
    return this.#exclusively(async () => {
      try {
        const result = await this.#capture(options.rules, options.tick);
        this.#failure = undefined;
        return result;
      } catch (error) {
        this.#failure = error instanceof Error ? error.message : String(error);
        await this.#sightFailure(this.#failure).catch(this.#options.onError);
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
  async explain(column: string): Promise<MonitorExplanation> {
    const stats = await this.#latestVerdict();
    if (!stats.columns.includes(column)) {
      const nearest = nearestName(column, stats.columns);
      throw new LeewayError('ERR_LEEWAY_OPTION', `there is no column ${shown(column)}; nearest ${nearest}`);
    }
    return this.#explained(stats, column);
  }

  async #explained(stats: DriftStats, column: string): Promise<MonitorExplanation> {
    const { store, log } = this.#options;
    const explained = explainColumn(stats, column);
    const grown = explained.moved.find((part) => part.target > part.baseline);
    const { seq, from, to } = stats.windows.to;
    const known = from !== null && to !== null;
    const where = { experiment: log.experiment, model: this.model, column, from: from ?? 0, to: to ?? 0, count: 5 };
    return {
      ...explained,
      since: await this.#firstSeen(column, seq),
      runs: known && grown !== undefined ? await exampleRuns(store, { ...where, part: grown }) : [],
    };
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
    checkRules(rules);
    const { log, clock } = this.#options;
    const since = options.since === undefined ? Number.NEGATIVE_INFINITY : timeOf('since', options.since, clock);
    const head = await this.#readHead();
    const whose = { experiment: log.experiment, model: this.model };
    const replayed = await runBacktest(rules, this.#replay(head.seq, since), whose);
    const hasBaseline = head.seq >= this.#firstTarget - 1;
    return { ...replayed, smallestShifts: hasBaseline ? (await this.calibration()).columns : [] };
  }

  /** Judges the snapshots there are as captures would, oldest first; those whose profile is kept no longer are passed over. */
  async *#replay(last: number, since: number): AsyncGenerator<JudgedWindow> {
    for (let seq = this.#firstTarget; seq <= last; seq += 1) {
      const snapshot = await this.#keptSnapshot(seq);
      if (snapshot === undefined || (snapshot.window.to ?? Number.POSITIVE_INFINITY) < since) continue;
      yield { seq, stats: await this.#judge(snapshot, seq) };
    }
  }

  async #keptSnapshot(seq: number): Promise<Snapshot | undefined> {
    try {
      return await this.#windows.snapshot(seq);
    } catch (error) {
      if (error instanceof LeewayError && error.code === 'ERR_LEEWAY_STATE') return undefined;
      throw error;
    }
  }

  /** The first of the windows in a row, up to this one, in which the column drifted. */
  async #firstSeen(column: string, seq: number | null): Promise<number | null> {
    let first: number | null = null;
    let expected = seq;
    const filter = { events: ['drift'], keys: [this.model] } as const;
    const options = { order: 'newest-first', withBytes: false } as const;
    for await (const entry of this.#options.store.query(this.#options.log.experiment, filter, options)) {
      const { drifted } = entry.value as { drifted?: readonly string[] };
      if (entry.step !== expected || drifted?.includes(column) !== true) break;
      first = entry.step;
      expected = entry.step - 1;
    }
    return first;
  }

  /**
   * What this monitor promises and sees: whether its rate of false alarms holds for dependent rows and seasons too, what is
   * missing until then, and the smallest shift that it shows.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is no baseline yet.
   */
  async calibration(): Promise<CalibrationReport> {
    const head = await this.#readHead();
    const { profile: baseline } = await this.#baseline();
    const last = head.seq >= this.#firstTarget ? await this.#windows.snapshot(head.seq) : undefined;
    return reportCalibration({
      baseline,
      windowRows: last?.profile.effectiveRows ?? this.#options.minRows,
      falseAlarmRate: this.#options.falseAlarmRate(),
      periodMs: this.#options.periodMs,
    });
  }

  /** The incidents that are open, oldest first. */
  incidents(): Promise<readonly Incident[]> {
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

  #changeIncident(id: string, change: Partial<Incident>): Promise<void> {
    return this.#exclusively(async () => {
      const head = await this.#readHead();
      await this.#settle(head, this.#desk.changed(await this.#desk.memory(), id, change));
    });
  }

  /** The monitor's events of a kind, from the log. */
  events(
    event: 'snapshot' | 'drift' | 'alert',
    query: { readonly run?: number | readonly number[] | 'all'; readonly since?: Date | number | string } = {},
  ): Promise<EventTable> {
    return this.#options.log.data({ ...query, event, key: this.model });
  }

  /**
   * The report of the latest snapshot against the baseline, judged as its capture judged it.
   *
   * @param options.format `html`: one self-contained page; `md`: for a pull request; `json`. @default 'html'
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is nothing to compare yet.
   */
  async report(options: { readonly format?: ReportFormat } = {}): Promise<string> {
    const { log, store, clock } = this.#options;
    const stats = await this.#latestVerdict();
    const explanations: MonitorExplanation[] = [];
    for (const column of mostChanged(stats)) explanations.push(await this.#explained(stats, column));
    const view = { experiment: log.experiment, model: this.model, stats, at: clock.now(), explanations };
    const timeline = await timelineOf(store, log.experiment, this.model, stats.windows.from.seq);
    return renderReport({ ...view, timeline, calibration: await this.calibration() }, options.format);
  }

  /** The latest snapshot against the baseline, with the merged windows that its capture looked at too. */
  async #latestVerdict(): Promise<DriftStats> {
    const head = await this.#readHead();
    if (head.seq < this.#firstTarget) return this.compare({ seq: 'baseline' });
    return this.#judge(await this.#windows.snapshot(head.seq), head.seq);
  }

  async #refresh(): Promise<void> {
    const { store, log } = this.#options;
    await this.#options.prepare();
    const noted = this.#windowRows;
    const head = await store.monitorHead(log.experiment, this.name);
    const stored = await this.#windows.rowsSince(head);
    // Rows that came in meanwhile are not in what was read.
    this.#windowRows += stored - noted;
    if (head.captured >= this.#firstTarget) {
      const filter = { events: ['drift'], keys: [this.model], steps: [head.captured] } as const;
      this.#drifted = [];
      for await (const entry of store.query(log.experiment, filter, { limit: 1, withBytes: false })) {
        const { drifted } = entry.value as { drifted?: string[] };
        this.#drifted = drifted ?? [];
      }
      this.#uncalibrated = this.#missing(await this.#baseline());
    }
    this.#head = head;
  }

  async #capture(rules: readonly AlertRule[] | undefined, tick: number | undefined): Promise<CaptureResult> {
    await this.#options.prepare();
    let noted = this.#windowRows;
    for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
      const head = await this.#readHead();
      if (tick !== undefined && head.tick >= tick) {
        return { drift: false, outcome: 'elsewhere', stats: undefined, alerts: [], run: undefined, rows: 0 };
      }
      const byHand = head.seq > head.captured;
      const open = byHand ? undefined : await this.#windows.open(head);
      const target: Snapshot = open ?? (await this.#windows.snapshot(head.seq));
      const seq = byHand ? head.seq : head.seq + 1;
      const { rows } = target.profile;
      const nothing = { drift: false, stats: undefined, alerts: [], run: undefined, rows };
      if (open !== undefined) {
        // What this process counted is corrected by what the log holds; rows that came in meanwhile stay on top.
        this.#windowRows += rows - noted;
        noted = rows;
        if (rows === 0) return { ...nothing, ...(await this.#sightSilence(head, tick)), outcome: 'no-rows' };
        if (rows < this.#neededRows(head))
          return { ...nothing, outcome: seq < this.#firstTarget ? 'learning' : 'too-few' };
      }
      if (open !== undefined && seq < this.#firstTarget) open.profile.blocks = await this.#windows.history(open, head);
      const next = { seq, cursor: open?.upTo ?? head.cursor, captured: seq, tick };
      const entries = open === undefined ? [] : [this.#snapshotEntry(seq, target, 'capture')];
      if (seq < this.#firstTarget) {
        const run = await this.#commit(head, next, entries);
        if (run === undefined) continue;
        if (open !== undefined) this.#windowRows -= rows;
        return { ...nothing, outcome: 'learning', run };
      }
      const stats = await this.#judge({ profile: target.profile, window: { ...target.window, seq } }, seq);
      const now = this.#options.clock.now();
      const since = target.window.from ?? target.window.to ?? now;
      const sight = { seq, version: head.version + 1, since, now };
      const missing = this.#missing(await this.#baseline());
      const sights = [
        { ...sight, event: 'drift', stats, uncalibrated: missing.length > 0 } as const,
        // Where there is a verdict there is data, and the monitor works.
        ...(['no-data', 'failing'] as const).map((event) => ({ ...sight, event, holds: false })),
      ];
      const work = this.#desk.judge(sights, await this.#desk.memory(), rules);
      const { alerts } = work;
      if (stats.drift) entries.push(this.#entry('drift', seq, stats.toJSON()));
      entries.push(...(await this.#baselineToLog()));
      const run = await this.#commit(head, next, [...entries, ...work.entries], work.deliveries);
      if (run === undefined) continue;
      this.#baselineLogged = true;
      if (open !== undefined) this.#windowRows -= rows;
      this.#drifted = stats.drifted;
      this.#comparedAt = this.#options.clock.now();
      this.#uncalibrated = missing;
      this.#unmatched = unmatchedColumns(this.#options.comparison?.columns, stats.columns);
      if (alerts.length > 0) await this.#options.notify();
      const outcome = stats.outcome === 'too-few' ? 'too-few' : 'compared';
      return { drift: stats.drift, outcome, stats, alerts, run, rows };
    }
    throw this.#conflict('capture');
  }

  /** The pinned baseline, where the log does not have it yet. */
  async #baselineToLog(): Promise<NewEntry[]> {
    const { baseline, store, log } = this.#options;
    if (baseline === undefined || this.#baselineLogged) return [];
    const entry = await baselineEntry(store, log, this.name, baseline);
    return entry === undefined ? [] : [entry];
  }

  /** No rows came: after two periods, that is something to tell those who asked. */
  async #sightSilence(head: MonitorHead, tick: number | undefined): Promise<Partial<CaptureResult>> {
    const { clock, periodMs } = this.#options;
    if (!this.#desk.wants('no-data') || periodMs === undefined) return {};
    const now = clock.now();
    const silentMs = now - this.#lastRowAt;
    const holds = silentMs > 2 * periodMs;
    const reason = `No row for ${Math.round(silentMs / 60_000)} minutes`;
    return this.#sightState(head, { event: 'no-data', holds, reason, since: this.#lastRowAt }, tick);
  }

  async #sightFailure(reason: string): Promise<void> {
    if (!this.#desk.wants('failing')) return;
    const now = this.#options.clock.now();
    await this.#sightState(await this.#readHead(), { event: 'failing', holds: true, reason, since: now }, undefined);
  }

  /** Judges what is no comparison, and commits what follows, where anything does. */
  async #sightState(
    head: MonitorHead,
    state: { event: 'no-data' | 'failing'; holds: boolean; reason: string; since: number },
    tick: number | undefined,
  ): Promise<Partial<CaptureResult>> {
    const sight = { ...state, seq: head.seq, version: head.version + 1, now: this.#options.clock.now() };
    return this.#settle(head, this.#desk.judge([sight], await this.#desk.memory()), tick);
  }

  /** Commits what a desk has to say without a new snapshot. */
  async #settle(head: MonitorHead, work: AlertWork, tick?: number): Promise<Partial<CaptureResult>> {
    if (work.entries.length === 0) return {};
    const { seq, cursor, captured } = head;
    const run = await this.#commit(head, { seq, cursor, captured, tick }, work.entries, work.deliveries);
    if (run === undefined) throw this.#conflict('alert');
    if (work.alerts.length > 0) await this.#options.notify();
    return { alerts: work.alerts, run };
  }

  /** The number of the first snapshot that is compared, not compared with. */
  get #firstTarget(): number {
    return this.#options.baseline === undefined ? 1 : 0;
  }

  /** How many rows the next cut needs. */
  #neededRows(head: MonitorHead | undefined): number {
    const learning = (head?.seq ?? -1) + 1 < this.#firstTarget;
    return this.#options.minRows * (learning ? BASELINE_WINDOWS : 1);
  }

  /** What windows are compared with, or `undefined` where a first baseline is not there yet. */
  async baseline(): Promise<Profile | undefined> {
    const isThere = this.#options.baseline !== undefined || (await this.#readHead()).seq >= 0;
    return isThere ? (await this.#baseline()).profile : undefined;
  }

  async #baseline(): Promise<Snapshot> {
    const { baseline } = this.#options;
    if (baseline !== undefined) return { profile: baseline, window: { seq: null, from: null, to: null } };
    return this.#windows.snapshot(0);
  }

  #missing({ profile }: Snapshot): readonly string[] {
    return missingForCalibration(profile.blocks, this.#options.periodMs);
  }

  #compare(from: Snapshot, to: Snapshot, falseAlarmRate: number): DriftStats {
    return compareProfiles(from.profile, to.profile, {
      ...this.#options.comparison,
      falseAlarmRate,
      minRows: this.#options.minRows,
      from: from.window,
      to: to.window,
    });
  }

  /**
   * Judges the latest window, and where it is quiet, the latest 4 and 24 together; each with an equal share of the level.
   *
   * @returns the first comparison that found drift, else that of the window alone.
   */
  async #judge(latest: Snapshot, seq: number): Promise<DriftStats> {
    const baseline = await this.#baseline();
    const spans = spansOf(seq - this.#firstTarget + 1);
    const rate = this.#options.falseAlarmRate() / spans.length;
    const alone = this.#compare(baseline, latest, rate);
    if (alone.drift || spans.length === 1) return alone;
    const loud = await this.#loudSince(seq - (spans.at(-1) as number));
    for (const span of spans.slice(1)) {
      const earlier = async (back: number): Promise<Snapshot | undefined> =>
        loud.has(seq - back) ? undefined : this.#windows.snapshot(seq - back);
      const merged = await mergeWindows(latest, span, earlier, this.#options.profileAs);
      if (merged === undefined) break;
      const together = this.#compare(baseline, merged, rate);
      if (together.drift) return together;
    }
    return alone;
  }

  /** The snapshots since a number that drifted by themselves. */
  async #loudSince(from: number): Promise<ReadonlySet<number>> {
    const { store, log } = this.#options;
    const loud = new Set<number>();
    const filter = { events: ['drift'], keys: [this.model] } as const;
    const latest = { order: 'newest-first', limit: 24, withBytes: false } as const;
    for await (const entry of store.query(log.experiment, filter, latest)) {
      const { counts, windows } = entry.value as unknown as Pick<DriftStats, 'counts' | 'windows'>;
      const step = entry.step ?? -1;
      if (step < from) continue;
      // One whose profile is kept no longer can't be merged with others anyhow.
      const snapshot = await this.#keptSnapshot(step);
      if (windows.to.seq === step && counts.current === snapshot?.profile.rows) loud.add(step);
    }
    return loud;
  }

  async #readHead(): Promise<MonitorHead> {
    const { store, log } = this.#options;
    const head = await store.monitorHead(log.experiment, this.name);
    // Versions only go up, unless the experiment was cleared: then the numbers of snapshots begin anew.
    if (head.version < (this.#head?.version ?? 0)) this.#windows.forget();
    this.#head = head;
    return head;
  }

  /** @returns the run, or `undefined` where somebody else was first. */
  async #commit(
    head: MonitorHead,
    { tick, ...next }: { seq: number; cursor: number; captured: number; tick?: number | undefined },
    entries: readonly NewEntry[],
    deliveries: AlertWork['deliveries'] = [],
  ): Promise<number | undefined> {
    const { store, log, notes } = this.#options;
    const noted = next.seq > head.seq ? await notes?.(this.name) : undefined;
    const done = await store.commitWindow({
      experiment: log.experiment,
      monitor: this.name,
      key: this.model,
      expectedVersion: head.version,
      ...(tick !== undefined && { tick }),
      next,
      entries: [...entries, ...(noted ?? [])],
      deliveries,
    });
    if (done === undefined) return undefined;
    this.#head = { ...next, version: done.version, tick: tick ?? head.tick };
    return done.run;
  }

  #snapshotEntry(seq: number, snapshot: Snapshot, by: 'capture' | 'hand'): NewEntry {
    const { profile, window } = snapshot;
    const value = {
      seq,
      rows: profile.rows,
      columns: profile.columnNames.length,
      from: window.from,
      to: window.to,
      by,
      // For who reports from the log alone, and is to say the same.
      pinned: this.#options.baseline !== undefined,
      settings: { falseAlarmRate: this.#options.falseAlarmRate(), minRows: this.#options.minRows },
    };
    return { ...this.#options.log.entry('snapshot', this.model, value), step: seq, bytes: profile.toBytes() };
  }

  #entry(event: 'drift' | 'alert', seq: number, value: object): NewEntry {
    return { ...this.#options.log.entry(event, this.model, value as JsonValue), step: seq };
  }

  #conflict(what: string): LeewayError {
    return new LeewayError(
      'ERR_LEEWAY_CONFLICT',
      `${what} of ${JSON.stringify(this.model)} gave way to other replicas ${MAX_CONFLICTS} times; the next one will do`,
    );
  }

  /** Runs after what was asked before, so that two captures of one process never compete. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#queue.then(work, work);
    this.#queue = mine.catch(() => undefined);
    return mine;
  }
}
