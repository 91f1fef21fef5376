import { LeewayError } from '../../leaves/errors.js';
import { WEEK_MS } from '../../leaves/time.js';
import { BaselineTransforms } from '../../profile/baseline-transforms.js';
import { BlockRing } from '../../profile/block-ring.js';
import { Profile } from '../../profile/profile.js';
import type { ProfileOptions } from '../../profile/profile-options.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import type { GrownBaseline } from '../log/baseline-records.js';
import type { MonitorLog } from '../log/monitor-log.js';
import type { LoggedState } from '../log/monitor-state.js';
import type { Snapshot, WindowReader } from '../window/window.js';
import { type BaselineChoice, nameOf } from './baseline-choice.js';
import type { BaselineNotes } from './baseline-notes.js';
import { baselineEntry, loggedSince } from './pinned-baseline.js';

/** A baseline, described for people: its source, its age, and its number of rows. */
export interface BaselineDescription {
  readonly source: string;
  readonly rows: number | null;
  /** Epoch ms of its last row, or of its first use if it was given; `null` if this was not noted. */
  readonly until: number | null;
}

/** What baselines need to know. */
export interface BaselinesOptions {
  readonly log: MonitorLog;
  readonly notes: BaselineNotes;
  readonly windows: WindowReader;
  readonly choice: BaselineChoice;
  /** A baseline from elsewhere, which goes before the choice. */
  readonly pinned: Profile | undefined;
  readonly profileAs: ProfileOptions;
}

/** What of a monitor's state decides which baseline it has. */
export type BaselineState = Pick<LoggedState, 'baselines'>;

/** So many weeks are as much as a season needs. */
const MOST_SEASONS = 8;

/** Finds what a monitor's windows are compared with: by the options, by what was pinned by hand, and by what grew. */
export class Baselines {
  readonly #options: BaselinesOptions;
  readonly #notes: BaselineNotes;
  /** Where the log has the baseline of the options. */
  #loggedAt: number | undefined;

  constructor(options: BaselinesOptions) {
    this.#options = options;
    this.#notes = options.notes;
  }

  /** Whether windows are compared with something that is none of them. */
  isPinned({ baselines }: BaselineState): boolean {
    return baselines.byHand !== undefined || this.#options.pinned !== undefined;
  }

  /** The number of the first snapshot that is compared, not compared with. */
  firstCompared(state: BaselineState): number {
    return this.isPinned(state) ? 0 : (this.#chosen ?? 0) + 1;
  }

  /** The number of the snapshot that the options choose. */
  get #chosen(): number | undefined {
    const { choice } = this.#options;
    if (choice === 'first') return 0;
    return typeof choice === 'object' && 'snapshot' in choice ? choice.snapshot : undefined;
  }

  /** Whether the baseline begins with the first window, which should be large then. */
  growsFirst(state: BaselineState): boolean {
    return !this.isPinned(state) && this.#options.choice === 'first';
  }

  /** The number of the last snapshot that is part of it. */
  lastSnapshot(state: BaselineState): number {
    return this.#grown(state)?.window.seq ?? this.firstCompared(state) - 1;
  }

  /** Whether windows are compared with what was shortly before them: then several together are compared with nothing. */
  moves(state: BaselineState): boolean {
    const { choice } = this.#options;
    if (this.isPinned(state)) return false;
    return (
      choice === 'previous' ||
      choice === 'seasonal' ||
      (typeof choice === 'object' && 'last' in choice)
    );
  }

