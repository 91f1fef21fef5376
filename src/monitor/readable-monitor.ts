import type { Incident } from '../alert/incident.js';
import type { AlertRule } from '../alert/rule.js';
import { DriftStats } from '../drift/drift-stats.js';
import type { DriftRow } from '../drift/verdict/drift-row.js';
import { defined } from '../leaves/defined.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { nearestName } from '../leaves/option-names.js';
import type { Profile } from '../profile/profile.js';
import { mostChangedColumns } from '../report/explanations.js';
import { type ReportFormat, renderReport } from '../report/report.js';
import { timeOf } from '../tracking/event-query.js';
import type { EventTable } from '../tracking/event-table.js';
import type { MonitorHead } from '../tracking/window-commit.js';
import type { DriftRowFilter } from './alerting/rule-narrowing.js';
import type { BaselineDescription } from './baseline/baselines.js';
import type { MonitorKind } from './log/monitor-kind.js';
import { type LoggedState, STATE_NOTES } from './log/monitor-state.js';
import type { Proposal } from './log/version-records.js';
import type { MonitorOptions } from './monitor-options.js';
import type { MonitorParts } from './monitor-parts.js';
import { type Backtest, type JudgedWindow, runBacktest } from './read/backtest.js';
import { type CalibrationReport, reportCalibration } from './read/calibration-report.js';
import {
  type ComparableSnapshots,
  type CompareQuery,
  pairsOf,
  resolveSnapshotNumber,
} from './read/comparisons.js';
import { explained, type MonitorExplanation } from './read/explanations.js';
import { readBack } from './read/read-back.js';
import { neededRowsOf } from './status-of.js';
import { type DescribedSnapshot, describeSnapshots } from './window/described-snapshots.js';
import { timelineOf } from './window/timeline.js';
import { historyOf, type Snapshot } from './window/window.js';

/** Which events of a monitor to read. */
export interface MonitorEventQuery extends DriftRowFilter {
  readonly run?: number | readonly number[] | 'all';
  readonly since?: Date | number | string;
}

/** What is read back of a monitor. */
export type LoggedEvent = 'drift' | 'alert' | 'snapshot' | 'state';

/** The questions that a monitor answers from the log. Nothing is written. */
export class ReadableMonitor {
  readonly model: string;
  readonly kind: MonitorKind;
  /** `monitors/<experiment>/<model>`. */
  readonly name: string;
  readonly #parts: MonitorParts;
  readonly #options: MonitorOptions;

  constructor(parts: MonitorParts, options: MonitorOptions) {
    this.#parts = parts;
    this.#options = options;
    this.model = options.model;
    this.kind = options.kind ?? 'model';
    this.name = parts.log.name;
  }

