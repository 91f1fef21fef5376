import type { Alert } from '../alert/alert.js';
import type { AlertRule } from '../alert/rule.js';
import { missingForCalibration } from '../drift/calibration/calibration.js';
import type { ComparisonSettings } from '../drift/compare-options.js';
import { unmatchedColumns } from '../drift/compare-options.js';
import type { DriftStats } from '../drift/drift-stats.js';
import type { Verdict } from '../drift/verdict/not-compared.js';
import type { Clock } from '../leaves/clock.js';
import { LeewayError } from '../leaves/errors.js';
import { DOUBT_WORDS } from '../profile/column-doubts.js';
import type { NewEntry } from '../tracking/log-entry.js';
import type { MonitorHead } from '../tracking/window-commit.js';
import type { AlertDesk, Sight } from './alerting/alert-desk.js';
import { silenceOf } from './alerting/silence.js';
import type { BaselineGrowth } from './baseline/baseline-growth.js';
import type { Baselines } from './baseline/baselines.js';
import type { Deployments } from './baseline/model-versions.js';
import type { Judge, Judgement } from './judge.js';
import { MAX_CONFLICTS, type MonitorLog } from './log/monitor-log.js';
import type { Standing } from './status/live-status.js';
import { boundedRemarks, remarkEntries } from './status/remarks.js';
import type { MonitorState } from './status/state.js';
import { historyOf, type OpenWindow, type Snapshot, type WindowReader } from './window/window.js';

/** What a capture found. */
export interface CaptureResult {
  /** The verdict on the model's table. */
  readonly drift: boolean;
  /** The same with its third possibility: `none` where nothing was compared, whatever the reason. */
  readonly verdict: Verdict;
  /**
   * `compared`: there is a verdict. `nothing-compared`: no column could be compared; `stats.notCompared` says why. `learning`: the baseline is not complete, or was taken by this capture. `new-version`: all rows are of a
   * version of the model that was never seen before; see `proposals()`. `too-few`: the window has fewer rows than a verdict needs, and
   * stays open. `no-rows`: nothing came since the last capture. `elsewhere`: another replica made the capture of this tick.
   */
  readonly outcome: 'compared' | 'nothing-compared' | 'learning' | 'new-version' | 'too-few' | 'no-rows' | 'elsewhere';
  /** The comparison, where there was one. */
  readonly stats: DriftStats | undefined;
  readonly alerts: readonly Alert[];
  /** The capture's run, where it wrote anything. */
  readonly run: number | undefined;
  /** Rows of the window. */
  readonly rows: number;
}

/** How a capture is made this once. */
export interface CaptureOrder {
  /** Other rules: then nothing is remembered of them. */
  readonly rules?: readonly AlertRule[] | undefined;
  /** The tick it is for. */
  readonly tick?: number | undefined;
  /** What the window is compared with, in place of the monitor's own baseline. */
  readonly against?: ((head: MonitorHead) => Promise<Snapshot>) | undefined;
  /** `'auto'`: a snapshot is taken where rows came and none was taken by hand; `false`: none is taken. */
  readonly snapshot: 'auto' | false;
}

/** What captures need to know. */
export interface CapturerOptions {
  readonly log: MonitorLog;
  readonly windows: WindowReader;
  readonly baselines: Baselines;
  readonly growth: BaselineGrowth;
  readonly deployments: Deployments;
  readonly judge: Judge;
  readonly desk: AlertDesk;
  readonly standing: Standing;
  readonly clock: Clock;
  readonly comparison: ComparisonSettings;
  readonly minRows: number;
  readonly periodMs: number | undefined;
  /** Reads where the monitor stands. */
  readonly readHead: () => Promise<MonitorHead>;
  readonly snapshotEntry: (seq: number, snapshot: OpenWindow, by: 'capture') => NewEntry;
  readonly prepare: () => Promise<void>;
  readonly notify: () => Promise<void>;
}

