import type { Profile } from '../../profile/profile.js';
import { type ColumnKind, kindOf } from '../verdict/drift-row.js';
import { type ColumnDescription, ColumnStats } from './column-stats.js';

/** A column of a snapshot in figures. */
export interface DescribedSnapshotColumn extends ColumnDescription {
  readonly column: string;
  readonly kind: ColumnKind;
}

/** All columns of a profile in figures, metrics too. */
export function describeColumns(profile: Profile): DescribedSnapshotColumn[] {
  const tables = profile.metrics === undefined ? [profile] : [profile, profile.metrics];
  return tables.flatMap((table) =>
    table.columnNames.map((column) => ({
      column,
      kind: kindOf(column),
      ...new ColumnStats(table, column).describe(),
    })),
  );
}
