import type { Alert } from '../alert/alert.js';
import type { AlertRule } from '../alert/rule.js';
import { missingForCalibration } from '../drift/calibration/calibration.js';
import { unmatchedColumns } from '../drift/compare-options.js';
import type { DriftStats } from '../drift/drift-stats.js';
import type { Verdict } from '../drift/verdict/not-compared.js';
import { defined } from '../leaves/defined.js';
import { LeewayError } from '../leaves/errors.js';
import { DOUBT_WORDS } from '../profile/column-doubts.js';
import type { NewEntry } from '../tracking/log-entry.js';
import type { AlertDesk, RuleInput } from './alerting/alert-desk.js';
import { silenceOf } from './alerting/silence.js';
import type { BaselineGrowth } from './baseline/baseline-growth.js';
import type { Baselines } from './baseline/baselines.js';
import type { Judge, Judgement } from './judge.js';
import type { Commit, MonitorLog, Transaction } from './log/monitor-log.js';
import { type LoggedState, STATE_NOTES } from './log/monitor-state.js';
import { boundedRemarks, REMARK_NOTES } from './log/remarks.js';
import { loggedSettings, type MonitorOptions } from './monitor-options.js';
import { resolveSnapshotNumber } from './read/comparisons.js';
import type { LiveStatus } from './status/live-status.js';
import type { MonitorState as MonitorStateName } from './status/state.js';
import { snapshotEntry } from './window/snapshot-entry.js';
import { historyOf, type OpenWindow, type Snapshot, type WindowReader } from './window/window.js';

/** What a capture found. */
export interface CaptureResult {
  /** The verdict on the model's table. */
  readonly drift: boolean;
  /** The verdict as a word: `none` if nothing was compared, whatever the reason. */
  readonly verdict: Verdict;
  /**
   * - `compared`: there is a verdict
   * - `nothing-compared`: no column could be compared; `stats.notCompared` has the reasons
   * - `learning`: the baseline is not complete, or this capture took it
   * - `new-version`: all rows are of a version of the model that was never seen before; see `proposals()`
   * - `too-few`: the window has fewer rows than a verdict needs, and stays open
   * - `no-rows`: no row arrived since the last capture
   * - `elsewhere`: another replica captured this tick
   */
  readonly outcome:
    | 'compared'
    | 'nothing-compared'
    | 'learning'
    | 'new-version'
    | 'too-few'
    | 'no-rows'
    | 'elsewhere';
  /** The comparison, if there was one. */
  readonly stats: DriftStats | undefined;
  readonly alerts: readonly Alert[];
  /** The capture's run, if it wrote anything. */
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
  /** Which snapshot the window is compared with, in place of the monitor's own baseline: the one before, or one by number. */
  readonly against?: 'recent' | number | undefined;
  /** `'auto'`: a snapshot is taken where rows came and none was taken by hand; `false`: none is taken. */
  readonly snapshot: 'auto' | false;
}

/** What captures need to know. */
export interface CapturerOptions {
  readonly log: MonitorLog;
  readonly windows: WindowReader;
  readonly baselines: Baselines;
  readonly growth: BaselineGrowth;
  readonly judge: Judge;
  readonly desk: AlertDesk;
  readonly live: LiveStatus;
  readonly options: MonitorOptions;
}

/** The first window, if it is to be the baseline, takes this many times the rows of a later one. */
const BASELINE_WINDOWS = 10;
/** What a monitor is after a verdict. */
const STATE_OF = { drift: 'drifting', 'no drift': 'healthy', none: 'learning' } as const;
const NOTHING = {
  drift: false,
  verdict: 'none',
  stats: undefined,
  alerts: [],
  run: undefined,
  rows: 0,
} as const;

/** A window that a capture looks at. */
interface Subject {
  readonly seq: number;
  /** Its rows, under its number. */
  readonly current: Snapshot;
  /** Where it is not a snapshot yet. */
  readonly open: OpenWindow | undefined;
}

/** Rows of the open window that were counted, and may be corrected by what the log holds. */
interface Counted {
  rows: number;
}

/** The work of a tick: a snapshot, a verdict, and what follows from it, committed in one piece. */
export class Capturer {
  readonly #parts: CapturerOptions;

  constructor(parts: CapturerOptions) {
    this.#parts = parts;
  }

