import { LRUCache } from 'lru-cache';
import { LeewayError } from '../../leaves/errors.js';
import { Profile } from '../../profile/profile.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import type { MonitorLog } from '../log/monitor-log.js';
import type { Snapshot } from '../window/window.js';

/** A version of the model that came after the baseline: should its own first window be its baseline? */
export interface Proposal {
  /** What `accept` and `reject` take. */
  readonly id: string;
  readonly version: string;
  /** The snapshot in which it was first seen with enough rows, and how many it had there. */
  readonly seq: number;
  readonly rows: number;
  /** When it was made, ISO 8601. */
  readonly at: string;
  /** The version it was compared with on the same hours, and what was different there; `null` where no other was live. */
  readonly against: string | null;
  readonly drifted: readonly string[] | null;
  /**
   * `pending`: its inputs are compared with the monitor's baseline, its outputs with nothing. `accepted`: all of it is compared with its own
   * first window. `rejected`: all of it is compared with the monitor's baseline.
   */
  readonly state: 'pending' | 'accepted' | 'rejected';
}

/** Notes on versions go by this name. */
const VERSION_NOTES = 'versions';
const CACHED = 8;

interface VersionNote {
  readonly versions: 'known' | 'proposed' | 'accepted' | 'rejected';
  readonly names?: readonly string[];
  readonly id?: string;
  readonly proposal?: Omit<Proposal, 'state' | 'at'>;
}

/** Rows that tell no version, and those of versions beyond what a profile tells apart, are judged by no deploy. */
const isNamed = (version: string): boolean => version !== '' && version !== 'other';

/** The versions that a profile's rows came from. */
export function versionsOf(profile: Profile): readonly string[] {
  const versions = profile.versions.size > 0 ? [...profile.versions.keys()] : [profile.version ?? ''];
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

/** Which versions of a model a monitor knows, and what somebody decided about those that came later; all of it stands in the log. */
export class Deployments {
  readonly #log: MonitorLog;
  readonly #decoded = new LRUCache<number, Profile>({ max: CACHED });
  #readAt = -1;
  #known: ReadonlySet<string> = new Set();
  #proposals: ReadonlyMap<string, Proposal> = new Map();
  /** Where the profiles of accepted versions are, by version. */
  #accepted: ReadonlyMap<string, number> = new Map();

  constructor(log: MonitorLog) {
    this.#log = log;
  }

  /** Reads what is noted; to be called after each look at the head. */
  async read(): Promise<void> {
    const at = this.#log.head?.version ?? 0;
    if (at === this.#readAt) return;
    const known = new Set<string>();
    const proposals = new Map<string, Proposal>();
    const accepted = new Map<string, number>();
    const notes = [];
    for await (const entry of this.#log.notes(VERSION_NOTES, { withBytes: false })) notes.push(entry);
    for (const { pos, dt, value } of notes.reverse()) {
      // What lies under our key may be somebody else's: a note that is none says nothing.
      const note = (value ?? {}) as unknown as Partial<VersionNote>;
      for (const name of Array.isArray(note.names) ? note.names : []) known.add(name);
      if (note.versions === 'proposed' && typeof note.proposal?.version === 'string') {
        proposals.set(note.proposal.id, { ...note.proposal, at: new Date(dt).toISOString(), state: 'pending' });
        known.add(note.proposal.version);
      }
      const decided = proposals.get(note.id ?? '');
      if (decided === undefined || (note.versions !== 'accepted' && note.versions !== 'rejected')) continue;
      proposals.set(decided.id, { ...decided, state: note.versions });
      if (note.versions === 'accepted') accepted.set(decided.version, pos);
      else accepted.delete(decided.version);
    }
    this.#known = known;
    this.#proposals = proposals;
    this.#accepted = accepted;
    this.#readAt = at;
  }

  /** All proposals, oldest first. */
  get proposals(): readonly Proposal[] {
    return [...this.#proposals.values()];
  }

  /** Versions that wait for a decision. */
  get pending(): readonly string[] {
    return this.proposals.filter(({ state }) => state === 'pending').map(({ version }) => version);
  }

  proposalOf(version: string): Proposal | undefined {
    return this.proposals.find((proposal) => proposal.version === version);
  }

  /** The versions that are new to a baseline. Where nothing told a version before, those that do now are the ones there were. */
  fresh(versions: readonly string[], baseline: Profile): readonly string[] {
    const known = new Set([...this.#known, ...versionsOf(baseline)]);
    return known.size === 0 ? [] : versions.filter((version) => !known.has(version));
  }

  /** Notes that versions are the ones there were, where nothing told one before. */
  knownNotes(versions: readonly string[], baseline: Profile): NewEntry[] {
    const isFirst = versions.length > 0 && this.#known.size === 0 && versionsOf(baseline).length === 0;
    return isFirst ? [this.#log.note(VERSION_NOTES, { versions: 'known', names: versions } satisfies VersionNote)] : [];
  }

  /** Notes a proposal. */
  proposalNote(proposal: Omit<Proposal, 'state' | 'at' | 'id'>): NewEntry {
    const made = { ...proposal, id: `${proposal.seq}/${proposal.version}` };
    return this.#log.note(VERSION_NOTES, { versions: 'proposed', proposal: made } satisfies VersionNote);
  }

  /** Notes a decision. @param first the version's rows in its first window, which an accepted version is compared with. */
  decisionNote({ id }: Proposal, state: 'accepted' | 'rejected', first?: Profile): NewEntry {
    return this.#log.note(VERSION_NOTES, { versions: state, id } satisfies VersionNote, first?.toBytes());
  }

  /** @throws LeewayError `ERR_LEEWAY_STATE` where there is no such proposal. */
  named(id: string): Proposal {
    const found = this.#proposals.get(id);
    if (found !== undefined) return found;
    const ids = [...this.#proposals.keys()].join(', ') || 'none';
    throw new LeewayError('ERR_LEEWAY_STATE', `there is no proposal ${JSON.stringify(id)}; there are: ${ids}`);
  }

  /** The baseline that was accepted for a version, if one was. */
  async baselineOf(version: string): Promise<Snapshot | undefined> {
    const pos = this.#accepted.get(version);
    if (pos === undefined) return undefined;
    const seq = this.proposalOf(version)?.seq ?? null;
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

  /** Forgets what was read; the log was cleared. */
  forget(): void {
    this.#readAt = -1;
    this.#decoded.clear();
  }
}
