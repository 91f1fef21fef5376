import { type MissingWords, missingWords } from '../cells/missing.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { DEFAULT_MAX_COLUMNS } from '../leaves/limits.js';
import { type ColumnType, resolveSchema, type Schema } from './schema.js';

/** How rows are profiled. */
export interface ProfileOptions {
  /** Types of columns, which are then not inferred: declared, or a baseline's `profile.schema`. @default {} */
  readonly schema?: Schema | undefined;
  /** Columns whose numbers are names of categories, such as codes. @default [] */
  readonly catcols?: Iterable<string> | undefined;
  /** The strings that stand for a missing value. @default `MISSING_WORDS`: those of pandas, such as '', NA, NaN and None */
  readonly missing?: readonly string[] | undefined;
  /** Whether '' is missing even where `missing` does not name it. @default false */
  readonly emptyIsMissing?: boolean | undefined;
  /** Columns beyond are not taken in, but counted. @default 1000 */
  readonly maxColumns?: number | undefined;
  /** One or several columns by whose values rows are profiled apart, besides together. @default none */
  readonly groupby?: string | readonly string[] | undefined;
  /** Whether the co-moments of the first 50 numeric columns are kept: a row then costs more. @default false */
  readonly correlate?: boolean | undefined;
  /** How many whole rows to keep as a sample; 0 keeps no values together. @default 1000 with `correlate`, else 0 */
  readonly reservoir?: number | undefined;
  /**
   * Of how many rows, a uniform sample, the numbers are kept together, for drift of columns that go together: 2 KB a column
   * where there are two or more numeric ones. 0 keeps no values together. @default 512
   */
  readonly joint?: number | undefined;
  /** Decides which rows are sampled; any integer. @default 1 */
  readonly seed?: number | undefined;
}

export interface ResolvedProfileOptions {
  readonly declared: ReadonlyMap<string, ColumnType>;
  readonly missing: readonly string[] | undefined;
  readonly emptyIsMissing: boolean;
  readonly maxColumns: number;
  readonly groupby: readonly string[];
  readonly correlate: boolean;
  readonly reservoir: number;
  readonly joint: number;
  readonly seed: number;
}

const MOST_COLUMNS = 100_000;
const MAX_RESERVOIR = 100_000;
/** So many rows tell a correlation of 0 from one of 0.3, among a thousand pairs. */
export const DEFAULT_JOINT_ROWS = 512;
/** Spearman's coefficient of so many rows has a standard error of 0.03. */
const CORRELATE_RESERVOIR = 1000;

/** @throws LeewayError `ERR_LEEWAY_OPTION` where an option makes no sense. */
export function resolveProfileOptions(options: ProfileOptions): ResolvedProfileOptions {
  const correlate = checkedBoolean('correlate', options.correlate);
  const groupby = typeof options.groupby === 'string' ? [options.groupby] : (options.groupby ?? []);
  if (!Array.isArray(groupby) || !groupby.every((name) => typeof name === 'string')) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `groupby must be names of columns, got ${shown(options.groupby)}`,
    );
  }
  return {
    declared: resolveSchema(options),
    missing: options.missing === undefined ? undefined : [...missingWords(options.missing)],
    emptyIsMissing: checkedBoolean('emptyIsMissing', options.emptyIsMissing),
    maxColumns: checkedInteger(
      'maxColumns',
      options.maxColumns ?? DEFAULT_MAX_COLUMNS,
      1,
      MOST_COLUMNS,
    ),
    groupby,
    correlate,
    reservoir: checkedInteger(
      'reservoir',
      options.reservoir ?? (correlate ? CORRELATE_RESERVOIR : 0),
      0,
      MAX_RESERVOIR,
    ),
    joint: checkedInteger('joint', options.joint ?? DEFAULT_JOINT_ROWS, 0, MAX_RESERVOIR),
    seed: checkedInteger(
      'seed',
      options.seed ?? 1,
      Number.MIN_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER,
    ),
  };
}

/** The strings that stand for a missing value in a profile of these options. */
export function missingOf({
  missing,
  emptyIsMissing,
}: Pick<ResolvedProfileOptions, 'missing' | 'emptyIsMissing'>): MissingWords {
  return emptyIsMissing && missing !== undefined
    ? missingWords([...missing, ''])
    : missingWords(missing);
}

function checkedBoolean(name: string, value: boolean | undefined): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${name} must be true or false, got ${shown(value)}`,
    );
  }
  return value ?? false;
}

function checkedInteger(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${name} must be an integer in ${least} … ${most}, got ${shown(value)}`,
    );
  }
  return value;
}
