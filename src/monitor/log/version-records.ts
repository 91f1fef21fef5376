import type { LogEntry } from '../../tracking/log-entry.js';
import type { Notes } from './notes.js';

/** A version of the model that is newer than the baseline: should its own first window be its baseline? */
export interface Proposal {
  /** The argument of `accept` and `reject`. */
  readonly id: string;
  readonly version: string;
  /** The snapshot in which the version first had enough rows, and the number of these rows. */
  readonly seq: number;
  readonly rows: number;
  /** When it was made, ISO 8601. */
  readonly at: string;
  /** The version it was compared with in the same hours, and the columns that differed; `null` if no other was live. */
  readonly against: string | null;
  readonly drifted: readonly string[] | null;
  /**
   * `pending`: inputs are compared with the monitor's baseline, outputs with nothing. `accepted`: all columns are compared with
   * the version's own first window. `rejected`: all columns are compared with the monitor's baseline.
   */
  readonly state: 'pending' | 'accepted' | 'rejected';
}

/** Notes on versions go by this name. */
export const VERSION_NOTES = 'versions';

/** What is noted of versions. */
export interface VersionNote {
  readonly versions: 'known' | 'proposed' | 'accepted' | 'rejected';
  readonly names?: readonly string[];
  readonly id?: string;
  readonly proposal?: Omit<Proposal, 'state' | 'at'>;
}

/** What the log says of the versions of a model. */
export interface VersionRecords {
  readonly known: ReadonlySet<string>;
  /** By their ids, oldest first. */
  readonly proposals: ReadonlyMap<string, Proposal>;
  /** The positions of the profiles of accepted versions, by version. */
  readonly accepted: ReadonlyMap<string, number>;
}

/** Reads what is noted of versions. */
export async function readVersionRecords(log: Notes): Promise<VersionRecords> {
  const known = new Set<string>();
  const proposals = new Map<string, Proposal>();
  const accepted = new Map<string, number>();
  const notes: LogEntry[] = [];
  for await (const entry of log.notes(VERSION_NOTES, { withBytes: false })) notes.push(entry);
  for (const { pos, dt, value } of notes.reverse()) {
    // Anybody can log under this key. A note that is none says nothing.
    const note = (value ?? {}) as unknown as Partial<VersionNote>;
    for (const name of Array.isArray(note.names) ? note.names : []) known.add(name);
    if (note.versions === 'proposed' && typeof note.proposal?.version === 'string') {
      const at = new Date(dt).toISOString();
      proposals.set(note.proposal.id, { ...note.proposal, at, state: 'pending' });
      known.add(note.proposal.version);
    }
    const decided = proposals.get(note.id ?? '');
    if (decided === undefined) continue;
    if (note.versions !== 'accepted' && note.versions !== 'rejected') continue;
    proposals.set(decided.id, { ...decided, state: note.versions });
    if (note.versions === 'accepted') accepted.set(decided.version, pos);
    else accepted.delete(decided.version);
  }
  return { known, proposals, accepted };
}