/** The first window, if it is to be the baseline, takes this many times the rows of a later one. */
const BASELINE_WINDOWS = 10;
/** Notes of a monitor's states go by this name. */
export const STATE_NOTES = 'state';

/** The work of a tick: a snapshot, a verdict, and what follows from it, committed in one piece. */
export class Capturer {
  readonly #options: CapturerOptions;

  constructor(options: CapturerOptions) {
    this.#options = options;
  }

  /** How many rows the next cut needs. */
  neededRows(head: MonitorHead | undefined): number {
    const { baselines, minRows } = this.#options;
    const isFirst = baselines.growsFirst && (head?.seq ?? -1) + 1 < baselines.firstTarget;
    return minRows * (isFirst ? BASELINE_WINDOWS : 1);
  }

  async capture(order: CaptureOrder): Promise<CaptureResult> {
    const { log, windows, baselines, growth, standing, prepare, readHead, snapshotEntry } = this.#options;
    await prepare();
    let noted = standing.windowRows;
    for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
      const head = await readHead();
      if (order.tick !== undefined && head.tick >= order.tick) {
        return {
          drift: false,
          verdict: 'none',
          outcome: 'elsewhere',
          stats: undefined,
          alerts: [],
          run: undefined,
          rows: 0,
        };
      }
      const grown = await growth.due(head);
      if (grown !== undefined) {
        // Whoever is first, from then on it is the baseline of all.
        const { seq, cursor, captured } = head;
        await log.commit(head, { next: { seq, cursor, captured }, entries: [grown] });
        continue;
      }
      const isTaken = order.snapshot === false || head.seq > head.captured;
      if (isTaken && head.seq < 0) {
        const whose = JSON.stringify(log.model);
        throw new LeewayError(
          'ERR_LEEWAY_STATE',
          `${whose} has no snapshot yet; capture() without snapshot: false takes one`,
        );
      }
      const open = isTaken ? undefined : await windows.open(head);
      const target: Snapshot = open ?? (await windows.snapshot(head.seq));
      const seq = isTaken ? head.seq : head.seq + 1;
      const { rows } = target.profile;
      const nothing = { drift: false, verdict: 'none' as const, stats: undefined, alerts: [], run: undefined, rows };
      if (open !== undefined) {
        // What this process counted is corrected by what the log holds; rows that came in meanwhile stay on top.
        standing.windowRows += rows - noted;
        noted = rows;
        standing.thinSince = rows > 0 && rows < this.#options.minRows ? open.window.from : null;
        if (rows < this.neededRows(head)) {
          const outcome = rows === 0 ? 'no-rows' : seq < baselines.firstTarget ? 'learning' : 'too-few';
          return { ...nothing, ...(await this.#sightSilence(head, order.tick)), outcome };
        }
        if (seq === baselines.firstTarget - 1) open.profile.blocks = await windows.history(open, head);
      }
      if (order.snapshot === false && head.seq <= head.captured) return this.#again(target, head, order);
      const next = { seq, cursor: open?.upTo ?? head.cursor, captured: Math.max(seq, head.captured) };
      const entries = open === undefined ? [] : [snapshotEntry(seq, open, 'capture')];
      const window = { ...target.window, seq };
      const judgement =
        seq < baselines.firstTarget && (order.against === undefined || seq === 0)
          ? undefined
          : await this.#judged({ profile: target.profile, window }, head, order);
      if (judgement?.stats === undefined) {
        const told = [...entries, ...(judgement?.notes ?? []), ...(await this.#stateNotes('learning'))];
        const run = await log.commit(head, { next, tick: order.tick, entries: told });
        if (run === undefined) continue;
        standing.hadBaseline = judgement === undefined || judgement.baseline !== undefined;
        if (open !== undefined) standing.windowRows -= rows;
        return { ...nothing, outcome: (judgement?.fresh.length ?? 0) > 0 ? 'new-version' : 'learning', run };
      }
      const settled = await this.#commitVerdict(
        head,
        { ...judgement, stats: judgement.stats },
        { ...order, next, entries, window },
      );
      if (settled === undefined) continue;
      if (open !== undefined) standing.windowRows -= rows;
      return { ...settled, rows };
    }
    throw log.conflict('capture');
  }

  /** A window that was judged before is told of again, and means nothing new to rules. */
  async #again(target: Snapshot, head: MonitorHead, order: CaptureOrder): Promise<CaptureResult> {
    const { rows } = target.profile;
    const { stats } = await this.#judged(target, head, order);
    const outcome = stats === undefined ? 'learning' : outcomeOf(stats);
    const { drift = false, verdict = 'none' } = stats ?? {};
    return { drift, verdict, outcome, stats, alerts: [], run: undefined, rows };
  }

  #judged(target: Snapshot, head: MonitorHead, { against }: CaptureOrder): Promise<Judgement> {
    const { judge } = this.#options;
    const seq = target.window.seq as number;
    if (against === undefined) return judge.judge(target, seq);
    return against(head).then((baseline) => ({
      ...{ stats: judge.compare(baseline, target), baseline, notes: [], fresh: [] },
    }));
  }

