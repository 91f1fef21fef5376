import type { DriftRow, Outcome } from './drift-row.js';

/** The conclusion of a comparison. `none`: nothing could be compared, so it is not known whether there is drift. */
export type Verdict = 'drift' | 'no drift' | 'none';

/** A column that was not compared, with the reason. */
export interface NotCompared {
  readonly column: string;
  /** `ignored`: by a rule in the options. */
  readonly outcome: Outcome | 'ignored';
  /** The reason as text: `all missing`, `too few values`. */
  readonly reason: string;
}

/** Whether a column with this outcome was compared. With any other outcome it was compared only if it drifted. */
export const isCompared = (outcome: Outcome): boolean =>
  outcome === 'compared' || outcome === 'constant';

const REASONS: Readonly<Record<NotCompared['outcome'], string>> = {
  compared: 'not tested',
  constant: 'one value only',
  'too-few': 'too few values',
  'all-missing': 'all missing',
  'not-observed': 'not observed',
  'new-column': 'new',
  'missing-column': 'gone',
  'type-change': 'values of another type',
  'not-computed': 'could not be computed',
  uncertain: 'not certain',
  ignored: 'ignored',
};

/** The note that a column was not compared. */
export function notCompared(
  column: string,
  outcome: NotCompared['outcome'],
  why?: string,
): NotCompared {
  return {
    column,
    outcome,
    reason: why === undefined ? REASONS[outcome] : `${REASONS[outcome]}: ${why}`,
  };
}

/** The columns that were not compared, by their outcomes. Releases before 0.1 did not store them. */
export function silentOf(columns: readonly DriftRow[]): NotCompared[] {
  return columns
    .filter(({ drift, outcome }) => !drift && !isCompared(outcome))
    .map(({ column, outcome, error, note }) => notCompared(column, outcome, error ?? note));
}
