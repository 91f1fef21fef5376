import { LRUCache } from 'lru-cache';
import type { Window } from '../../drift/verdict/drift-row.js';
import { LeewayError } from '../../leaves/errors.js';
import { BaselineTransforms } from '../../profile/baseline-transforms.js';
import type { BlockRing } from '../../profile/block-ring.js';
import { Profile } from '../../profile/profile.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import type { MonitorLog } from '../log/monitor-log.js';
import { BASELINE_NOTES } from './pinned-baseline.js';

/** Notes on how windows vary beside a baseline from elsewhere go by this name. */
const HISTORY_NOTES = 'history';
/** So many profiles of notes are kept decoded. */
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
export interface GrownBaseline {
  readonly pos: number;
  readonly rows: number;
  readonly window: Window;
}

export interface PinnedBaseline {
  readonly pos: number;
  readonly at: number;
  readonly rows: number;
}

/** What the log notes of a monitor's baselines: pins by hand, copies, growth, and how windows vary beside them. */
export class BaselineNotes {
  readonly #log: MonitorLog;
  readonly #decoded = new LRUCache<number, Profile>({ max: CACHED });
  #readAt = -1;
  #byHand: PinnedBaseline | undefined;
  #grown: GrownBaseline | undefined;
  /** By the hash of what they were measured with. */
  #histories: ReadonlyMap<string, number> = new Map();
  #copies: ReadonlyMap<number, number> = new Map();

  constructor(log: MonitorLog) {
    this.#log = log;
  }

  /** Reads what is new; to be called after each look at the head. */
  async read(): Promise<void> {
    const version = this.#log.head?.version ?? 0;
    if (version === this.#readAt) return;
    this.#byHand = undefined;
    this.#grown = undefined;
    const copies = new Map<number, number>();
    let isReleased = false;
    for await (const { pos, dt, value } of this.#log.notes(BASELINE_NOTES, { withBytes: false })) {
      const { baseline, by, rows = 0, seq, from = null, to = null } = (value ?? {}) as Partial<BaselineNote>;
      if (baseline === 'released') isReleased = true;
      else if (by === 'hand' && !isReleased) this.#byHand ??= { pos, at: dt, rows };
      else if (by === 'snapshot' && seq !== undefined && !copies.has(seq)) copies.set(seq, pos);
      else if (by === 'growth' && seq !== undefined) this.#grown ??= { pos, rows, window: { seq, from, to } };
    }
    const histories = new Map<string, number>();
    for await (const { pos, value } of this.#log.notes(HISTORY_NOTES, { withBytes: false })) {
      const { of } = (value ?? {}) as { readonly of?: unknown };
      if (typeof of === 'string' && !histories.has(of)) histories.set(of, pos);
    }
    this.#copies = copies;
    this.#histories = histories;
    this.#readAt = version;
  }

  /** What was pinned by hand, and not released since. */
  get byHand(): PinnedBaseline | undefined {
    return this.#byHand;
  }

  /** All windows up to one, which are the baseline since they were enough. */
  get grown(): GrownBaseline | undefined {
    return this.#grown;
  }

  /** Where a snapshot's profile was copied to, which the snapshot itself may lose with time. */
  copyOf(seq: number): number | undefined {
    return this.#copies.get(seq);
  }

  /** How much windows vary beside a baseline from elsewhere, where that was noted. */
  async historyOf(baseline: Profile): Promise<BlockRing | undefined> {
    const pos = this.#histories.get(hashOf(baseline));
    return pos === undefined ? undefined : (await this.profileAt(pos)).blocks;
  }

  /** The profile of a note. @throws LeewayError `ERR_LEEWAY_STATE` where it is no longer there. */
  async profileAt(pos: number): Promise<Profile> {
    const cached = this.#decoded.get(pos);
    if (cached !== undefined) return cached;
    for await (const { bytes } of this.#log.query({ after: pos - 1, upTo: pos })) {
      if (bytes === undefined) break;
      const profile = Profile.fromBytes(bytes);
      this.#decoded.set(pos, profile);
      return profile;
    }
    throw new LeewayError('ERR_LEEWAY_STATE', 'what was noted of the baseline is no longer in the log');
  }

  /** The note that pins a profile. */
  pinned(profile: Profile): NewEntry {
    return this.#log.note(BASELINE_NOTES, { baseline: 'pinned', by: 'hand', rows: profile.rows }, profile.toBytes());
  }

  /** The note that makes all windows so far the baseline. */
  grew(profile: Profile, { seq, from, to }: Window): NewEntry {
    const note = { baseline: 'pinned', by: 'growth', seq, rows: profile.rows, from, to };
    return this.#log.note(BASELINE_NOTES, note, profile.toBytes());
  }

  /** The note of how much windows vary beside a baseline from elsewhere. */
  varies(baseline: Profile, history: BlockRing): NewEntry {
    const carrier = new Profile();
    carrier.blocks = history;
    return this.#log.note(HISTORY_NOTES, { of: hashOf(baseline) }, carrier.toBytes());
  }

  /** The note that undoes a pin by hand. @throws LeewayError `ERR_LEEWAY_STATE` where there is none. */
  released(): NewEntry {
    if (this.byHand === undefined) throw new LeewayError('ERR_LEEWAY_STATE', 'no baseline is pinned by hand');
    return this.#log.note(BASELINE_NOTES, { baseline: 'released' });
  }

  /** The note that copies a snapshot's profile. */
  copied(seq: number, profile: Profile): NewEntry {
    const note = { baseline: 'pinned', by: 'snapshot', seq, rows: profile.rows };
    return this.#log.note(BASELINE_NOTES, note, profile.toBytes());
  }

  /** Forgets what was read; the log was cleared. */
  forget(): void {
    this.#readAt = -1;
    this.#decoded.clear();
  }
}

const hashes = new WeakMap<Profile, string>();

/** What a baseline's columns are measured with, in short. */
function hashOf(profile: Profile): string {
  const hash = hashes.get(profile) ?? BaselineTransforms.freeze(profile).hash;
  hashes.set(profile, hash);
  return hash;
}