  /** How many rows the next cut needs. */
  neededRows(state: Pick<LoggedState, 'baselines'>, seq: number): number {
    const { baselines, options } = this.#parts;
    const isFirst = baselines.growsFirst(state) && seq + 1 < baselines.firstCompared(state);
    return options.minRows * (isFirst ? BASELINE_WINDOWS : 1);
  }

  /** Makes a capture. */
  async capture(order: CaptureOrder): Promise<CaptureResult> {
    const { log, growth, live, options } = this.#parts;
    await options.prepare();
    const counted = { rows: live.windowRows };
    await log.transact('the growth of the baseline', async (state) => {
      const grown = isCaptured(state, order) ? undefined : await growth.due(state);
      // Whoever is first, from then on it is the baseline of all.
      return { commit: grown && { entries: [grown] }, done: () => undefined };
    });
    return log.transact('a capture', async (state) => {
      if (isCaptured(state, order)) return without({ ...NOTHING, outcome: 'elsewhere' });
      const subject = await this.#subject(state, order);
      if (subject.open !== undefined) {
        this.#correct(subject.open, counted);
        if (counted.rows < this.neededRows(state, state.head.seq))
          return this.#tooFew(state, subject, order);
      }
      if (order.snapshot === false && state.head.seq <= state.head.captured) {
        return without(await this.#again(state, subject, order));
      }
      const judgement = await this.#judgement(state, subject, order);
      return judgement?.stats === undefined
        ? this.#learning(state, subject, order, judgement)
        : this.#verdict(state, subject, order, { ...judgement, stats: judgement.stats });
    });
  }

  /** Reports to the rules for it that captures fail. */
  async reportFailure(reason: string): Promise<void> {
    const event = { event: 'failing', reason, since: this.#now } as const;
    await this.#parts.log.transact('the report of a failure', async (state) => {
      const { commit, alerts } = this.#reported(state, event);
      return { commit, done: () => this.#notify(alerts) };
    });
  }

  /** The window that is captured: the open one, or the latest snapshot where that was taken by hand. */
  async #subject(state: LoggedState, order: CaptureOrder): Promise<Subject> {
    const { log, windows, baselines } = this.#parts;
    const { head } = state;
    if (order.snapshot !== false && head.seq <= head.captured) {
      const open = await windows.open(head);
      const seq = head.seq + 1;
      const isBaseline = seq === baselines.firstCompared(state) - 1;
      const isEnough = open.profile.rows >= this.neededRows(state, head.seq);
      if (isBaseline && isEnough) open.profile.blocks = await windows.history(open, head);
      return { seq, open, current: { profile: open.profile, window: { ...open.window, seq } } };
    }
    if (head.seq < 0) {
      const whose = JSON.stringify(log.model);
      throw new LeewayError(
        'ERR_LEEWAY_STATE',
        `${whose} has no snapshot yet; capture() without snapshot: false takes one`,
      );
    }
    const { profile, window } = await windows.snapshot(head.seq);
    const current = { profile, window: { ...window, seq: head.seq } };
    return { seq: head.seq, open: undefined, current };
  }

