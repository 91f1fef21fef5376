import type { DriftRow, Outcome } from './drift-row.js';

/** What a comparison concludes. `none`: nothing could be compared, so it is not known whether there is drift. */
export type Verdict = 'drift' | 'no drift' | 'none';

/** A column about which the comparison says nothing, and why. */
export interface NotCompared {
  readonly column: string;
  /** `ignored`: by a rule of the user's. */
  readonly outcome: Outcome | 'ignored';
  /** The same in words: `all missing`, `too few values`. */
  readonly reason: string;
}

/** Columns with these outcomes were compared with each other; with any other one only where they drifted. */
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

/** Says why a column was not compared. */
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

/** What releases before 0.1 did not write down: columns whose outcome was no comparison. */
export function silentOf(columns: readonly DriftRow[]): NotCompared[] {
  return columns
    .filter(({ drift, outcome }) => !drift && !isCompared(outcome))
    .map(({ column, outcome, error, note }) => notCompared(column, outcome, error ?? note));
}
