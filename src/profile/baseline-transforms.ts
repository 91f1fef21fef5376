import { LeewayError } from '../leaves/errors.js';
import { normalQuantile } from '../stats/normal.js';
import type { WeightedSample } from '../stats/weighted.js';
import type { ColumnProfile } from './column-profile.js';
import { toJsonValue } from './plain.js';
import type { ProfiledColumns } from './profiled-columns.js';
import { type ColumnType, familyOf, isColumnType } from './schema.js';

/** A column's bins and scores, frozen. */
export interface ColumnTransform {
  readonly name: string;
  readonly type: ColumnType;
  /** Numeric: ascending inner edges, at most 31, so that bins hold equal shares of the baseline where its ties allow. */
  readonly edges: Float64Array;
  /** Numeric: baseline values, ascending, and the mid-rank share of each. */
  readonly knots: Float64Array;
  readonly shares: Float64Array;
  /** Categorical: the most frequent names, at most 31; bin 32 is all others. */
  readonly categories: readonly string[];
  /** Categorical: hashes of all names of the baseline, ascending; empty where they weren't all counted. */
  readonly known: Float64Array;
}

export interface TransformsState {
  readonly columns: readonly ColumnTransform[];
}

/** Bins per column. */
export const BLOCK_BINS = 32;
const KNOTS = 129;
const NONE = new Float64Array(0);

/**
 * What later profiles are measured with, fixed once from a baseline: per column 32 bins, and normal scores, Φ⁻¹ of a value's
 * mid-rank share in the baseline. Named by a hash; what was made by unlike transforms does not mix.
 *
 * Scores are exact where the baseline has at most 129 distinct values in its sketch, else linear in rank between 129 of
 * them. 2.5 KB per numeric column, at most 16 KB per categorical one.
 *
 * @example
 * const transforms = BaselineTransforms.freeze(profileTable(training));
 * transforms.score('age', 40); // 0.3: above the middle of the training data
 */
export class BaselineTransforms {
  readonly hash: string;
  readonly #columns: ReadonlyMap<string, ColumnTransform>;

  private constructor(columns: readonly ColumnTransform[]) {
    this.#columns = new Map(columns.map((column) => [column.name, column]));
    this.hash = hashOf(JSON.stringify(toJsonValue(columns)));
  }

  /** Fixes bins and scores from a baseline. Columns of text and embeddings are counted only. */
  static freeze(baseline: ProfiledColumns): BaselineTransforms {
    const columns = baseline.columnNames.map((name) =>
      freezeColumn(baseline.column(name) as ColumnProfile),
    );
    return new BaselineTransforms(columns);
  }

  /** The columns, in the baseline's order. */
  get columns(): readonly ColumnTransform[] {
    return [...this.#columns.values()];
  }

  /** One column's transform. */
  column(name: string): ColumnTransform | undefined {
    return this.#columns.get(name);
  }

  /** The normal score of a number, or NaN where it isn't finite or the column isn't numeric. */
  score(name: string, value: number): number {
    const column = this.#columns.get(name);
    return column === undefined || column.knots.length === 0 || value - value !== 0
      ? Number.NaN
      : normalScore(column, value);
  }

  toState(): TransformsState {
    return { columns: this.columns };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where they can't be transforms. */
  static fromState(state: TransformsState): BaselineTransforms {
    for (const column of state.columns) {
      const { name, type, edges, knots, shares, categories, known } = column;
      const sound =
        typeof name === 'string' &&
        isColumnType(type) &&
        [edges, knots, shares, known].every((values) => values instanceof Float64Array) &&
        edges.length < BLOCK_BINS &&
        knots.length === shares.length &&
        categories.length < BLOCK_BINS &&
        categories.every((category) => typeof category === 'string') &&
        [edges, knots, shares, known].every(ascends) &&
        shares.every((share) => share > 0 && share < 1);
      if (!sound)
        throw new LeewayError(
          'ERR_LEEWAY_FORMAT',
          'not the transforms of a baseline: a column is impossible',
        );
    }
    return new BaselineTransforms(state.columns);
  }
}

/** The normal score of a finite number: its share is linear between knots and pinned outside. */
export function normalScore({ knots, shares }: ColumnTransform, value: number): number {
  const above = upperBound(knots, value);
  const last = knots.length - 1;
  if (above === 0) return normalQuantile((shares[0] as number) / 2);
  if (knots[above - 1] === value) return normalQuantile(shares[above - 1] as number);
  if (above > last) return normalQuantile((1 + (shares[last] as number)) / 2);
  const left = knots[above - 1] as number;
  const right = knots[above] as number;
  const low = shares[above - 1] as number;
  const high = shares[above] as number;
  // Halved, so that the distance of two values near the largest number stays finite.
  return normalQuantile(low + (high - low) * ((value / 2 - left / 2) / (right / 2 - left / 2)));
}

/** How many of the ascending values are at most `value`. */
export function upperBound(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** FNV-1a, twice with different beginnings: 16 hexadecimal digits. */
export function hashOf(text: string): string {
  return [0x811c9dc5, 0x050c5d1f]
    .map((start) => fnv(text, start).toString(16).padStart(8, '0'))
    .join('');
}

/** FNV-1a in 32 bits. */
export function fnv(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

function freezeColumn(column: ColumnProfile): ColumnTransform {
  const { name, type, quantiles, items } = column;
  const empty = { name, type, edges: NONE, knots: NONE, shares: NONE, categories: [], known: NONE };
  if (familyOf(type) === 'numeric' && quantiles.count > 0) {
    return {
      ...empty,
      edges: Float64Array.from(column.edges(BLOCK_BINS)),
      ...knotsOf(quantiles.weightedValues()),
    };
  }
  if (familyOf(type) !== 'categorical') return empty;
  const names = items.entries().map(([category]) => category);
  const known = items.exact
    ? Float64Array.from(new Set(names.map((category) => fnv(category)))).sort()
    : NONE;
  return { ...empty, categories: names.slice(0, BLOCK_BINS - 1), known };
}

/** Distinct values with their mid-rank shares; all, or so many at even ranks with both ends. */
function knotsOf({
  values,
  weights,
  total,
}: WeightedSample): Pick<ColumnTransform, 'knots' | 'shares'> {
  const knots: number[] = [];
  const shares: number[] = [];
  let before = 0;
  for (let index = 0; index < values.length; ) {
    const value = values[index] as number;
    let weight = 0;
    while (index < values.length && values[index] === value) {
      weight += weights[index] as number;
      index += 1;
    }
    knots.push(value);
    shares.push((before + weight / 2) / total);
    before += weight;
  }
  const step = (knots.length - 1) / (KNOTS - 1);
  const kept = Array.from({ length: Math.min(KNOTS, knots.length) }, (_, index) =>
    knots.length <= KNOTS ? index : Math.round(index * step),
  );
  return {
    knots: Float64Array.from(kept, (index) => knots[index] as number),
    shares: Float64Array.from(kept, (index) => shares[index] as number),
  };
}

const ascends = (values: Float64Array): boolean =>
  values.every(
    (value, index) =>
      Number.isFinite(value) && (index === 0 || value > (values[index - 1] as number)),
  );
