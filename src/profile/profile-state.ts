import { defined } from '../leaves/defined.js';
import { LeewayError } from '../leaves/errors.js';
import { BlockRing, type BlockRingState } from './block-ring.js';
import { ColumnProfile } from './column-profile.js';
import { type ColumnState, decodeColumn } from './column-state.js';
import { CoMoments, type CoMomentsState } from './correlations.js';
import { JointSample, type JointSampleState } from './joint-sample.js';
import { checkedCount } from './plain.js';
import {
  missingOf,
  type ResolvedProfileOptions,
  resolveProfileOptions,
} from './profile-options.js';
import { RowSample, type RowSampleState } from './row-sample.js';
import type { ColumnType } from './schema.js';
import { MAX_SEGMENTS } from './segments.js';
import { MAX_VERSIONS } from './versions.js';

/** A profile as plain data. */
export interface ProfileState {
  readonly rows: number;
  /** Σw² of the rows' weights. Absent: every row stands for itself. */
  readonly squares: number | undefined;
  readonly droppedColumns: number;
  readonly options: {
    readonly declared: readonly (readonly [name: string, type: ColumnType])[];
    /** Absent: the usual words. */
    readonly missing?: readonly string[] | undefined;
    readonly emptyIsMissing: boolean;
    readonly maxColumns: number;
    readonly groupby: readonly string[];
    readonly correlate: boolean;
    readonly reservoir: number;
    readonly joint?: number;
    readonly seed: number;
  };
  readonly columns: readonly ColumnState[];
  readonly coMoments: CoMomentsState | undefined;
  readonly sample: RowSampleState | undefined;
  /** Absent where fewer than two columns are numeric. */
  readonly joint?: JointSampleState | undefined;
  readonly blocks: BlockRingState | undefined;
  readonly segments: NamedStates | undefined;
  /** The only version of the model that rows came from, or each with its rows. Absent: none is known. */
  readonly soleVersion?: string | undefined;
  readonly versions?: NamedStates | undefined;
  readonly metrics?: ProfileState | undefined;
}

type NamedStates = readonly (readonly [name: string, profile: ProfileState])[];

/** What a profile is made of. */
export interface ProfileParts {
  readonly options: ResolvedProfileOptions;
  readonly rows: number;
  readonly squares: number;
  readonly dropped: number;
  readonly columns: ReadonlyMap<string, ColumnProfile>;
  readonly coMoments: CoMoments | undefined;
  readonly sample: RowSample | undefined;
  readonly joint: JointSample | undefined;
  readonly blocks: BlockRing | undefined;
  readonly segments: NamedStates;
  readonly soleVersion: string | null | undefined;
  readonly versions: NamedStates;
  readonly metrics: ProfileState | undefined;
}

export function encodeParts(parts: ProfileParts): ProfileState {
  return {
    rows: parts.rows,
    squares: parts.squares === parts.rows ? undefined : parts.squares,
    droppedColumns: parts.dropped,
    options: { ...parts.options, declared: [...parts.options.declared] },
    columns: [...parts.columns.values()].map((column) => column.toState()),
    coMoments: parts.coMoments?.toState(),
    sample: parts.sample?.toState(),
    joint: (parts.joint?.columns.length ?? 0) < 2 ? undefined : parts.joint?.toState(),
    blocks: parts.blocks?.toState(),
    segments: parts.segments.length > 0 ? parts.segments : undefined,
    ...(typeof parts.soleVersion === 'string' && { soleVersion: parts.soleVersion }),
    ...(parts.versions.length > 0 && { versions: parts.versions }),
    ...defined({ metrics: parts.metrics }),
  };
}

/** Reads a part of a profile. @throws LeewayError `ERR_LEEWAY_FORMAT` where it has parts of its own. */
export function decodePart(state: ProfileState): ProfileParts {
  const parts = decodeParts(state);
  const { segments, versions, metrics } = parts;
  if (segments.length + versions.length === 0 && metrics === undefined) return parts;
  throw refused('its parts have parts');
}

/**
 * The parts of a profile from plain data of unknown origin.
 *
 * @throws LeewayError or whatever reading what isn't there throws, where they can't be a profile's.
 */
