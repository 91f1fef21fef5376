import { holdsTwice, missingForCalibration } from '../../drift/calibration/calibration.js';
import { DAY_MS, HOUR_MS } from '../../leaves/time.js';
import type { BlockRing } from '../../profile/block-ring.js';
import type { Profile } from '../../profile/profile.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import type { MonitorHead } from '../../tracking/window-commit.js';
import type { MonitorLog } from '../log/monitor-log.js';
import type { LoggedState } from '../log/monitor-state.js';
import {
  historyOf,
  type LogSpan,
  type Snapshot,
  type WindowCut,
  type WindowReader,
} from '../window/window.js';
import type { BaselineNotes } from './baseline-notes.js';
import type { Baselines } from './baselines.js';
import { endedIncidents, singleIncidents } from './ended-incidents.js';

/** What growing needs to know. */
export interface BaselineGrowthOptions {
  readonly log: MonitorLog;
  readonly windows: WindowReader;
  readonly baselines: Baselines;
  readonly notes: BaselineNotes;
  /** How far apart scheduled captures are. */
  readonly periodMs: number | undefined;
  /** Whether a window drifts from a baseline, by all that is known of it now. */
  readonly drifts: (baseline: Snapshot, window: Snapshot) => boolean;
}

/** What a history is to be enough for next, and how long it has to be at least. */
interface Stage {
  readonly leastMs: number;
  readonly isReached: (history: BlockRing | undefined) => boolean;
}

/** What is learnt from: a stretch of the log but some windows, and what it is to be enough for. */
interface Learnt {
  readonly stretch: LogSpan;
  readonly unusual: readonly LogSpan[];
  readonly stage: Stage;
  readonly head: MonitorHead;
}

/** What was not enough: for what, of which baseline and incident, since when, and when to look again. */
interface Wait {
  readonly stage: Stage;
  readonly baseline: Profile;
  readonly incidentAt: number;
  readonly since: number;
  readonly until: number;
}

/** Windows further back tell nothing that two weeks don't. */
const FARTHEST_MS = 15 * DAY_MS;
/** What was not enough is looked at again when it has waited longer by this part of the wait so far. */
const PATIENCE = 1 / 8;

/**
 * Lets what is known of usual windows grow with them, twice: when they hold the history that the promise takes (two days), and when they
 * hold every hour of the week twice.
 *
 * A first baseline becomes all windows so far together: its first rows are enough for verdicts, but know no night and no Sunday. Not over
 * several versions of the model, nor while an incident of drift is open, since what somebody was told of must not become usual unsaid.
 * Then, as for a baseline from elsewhere, it stays what it is, and only by how much windows vary by themselves is learnt, from the windows
 * since the incident began: across that beginning the drift would pass for usual variation. An incident of rows that merely depend
 * on each other ends by that.
 *
 * What was told of stays unusual when it is over: windows of incidents that have ended are left out, but for those that came again at
 * the same hours, as nights do, and those that are calm by what was learnt of variation since.
 */
export class BaselineGrowth {
  readonly #options: BaselineGrowthOptions;
  readonly #stages: readonly Stage[];
  /** Baselines that have grown up. */
  readonly #settled = new WeakSet<Profile>();
  /** First baselines whose windows are of several versions, and will be for ever. */
  readonly #mixed = new WeakSet<Profile>();
  /** Up to when the history was looked at last. */
  #lookedTo = Number.NEGATIVE_INFINITY;
  /** Where what was read was not enough, by whether it was to be learnt from. */
  readonly #waits = new Map<boolean, Wait>();

