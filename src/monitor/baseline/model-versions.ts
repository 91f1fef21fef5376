import { LRUCache } from 'lru-cache';
import { LeewayError } from '../../leaves/errors.js';
import { Profile } from '../../profile/profile.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import type { MonitorLog } from '../log/monitor-log.js';
import type { LoggedState } from '../log/monitor-state.js';
import {
  type Proposal,
  VERSION_NOTES,
  type VersionNote,
  type VersionRecords,
} from '../log/version-records.js';
import type { Snapshot } from '../window/window.js';

const CACHED = 8;

/** Rows that tell no version, and those of versions beyond what a profile tells apart, are judged by no deploy. */
const isNamed = (version: string): boolean => version !== '' && version !== 'other';

/** The versions that a profile's rows came from. */
export function versionsOf(profile: Profile): readonly string[] {
  const versions =
    profile.versions.size > 0 ? [...profile.versions.keys()] : [profile.version ?? ''];
  return versions.filter(isNamed);
}

/** The rows of one version in a snapshot, or `undefined` where it has none that are known to be. */
export function partOf({ profile, window }: Snapshot, version: string): Snapshot | undefined {
  if (profile.versions.size === 0) {
    const isIts = profile.version === version || profile.version === null;
    return isIts ? { profile, window: { ...window, version } } : undefined;
  }
  const part = profile.versions.get(version);
  return part === undefined ? undefined : { profile: part, window: { ...window, version } };
}

/** The versions of a model: which of them are new, what is proposed and decided about them, and the baselines of those accepted. */
export class ModelVersions {
  readonly #log: MonitorLog;
  readonly #decoded = new LRUCache<number, Profile>({ max: CACHED });

  constructor(log: MonitorLog) {
    this.#log = log;
  }

  /** The versions that are new to a baseline. Where no row had a version before, the first ones are not new. */
  fresh(
    { versions: { known } }: LoggedState,
    versions: readonly string[],
    baseline: Profile,
  ): readonly string[] {
    const all = new Set([...known, ...versionsOf(baseline)]);
    return all.size === 0 ? [] : versions.filter((version) => !all.has(version));
  }

  /** Notes which versions there were first, where no row had a version before. */
  knownNotes(
    { versions: { known } }: LoggedState,
    names: readonly string[],
    baseline: Profile,
  ): NewEntry[] {
    const isFirst = names.length > 0 && known.size === 0 && versionsOf(baseline).length === 0;
    return isFirst ? [this.#note({ versions: 'known', names })] : [];
  }

  /** Notes a proposal. */
  proposalNote(proposal: Omit<Proposal, 'state' | 'at' | 'id'>): NewEntry {
    const made = { ...proposal, id: `${proposal.seq}/${proposal.version}` };
    return this.#note({ versions: 'proposed', proposal: made });
  }

  /** Notes a decision. @param first the version's rows in its first window, which an accepted version is compared with. */
  decisionNote({ id }: Proposal, state: 'accepted' | 'rejected', first?: Profile): NewEntry {
    return this.#note({ versions: state, id }, first?.toBytes());
  }

  /** The baseline that was accepted for a version, if one was. */
  async baselineOf(state: LoggedState, version: string): Promise<Snapshot | undefined> {
    const pos = state.versions.accepted.get(version);
    if (pos === undefined) return undefined;
    const seq = proposalOf(state, version)?.seq ?? null;
    const window = { seq, from: null, to: null, version };
    const cached = this.#decoded.get(pos);
    if (cached !== undefined) return { profile: cached, window };
    for await (const { bytes } of this.#log.query({ after: pos - 1, upTo: pos })) {
      if (bytes === undefined) break;
      const profile = Profile.fromBytes(bytes);
      this.#decoded.set(pos, profile);
      return { profile, window };
    }
    throw new LeewayError(
      'ERR_LEEWAY_STATE',
      `the baseline of version ${JSON.stringify(version)} is no longer in the log`,
    );
  }

  #note(note: VersionNote, bytes?: Uint8Array): NewEntry {
    return this.#log.note(VERSION_NOTES, note, bytes);
  }
}

/** What is proposed of a version. */
export function proposalOf(
  { versions }: Pick<LoggedState, 'versions'>,
  version: string,
): Proposal | undefined {
  return [...versions.proposals.values()].find((proposal) => proposal.version === version);
}

/** Versions that wait for a decision. */
export function pendingVersions({ proposals }: VersionRecords): readonly string[] {
  const pending = [...proposals.values()].filter(({ state }) => state === 'pending');
  return pending.map(({ version }) => version);
}

/** @throws LeewayError `ERR_LEEWAY_STATE` where there is no such proposal. */
export function getProposal({ versions: { proposals } }: LoggedState, id: string): Proposal {
  const found = proposals.get(id);
  if (found !== undefined) return found;
  const ids = [...proposals.keys()].join(', ') || 'none';
  throw new LeewayError(
    'ERR_LEEWAY_STATE',
    `there is no proposal ${JSON.stringify(id)}; there are: ${ids}`,
  );
}
