import type { Window } from '../../drift/verdict/drift-row.js';
import type { Notes } from './notes.js';

/** Notes on baselines go by this name. */
export const BASELINE_NOTES = 'baseline';
/** Notes on how windows vary beside a baseline from elsewhere go by this name. */
export const HISTORY_NOTES = 'history';

/** What is noted of a baseline, with its profile beside it. */
export interface BaselineNote {
  readonly baseline: 'pinned' | 'released';
  /** `snapshot`: a copy of the one that the options choose. */
  readonly by: 'option' | 'hand' | 'snapshot' | 'growth';
  readonly rows: number;
  /** Of a snapshot; of a baseline that grew, its last one. */
  readonly seq: number;
  readonly from?: number | null;
  readonly to?: number | null;
}

/** A baseline that was pinned by hand: where its profile is, and when it was pinned. */
export interface PinnedBaseline {
  readonly pos: number;
  readonly at: number;
  readonly rows: number;
}

/** The first window and all after it, up to the one whose number the window has. */
export interface GrownBaseline {
  readonly pos: number;
  readonly rows: number;
  readonly window: Window;
}

/** What the log says of a monitor's baselines. Profiles are given by the position of their note. */
export interface BaselineRecords {
  /** The position of what the options pinned last. */
  readonly byOption: number | undefined;
  /** What was pinned by hand, and not released since. */
  readonly byHand: PinnedBaseline | undefined;
  /** All windows up to one, which are the baseline since they were enough. */
  readonly grown: GrownBaseline | undefined;
  /** Copies of snapshots, whose own profiles may go with time, by the snapshot's number. */
  readonly copies: ReadonlyMap<number, number>;
  /** How much windows vary beside a baseline, by the hash of what it is measured with. */
  readonly histories: ReadonlyMap<string, number>;
}

/** Reads what is noted of baselines. */
export async function readBaselineRecords(log: Notes): Promise<BaselineRecords> {
  let byOption: number | undefined;
  let byHand: PinnedBaseline | undefined;
  let grown: GrownBaseline | undefined;
  let isReleased = false;
  const copies = new Map<number, number>();
  for await (const { pos, dt, value } of log.notes(BASELINE_NOTES, { withBytes: false })) {
    const note = (value ?? {}) as Partial<BaselineNote>;
    const { baseline, by = 'option', rows = 0, seq, from = null, to = null } = note;
    if (baseline === 'released') isReleased = true;
    else if (by === 'option') byOption ??= pos;
    else if (by === 'hand' && !isReleased) byHand ??= { pos, at: dt, rows };
    else if (by === 'snapshot' && seq !== undefined && !copies.has(seq)) copies.set(seq, pos);
    else if (by === 'growth' && seq !== undefined)
      grown ??= { pos, rows, window: { seq, from, to } };
  }
  const histories = new Map<string, number>();
  for await (const { pos, value } of log.notes(HISTORY_NOTES, { withBytes: false })) {
    const { of } = (value ?? {}) as { readonly of?: unknown };
    if (typeof of === 'string' && !histories.has(of)) histories.set(of, pos);
  }
  return { byOption, byHand, grown, copies, histories };
}
