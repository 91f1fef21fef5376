import { LeewayError } from '../../leaves/errors.js';
import { WEEK_MS } from '../../leaves/time.js';
import { BaselineTransforms } from '../../profile/baseline-transforms.js';
import { BlockRing } from '../../profile/block-ring.js';
import { Profile } from '../../profile/profile.js';
import type { ProfileOptions } from '../../profile/profile-options.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import type { MonitorLog } from '../log/monitor-log.js';
import type { Snapshot, WindowReader } from '../window/window.js';
import { type BaselineChoice, nameOf } from './baseline-choice.js';
import type { BaselineNotes, GrownBaseline } from './baseline-notes.js';
import { baselineEntry, loggedSince } from './pinned-baseline.js';

/** What a baseline is, for people: of which sort, of when, and of how many rows. */
export interface BaselineDescription {
  readonly source: string;
  readonly rows: number | null;
  /** Epoch ms of its last row, or of its first use where it is from elsewhere; `null` where nobody noted it. */
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

/** So many weeks are as much as a season needs. */
const MOST_SEASONS = 8;

/** What a monitor's windows are compared with, and what somebody said of it by hand; all of it stands in the log. */
export class Baselines {
  readonly #options: BaselinesOptions;
  readonly #notes: BaselineNotes;
  #optionLogged = false;

  constructor(options: BaselinesOptions) {
    this.#options = options;
    this.#notes = options.notes;
  }

  /** Whether windows are compared with something that is none of them. */
  get pinned(): boolean {
    return this.#notes.byHand !== undefined || this.#options.pinned !== undefined;
  }

  /** The number of the first snapshot that is compared, not compared with. */
  get firstTarget(): number {
    return this.pinned ? 0 : (this.#chosen ?? 0) + 1;
  }

  /** The number of the snapshot that the options choose. */
  get #chosen(): number | undefined {
    const { choice } = this.#options;
    if (choice === 'first') return 0;
    return typeof choice === 'object' && 'snapshot' in choice ? choice.snapshot : undefined;
  }

  /** Whether the baseline begins with the first window, which should be large then. */
  get growsFirst(): boolean {
    return !this.pinned && this.#options.choice === 'first';
  }

  /** All windows that are the baseline by now, where it is more than the first one. */
  get grown(): GrownBaseline | undefined {
    return this.growsFirst ? this.#notes.grown : undefined;
  }

  /** The number of the last snapshot that is part of it. */
  get lastSnapshot(): number {
    return this.grown?.window.seq ?? this.firstTarget - 1;
  }

  /** Whether windows are compared with what was shortly before them: then several together are compared with nothing. */
  get moves(): boolean {
    const { choice } = this.#options;
    return (
      !this.pinned &&
      (choice === 'previous' || choice === 'seasonal' || (typeof choice === 'object' && 'last' in choice))
    );
  }

  /**
   * What the window of a number is compared with.
   *
   * @param window when it was; a seasonal baseline is of the same hour of the week.
   * @returns `undefined` where there is nothing yet.
   */
  async of(seq: number, window: Snapshot['window']): Promise<Snapshot | undefined> {
    const { choice, pinned } = this.#options;
    if (this.#notes.byHand !== undefined) return this.#given(await this.#notes.profileAt(this.#notes.byHand.pos));
    if (pinned !== undefined) return this.#given(pinned);
    if (this.grown !== undefined) return this.#allTogether(this.grown);
    if (this.#chosen !== undefined) return this.#chosenSnapshot(this.#chosen);
    if (choice === 'previous') return this.#kept(seq - 1);
    if (choice === 'seasonal') return this.#together(await this.#likeHours(seq, window));
    const { last } = choice as { readonly last: number };
    return this.#together(Array.from({ length: Math.min(last, seq) }, (_, back) => seq - 1 - back));
  }

  /** The baseline by its sort, rows and age. */
  async describe(): Promise<BaselineDescription | undefined> {
    const { choice, pinned, log } = this.#options;
    if (this.#notes.byHand !== undefined)
      return { source: 'pinned by hand', rows: this.#notes.byHand.rows, until: this.#notes.byHand.at };
    if (pinned !== undefined) {
      return { source: 'pinned by the options', rows: pinned.rows, until: await loggedSince(log, pinned) };
    }
    const { seq = -1 } = log.head ?? {};
    if (seq < this.firstTarget - 1) return undefined;
    if (this.moves) return { source: nameOf(choice), rows: null, until: null };
    if (this.grown !== undefined) {
      const { rows, window } = this.grown;
      return { source: `the first ${(window.seq ?? 0) + 1} snapshots`, rows, until: window.to };
    }
    const { profile, window } = await this.#chosenSnapshot(this.firstTarget - 1);
    return { source: nameOf(choice), rows: profile.rows, until: window.to };
  }

  /** What of it the log lacks; to be committed with a capture. */
  async toLog(): Promise<NewEntry[]> {
    const { pinned, log } = this.#options;
    if (this.#optionLogged) return [];
    if (pinned !== undefined) {
      const entry = await baselineEntry(log, pinned);
      return entry === undefined ? [] : [entry];
    }
    // The very first snapshot keeps its profile for ever.
    const seq = this.#chosen ?? 0;
    if (this.pinned || seq === 0 || this.#notes.copyOf(seq) !== undefined) return [];
    return [this.#notes.copied(seq, (await this.#options.windows.snapshot(seq)).profile)];
  }

  /** A snapshot that is kept for ever, or was copied while it was there. */
  async #chosenSnapshot(seq: number): Promise<Snapshot> {
    const copy = this.#notes.copyOf(seq);
    if (copy === undefined) {
      const snapshot = await this.#options.windows.snapshot(seq);
      return { ...snapshot, history: await this.#notes.historyOf(snapshot.profile) };
    }
    return { profile: await this.#notes.profileAt(copy), window: { seq, from: null, to: null } };
  }

  /** What `toLog` gave is in the log. */
  logged(): void {
    this.#optionLogged = true;
  }

  /** Forgets what was read; the log was cleared. */
  forget(): void {
    this.#optionLogged = false;
  }

  /** A baseline from elsewhere, with what the log tells beside it. */
  async #given(profile: Profile): Promise<Snapshot> {
    const history = await this.#notes.historyOf(profile);
    return { profile, window: { seq: null, from: null, to: null }, history };
  }

  /** It is none of the snapshots, but all of them; what was learnt beside it while an incident was open goes along. */
  async #allTogether({ pos, window }: GrownBaseline): Promise<Snapshot> {
    const profile = await this.#notes.profileAt(pos);
    return { profile, window: { ...window, seq: null }, history: await this.#notes.historyOf(profile) };
  }

  async #kept(seq: number): Promise<Snapshot | undefined> {
    return seq < 0 ? undefined : this.#options.windows.kept(seq);
  }

  /** Earlier windows that began at the same hour of the week, by at most half their length off; the latest first. */
  async #likeHours(seq: number, window: Snapshot['window']): Promise<number[]> {
    if (window.from === null || window.to === null) return [];
    const tolerance = Math.max(1, Math.min(WEEK_MS / 2, (window.to - window.from) / 2));
    const like: number[] = [];
    for await (const { step, value } of this.#options.log.latest('snapshot', { withBytes: false })) {
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
      if (window.from !== null && window.to !== null) ring.add(part, { from: window.from, to: window.to });
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
