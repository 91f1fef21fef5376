import { LeewayError, shown } from '../leaves/errors.js';

/**
 * What a column holds. `text` is a column of nearly unique or long strings (names, identifiers, prose); `embedding` one
 * of vectors of a fixed length.
 */
export type ColumnType =
  | 'numeric'
  | 'integer'
  | 'boolean'
  | 'categorical'
  | 'text'
  | 'timestamp'
  | 'embedding';

/**
 * How columns of a type are compared: by their numbers, by their categories, or, texts and embeddings, by what is derived
 * from their values.
 */
export type ColumnFamily = 'numeric' | 'categorical' | 'text' | 'embedding';

/** Columns and their types. */
export type Schema = Readonly<Record<string, ColumnType>>;

/** What the type of a column is decided from; every figure adds up when profiles merge, but those of its categories. */
export interface TypeEvidence {
  /** All values that are there. */
  readonly present: number;
  /** Finite numbers, and how many of them are whole. */
  readonly number: number;
  readonly whole: number;
  readonly infinite: number;
  readonly boolean: number;
  readonly date: number;
  readonly vector: number;
  /** Strings by what they say (`StringSort`); `decimal` without `integer`. */
  readonly strings: {
    readonly integer: number;
    readonly decimal: number;
    readonly code: number;
    readonly truth: number;
    readonly time: number;
  };
  /** How many strings and booleans, and about how many distinct ones. */
  readonly named: number;
  readonly distinct: number;
  /** How long its strings are on average. */
  readonly meanLength: number;
}

const FAMILIES: Readonly<Record<ColumnType, ColumnFamily>> = {
  numeric: 'numeric',
  integer: 'numeric',
  timestamp: 'numeric',
  boolean: 'categorical',
  categorical: 'categorical',
  text: 'text',
  embedding: 'embedding',
};

/** A share of distinct strings above which a column is text. */
const TEXT_DISTINCT_SHARE = 0.5;
/** Below so many values a column is not taken for text for that reason: few values are often all different. */
export const TEXT_MIN_VALUES = 50;
/** Strings of so many characters on average are prose, however often one is repeated. */
const PROSE_LENGTH = 100;
/** Digit strings are names where at least one in so many begins with a needless zero, as zip codes do. */
const ONE_CODE_IN = 100;

/** How columns of a type are compared. */
export function familyOf(type: ColumnType): ColumnFamily {
  return FAMILIES[type];
}

/**
 * The type of a column, by what at least half of its values are; the rest is the column's other story.
 *
 * In this order: embedding, timestamp (Date objects, ISO strings), numeric and integer (numbers, and strings that are
 * numbers; integer where all are whole), boolean (true, false, and the words), text, categorical. Numbers stay numbers however
 * few there are of them: 0/1, classes, epoch times and five-digit zip codes are integers unless declared. Digit strings
 * become names where at least 1 % begin with a needless zero. Strings are text where there are 50 or more and more than
 * half are distinct, or where they are long. A column without values is categorical.
 *
 * Depends on the values alone while no more than 1,024 distinct strings were met; beyond, their number is an estimate, and
 * numeric strings that go on for long are no longer counted as names.
 */
export function inferType(evidence: TypeEvidence): ColumnType {
  const { present, strings } = evidence;
  if (present === 0) return 'categorical';
  const most = (count: number): boolean => 2 * count >= present;
  if (most(evidence.vector)) return 'embedding';
  if (most(evidence.date + strings.time)) return 'timestamp';
  const digits = strings.integer + strings.decimal;
  const codes =
    evidence.number === 0 &&
    strings.code > 0 &&
    ONE_CODE_IN * strings.code >= digits + strings.code;
  if (!codes && most(evidence.number + evidence.infinite + digits)) {
    const finite = evidence.number + digits;
    return finite > 0 && evidence.whole + strings.integer === finite ? 'integer' : 'numeric';
  }
  if (most(evidence.boolean + strings.truth)) return 'boolean';
  return looksLikeText(evidence) ? 'text' : 'categorical';
}

/** Whether strings are too many or too long to be categories. */
export function looksLikeText(
  evidence: Pick<TypeEvidence, 'named' | 'distinct' | 'meanLength'>,
): boolean {
  const { named, distinct, meanLength } = evidence;
  if (meanLength > PROSE_LENGTH) return true;
  return named >= TEXT_MIN_VALUES && distinct > TEXT_DISTINCT_SHARE * named;
}

/**
 * Checks declared types; columns of `catcols` are categorical.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where a type isn't one, or a column is declared twice and differently.
 */
export function resolveSchema(options: {
  readonly schema?: Schema | undefined;
  readonly catcols?: Iterable<string> | undefined;
}): Map<string, ColumnType> {
  const { schema = {}, catcols = [] } = options;
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `schema must be an object of column types, got ${shown(schema)}`,
    );
  }
  const types = new Map<string, ColumnType>();
  for (const [name, type] of Object.entries(schema)) {
    if (!isColumnType(type)) {
      const known = Object.keys(FAMILIES).join(', ');
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `schema: ${shown(name)} must be one of ${known}, got ${shown(type)}`,
      );
    }
    types.set(name, type);
  }
  for (const name of catcols) {
    const declared = types.get(name);
    if (declared !== undefined && familyOf(declared) !== 'categorical') {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `${shown(name)} is in catcols, but its schema says ${declared}`,
      );
    }
    types.set(name, declared ?? 'categorical');
  }
  return types;
}

/** Whether it is the name of a type. */
export function isColumnType(value: unknown): value is ColumnType {
  return typeof value === 'string' && Object.hasOwn(FAMILIES, value);
}
