import { type AlertMemory, NO_MEMORY } from '../../alert/incident.js';
import type { MonitorHead } from '../../tracking/window-commit.js';
import { type BaselineRecords, readBaselineRecords } from './baseline-records.js';
import type { Notes } from './notes.js';
import { type Remarks, readRemarks } from './remarks.js';
import { readVersionRecords, type VersionRecords } from './version-records.js';

/**
 * All that a monitor knows, as its log says it at one version of the head. The value never changes: a later look at the log
 * gives another one. What is decided from it is committed only while the head is still the same.
 */
export interface LoggedState {
  /** Which snapshot was the last, where it ended, and the version that the next commit must find. */
  readonly head: MonitorHead;
  readonly baselines: BaselineRecords;
  readonly versions: VersionRecords;
  /** The open incidents, and what is remembered of rules. */
  readonly memory: AlertMemory;
  readonly remarks: Remarks | undefined;
  /** The state that was noted last, in one word. */
  readonly noted: string | undefined;
}

/** What is known of a monitor before its log was read. */
export const UNREAD: Pick<LoggedState, 'baselines' | 'versions'> = {
  baselines: {
    byOption: undefined,
    byHand: undefined,
    grown: undefined,
    copies: new Map(),
    histories: new Map(),
  },
  versions: { known: new Set(), proposals: new Map(), accepted: new Map() },
};

/** Notes of a monitor's states go by this name. */
export const STATE_NOTES = 'state';
/** Notes of incidents stand under the monitor's own name. */
export const INCIDENT_NOTES = '';

/** Reads all notes of a monitor that stands at a head. */
export async function readNotes(head: MonitorHead, log: Notes): Promise<LoggedState> {
  return {
    head,
    baselines: await readBaselineRecords(log),
    versions: await readVersionRecords(log),
    memory: await readMemory(log),
    remarks: await readRemarks(log),
    noted: await readNotedState(log),
  };
}

async function readMemory(log: Notes): Promise<AlertMemory> {
  for await (const { value } of log.notes(INCIDENT_NOTES, { limit: 1 })) {
    const memory = (value ?? {}) as unknown as AlertMemory;
    if (Array.isArray(memory.incidents) && Array.isArray(memory.rules)) return memory;
  }
  return NO_MEMORY;
}

async function readNotedState(log: Notes): Promise<string | undefined> {
  for await (const { value } of log.notes(STATE_NOTES, { limit: 1 })) {
    return (value as { readonly state?: string } | null)?.state;
  }
  return undefined;
}
