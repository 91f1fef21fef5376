import { isSided } from '../drift/drift-stats.js';
import type { Profile } from '../profile/profile.js';
import { columnsOfRows, profileTable, type Table } from '../profile/profile-table.js';

/** The profile of tables handed in for X and Y, their columns prefixed; columns that have a prefix keep it. */
export function profileSides(tables: { readonly X?: Table; readonly Y?: Table }): Profile {
  const sides = new Map<string, ArrayLike<unknown>>();
  for (const [side, table] of Object.entries(tables)) {
    if (table === undefined) continue;
    const columns: Iterable<[string, ArrayLike<unknown>]> = Array.isArray(table)
      ? columnsOfRows(table).columns
      : Object.entries(table as Record<string, ArrayLike<unknown>>);
    for (const [name, values] of columns) sides.set(isSided(name) ? name : `${side}_${name}`, values);
  }
  return profileTable(Object.fromEntries(sides));
}
