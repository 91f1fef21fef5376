import { readFileSync } from 'node:fs';
import { flattenColumns } from '../cells/flatten.js';
import { isSided } from '../drift/verdict/drift-row.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { DEFAULT_MAX_COLUMNS } from '../leaves/limits.js';
import type { Profile } from '../profile/profile.js';
import { stateFromBytes } from '../profile/profile-format.js';
import { columnsOfArrays, columnsOfRows } from '../profile/table-columns.js';
import { ColumnRules } from '../record/column-rules.js';
import type { ResolvedOptions } from './resolved-options.js';

/** A pinned baseline as it was given, read and checked. A profile is made of it when it is first needed. */
export type GivenBaseline =
  | { readonly profile: Profile }
  | { readonly bytes: Uint8Array }
  | { readonly columns: ReadonlyMap<string, ArrayLike<unknown>> };

/**
 * Reads the pinned baseline of the option, if there is one. A table's columns are prefixed: `Y_` where `outputs` names
 * them, `X_` else; columns that have a prefix keep it.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where a file can't be read, or there is nothing to compare with;
 *   `ERR_LEEWAY_FORMAT` where a file is no profile.
 */
export function readBaseline({
  baseline,
  outputs,
}: Pick<ResolvedOptions, 'baseline' | 'outputs'>): GivenBaseline | undefined {
  if (baseline === 'first') return undefined;
  if (typeof baseline === 'string') return ofBytes(readProfile(baseline));
  if (isProfileObject(baseline)) return ofProfile(baseline);
  const { columns, rows } = Array.isArray(baseline)
    ? columnsOfRows(baseline)
    : columnsOfArrays(baseline);
  const sided = new Map(
    [...flattenColumns(columns, 0, rows, DEFAULT_MAX_COLUMNS)].map(([name, values]) => {
      const side = outputs.includes(name) ? 'Y_' : 'X_';
      // A copy: the host may change its table before a profile is made of it.
      return [isSided(name) ? name : `${side}${name}`, Array.from(values)] as const;
    }),
  );
  check(rows, [...sided.keys()]);
  return { columns: sided };
}

/** Whether it is a profile. Loading the class to ask it would load all that profiles are made of. */
function isProfileObject(baseline: object): baseline is Profile {
  const { toBytes, columnNames, rows } = baseline as Partial<Profile>;
  return typeof toBytes === 'function' && Array.isArray(columnNames) && typeof rows === 'number';
}

function ofProfile(profile: Profile): GivenBaseline {
  check(profile.rows, profile.columnNames);
  return { profile };
}

function ofBytes(bytes: Uint8Array): GivenBaseline {
  const { rows, columns } = stateFromBytes(bytes);
  check(
    rows,
    columns.map(({ name }) => name),
  );
  return { bytes };
}

function readProfile(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `baseline must be 'first', a profile's file, a profile or a table; the file ${shown(file)} can't be read`,
      { cause },
    );
  }
}

function check(rows: number, names: readonly string[]): void {
  if (rows === 0) throw new LeewayError('ERR_LEEWAY_OPTION', 'baseline has no rows');
  if (names.some(isSided)) return;
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `baseline's columns must begin with X_ or Y_, got ${names.slice(0, 5).join(', ')}`,
  );
}

/** What the options say of a pinned baseline. */
export type PinnedOptions = Partial<
  Pick<ResolvedOptions, 'retain' | 'groupby' | 'missing' | 'columnRules'>
>;

/** A profile without the columns that may not be stored as they are, since their values are in it. */
export function permittedProfile(profile: Profile, options: PinnedOptions): Profile {
  const { columnRules } = options;
  const rules = columnRules === undefined ? undefined : new ColumnRules(columnRules);
  const keep = (name: string): boolean => rules?.changeOf(name) === undefined;
  const isWhole = profile.columnNames.every(keep);
  return asWindowsAre(isWhole ? profile : profile.picked(keep), options);
}

/** Windows will have numbers of five digits: a baseline with more would differ from them in every value. */
export function asWindowsAre(profile: Profile, { retain }: PinnedOptions): Profile {
  return retain === 'profiles'
    ? profile.anonymised({ rareBelow: 0, isKnown: () => true })
    : profile;
}