  /** Commits a verdict with its alerts. @returns `undefined` where somebody else was first. */
  async #commitVerdict(
    head: MonitorHead,
    { stats, baseline, notes }: Judgement & { readonly stats: DriftStats },
    order: Pick<CaptureOrder, 'rules' | 'tick'> & {
      readonly next: { readonly seq: number; readonly cursor: number; readonly captured: number };
      readonly entries: readonly NewEntry[];
      readonly window: Snapshot['window'];
    },
  ): Promise<Omit<CaptureResult, 'rows'> | undefined> {
    const { log, baselines, desk, standing, clock, comparison, periodMs, notify } = this.#options;
    const { next, window } = order;
    const now = clock.now();
    const missing = baseline === undefined ? [] : missingForCalibration(historyOf(baseline), periodMs);
    const sight = { seq: next.seq, version: head.version + 1, since: window.from ?? window.to ?? now, now };
    const work = desk.judge(sightsOf(stats, sight, missing.length > 0), await desk.memory(), order.rules);
    const state = STATES[stats.verdict];
    const remarks = boundedRemarks({
      verdict: stats.verdict,
      notCompared: stats.notCompared,
      complaints: [
        ...unmatchedColumns(comparison.columns, stats.columns),
        ...failedStatistics(stats),
        ...doubtfulColumns(stats),
        ...work.failures,
      ],
    });
    const run = await log.commit(head, {
      next,
      tick: order.tick,
      entries: [
        ...order.entries,
        ...(stats.drift ? [log.entry('drift', next.seq, stats.toJSON())] : []),
        ...(await baselines.toLog()),
        ...notes,
        ...work.entries,
        ...(await this.#stateNotes(state)),
        ...(await remarkEntries(log, remarks)),
      ],
      deliveries: work.deliveries,
    });
    if (run === undefined) return undefined;
    baselines.logged();
    standing.hadBaseline = true;
    standing.noteRemarks(remarks);
    standing.drifted = stats.drifted;
    standing.driftedSegments = stats.driftedSegments;
    standing.comparedAt = now;
    standing.uncalibrated = missing;
    if (work.alerts.length > 0) await notify();
    const { drift, verdict } = stats;
    return { drift, verdict, outcome: outcomeOf(stats), stats, alerts: work.alerts, run };
  }

  /** Tells those who asked that captures fail. */
  async sightFailure(reason: string): Promise<void> {
    const now = this.#options.clock.now();
    await this.#sightState(await this.#options.readHead(), { event: 'failing', reason, since: now }, undefined);
  }

  /** Too few rows came: after a while, that is something to tell those who asked. */
  async #sightSilence(head: MonitorHead, tick: number | undefined): Promise<Partial<CaptureResult>> {
    const { standing, clock, periodMs } = this.#options;
    const { lastRowAt, thinSince, windowRows } = standing;
    const neededRows = this.neededRows(head);
    const silence = silenceOf({ lastRowAt, thinSince, windowRows, neededRows, periodMs }, clock.now());
    return silence === undefined ? {} : this.#sightState(head, { event: 'no-data', ...silence }, tick);
  }

  /** Judges what is no comparison, and commits what follows, where anything does. */
  async #sightState(
    head: MonitorHead,
    state: { readonly event: 'no-data' | 'failing'; readonly reason: string; readonly since: number },
    tick: number | undefined,
  ): Promise<Partial<CaptureResult>> {
    const { log, desk, clock, notify } = this.#options;
    const sight = { ...state, holds: true, seq: head.seq, version: head.version + 1, now: clock.now() };
    const work = desk.judge([sight], await desk.memory());
    const entries = [...work.entries, ...(await this.#stateNotes(state.event, state.reason))];
    if (entries.length === 0) return {};
    const run = await log.settle(head, { entries, deliveries: work.deliveries, tick }, 'alert');
    if (work.alerts.length > 0) await notify();
    return { alerts: work.alerts, run };
  }

  /** The note of a state, where it is another than was noted last. */
  async #stateNotes(state: MonitorState, reason?: string): Promise<NewEntry[]> {
    const { log } = this.#options;
    // Read each time: another replica may have noted one since.
    for await (const { value } of log.notes(STATE_NOTES, { limit: 1 })) {
      if ((value as { state?: MonitorState } | null)?.state === state) return [];
    }
    return [log.note(STATE_NOTES, { state, ...(reason !== undefined && { reason }) })];
  }
}