  constructor(options: BaselineGrowthOptions) {
    this.#options = options;
    this.#stages = [
      {
        leastMs: 2 * DAY_MS,
        isReached: (history) => missingForCalibration(history, options.periodMs).length === 0,
      },
      {
        leastMs: 14 * DAY_MS,
        isReached: (history) => history !== undefined && holdsTwice('week', history),
      },
    ];
  }

  /** The note to be committed where something has grown. */
  async due(state: LoggedState): Promise<NewEntry | undefined> {
    const { baselines, windows } = this.#options;
    const { head, memory } = state;
    const isPinned = baselines.isPinned(state);
    if (head.seq < 1 || !(isPinned || baselines.growsFirst(state))) return undefined;
    const baseline = await baselines.of(state, head.seq, { seq: head.seq, from: null, to: null });
    if (baseline === undefined || this.#settled.has(baseline.profile)) return undefined;
    const { to } = await windows.cutOf(head.seq);
    // Captures may come by the second; what is looked through grows with them.
    if (to === undefined || to - this.#lookedTo < HOUR_MS) return undefined;
    this.#lookedTo = to;
    const open = memory.incidents.filter(({ event }) => event === 'drift');
    const learns = isPinned || open.length > 0;
    const stage = this.#stages.find(
      ({ isReached }) => !isReached(learns ? historyOf(baseline) : baseline.profile.blocks),
    );
    const hasOwn = isPinned && baseline.profile.blocks !== undefined;
    if (hasOwn || (stage === undefined && open.length === 0)) this.#settled.add(baseline.profile);
    if (hasOwn || stage === undefined || (!learns && this.#mixed.has(baseline.profile)))
      return undefined;
    const incidentAt = Math.max(Number.NEGATIVE_INFINITY, ...open.map(({ since }) => since));
    const since = Math.max(to - FARTHEST_MS, incidentAt);
    // The last hour may not be over.
    const leastMs = stage.leastMs - HOUR_MS;
    if (learns && to - since < leastMs) return undefined;
    const asked = { stage, baseline: baseline.profile, incidentAt };
    const wait = this.#waitFor(learns, asked);
    if (wait !== undefined && to < wait.until) return undefined;
    const first = learns ? await windows.firstSince(since) : 0;
    const { from, after } = first === undefined ? {} : await windows.cutOf(first);
    if (from === undefined || after === undefined || to - from < leastMs) return undefined;
    const stretch = { after, upTo: head.cursor };
    const unusual = await this.#unusual(baseline, after);
    const leftOutMs = unusual.reduce((sum, span) => sum + Math.max(0, span.to - span.from), 0);
    const isEnough = to - from - leftOutMs >= leastMs;
    const read = learns ? this.#history : this.#together;
    const grown = isEnough
      ? await read.call(this, baseline, { stretch, unusual, stage, head })
      : undefined;
    if (grown !== undefined) return grown;
    // Each look reads all of it: what is never enough must not be read every hour for ever.
    const waited = to - (wait?.since ?? to);
    this.#waits.set(learns, {
      ...asked,
      since: to - waited,
      until: to + Math.max(HOUR_MS, PATIENCE * waited),
    });
    return undefined;
  }

  /** Forgets what was read; the log was cleared. */
  forget(): void {
    this.#lookedTo = Number.NEGATIVE_INFINITY;
    this.#waits.clear();
  }

  #waitFor(
    learns: boolean,
    asked: Pick<Wait, 'stage' | 'baseline' | 'incidentAt'>,
  ): Wait | undefined {
    const wait = this.#waits.get(learns);
    const isSame = wait?.stage === asked.stage && wait.baseline === asked.baseline;
    return isSame && wait.incidentAt === asked.incidentAt ? wait : undefined;
  }

  /** The windows of ended incidents that must not become usual, those next to each other as one. @param from only those that begin from this position on */
  async #unusual(baseline: Snapshot, from: number): Promise<Required<WindowCut>[]> {
    const { log, windows, drifts } = this.#options;
    const unusual: Required<WindowCut>[] = [];
    for (const { firstSeq, lastSeq } of singleIncidents(await endedIncidents(log))) {
      for (let seq = firstSeq; seq <= lastSeq; seq += 1) {
        const cut = await windows.cutOf(seq);
        if (!isWholeCut(cut) || cut.after < from) continue;
        // By itself a first window knows nothing of variation; what was learnt since may explain what drifted.
        const window = baseline.history === undefined ? undefined : await windows.kept(seq);
        if (window === undefined || drifts(baseline, window)) unusual.push(cut);
      }
    }
    return joined(unusual);
  }

  async #history(
    baseline: Snapshot,
    { stretch, unusual, stage }: Learnt,
  ): Promise<NewEntry | undefined> {
    const { notes, windows } = this.#options;
    const { profile } = baseline;
    const history = await windows.historyOf(profile, stretch, unusual);
    return stage.isReached(history) ? notes.varies(profile, history) : undefined;
  }

  async #together(
    baseline: Snapshot,
    { stretch, unusual, stage, head }: Learnt,
  ): Promise<NewEntry | undefined> {
    const { notes, windows } = this.#options;
    const { profile: before } = baseline;
    const { profile, window } = await windows.stretch(stretch, unusual);
    if (!isOneVersion(before, profile)) this.#mixed.add(before);
    if (this.#mixed.has(before) || !stage.isReached(profile.blocks)) return undefined;
    profile.metrics = before.metrics;
    return notes.grew(profile, { ...window, seq: head.seq });
  }
}

/** Whether a window was cut from the log: tables in hand were not. */
const isWholeCut = (cut: WindowCut): cut is Required<WindowCut> =>
  [cut.from, cut.to, cut.after, cut.upTo].every((at) => at !== undefined);

function joined(cuts: readonly Required<WindowCut>[]): Required<WindowCut>[] {
  const runs: Required<WindowCut>[] = [];
  for (const cut of cuts) {
    const last = runs.at(-1);
    if (last?.upTo === cut.after) runs[runs.length - 1] = { ...last, to: cut.to, upTo: cut.upTo };
    else runs.push(cut);
  }
  return runs;
}

const isOneVersion = (before: Profile, grown: Profile): boolean =>
  grown.versions.size === 0 && grown.version === before.version;
