import { readFileSync } from 'node:fs';
import { cellOf } from '../cells/cell.js';
import { flattenColumns } from '../cells/flatten.js';
import { isSided } from '../drift/verdict/drift-row.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { Profile } from '../profile/profile.js';
import { DEFAULT_MAX_COLUMNS } from '../profile/profile-options.js';
import { columnsOfArrays, columnsOfRows, profileTable } from '../profile/profile-table.js';
import { ColumnRules } from '../record/column-rules.js';
import type { ResolvedOptions } from './resolved-options.js';

type BaselineOptions = Pick<ResolvedOptions, 'baseline' | 'outputs'> &
  Partial<Pick<ResolvedOptions, 'retain' | 'groupby' | 'missing' | 'columnRules'>>;

/**
 * Makes the pinned baseline of the option, if there is one. A table's columns are prefixed: `Y_` where `outputs` names
 * them, `X_` else; columns that have a prefix keep it. What is redacted or left out of requests is so here too.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where a file can't be read, `ERR_LEEWAY_FORMAT` where it is no profile.
 */
export function pinnedBaseline(options: BaselineOptions): Profile | undefined {
  const profile = givenBaseline(options);
  // Windows will have numbers of five digits: a baseline with more would differ from them in every value.
  return options.retain === 'profiles'
    ? profile?.anonymised({ rareBelow: 0, isKnown: () => true })
    : profile;
}

function givenBaseline(options: BaselineOptions): Profile | undefined {
  const { baseline, outputs, groupby = [], missing, columnRules } = options;
  if (baseline === 'first') return undefined;
  const rules = columnRules === undefined ? undefined : new ColumnRules(columnRules);
  if (baseline instanceof Profile) return checked(permitted(baseline, rules));
  if (typeof baseline === 'string') return checked(permitted(readProfile(baseline), rules));
  const { columns, rows } = Array.isArray(baseline)
    ? columnsOfRows(baseline)
    : columnsOfArrays(baseline);
  const named = [...flattenColumns(columns, 0, rows, DEFAULT_MAX_COLUMNS)].flatMap(
    ([name, values]) => {
      const sided = isSided(name) ? name : `${outputs.includes(name) ? 'Y_' : 'X_'}${name}`;
      const change = rules?.changeOf(sided);
      if (change === 'drop') return [];
      return [
        [
          sided,
          change === undefined ? values : Array.from(values, (value) => change(cellOf(value))),
        ] as const,
      ];
    },
  );
  return checked(profileTable(Object.fromEntries(named), { groupby, missing }));
}

/** A profile without the columns that may not be kept as they are: their values are in it. */
function permitted(profile: Profile, rules: ColumnRules | undefined): Profile {
  const keep = (name: string): boolean => rules?.changeOf(name) === undefined;
  return rules === undefined || profile.columnNames.every(keep) ? profile : profile.picked(keep);
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
