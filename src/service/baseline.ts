import { readFileSync } from 'node:fs';
import { isSided } from '../drift/drift-row.js';
import { LeewayError, shown } from '../errors.js';
import { Profile } from '../profile/profile.js';
import { columnsOfRows, profileTable } from '../profile/profile-table.js';
import type { ResolvedOptions } from './resolved-options.js';

type BaselineOptions = Pick<ResolvedOptions, 'baseline' | 'outputs'> &
  Partial<Pick<ResolvedOptions, 'retain' | 'groupby'>>;

/**
 * Makes the pinned baseline of the option, if there is one. A table's columns are prefixed: `Y_` where `outputs` names
 * them, `X_` else; columns that have a prefix keep it.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where a file can't be read, `ERR_LEEWAY_FORMAT` where it is no profile.
 */
export function pinnedBaseline(options: BaselineOptions): Profile | undefined {
  const profile = givenBaseline(options);
  // Windows will have numbers of five digits: a baseline with more would differ from them in every value.
  return options.retain === 'profiles' ? profile?.anonymised({ rareBelow: 0, isKnown: () => true }) : profile;
}

function givenBaseline({ baseline, outputs, groupby = [] }: BaselineOptions): Profile | undefined {
  if (baseline === 'first') return undefined;
  if (baseline instanceof Profile) return checked(baseline);
  if (typeof baseline === 'string') return checked(readProfile(baseline));
  const columns = Array.isArray(baseline)
    ? columnsOfRows(baseline).columns
    : new Map(Object.entries(baseline as Record<string, ArrayLike<unknown>>));
  const named = [...columns].map(([name, values]): [string, ArrayLike<unknown>] => {
    if (isSided(name)) return [name, values];
    return [`${outputs.includes(name) ? 'Y_' : 'X_'}${name}`, values];
  });
  return checked(profileTable(Object.fromEntries(named), { groupby }));
}

function readProfile(file: string): Profile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `baseline must be 'first', a profile's file, a profile or a table; the file ${shown(file)} can't be read`,
      { cause },
    );
  }
  return Profile.fromBytes(bytes);
}

function checked(profile: Profile): Profile {
  if (profile.rows === 0) throw new LeewayError('ERR_LEEWAY_OPTION', 'baseline has no rows');
  if (profile.columnNames.every((name) => !isSided(name))) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `baseline's columns must begin with X_ or Y_, got ${profile.columnNames.slice(0, 5).join(', ')}`,
    );
  }
  return profile;
}