  get length(): number {
    return (this.#parts.log.head?.seq ?? -1) + 1;
  }

  get neededRows(): number {
    return neededRowsOf(this.#parts);
  }

  async pendingRows(): Promise<number> {
    const { log, windows } = this.#parts;
    await this.#options.prepare();
    return windows.rowsSince((await log.readState()).head);
  }

  async baselineInfo(): Promise<BaselineDescription | undefined> {
    const { log, baselines } = this.#parts;
    return baselines.describe(await log.readState());
  }

  async incidents(): Promise<readonly Incident[]> {
    return (await this.#parts.log.readState()).memory.incidents;
  }

  async proposals(): Promise<readonly Proposal[]> {
    return [...(await this.#parts.log.readState()).versions.proposals.values()];
  }

  async profile(seq = -1): Promise<Profile> {
    const { log, windows } = this.#parts;
    const { seq: last } = (await log.readState()).head;
    return (await windows.snapshot(resolveSnapshotNumber(seq, { last, model: this.model })))
      .profile;
  }

  async compare(query: CompareQuery = {}): Promise<DriftStats> {
    const { judge } = this.#parts;
    const options = this.#options;
    const pairs = await pairsOf(query, await this.#snapshots());
    const rate = query.ci === undefined ? options.falseAlarmRate() : 1 - query.ci;
    return DriftStats.series(pairs.map(([from, to]) => judge.compare(from, to, rate)));
  }

  async summary({
    column,
    statistic = 'mean',
    ...query
  }: CompareQuery & DriftRowFilter = {}): Promise<DriftRow[]> {
    const stats = await this.compare({ seq: 'baseline', ...query });
    const rows =
      statistic === 'mean'
        ? stats.summary()
        : stats.rows.filter((row) => row.statistic === statistic);
    return column === undefined ? rows : rows.filter((row) => row.column === column);
  }

  async explain(column: string): Promise<MonitorExplanation> {
    const stats = await this.#latestVerdict();
    if (!stats.columns.includes(column)) {
      const nearest = nearestName(column, stats.columns);
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `there is no column ${shown(column)}; did you mean ${nearest}?`,
      );
    }
    return explained(stats, column, this.#parts.log, this.#options.store);
  }

  async backtest(
    rules: readonly AlertRule[] = this.#parts.desk.rules,
    { since: time }: { readonly since?: Date | number | string } = {},
  ): Promise<Backtest> {
    this.#parts.desk.check(rules);
    const { log, baselines } = this.#parts;
    const options = this.#options;
    const since =
      time === undefined ? Number.NEGATIVE_INFINITY : timeOf('since', time, options.clock);
    const state = await log.readState();
    const whose = { experiment: options.log.experiment, model: this.model };
    const replayed = await runBacktest(rules, this.#replay(state, since), whose);
    const hasBaseline = state.head.seq >= baselines.firstCompared(state) - 1;
    return { ...replayed, smallestShifts: hasBaseline ? (await this.calibration()).columns : [] };
  }

  async calibration(): Promise<CalibrationReport> {
    const { log, baselines, windows } = this.#parts;
    const options = this.#options;
    const state = await log.readState();
    const { head } = state;
    const isCompared = head.seq >= baselines.firstCompared(state);
    const last = isCompared ? await windows.snapshot(head.seq) : undefined;
    const baseline = await this.#baselineOf(state, last ?? this.#nextWindow(head));
    return reportCalibration({
      baseline: baseline.profile,
      history: historyOf(baseline),
      windowRows: last?.profile.effectiveRows ?? options.minRows,
      falseAlarmRate: options.falseAlarmRate(),
      periodMs: options.periodMs,
      ...(last !== undefined && { window: last.window }),
    });
  }

  events(event: 'drift' | 'alert', query?: MonitorEventQuery): Promise<DriftStats>;
  events(event: 'snapshot' | 'state', query?: MonitorEventQuery): Promise<EventTable>;
  async events(
    event: LoggedEvent,
    { column, statistic, ...query }: MonitorEventQuery = {},
  ): Promise<DriftStats | EventTable> {
    const { log: own, windows, baselines } = this.#parts;
    const options = this.#options;
    const { log } = options;
    if (event === 'state')
      return log.data({ ...query, event: 'system', key: `${own.name}/${STATE_NOTES}` });
    const state = await own.readState();
    const table = await log.data({ ...query, event, key: this.model });
    if (event === 'snapshot') return table;
    const choice = {
      ...defined({ column, statistic }),
    };
    return readBack(table.rows, choice, {
      log: own,
      kept: (seq) => (seq <= state.head.seq ? windows.kept(seq) : Promise.resolve(undefined)),
      baseline: (current) => baselines.of(state, current.window.seq as number, current.window),
    });
  }

  async data({
    since: time,
  }: {
    readonly since?: Date | number | string;
  } = {}): Promise<DescribedSnapshot[]> {
    const { log, windows } = this.#parts;
    const options = this.#options;
    await log.readState();
    const since = time === undefined ? undefined : timeOf('since', time, options.clock);
    return describeSnapshots(log, (seq) => windows.kept(seq), since);
  }

  async report({ format }: { readonly format?: ReportFormat } = {}): Promise<string> {
    const { log } = this.#parts;
    const options = this.#options;
    const stats = await this.#latestVerdict();
    const explanations: MonitorExplanation[] = [];
    for (const column of mostChangedColumns(stats))
      explanations.push(await explained(stats, column, log, options.store));
    const view = {
      experiment: log.experiment,
      model: this.model,
      stats,
      at: options.clock.now(),
      explanations,
      timeline: await timelineOf(log, stats.windows.baseline.seq),
      calibration: await this.calibration(),
    };
    return renderReport(view, format);
  }

  async baseline(): Promise<Profile | undefined> {
    const { log, baselines } = this.#parts;
    const state = await log.readState();
    const { head } = state;
    if (head.seq < baselines.firstCompared(state) - 1) return undefined;
    return (await baselines.of(state, head.seq + 1, this.#nextWindow(head).window))?.profile;
  }

  /** The latest snapshot against the baseline, with the merged windows that its capture looked at too. */
  async #latestVerdict(): Promise<DriftStats> {
    const { log, baselines, judge, windows } = this.#parts;
    const state = await log.readState();
    const { head } = state;
    const first = baselines.firstCompared(state);
    if (head.seq === 0 && first === 1) {
      throw new LeewayError(
        'ERR_LEEWAY_STATE',
        `${JSON.stringify(this.model)} has a baseline, but no window was compared with it yet; status() reports when the next capture is`,
      );
    }
    if (head.seq < first) return this.compare({ seq: 'baseline' });
    const { stats } = await judge.judge(state, await windows.snapshot(head.seq), head.seq);
    if (stats !== undefined) return stats;
    throw new LeewayError(
      'ERR_LEEWAY_STATE',
      `the latest snapshot of ${JSON.stringify(this.model)} has nothing to be compared with yet`,
    );
  }

  /** Judges the snapshots there are as captures would, oldest first; those whose profile is kept no longer are passed over. */
  async *#replay(state: LoggedState, since: number): AsyncGenerator<JudgedWindow> {
    const { baselines, windows, judge } = this.#parts;
    for (let seq = baselines.firstCompared(state); seq <= state.head.seq; seq += 1) {
      const snapshot = await windows.kept(seq);
      if (snapshot === undefined || (snapshot.window.to ?? Number.POSITIVE_INFINITY) < since)
        continue;
      const { stats } = await judge.judge(state, snapshot, seq);
      if (stats !== undefined) yield { seq, stats };
    }
  }

  async #snapshots(): Promise<ComparableSnapshots> {
    const { log, windows, baselines } = this.#parts;
    const options = this.#options;
    const state = await log.readState();
    return {
      last: state.head.seq,
      snapshot: (seq) => windows.snapshot(seq),
      kept: (seq) => windows.kept(seq),
      ends: () => windows.ends(),
      baseline: (current) => this.#baselineOf(state, current),
      firstCompared: baselines.firstCompared(state),
      clock: options.clock,
      model: this.model,
      kind: this.kind,
    };
  }

  /** @throws LeewayError `ERR_LEEWAY_STATE` where there is none yet. */
  async #baselineOf(state: LoggedState, { window }: Pick<Snapshot, 'window'>): Promise<Snapshot> {
    const baseline = await this.#parts.baselines.of(
      state,
      window.seq ?? state.head.seq + 1,
      window,
    );
    if (baseline !== undefined) return baseline;
    throw new LeewayError(
      'ERR_LEEWAY_STATE',
      `there is no baseline of ${JSON.stringify(this.model)} yet`,
    );
  }

  /** A window that would be taken now, for what depends on its number and time only. */
  #nextWindow(head: MonitorHead): Pick<Snapshot, 'window'> {
    const { clock, periodMs } = this.#options;
    const now = clock.now();
    return { window: { seq: head.seq + 1, from: now - (periodMs ?? 0), to: now } };
  }
}
