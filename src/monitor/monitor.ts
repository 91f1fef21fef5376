import type { Incident } from '../alert/incident.js';
import { type AlertRule, checkRules } from '../alert/rule.js';
import type { DriftStats } from '../drift/drift-stats.js';
import type { DriftRow } from '../drift/verdict/drift-row.js';
import { SerialQueue } from '../leaves/async.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames } from '../leaves/option-names.js';
import { parseDuration } from '../leaves/time.js';
import type { Profile } from '../profile/profile.js';
import type { ReportFormat } from '../report/report.js';
import type { Job } from '../schedule/job.js';
import type { EventTable } from '../tracking/event-table.js';
import type { NewEntry } from '../tracking/log-entry.js';
import { type DriftRowFilter, narrowed } from './alerting/rule-narrowing.js';
import type { BaselineDescription } from './baseline/baselines.js';
import { getProposal, partOf } from './baseline/model-versions.js';
import type { CaptureOrder, CaptureResult } from './capturer.js';
import type { MonitorKind } from './log/monitor-kind.js';
import type { Transaction } from './log/monitor-log.js';
import type { MonitorState } from './log/monitor-state.js';
import type { Proposal } from './log/version-records.js';
import { loggedSettings, type MonitorOptions } from './monitor-options.js';
import { type MonitorParts, monitorParts } from './monitor-parts.js';
import type { LoggedEvent, MonitorEventQuery } from './monitor-reader.js';
import type { Backtest } from './read/backtest.js';
import type { CalibrationReport } from './read/calibration-report.js';
import type { CompareQuery } from './read/comparisons.js';
import type { MonitorExplanation } from './read/explanations.js';
import type { MonitorStatus } from './status/state.js';
import { neededRowsOf, statusOf } from './status-of.js';
import type { DescribedSnapshot } from './window/described-snapshots.js';
import { snapshotEntry } from './window/snapshot-entry.js';
import type { SnapshotQuery } from './window/snapshot-query.js';
import type { DataInHand } from './window/tables.js';

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
  readonly #parts: MonitorParts;
  readonly #ownKeys: readonly string[];
  #job: Job | undefined;
  /** Calls that read the log and then write, one after the other: two captures of one process never compete. */
  readonly #queue = new SerialQueue();

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#parts = monitorParts(options);
    this.model = options.model;
    this.kind = options.kind ?? 'model';
    this.name = this.#parts.log.name;
    this.#ownKeys = (options.comparison?.statistics ?? []).map(({ key }) => key);
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
    return (this.#parts.log.head?.seq ?? -1) + 1;
  }

  /** Counts rows that were just recorded, for `status()`. */
  noteRows(rows: number): void {
    this.#parts.live.noteRows(rows, this.#options.clock.now());
  }

  /** How many rows the next cut takes, as of the last look at the log. */
  get neededRows(): number {
    return neededRowsOf(this.#parts);
  }

  /** How many rows came since the last cut, by the log. */
  async pendingRows(): Promise<number> {
    const { log, windows } = this.#parts;
    await this.#options.prepare();
    return windows.rowsSince((await log.readState()).head);
  }

  /** Reads from the log where the monitor stands. Call it once at the start; captures keep it up to date. */
  refresh(): Promise<void> {
    return this.#queue.run(() => this.#parts.liveReader.read());
  }

  /** Looks whether another replica captured, or rows came to one. To be called about once a minute. */
  keepUp(): Promise<void> {
    return this.#queue.run(async () => {
      await this.#parts.liveReader.keepUp();
      await this.#repairTick();
    });
  }

  /** Notes that a tick was captured by another replica. */
  noteSettled(): void {
    this.#parts.live.noteSettled(this.#options.clock.now());
  }

  /** Notes that the store answers again; whether the log can be read is seen at the next look. */
  noteAnswer(): void {
    this.#parts.live.trouble = undefined;
  }

  /** Notes that the log could not be read. */
  noteTrouble(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#parts.live.trouble = { why, at: this.#options.clock.now() };
  }

  /** The monitor's state, from what this process knows: synchronous and cheap. */
  status(): MonitorStatus {
    // Whether ticks of a schedule are planned.
    const isTicking = typeof this.#job?.status().next === 'number';
    return statusOf(this.#parts, this.#options, isTicking);
  }

  /** The baseline in figures: where it is from, of how many rows, how old; `undefined` where there is none yet. */
  async baselineInfo(): Promise<BaselineDescription | undefined> {
    const { log, baselines } = this.#parts;
    return baselines.describe(await log.readState());
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
    const { log, taker, baselines, live } = this.#parts;
    const options = this.#options;
    const { query, take } = taker.order(given);
    return this.#queue.run(async () => {
      await options.prepare();
      return log.transact('a snapshot', async (state): Promise<Transaction<Profile | number | undefined>> => {
        const { head } = state;
        const noted = live.windowRows;
        const taken = await take(state);
        if (query.logged === false) return { done: () => taken.profile };
        if (query.ignoreEmpty === true && taken.profile.rows === 0) return { done: () => undefined };
        const seq = head.seq + 1;
        // A baseline is there to be compared with, not to be judged.
        const captured = seq < baselines.firstCompared(state) ? seq : head.captured;
        const cursor = taken.cuts ? taken.upTo : head.cursor;
        const pinned = options.baseline !== undefined;
        const facts = { seq, by: 'hand', pinned, settings: loggedSettings(options) } as const;
        return {
          commit: { next: { seq, cursor, captured }, entries: [snapshotEntry(log, taken, facts)] },
          done: () => {
            if (taken.cuts) live.windowRows -= noted;
            return seq;
          },
        };
      });
    });
  }

  /** The profile of a snapshot, such as for `baseline` or `pin` elsewhere. @param seq its number; negative ones count back. */
  profile(seq = -1): Promise<Profile> {
    return this.#parts.reader.profile(seq);
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
    return this.#parts.reader.compare(query);
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
      rules: narrow ? narrowed(rules ?? this.#parts.desk.rules, query) : rules,
      tick,
      snapshot,
      against: baseline ?? (seq === 'recent' ? seq : undefined),
    };
    return this.#queue.run(async () => {
      const { onError } = this.#options;
      try {
        const result = await this.#parts.capturer.capture(order);
        this.#parts.live.failure = undefined;
        this.noteSettled();
        return result;
      } catch (error) {
        this.#parts.live.failure = error instanceof Error ? error.message : String(error);
        await this.#parts.capturer.reportFailure(this.#parts.live.failure).catch(onError);
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
    return this.#parts.reader.explain(column);
  }

  /**
   * Replays stored snapshots through rules: when would they have fired, how often a month? Nothing is logged or told.
   *
   * @param rules the rules to try. @default the monitor's own
   * @param options.since from this time on: a date, epoch ms, or a duration back from now. @default all there are
   * @throws LeewayError `ERR_LEEWAY_OPTION` where a rule or a time is wrong.
   */
  async backtest(
    rules: readonly AlertRule[] = this.#parts.desk.rules,
    options: { readonly since?: Date | number | string } = {},
  ): Promise<Backtest> {
    checkRules(rules, this.#ownKeys);
    return this.#parts.reader.backtest(rules, options.since);
  }

  /**
   * What this monitor promises and sees: whether its rate of false alarms holds for dependent rows and seasons too, what is
   * missing until then, and the smallest shift that it shows.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is no baseline yet.
   */
  calibration(): Promise<CalibrationReport> {
    return this.#parts.reader.calibration();
  }

  /** The incidents that are open, oldest first. */
  async incidents(): Promise<readonly Incident[]> {
    return (await this.#parts.log.readState()).memory.incidents;
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
    return this.#note('a pin', async () => {
      const profile =
        typeof baseline === 'number' ? await this.profile(baseline) : this.#parts.taker.profileOf(baseline);
      if (profile.rows === 0) throw new LeewayError('ERR_LEEWAY_OPTION', 'a baseline without rows is none');
      return [this.#parts.notes.pinned(profile)];
    });
  }

  /** Goes back from a pin by hand to the baseline of the options. @throws LeewayError `ERR_LEEWAY_STATE` where none is pinned. */
  unpin(): Promise<void> {
    return this.#note('unpin()', async (state) => [this.#parts.notes.released(state)]);
  }

  /**
   * The versions of the model that came after the baseline: each asks whether its own first window is to be its baseline. Until somebody
   * decides, its inputs are compared with the baseline there is, and its outputs with nothing.
   */
  async proposals(): Promise<readonly Proposal[]> {
    return [...(await this.#parts.log.readState()).versions.proposals.values()];
  }

  /** Compares a version with its own first window from now on. It is logged, and `reject` undoes it. @param id the proposal's */
  accept(id: string): Promise<void> {
    return this.#note('accept()', async (state) => {
      const proposal = getProposal(state, id);
      const first = partOf(await this.#parts.windows.snapshot(proposal.seq), proposal.version);
      if (first === undefined) throw new LeewayError('ERR_LEEWAY_STATE', `${id} has no rows any more`);
      return [this.#parts.versions.decisionNote(proposal, 'accepted', first.profile)];
    });
  }

  /** Compares a version, outputs too, with the baseline there is. It is logged, and `accept` undoes it. @param id the proposal's */
  reject(id: string): Promise<void> {
    return this.#note('reject()', async (state) => [
      this.#parts.versions.decisionNote(getProposal(state, id), 'rejected'),
    ]);
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
    return this.#parts.reader.events(event, query);
  }

  /** The snapshots there are, in figures, oldest first. @param query.since only those that end at or after this time. */
  data(query: { readonly since?: Date | number | string } = {}): Promise<DescribedSnapshot[]> {
    return this.#parts.reader.data(query.since);
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
    return this.#queue.run(async () => {
      await this.#options.prepare();
      await this.#parts.log.clear();
      await this.#parts.liveReader.read();
    });
  }

  /**
   * The report of the latest snapshot against the baseline, judged as its capture judged it.
   *
   * @param options.format `html`: one self-contained page; `md`: for a pull request; `json`. @default 'html'
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is nothing to compare yet.
   */
  report(options: { readonly format?: ReportFormat } = {}): Promise<string> {
    return this.#parts.reader.report(options.format);
  }

  /** What windows are compared with, or `undefined` where it is not there yet. */
  baseline(): Promise<Profile | undefined> {
    return this.#parts.reader.baseline();
  }

  /**
   * Sets a tick back that was committed by a clock that was ahead. It counts as none as long as it lies ahead, but once its
   * time comes it would pass for captured.
   */
  async #repairTick(): Promise<void> {
    const { store, clock } = this.#options;
    const { log } = this.#parts;
    const now = (await store.now?.()) ?? clock.now();
    if ((log.head?.tick ?? 0) <= now) return;
    await log.transact('setting a tick back', async ({ head }) => {
      if (head.tick <= now) return { done: () => undefined };
      const note = log.note('clock', { tick: head.tick, setBackTo: now });
      return { commit: { tick: now, entries: [note] }, done: () => undefined };
    });
  }

  async #note(what: string, make: (state: MonitorState) => Promise<readonly NewEntry[]>): Promise<void> {
    const { log, liveReader } = this.#parts;
    await this.#queue.run(async () => {
      await log.transact(what, async (state) => ({
        commit: { entries: await make(state) },
        done: () => undefined,
      }));
      await liveReader.read();
    });
  }

  async #changeIncident(id: string, change: Partial<Incident>): Promise<void> {
    const { log, desk } = this.#parts;
    await this.#queue.run(() =>
      log.transact('a change of an incident', async ({ memory }) => {
        const { entries, deliveries } = desk.changed(memory, id, change);
        return { commit: { entries, deliveries }, done: () => undefined };
      }),
    );
  }
}
