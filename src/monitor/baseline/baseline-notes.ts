import { LRUCache } from 'lru-cache';
import type { Window } from '../../drift/verdict/drift-row.js';
import { LeewayError } from '../../leaves/errors.js';
import { BaselineTransforms } from '../../profile/baseline-transforms.js';
import type { BlockRing } from '../../profile/block-ring.js';
import { Profile } from '../../profile/profile.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import { BASELINE_NOTES, HISTORY_NOTES } from '../log/baseline-records.js';
import type { MonitorLog } from '../log/monitor-log.js';
import type { LoggedState } from '../log/monitor-state.js';

/** So many profiles of notes are kept decoded. */
const CACHED = 8;

/** The profiles that a monitor's notes on baselines carry, and the notes to be committed. */
export class BaselineNotes {
  readonly #log: MonitorLog;
  readonly #decoded = new LRUCache<number, Profile>({ max: CACHED });

  constructor(log: MonitorLog) {
    this.#log = log;
  }

  /** How much windows vary beside a baseline from elsewhere, where that was noted. */
  async historyOf({ baselines }: LoggedState, baseline: Profile): Promise<BlockRing | undefined> {
    const pos = baselines.histories.get(hashOf(baseline));
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
    throw new LeewayError(
      'ERR_LEEWAY_STATE',
      'the note about the baseline is no longer in the log',
    );
  }

  /** The note that pins a profile. */
  pinned(profile: Profile): NewEntry {
    return this.#log.note(
      BASELINE_NOTES,
      { baseline: 'pinned', by: 'hand', rows: profile.rows },
      profile.toBytes(),
    );
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
  released({ baselines }: LoggedState): NewEntry {
    if (baselines.byHand === undefined)
      throw new LeewayError('ERR_LEEWAY_STATE', 'no baseline is pinned by hand');
    return this.#log.note(BASELINE_NOTES, { baseline: 'released' });
  }

  /** The note that copies a snapshot's profile. */
  copied(seq: number, profile: Profile): NewEntry {
    const note = { baseline: 'pinned', by: 'snapshot', seq, rows: profile.rows };
    return this.#log.note(BASELINE_NOTES, note, profile.toBytes());
  }
}

const hashes = new WeakMap<Profile, string>();

/** What a baseline's columns are measured with, in short. */
function hashOf(profile: Profile): string {
  const hash = hashes.get(profile) ?? BaselineTransforms.freeze(profile).hash;
  hashes.set(profile, hash);
  return hash;
}
