import { DURATION_MS } from '../clock.js';
import { holdsTwice, missingForCalibration } from '../drift/calibration.js';
import type { BlockRing } from '../profile/block-ring.js';
import type { Profile } from '../profile/profile.js';
import type { NewEntry } from '../tracking/log-entry.js';
import type { MonitorHead } from '../tracking/window-commit.js';
import type { AlertDesk } from './alert-desk.js';
import type { Baselines } from './baselines.js';
import type { Stretch, WindowReader } from './window.js';

/** What growing needs to know. */
export interface BaselineGrowthOptions {
  readonly windows: WindowReader;
  readonly baselines: Baselines;
  readonly desk: AlertDesk;
  /** How far apart scheduled captures are. */
  readonly periodMs: number | undefined;
}

/** What a history is to be enough for next, and how long it has to be at least. */
interface Stage {
  readonly leastMs: number;
  readonly isReached: (history: BlockRing | undefined) => boolean;
}

const HOUR_MS = DURATION_MS.h as number;
const DAY_MS = DURATION_MS.d as number;

/**
 * Lets a first baseline grow. Its first rows are enough for verdicts, but know no night and no Sunday. Once the windows so far hold the
 * history that the promise takes (two days), all of them together are the baseline; and once more when they hold every hour of the
 * week twice.
 *
 * Not while an incident of drift is open, since what somebody was told of must not become usual unsaid; and not over several
 * versions of the model.
 */
export class BaselineGrowth {
  readonly #options: BaselineGrowthOptions;
  readonly #stages: readonly Stage[];
  /** Up to when the history was looked at last. */
  #lookedTo = Number.NEGATIVE_INFINITY;

  constructor(options: BaselineGrowthOptions) {
    this.#options = options;
    this.#stages = [
      { leastMs: 2 * DAY_MS, isReached: (history) => missingForCalibration(history, options.periodMs).length === 0 },
      { leastMs: 14 * DAY_MS, isReached: (history) => history !== undefined && holdsTwice('week', history) },
    ];
  }

  /** The note that makes the windows so far the baseline, if it is time for that. */
  async due(head: MonitorHead): Promise<NewEntry | undefined> {
    const { windows, baselines, desk } = this.#options;
    if (!baselines.growsFirst || head.seq < 1 || this.#lookedTo === Number.POSITIVE_INFINITY) return undefined;
    const baseline = (await baselines.of(head.seq, { seq: head.seq, from: null, to: null }))?.profile;
    const stage = this.#stages.find(({ isReached }) => !isReached(baseline?.blocks));
    if (baseline === undefined || stage === undefined) {
      this.#lookedTo = Number.POSITIVE_INFINITY;
      return undefined;
    }
    const stretch = await this.#stretch(head, stage);
    if (stretch === undefined || (await desk.incidents()).some(({ event }) => event === 'drift')) return undefined;
    const { profile, window } = await windows.stretch(stretch);
    if (!stage.isReached(profile.blocks) || !isOneVersion(baseline, profile)) return undefined;
    profile.metrics = baseline.metrics;
    return baselines.grownNote(profile, { ...window, seq: head.seq });
  }

  /** Forgets what was read; the log was cleared. */
  forget(): void {
    this.#lookedTo = Number.NEGATIVE_INFINITY;
  }

  /** The windows so far in the log, if they are long enough; one that was not is looked at again after an hour. */
  async #stretch({ seq, cursor }: MonitorHead, { leastMs }: Stage): Promise<Stretch | undefined> {
    const { windows } = this.#options;
    const { from, after } = await windows.cutOf(0);
    const { to } = await windows.cutOf(seq);
    if (from === undefined || after === undefined || to === undefined) return undefined;
    // The last hour may not be over.
    if (to - from < leastMs - HOUR_MS || to - this.#lookedTo < HOUR_MS) return undefined;
    this.#lookedTo = to;
    return { after, upTo: cursor };
  }
}

const isOneVersion = (before: Profile, grown: Profile): boolean =>
  grown.versions.size === 0 && grown.version === before.version;
