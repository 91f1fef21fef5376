import { LRUCache } from 'lru-cache';
import { DURATION_MS } from '../clock.js';
import type { Window } from '../drift/drift-row.js';
import { LeewayError, shown } from '../errors.js';
import { BaselineTransforms } from '../profile/baseline-transforms.js';
import { BlockRing } from '../profile/block-ring.js';
import { Profile } from '../profile/profile.js';
import type { ProfileOptions } from '../profile/profile-options.js';
import type { NewEntry } from '../tracking/log-entry.js';
import type { MonitorLog } from './monitor-log.js';
import { BASELINE_NOTES, baselineEntry, loggedSince } from './pinned-baseline.js';
import type { Snapshot, WindowReader } from './window.js';

/**
 * Which of a monitor's own snapshots windows are compared with: the first; that of a number; the one before; the latest `last` together; or
 * those of the same hour of the week.
 */
export type BaselineChoice =
  | 'first'
  | 'previous'
  | 'seasonal'
  | { readonly snapshot: number }
  | { readonly last: number };

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
  readonly windows: WindowReader;
  readonly choice: BaselineChoice;
  /** A baseline from elsewhere, which goes before the choice. */
  readonly pinned: Profile | undefined;
  readonly profileAs: ProfileOptions;
}

const WEEK_MS = 7 * (DURATION_MS.d as number);
/** So many weeks are as much as a season needs. */
const MOST_SEASONS = 8;
/** Notes on how windows vary beside a baseline from elsewhere go by this name. */
const HISTORY_NOTES = 'history';
/** Notes of baselines that were pinned by hand are kept decoded. */
const CACHED = 8;

/** What is noted of a baseline, with its profile beside it. */
interface BaselineNote {
  readonly baseline: 'pinned' | 'released';
  /** `snapshot`: a copy of the one that the options choose. */
  readonly by: 'option' | 'hand' | 'snapshot' | 'growth';
  readonly rows: number;
  /** Of a snapshot; of a baseline that grew, its last one. */
  readonly seq: number;
  readonly from?: number | null;
  readonly to?: number | null;
}

/** The first window and all after it, up to the one whose number the window has. */
interface GrownBaseline {
  readonly pos: number;
  readonly rows: number;
  readonly window: Window;
}

interface PinnedNote {
  readonly pos: number;
  readonly at: number;
  readonly rows: number;
}

/** What a monitor's windows are compared with, and what somebody said of it by hand; all of it stands in the log. */
export class Baselines {
  readonly #options: BaselinesOptions;
  readonly #decoded = new LRUCache<number, Profile>({ max: CACHED });
  #readAt = -1;
  #byHand: PinnedNote | undefined;
  /** All windows up to one, which are the baseline since they were enough. */
  #allSoFar: GrownBaseline | undefined;
  /** Where histories of baselines from elsewhere are, by the hash of what they were measured with. */
  #histories: ReadonlyMap<string, number> = new Map();
  /** Where the profile of the chosen snapshot was copied to, which the snapshot itself may lose with time. */
  #copied: number | undefined;
  #optionLogged = false;

  constructor(options: BaselinesOptions) {
    this.#options = options;
  }

