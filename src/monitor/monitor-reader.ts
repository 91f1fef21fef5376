import type { AlertRule } from '../alert/rule.js';
import { DriftStats } from '../drift/drift-stats.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { nearestName } from '../leaves/option-names.js';
import type { Profile } from '../profile/profile.js';
import { mostChanged } from '../report/explanations.js';
import { type ReportFormat, renderReport } from '../report/report.js';
import { timeOf } from '../tracking/event-query.js';
import type { EventTable } from '../tracking/event-table.js';
import type { MonitorHead } from '../tracking/window-commit.js';
import type { DriftRowFilter } from './alerting/rule-narrowing.js';
import type { Baselines } from './baseline/baselines.js';
import type { Judge } from './judge.js';
import type { MonitorKind } from './log/monitor-kind.js';
import type { MonitorLog } from './log/monitor-log.js';
import { type MonitorState, STATE_NOTES } from './log/monitor-state.js';
import type { MonitorOptions } from './monitor-options.js';
import { type Backtest, type JudgedWindow, runBacktest } from './read/backtest.js';
import { type CalibrationReport, reportCalibration } from './read/calibration-report.js';
import { type CompareQuery, pairsOf, resolveSnapshotNumber, type SnapshotSource } from './read/comparisons.js';
import { explained, type MonitorExplanation } from './read/explanations.js';
import { readBack } from './read/read-back.js';
import { type DescribedSnapshot, describeSnapshots } from './window/described-snapshots.js';
import { timelineOf } from './window/timeline.js';
import { historyOf, type Snapshot, type WindowReader } from './window/window.js';

/** Which events of a monitor are read. */
export interface MonitorEventQuery extends DriftRowFilter {
  readonly run?: number | readonly number[] | 'all';
  readonly since?: Date | number | string;
}

/** What is read back of a monitor. */
export type LoggedEvent = 'drift' | 'alert' | 'snapshot' | 'state';

type Time = Date | number | string | undefined;

/** What a reader reads from. */
export interface MonitorReaderOptions {
  readonly log: MonitorLog;
  readonly windows: WindowReader;
  readonly baselines: Baselines;
  readonly judge: Judge;
  readonly options: MonitorOptions;
  readonly kind: MonitorKind;
}

/** Answers what is asked of a monitor, from its log: compares, explains, replays, reports. It writes nothing. */
export class MonitorReader {
  readonly #from: MonitorReaderOptions;

  constructor(from: MonitorReaderOptions) {
    this.#from = from;
  }