  /** Corrects what this process counted by what the log holds. Rows that came in meanwhile stay on top. */
  #correct({ profile: { rows }, window }: OpenWindow, counted: Counted): void {
    const { live, options } = this.#parts;
    live.windowRows += rows - counted.rows;
    counted.rows = rows;
    live.thinSince = rows > 0 && rows < options.minRows ? window.from : null;
  }

  /** The window stays open. After a while, too few rows are something to report. */
  #tooFew(
    state: LoggedState,
    { seq, current }: Subject,
    { tick }: CaptureOrder,
  ): Transaction<CaptureResult> {
    const { live, baselines, options } = this.#parts;
    const { rows } = current.profile;
    const { lastRowAt, thinSince, windowRows } = live;
    const neededRows = this.neededRows(state, state.head.seq);
    const { periodMs } = options;
    const silence = silenceOf(
      { lastRowAt, thinSince, windowRows, neededRows, periodMs },
      this.#now,
    );
    const few = seq < baselines.firstCompared(state) ? 'learning' : 'too-few';
    const result = { ...NOTHING, rows, outcome: rows === 0 ? ('no-rows' as const) : few } as const;
    if (silence === undefined) return without(result);
    const { commit, alerts } = this.#reported(state, { event: 'no-data', ...silence }, tick);
    return {
      commit,
      done: async (run) => {
        await this.#notify(alerts);
        return { ...result, alerts, run };
      },
    };
  }

  /** A window that was judged before is judged once more, and means nothing new to rules. */
  async #again(state: LoggedState, subject: Subject, order: CaptureOrder): Promise<CaptureResult> {
    const { stats } = await this.#compared(state, subject, order);
    const { drift = false, verdict = 'none' } = stats ?? {};
    const outcome = stats === undefined ? 'learning' : outcomeOf(stats);
    return { ...NOTHING, drift, verdict, outcome, stats, rows: subject.current.profile.rows };
  }

  /** @returns `undefined` where the window is a baseline, which is there to be compared with. */
  async #judgement(
    state: LoggedState,
    subject: Subject,
    order: CaptureOrder,
  ): Promise<Judgement | undefined> {
    const { seq } = subject;
    const isCompared = seq >= this.#parts.baselines.firstCompared(state);
    const isAsked = order.against !== undefined && seq > 0;
    return isCompared || isAsked ? this.#compared(state, subject, order) : undefined;
  }

  async #compared(
    state: LoggedState,
    { seq, current, open }: Subject,
    order: CaptureOrder,
  ): Promise<Judgement> {
    const { judge, windows, log } = this.#parts;
    const { against } = order;
    if (against === undefined) return judge.judge(state, current, seq);
    const { head } = state;
    const number =
      against === 'recent'
        ? head.seq - (open === undefined ? 1 : 0)
        : resolveSnapshotNumber(against, { last: head.seq, model: log.model });
    const baseline = await windows.snapshot(number);
    return { stats: judge.compare(baseline, current), baseline, notes: [], fresh: [] };
  }

  /** A window without a verdict: it is the baseline, or there is nothing to compare it with. */
  #learning(
    state: LoggedState,
    subject: Subject,
    { tick }: CaptureOrder,
    judgement: Judgement | undefined,
  ): Transaction<CaptureResult> {
    const { live } = this.#parts;
    const { rows } = subject.current.profile;
    const isNew = (judgement?.fresh.length ?? 0) > 0;
    return {
      commit: {
        next: this.#next(state, subject),
        tick,
        entries: [
          ...this.#snapshotEntries(subject),
          ...(judgement?.notes ?? []),
          ...this.#stateNotes(state, 'learning'),
        ],
      },
      done: (run) => {
        live.hadBaseline = judgement === undefined || judgement.baseline !== undefined;
        if (subject.open !== undefined) live.windowRows -= rows;
        return { ...NOTHING, rows, run, outcome: isNew ? 'new-version' : 'learning' };
      },
    };
  }

  /** A verdict, with its alerts. */
  async #verdict(
    state: LoggedState,
    subject: Subject,
    order: CaptureOrder,
    { stats, baseline, notes }: Judgement & { readonly stats: DriftStats },
  ): Promise<Transaction<CaptureResult>> {
    const { log, baselines, desk, live, options } = this.#parts;
    const { window, profile } = subject.current;
    const now = this.#now;
    const { periodMs, comparison } = options;
    const missing =
      baseline === undefined ? [] : missingForCalibration(historyOf(baseline), periodMs);
    const since = window.from ?? window.to ?? now;
    const common = { seq: subject.seq, version: state.head.version + 1, since, now };
    const work = desk.judge(
      ruleInputsOf(stats, common, missing.length > 0),
      state.memory,
      order.rules,
    );
    const remarks = boundedRemarks({
      verdict: stats.verdict,
      notCompared: stats.notCompared,
      complaints: [
        ...unmatchedColumns(comparison?.columns, stats.columns),
        ...failedStatistics(stats),
        ...doubtfulColumns(stats),
        ...work.failures,
      ],
    });
    const isSame = JSON.stringify(state.remarks) === JSON.stringify(remarks);
    const commit = {
      next: this.#next(state, subject),
      tick: order.tick,
      entries: [
        ...this.#snapshotEntries(subject),
        ...(stats.drift ? [log.entry('drift', subject.seq, stats.toJSON())] : []),
        ...(await baselines.missingEntries(state)),
        ...notes,
        ...work.entries,
        ...this.#stateNotes(state, STATE_OF[stats.verdict]),
        ...(isSame ? [] : [log.note(REMARK_NOTES, remarks)]),
      ],
      deliveries: work.deliveries,
    };
    return {
      commit,
      done: async (run) => {
        live.noteVerdict({ stats, remarks, missing, now });
        if (subject.open !== undefined) live.windowRows -= profile.rows;
        await this.#notify(work.alerts);
        const { drift, verdict } = stats;
        return {
          drift,
          verdict,
          outcome: outcomeOf(stats),
          stats,
          alerts: work.alerts,
          run,
          rows: profile.rows,
        };
      },
    };
  }

  /** What follows from an event that is no verdict, where anything does. */
  #reported(
    state: LoggedState,
    found: {
      readonly event: 'no-data' | 'failing';
      readonly reason: string;
      readonly since: number;
    },
    tick?: number,
  ): { readonly commit: Commit | undefined; readonly alerts: readonly Alert[] } {
    const { desk } = this.#parts;
    const { seq, version } = state.head;
    const input = { ...found, holds: true, seq, version: version + 1, now: this.#now };
    const { alerts, deliveries, entries: raised } = desk.judge([input], state.memory);
    const entries = [...raised, ...this.#stateNotes(state, found.event, found.reason)];
    return { alerts, commit: entries.length === 0 ? undefined : { entries, deliveries, tick } };
  }

  #next({ head }: LoggedState, { seq, open }: Subject): Exclude<Commit['next'], undefined> {
    return { seq, cursor: open?.upTo ?? head.cursor, captured: Math.max(seq, head.captured) };
  }

  #snapshotEntries({ seq, open }: Subject): NewEntry[] {
    const { log, options } = this.#parts;
    if (open === undefined) return [];
    const pinned = options.baseline !== undefined;
    return [
      snapshotEntry(log, open, { seq, by: 'capture', pinned, settings: loggedSettings(options) }),
    ];
  }

  /** The note of a state, where it is another than was noted last. */
  #stateNotes({ noted }: LoggedState, state: MonitorStateName, reason?: string): NewEntry[] {
    if (noted === state) return [];
    return [this.#parts.log.note(STATE_NOTES, { state, ...defined({ reason }) })];
  }

  async #notify(alerts: readonly Alert[]): Promise<void> {
    if (alerts.length > 0) await this.#parts.options.notify();
  }

  get #now(): number {
    return this.#parts.options.clock.now();
  }
}