  /** Reads what was pinned by hand; to be called after each look at the head. */
  async read(): Promise<void> {
    const { log } = this.#options;
    const version = log.head?.version ?? 0;
    if (version === this.#readAt) return;
    this.#byHand = undefined;
    this.#copied = undefined;
    this.#allSoFar = undefined;
    let isReleased = false;
    for await (const { pos, dt, value } of log.notes(BASELINE_NOTES, { withBytes: false })) {
      const { baseline, by, rows = 0, seq, from = null, to = null } = (value ?? {}) as Partial<BaselineNote>;
      if (baseline === 'released') isReleased = true;
      else if (by === 'hand' && !isReleased) this.#byHand ??= { pos, at: dt, rows };
      else if (by === 'snapshot' && seq === this.#chosen) this.#copied ??= pos;
      else if (by === 'growth' && seq !== undefined) this.#allSoFar ??= { pos, rows, window: { seq, from, to } };
    }
    const histories = new Map<string, number>();
    for await (const { pos, value } of log.notes(HISTORY_NOTES, { withBytes: false })) {
      const { of } = (value ?? {}) as { readonly of?: unknown };
      if (typeof of === 'string' && !histories.has(of)) histories.set(of, pos);
    }
    this.#histories = histories;
    this.#readAt = version;
  }

  /** Whether windows are compared with something that is none of them. */
  get pinned(): boolean {
    return this.#byHand !== undefined || this.#options.pinned !== undefined;
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

  /** Whether the first window is to be the baseline for all time: then it should be large. */
  get growsFirst(): boolean {
    return !this.pinned && this.#options.choice === 'first';
  }

  /** What it is where it is more than the first window by now, and grows no more. */
  get grown(): GrownBaseline | undefined {
    return this.growsFirst ? this.#allSoFar : undefined;
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
    if (this.#byHand !== undefined) return this.#given(await this.#profileAt(this.#byHand.pos));
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
    if (this.#byHand !== undefined)
      return { source: 'pinned by hand', rows: this.#byHand.rows, until: this.#byHand.at };
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
    if (this.pinned || seq === 0 || this.#copied !== undefined) return [];
    const { profile } = await this.#options.windows.snapshot(seq);
    return [
      log.note(BASELINE_NOTES, { baseline: 'pinned', by: 'snapshot', seq, rows: profile.rows }, profile.toBytes()),
    ];
  }

  /** A snapshot that is kept for ever, or was copied while it was there. */
  async #chosenSnapshot(seq: number): Promise<Snapshot> {
    if (this.#copied === undefined) return this.#options.windows.snapshot(seq);
    return { profile: await this.#profileAt(this.#copied), window: { seq, from: null, to: null } };
  }

  /** What `toLog` gave is in the log. */
  logged(): void {
    this.#optionLogged = true;
  }

  /** The note that pins a profile. */
  pinNote(profile: Profile): NewEntry {
    return this.#options.log.note(
      BASELINE_NOTES,
      { baseline: 'pinned', by: 'hand', rows: profile.rows },
      profile.toBytes(),
    );
  }

  /** The note that makes all windows so far the baseline. */
  grownNote(profile: Profile, { seq, from, to }: Window): NewEntry {
    const note = { baseline: 'pinned', by: 'growth', seq, rows: profile.rows, from, to };
    return this.#options.log.note(BASELINE_NOTES, note, profile.toBytes());
  }

  /** The note of how much windows vary beside a baseline from elsewhere. */
  historyNote(baseline: Profile, history: BlockRing): NewEntry {
    const carrier = new Profile();
    carrier.blocks = history;
    return this.#options.log.note(HISTORY_NOTES, { of: hashOf(baseline) }, carrier.toBytes());
  }

  /** The note that undoes a pin by hand. @throws LeewayError `ERR_LEEWAY_STATE` where there is none. */
  releaseNote(): NewEntry {
    if (this.#byHand === undefined) throw new LeewayError('ERR_LEEWAY_STATE', 'no baseline is pinned by hand');
    return this.#options.log.note(BASELINE_NOTES, { baseline: 'released' });
  }

  /** Forgets what was read; the log was cleared. */
  forget(): void {
    this.#readAt = -1;
    this.#optionLogged = false;
    this.#decoded.clear();
  }

  /** A baseline from elsewhere, with what the log tells beside it. */
  async #given(profile: Profile): Promise<Snapshot> {
    const pos = profile.blocks === undefined ? this.#histories.get(hashOf(profile)) : undefined;
    const history = pos === undefined ? undefined : (await this.#profileAt(pos)).blocks;
    return { profile, window: { seq: null, from: null, to: null }, history };
  }

  /** It is none of the snapshots, but all of them. */
  async #allTogether({ pos, window }: GrownBaseline): Promise<Snapshot> {
    return { profile: await this.#profileAt(pos), window: { ...window, seq: null } };
  }

  async #profileAt(pos: number): Promise<Profile> {
    const cached = this.#decoded.get(pos);
    if (cached !== undefined) return cached;
    for await (const { bytes } of this.#options.log.query({ after: pos - 1, upTo: pos })) {
      if (bytes === undefined) break;
      const profile = Profile.fromBytes(bytes);
      this.#decoded.set(pos, profile);
      return profile;
    }
    throw new LeewayError('ERR_LEEWAY_STATE', 'what was noted of the baseline is no longer in the log');
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

const hashes = new WeakMap<Profile, string>();

/** What a baseline's columns are measured with, in short. */
function hashOf(profile: Profile): string {
  const hash = hashes.get(profile) ?? BaselineTransforms.freeze(profile).hash;
  hashes.set(profile, hash);
  return hash;
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

function nameOf(choice: BaselineChoice): string {
  if (choice === 'first') return 'the first snapshot';
  if (choice === 'previous') return 'the snapshot before';
  if (choice === 'seasonal') return 'snapshots of the same hour of the week';
  return 'snapshot' in choice ? `snapshot ${choice.snapshot}` : `the latest ${choice.last} snapshots`;
}

/**
 * Checks a choice.
 *
 * @returns `undefined` where it is none, but perhaps something else that a baseline can be.
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it is one, with a number that makes no sense.
 */
export function baselineChoice(baseline: unknown): BaselineChoice | undefined {
  if (baseline === 'first' || baseline === 'previous' || baseline === 'seasonal') return baseline;
  if (baseline === null || typeof baseline !== 'object' || Object.keys(baseline).length !== 1) return undefined;
  const [name, number] = Object.entries(baseline)[0] as [string, unknown];
  if ((name !== 'snapshot' && name !== 'last') || typeof number !== 'number') return undefined;
  if (!Number.isSafeInteger(number) || number < (name === 'last' ? 1 : 0) || number > 1_000) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `baseline.${name} must be a whole number up to 1,000, got ${shown(number)}`,
    );
  }
  return name === 'last' ? { last: number } : { snapshot: number };
}
