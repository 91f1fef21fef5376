import { cellOf } from '../cells/cell.js';
import { Profile } from '../profile/profile.js';
import { profileTable } from '../profile/profile-table.js';
import { ColumnRules } from '../record/column-rules.js';
import {
  asWindowsAre,
  type GivenBaseline,
  type PinnedOptions,
  permittedProfile,
} from './given-baseline.js';

/**
 * Makes a profile of the pinned baseline. What is redacted or left out of requests is so here too.
 *
 * @throws LeewayError `ERR_LEEWAY_FORMAT` where what was read is no profile.
 */
export function pinnedProfile(given: GivenBaseline, options: PinnedOptions): Profile {
  if ('columns' in given) return asWindowsAre(ofTable(given, options), options);
  const profile = 'bytes' in given ? Profile.fromBytes(given.bytes) : given.profile;
  return permittedProfile(profile, options);
}

function ofTable(
  { columns }: Extract<GivenBaseline, { readonly columns: unknown }>,
  { groupby = [], missing, columnRules }: PinnedOptions,
): Profile {
  const rules = columnRules === undefined ? undefined : new ColumnRules(columnRules);
  const permitted: Record<string, ArrayLike<unknown>> = {};
  for (const [name, values] of columns) {
    const change = rules?.changeOf(name);
    if (change === undefined) permitted[name] = values;
    else if (change !== 'drop')
      permitted[name] = Array.from(values, (value) => change(cellOf(value)));
  }
  return profileTable(permitted, { groupby, missing });
}