  /** @param seq the snapshot's number; negative ones count back. */
  async profile(seq: number): Promise<Profile> {
    const { log, windows } = this.#from;
    const { seq: last } = (await log.readState()).head;
    return (await windows.snapshot(resolveSnapshotNumber(seq, { last, model: this.#model }))).profile;
  }

  async compare(query: CompareQuery): Promise<DriftStats> {
    const { judge, options } = this.#from;
    const pairs = await pairsOf(query, await this.#snapshots());
    const rate = query.ci === undefined ? options.falseAlarmRate() : 1 - query.ci;
    return DriftStats.series(pairs.map(([from, to]) => judge.compare(from, to, rate)));
  }

  async explain(column: string): Promise<MonitorExplanation> {
    const stats = await this.#latestVerdict();
    if (!stats.columns.includes(column)) {
      const nearest = nearestName(column, stats.columns);
      throw new LeewayError('ERR_LEEWAY_OPTION', `there is no column ${shown(column)}; nearest ${nearest}`);
    }
    return explained(stats, column, this.#from.log, this.#from.options.store);
  }

  /** @param rules checked before. @param time from this time on; all there is without. */
  async backtest(rules: readonly AlertRule[], time: Time): Promise<Backtest> {
    const { log, options, baselines } = this.#from;
    const since = time === undefined ? Number.NEGATIVE_INFINITY : timeOf('since', time, options.clock);
    const state = await log.readState();
    const whose = { experiment: options.log.experiment, model: this.#model };
    const replayed = await runBacktest(rules, this.#replay(state, since), whose);
    const hasBaseline = state.head.seq >= baselines.firstCompared(state) - 1;
    return { ...replayed, smallestShifts: hasBaseline ? (await this.calibration()).columns : [] };
  }

  async calibration(): Promise<CalibrationReport> {
    const { log, options, baselines, windows } = this.#from;
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

  async events(
    event: LoggedEvent,
    { column, statistic, ...query }: MonitorEventQuery = {},
  ): Promise<DriftStats | EventTable> {
    const { log: own, options, windows, baselines } = this.#from;
    const { log } = options;
    if (event === 'state') return log.data({ ...query, event: 'system', key: `${own.name}/${STATE_NOTES}` });
    const state = await own.readState();
    const table = await log.data({ ...query, event, key: this.#model });
    if (event === 'snapshot') return table;
    const choice = { ...(column !== undefined && { column }), ...(statistic !== undefined && { statistic }) };
    return readBack(table.rows, choice, {
      log: own,
      kept: (seq) => (seq <= state.head.seq ? windows.kept(seq) : Promise.resolve(undefined)),
      baseline: (target) => baselines.of(state, target.window.seq as number, target.window),
    });
  }

  /** @param time only snapshots that end at or after it. */
  async data(time: Time): Promise<DescribedSnapshot[]> {
    const { log, options, windows } = this.#from;
    await log.readState();
    const since = time === undefined ? undefined : timeOf('since', time, options.clock);
    return describeSnapshots(log, (seq) => windows.kept(seq), since);
  }

  async report(format: ReportFormat | undefined): Promise<string> {
    const { log, options } = this.#from;
    const stats = await this.#latestVerdict();
    const explanations: MonitorExplanation[] = [];
    for (const column of mostChanged(stats)) explanations.push(await explained(stats, column, log, options.store));
    const view = {
      ...{ experiment: log.experiment, model: this.#model, stats, at: options.clock.now(), explanations },
      timeline: await timelineOf(log, stats.windows.from.seq),
      calibration: await this.calibration(),
    };
    return renderReport(view, format);
  }

  /** What the next window is compared with, or `undefined` where it is not there yet. */
  async baseline(): Promise<Profile | undefined> {
    const { log, baselines } = this.#from;
    const state = await log.readState();
    const { head } = state;
    if (head.seq < baselines.firstCompared(state) - 1) return undefined;
    return (await baselines.of(state, head.seq + 1, this.#nextWindow(head).window))?.profile;
  }

  get #model(): string {
    return this.#from.log.model;
  }

  /** The latest snapshot against the baseline, with the merged windows that its capture looked at too. */
  async #latestVerdict(): Promise<DriftStats> {
    const { log, baselines, judge, windows } = this.#from;
    const state = await log.readState();
    const { head } = state;
    const first = baselines.firstCompared(state);
    if (head.seq === 0 && first === 1) {
      throw new LeewayError(
        'ERR_LEEWAY_STATE',
        `${JSON.stringify(this.#model)} has its baseline, and no window that was compared with it yet; status() says when the next capture is`,
      );
    }
    if (head.seq < first) return this.compare({ seq: 'baseline' });
    const { stats } = await judge.judge(state, await windows.snapshot(head.seq), head.seq);
    if (stats !== undefined) return stats;
    throw new LeewayError(
      'ERR_LEEWAY_STATE',
      `the latest snapshot of ${JSON.stringify(this.#model)} has nothing to be compared with yet`,
    );
  }

  /** Judges the snapshots there are as captures would, oldest first; those whose profile is kept no longer are passed over. */
  async *#replay(state: MonitorState, since: number): AsyncGenerator<JudgedWindow> {
    const { baselines, windows, judge } = this.#from;
    for (let seq = baselines.firstCompared(state); seq <= state.head.seq; seq += 1) {
      const snapshot = await windows.kept(seq);
      if (snapshot === undefined || (snapshot.window.to ?? Number.POSITIVE_INFINITY) < since) continue;
      const { stats } = await judge.judge(state, snapshot, seq);
      if (stats !== undefined) yield { seq, stats };
    }
  }

  async #snapshots(): Promise<SnapshotSource> {
    const { log, windows, baselines, options, kind } = this.#from;
    const state = await log.readState();
    return {
      last: state.head.seq,
      snapshot: (seq) => windows.snapshot(seq),
      kept: (seq) => windows.kept(seq),
      ends: () => windows.ends(),
      baseline: (target) => this.#baselineOf(state, target),
      firstCompared: baselines.firstCompared(state),
      clock: options.clock,
      ...{ model: this.#model, kind },
    };
  }

  /** @throws LeewayError `ERR_LEEWAY_STATE` where there is none yet. */
  async #baselineOf(state: MonitorState, { window }: Pick<Snapshot, 'window'>): Promise<Snapshot> {
    const baseline = await this.#from.baselines.of(state, window.seq ?? state.head.seq + 1, window);
    if (baseline !== undefined) return baseline;
    throw new LeewayError('ERR_LEEWAY_STATE', `there is no baseline of ${JSON.stringify(this.#model)} yet`);
  }

  /** A window that would be taken now, for what depends on its number and time only. */
  #nextWindow(head: MonitorHead): Pick<Snapshot, 'window'> {
    const { clock, periodMs } = this.#from.options;
    const now = clock.now();
    return { window: { seq: head.seq + 1, from: now - (periodMs ?? 0), to: now } };
  }
}