/** A step that commits nothing. */
const without = <T>(result: T): Transaction<T> => ({ done: () => result });

/** Whether the tick of an order was captured before, here or by another replica. */
function isCaptured({ head }: LoggedState, { tick }: CaptureOrder): boolean {
  return tick !== undefined && head.tick >= tick;
}

function outcomeOf({ outcome, verdict }: DriftStats): 'compared' | 'nothing-compared' | 'too-few' {
  if (outcome === 'too-few') return 'too-few';
  return verdict === 'none' ? 'nothing-compared' : 'compared';
}

/** Columns that can't be read are reported one by one, up to so many. */
const DOUBTS_TOLD = 5;

/** Columns that can't be read with certainty, without any of their values. */
function doubtfulColumns(stats: DriftStats): string[] {
  const doubts = stats.columns.flatMap((column) => stats.current(column).profile.doubts);
  const told = doubts.filter(({ about }) => about !== 'not-numbers').slice(0, DOUBTS_TOLD);
  return told.map(({ column, about, count }) => `${column}: ${count} values ${DOUBT_WORDS[about]}`);
}

/** Statistics that failed, with the first reason of each. */
function failedStatistics(stats: DriftStats): string[] {
  const failed = new Map<string, string>();
  for (const { statistic, column, error } of stats.failed) {
    if (failed.has(statistic)) continue;
    failed.set(
      statistic,
      `the statistic ${JSON.stringify(statistic)} failed on ${JSON.stringify(column)}: ${error}`,
    );
  }
  return [...failed.values()];
}

type CommonInput = Pick<RuleInput, 'seq' | 'version' | 'since' | 'now'>;

/** What a verdict means to rules: for the whole, and where that is quiet, for each segment. */
function ruleInputsOf(stats: DriftStats, common: CommonInput, uncalibrated: boolean): RuleInput[] {
  const input = { ...common, uncalibrated, modelVersion: stats.windows.current.version ?? null };
  const isQuiet = stats.drifted.length === 0;
  const segments = [...stats.segments].map(
    ([segment, own]): RuleInput => ({ ...input, event: 'drift', stats: own, segment }),
  );
  return [
    { ...input, event: 'drift', stats },
    // What moves everywhere is one thing, and was told.
    ...(isQuiet ? segments : []),
    // Where there is a verdict there is data, and the monitor works.
    ...(['no-data', 'failing'] as const).map(
      (event): RuleInput => ({ ...common, event, holds: false }),
    ),
  ];
}