  /**
   * What the window of a number is compared with.
   *
   * @param window when it was; a seasonal baseline is of the same hour of the week.
   * @returns `undefined` where there is nothing yet.
   */
  async of(
    state: LoggedState,
    seq: number,
    window: Snapshot['window'],
  ): Promise<Snapshot | undefined> {
    const { choice, pinned } = this.#options;
    const { byHand } = state.baselines;
    if (byHand !== undefined) return this.#given(state, await this.#notes.profileAt(byHand.pos));
    if (pinned !== undefined) return this.#given(state, pinned);
    const grown = this.#grown(state);
    if (grown !== undefined) return this.#allTogether(state, grown);
    if (this.#chosen !== undefined) return this.#chosenSnapshot(state, this.#chosen);
    if (choice === 'previous') return this.#kept(seq - 1);
    if (choice === 'seasonal') return this.#together(await this.#likeHours(seq, window));
    const { last } = choice as { readonly last: number };
    return this.#together(Array.from({ length: Math.min(last, seq) }, (_, back) => seq - 1 - back));
  }

  /** The baseline by its sort, rows and age. */
  async describe(state: LoggedState): Promise<BaselineDescription | undefined> {
    const { choice, pinned, log } = this.#options;
    const { byHand } = state.baselines;
    if (byHand !== undefined)
      return { source: 'pinned by hand', rows: byHand.rows, until: byHand.at };
    if (pinned !== undefined) {
      return {
        source: 'pinned by the options',
        rows: pinned.rows,
        until: await loggedSince(log, pinned),
      };
    }
    const first = this.firstCompared(state);
    if (state.head.seq < first - 1) return undefined;
    if (this.moves(state)) return { source: nameOf(choice), rows: null, until: null };
    const grown = this.#grown(state);
    if (grown !== undefined) {
      const { rows, window } = grown;
      return { source: `the first ${(window.seq ?? 0) + 1} snapshots`, rows, until: window.to };
    }
    const { profile, window } = await this.#chosenSnapshot(state, first - 1);
    return { source: nameOf(choice), rows: profile.rows, until: window.to };
  }

  /** The entries that log what of it the log lacks. */
  async missingEntries(state: LoggedState): Promise<NewEntry[]> {
    const { pinned, log, windows } = this.#options;
    const { byOption } = state.baselines;
    if (pinned !== undefined) {
      if (byOption !== undefined && byOption === this.#loggedAt) return [];
      const entry = await baselineEntry(log, pinned);
      if (entry !== undefined) return [entry];
      this.#loggedAt = byOption;
      return [];
    }
    // The very first snapshot keeps its profile for ever.
    const seq = this.#chosen ?? 0;
    if (this.isPinned(state) || seq === 0 || state.baselines.copies.has(seq)) return [];
    return [this.#notes.copied(seq, (await windows.snapshot(seq)).profile)];
  }

  /** All windows that are the baseline by now, where it is more than the first one. */
  #grown(state: BaselineState): GrownBaseline | undefined {
    return this.growsFirst(state) ? state.baselines.grown : undefined;
  }

  /** A snapshot that is kept for ever, or was copied while it was there. */
  async #chosenSnapshot(state: LoggedState, seq: number): Promise<Snapshot> {
    const copy = state.baselines.copies.get(seq);
    if (copy === undefined) {
      const snapshot = await this.#options.windows.snapshot(seq);
      return { ...snapshot, history: await this.#notes.historyOf(state, snapshot.profile) };
    }
    return { profile: await this.#notes.profileAt(copy), window: { seq, from: null, to: null } };
  }

  /** A baseline from elsewhere, with what the log knows beside it. */
  async #given(state: LoggedState, profile: Profile): Promise<Snapshot> {
    const history = await this.#notes.historyOf(state, profile);
    return { profile, window: { seq: null, from: null, to: null }, history };
  }

  /** It is none of the snapshots, but all of them. What was learnt beside it while an incident was open belongs to it. */
  async #allTogether(state: LoggedState, { pos, window }: GrownBaseline): Promise<Snapshot> {
    const profile = await this.#notes.profileAt(pos);
    const history = await this.#notes.historyOf(state, profile);
    return { profile, window: { ...window, seq: null }, history };
  }

  async #kept(seq: number): Promise<Snapshot | undefined> {
    return seq < 0 ? undefined : this.#options.windows.kept(seq);
  }

  /** Earlier windows that began at the same hour of the week, by at most half their length off; the latest first. */
  async #likeHours(seq: number, window: Snapshot['window']): Promise<number[]> {
    if (window.from === null || window.to === null) return [];
    const tolerance = Math.max(1, Math.min(WEEK_MS / 2, (window.to - window.from) / 2));
    const like: number[] = [];
    for await (const { step, value } of this.#options.log.latest('snapshot', {
      withBytes: false,
    })) {
      const { from } = (value ?? {}) as { from?: number | null };
      if (step === undefined || step >= seq || from === null || from === undefined) continue;
      const off = Math.abs(window.from - from) % WEEK_MS;
      const isLike = Math.min(off, WEEK_MS - off) <= tolerance && window.from - from > WEEK_MS / 2;
      if (isLike) like.push(step);
      if (like.length === MOST_SEASONS) break;
    }
    return like;
  }

  /** Several windows as one, each a block of its history. Those whose profile is kept no longer, or means other things, are left out. */
  async #together(numbers: readonly number[]): Promise<Snapshot | undefined> {
    const profile = new Profile(this.#options.profileAs);
    const merged: Snapshot[] = [];
    for (const seq of numbers) {
      const snapshot = await this.#options.windows.kept(seq);
      if (snapshot === undefined || !merges(profile, snapshot.profile)) continue;
      merged.push(snapshot);
    }
    const [latest] = merged;
    if (latest === undefined) return undefined;
    const ring = new BlockRing(BaselineTransforms.freeze(profile));
    for (const { profile: part, window } of [...merged].reverse()) {
      if (window.from !== null && window.to !== null)
        ring.add(part, { from: window.from, to: window.to });
    }
    profile.blocks = ring;
    const from = (merged.at(-1) as Snapshot).window.from;
    return { profile, window: { seq: latest.window.seq, from, to: latest.window.to } };
  }
}

function merges(profile: Profile, part: Profile): boolean {
  try {
    profile.merge(part);
    return true;
  } catch (error) {
    if (error instanceof LeewayError) return false;
    throw error;
  }
}
