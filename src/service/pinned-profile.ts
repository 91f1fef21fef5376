import { cellOf } from '../cells/cell.js';
import { Profile } from '../profile/profile.js';
import { profileTable } from '../profile/profile-table.js';
import { ColumnRules } from '../record/column-rules.js';
import type { GivenBaseline } from './given-baseline.js';
import type { ResolvedOptions } from './resolved-options.js';

/**
 * Makes a profile of the pinned baseline. What is redacted or left out of requests is so here too.
 *
 * @throws LeewayError `ERR_LEEWAY_FORMAT` where what was read is no profile.
 */
export function pinnedProfile(
  given: GivenBaseline,
  options: Partial<Pick<ResolvedOptions, 'retain' | 'groupby' | 'missing' | 'columnRules'>>,
): Profile {
  const { columnRules, retain } = options;
  const rules = columnRules === undefined ? undefined : new ColumnRules(columnRules);
  const profile = 'columns' in given ? ofTable(given, rules, options) : ofProfile(given, rules);
  // Windows will have numbers of five digits: a baseline with more would differ from them in every value.
  return retain === 'profiles'
    ? profile.anonymised({ rareBelow: 0, isKnown: () => true })
    : profile;
}

function ofTable(
  { columns }: Extract<GivenBaseline, { readonly columns: unknown }>,
  rules: ColumnRules | undefined,
  { groupby = [], missing }: Partial<Pick<ResolvedOptions, 'groupby' | 'missing'>>,
): Profile {
  const permitted: Record<string, ArrayLike<unknown>> = {};
  for (const [name, values] of columns) {
    const change = rules?.changeOf(name);
    if (change === undefined) permitted[name] = values;
    else if (change !== 'drop')
      permitted[name] = Array.from(values, (value) => change(cellOf(value)));
  }
  return profileTable(permitted, { groupby, missing });
}

/** A profile without the columns that may not be kept as they are: their values are in it. */
function ofProfile(
  given: Exclude<GivenBaseline, { readonly columns: unknown }>,
  rules: ColumnRules | undefined,
): Profile {
  const profile = 'bytes' in given ? Profile.fromBytes(given.bytes) : given.profile;
  const keep = (name: string): boolean => rules?.changeOf(name) === undefined;
  return rules === undefined || profile.columnNames.every(keep) ? profile : profile.picked(keep);
}