const STATES = { drift: 'drifting', 'no drift': 'healthy', none: 'learning' } as const;

function outcomeOf({ outcome, verdict }: DriftStats): 'compared' | 'nothing-compared' | 'too-few' {
  if (outcome === 'too-few') return 'too-few';
  return verdict === 'none' ? 'nothing-compared' : 'compared';
}

/** Columns that can't be read are reported one by one, up to so many. */
const DOUBTS_TOLD = 5;

/** Columns that can't be read with certainty, without any of their values. */
function doubtfulColumns(stats: DriftStats): string[] {
  const doubts = stats.columns.flatMap((column) => stats.target(column).profile.doubts);
  const told = doubts.filter(({ about }) => about !== 'not-numbers').slice(0, DOUBTS_TOLD);
  return told.map(({ column, about, count }) => `${column}: ${count} values ${DOUBT_WORDS[about]}`);
}

/** Statistics that failed, with the first reason of each. */
function failedStatistics(stats: DriftStats): string[] {
  const failed = new Map<string, string>();
  for (const { statistic, column, error } of stats.failed) {
    if (failed.has(statistic)) continue;
    failed.set(statistic, `the statistic ${JSON.stringify(statistic)} failed on ${JSON.stringify(column)}: ${error}`);
  }
  return [...failed.values()];
}

type CommonSight = Pick<Sight, 'seq' | 'version' | 'since' | 'now'>;

/** What a verdict means to rules: for the whole, and where that is quiet, for each segment. */
function sightsOf(stats: DriftStats, common: CommonSight, uncalibrated: boolean): Sight[] {
  const sight = { ...common, uncalibrated, modelVersion: stats.windows.to.version ?? null };
  const isQuiet = stats.drifted.length === 0;
  const segments = [...stats.segments].map(
    ([segment, own]): Sight => ({ ...sight, event: 'drift', stats: own, segment }),
  );
  return [
    { ...sight, event: 'drift', stats },
    // What moves everywhere is one thing, and was told.
    ...(isQuiet ? segments : []),
    // Where there is a verdict there is data, and the monitor works.
    ...(['no-data', 'failing'] as const).map((event): Sight => ({ ...common, event, holds: false })),
  ];
}
