import type { Profile } from '../profile/profile.js';
import type { ColumnDescription } from './show/column-stats.js';
import type { StatisticKey } from './statistics/statistic.js';
import type { DriftRow, Window } from './verdict/drift-row.js';
import type { NotCompared, Verdict } from './verdict/not-compared.js';

/** A comparison as plain data. */
export interface DriftStatsJson {
  readonly drift: boolean;
  /** Absent in what releases before 0.1 wrote. */
  readonly verdict?: Verdict;
  readonly drifted: readonly string[];
  /** Columns that were not compared, and why. Absent in what releases before 0.1 wrote. */
  readonly notCompared?: readonly NotCompared[];
  readonly outcome: 'compared' | 'too-few';
  readonly rows: readonly DriftRow[];
  readonly settings: {
    readonly falseAlarmRate: number;
    readonly minRows: number;
    /** Whether the baseline's history was long enough for the rate to hold also where rows depend on each other. */
    readonly calibrated?: boolean;
  };
  readonly counts: { readonly baseline: number; readonly current: number };
  readonly windows: { readonly baseline: Window; readonly current: Window };
  /** Of segments their verdicts: the rows of statistics that decided, and those of columns as a whole. */
  readonly segments?: readonly (readonly [name: string, stats: DriftStatsJson])[];
}

/** The two profiles that were compared. */
export interface ComparedProfiles {
  readonly baseline: Profile;
  readonly current: Profile;
}

/** A statistic that could not be computed for a column. */
export interface FailedStatistic {
  readonly column: string;
  readonly statistic: StatisticKey;
  readonly error: string;
}

/** A column in figures, on both sides. `error`: why it could not be compared; `note`: why it is uncertain. */
export interface DescribedColumn
  extends Pick<
    DriftRow,
    'column' | 'kind' | 'drift' | 'outcome' | 'score' | 'pValue' | 'note' | 'error'
  > {
  readonly baseline: ColumnDescription;
  readonly current: ColumnDescription;
}