export function decodeParts(state: ProfileState): ProfileParts {
  const rows = checkedCount(state.rows, 'the number of rows');
  const squares = state.squares ?? rows;
  // Σw ≤ Σw² ≤ (Σw)² for whole weights.
  if (!Number.isFinite(squares) || squares < rows || squares > rows * rows * (1 + 1e-9))
    throw refused('its weights are impossible');
  const { declared, ...rest } = state.options;
  const options = resolveProfileOptions({ ...rest, schema: Object.fromEntries(declared) });
  if (state.columns.length > options.maxColumns) throw refused('it has too many columns');
  const columns = new Map<string, ColumnProfile>();
  const missing = missingOf(options);
  for (const one of state.columns) {
    const { name, parts } = decodeColumn(one, missing);
    const column = new ColumnProfile(name, parts);
    if (columns.has(name) || column.present > rows)
      throw refused('a column has two entries, or too many values');
    columns.set(name, column);
  }
  if (state.soleVersion !== undefined && typeof state.soleVersion !== 'string')
    throw refused('its version is not a name');
  return {
    options,
    rows,
    squares,
    dropped: checkedCount(state.droppedColumns, 'the number of dropped columns'),
    columns,
    coMoments: state.coMoments === undefined ? undefined : CoMoments.fromState(state.coMoments),
    sample: state.sample === undefined ? undefined : RowSample.fromState(state.sample),
    joint: state.joint === undefined ? undefined : JointSample.fromState(state.joint),
    blocks: state.blocks === undefined ? undefined : BlockRing.fromState(state.blocks),
    segments: checkedStates(state.segments, MAX_SEGMENTS),
    soleVersion: state.soleVersion,
    versions: checkedStates(state.versions, MAX_VERSIONS),
    metrics: state.metrics,
  };
}

function checkedStates(states: NamedStates = [], most: number): NamedStates {
  const named = states.every(([name]) => typeof name === 'string');
  if (
    !named ||
    states.length > most + 1 ||
    new Set(states.map(([name]) => name)).size < states.length
  ) {
    throw refused('its segments or versions are impossible');
  }
  return states;
}

const refused = (why: string): LeewayError =>
  new LeewayError('ERR_LEEWAY_FORMAT', `not a leeway profile: ${why}`);

/**
 * The same state with other names for its columns. Columns that are not named keep theirs.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where two columns would have one name.
 */
export function renameColumns(
  state: ProfileState,
  names: Readonly<Record<string, string>>,
): ProfileState {
  const nameOf = (name: string): string =>
    Object.hasOwn(names, name) ? (names[name] as string) : name;
  const after = state.columns.map(({ name }) => nameOf(name));
  const twice = after.find((name, index) => after.indexOf(name) !== index);
  if (twice === undefined) return renameState(state, nameOf);
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `two columns would be called ${JSON.stringify(twice)}`,
  );
}

/** The same state without its segments, versions, metrics and blocks of time. */
export function withoutParts(state: ProfileState): ProfileState {
  const { versions: _versions, soleVersion: _sole, metrics: _metrics, ...whole } = state;
  const options = { ...state.options, groupby: [] };
  return { ...whole, options, blocks: undefined, segments: undefined };
}

/** The same state with other names for its columns, and without blocks of time, which go by the old ones. */
function renameState(state: ProfileState, nameOf: (name: string) => string): ProfileState {
  const { options, columns, coMoments, sample, joint, segments, versions } = state;
  const renamed = <T extends { readonly columns: readonly string[] }>(
    part: T | undefined,
  ): T | undefined =>
    part === undefined ? undefined : { ...part, columns: part.columns.map(nameOf) };
  return {
    ...state,
    options: {
      ...options,
      declared: options.declared.map(([name, type]) => [nameOf(name), type] as const),
      groupby: options.groupby.map(nameOf),
    },
    columns: columns.map((column) => ({ ...column, name: nameOf(column.name) })),
    coMoments: renamed(coMoments),
    sample: renamed(sample),
    joint: renamed(joint),
    blocks: undefined,
    segments: segments?.map(([name, part]) => [name, renameState(part, nameOf)] as const),
    ...(versions !== undefined && {
      versions: versions.map(([name, part]) => [name, renameState(part, nameOf)] as const),
    }),
  };
}

/** The same state with some of the columns; samples of whole rows, correlations and parts are left out. */
export function pickState(state: ProfileState, keep: (name: string) => boolean): ProfileState {
  const {
    options,
    columns,
    joint,
    segments: _segments,
    versions: _versions,
    metrics: _metrics,
    ...rest
  } = state;
  const picked =
    joint === undefined ? undefined : JointSample.fromState(joint).picked(keep).toState();
  return {
    ...rest,
    options: { ...options, groupby: [], correlate: false, reservoir: 0 },
    columns: columns.filter(({ name }) => keep(name)),
    coMoments: undefined,
    sample: undefined,
    joint: (picked?.columns.length ?? 0) < 2 ? undefined : picked,
    segments: undefined,
  };
}
