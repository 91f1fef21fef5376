import { holdsTwice, missingForCalibration } from '../../drift/calibration/calibration.js';
import { DAY_MS, HOUR_MS } from '../../leaves/time.js';
import type { BlockRing } from '../../profile/block-ring.js';
import type { Profile } from '../../profile/profile.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import type { MonitorHead } from '../../tracking/window-commit.js';
import type { LoggedState } from '../log/monitor-state.js';
import { historyOf, type LogSpan, type Snapshot, type WindowReader } from '../window/window.js';
import type { BaselineNotes } from './baseline-notes.js';
import type { Baselines } from './baselines.js';

/** What growing needs to know. */
export interface BaselineGrowthOptions {
  readonly windows: WindowReader;
  readonly baselines: Baselines;
  readonly notes: BaselineNotes;
  /** How far apart scheduled captures are. */
  readonly periodMs: number | undefined;
}

/** What a history is to be enough for next, and how long it has to be at least. */
interface Stage {
  readonly leastMs: number;
  readonly isReached: (history: BlockRing | undefined) => boolean;
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
    const grown = learns
      ? await this.#history(baseline, stretch, stage)
      : await this.#together(baseline, stretch, stage, head);
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

  async #history(
    { profile }: Snapshot,
    stretch: LogSpan,
    { isReached }: Stage,
  ): Promise<NewEntry | undefined> {
    const { notes, windows } = this.#options;
    const history = await windows.historyOf(profile, stretch);
    return isReached(history) ? notes.varies(profile, history) : undefined;
  }

  async #together(
    { profile: before }: Snapshot,
    stretch: LogSpan,
    { isReached }: Stage,
    { seq }: MonitorHead,
  ): Promise<NewEntry | undefined> {
    const { notes, windows } = this.#options;
    const { profile, window } = await windows.stretch(stretch);
    if (!isOneVersion(before, profile)) this.#mixed.add(before);
    if (this.#mixed.has(before) || !isReached(profile.blocks)) return undefined;
    profile.metrics = before.metrics;
    return notes.grew(profile, { ...window, seq });
  }
}

const isOneVersion = (before: Profile, grown: Profile): boolean =>
  grown.versions.size === 0 && grown.version === before.version;
