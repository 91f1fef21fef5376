import { FrequentItems, type FrequentItemsState } from '../sketch/frequent-items.js';
import type { QuantileSketchState } from '../sketch/quantile-sketch.js';
import type { ColumnState } from './column-state.js';
import type { ListSummaryState } from './list-summary.js';
import type { NumberSummaryState } from './number-summary.js';
import type { ProfileState } from './profile-state.js';
import type { VectorSummaryState } from './vector-summary.js';

/** What is left of single values. */
export interface AnonymiseOptions {
  /** Categories that were seen less often go to "other" … */
  readonly rareBelow: number;
  /** … unless they are known: seen often enough elsewhere. */
  readonly isKnown: (column: string, category: string) => boolean;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Of the 20 mantissa bits in the upper half of a float64, four go; so does the lower half. */
const KEPT = 0xfffffff0;

/**
 * A number with 17 significant bits, about five digits; the rest is cut off. Order is kept, and whole numbers to 131,072
 * stay as they are.
 */
export function coarse(value: number): number {
  double[0] = value;
  words[0] = 0;
  words[1] = (words[1] as number) & KEPT;
  return double[0] as number;
}

/** A profile's state with rare categories in "other", and numbers of about five digits. */
export function anonymise(state: ProfileState, options: AnonymiseOptions): ProfileState {
  return {
    ...state,
    columns: state.columns.map((column) => anonymiseColumn(column, options)),
    // A segment of a few rows may be a single person.
    segments: state.segments
      ?.filter(([, part]) => part.rows >= options.rareBelow)
      .map(([name, part]) => [name, anonymise(part, options)]),
    ...(state.versions !== undefined && {
      versions: state.versions.map(([name, part]) => [name, anonymise(part, options)] as const),
    }),
  };
}

function anonymiseColumn(
  column: ColumnState,
  { rareBelow, isKnown }: AnonymiseOptions,
): ColumnState {
  const keep = (category: string, count: number): boolean =>
    count >= rareBelow || isKnown(column.name, category);
  return {
    ...column,
    numbers: coarsened(column.numbers),
    times: coarsened(column.times),
    dressed: column.dressed && {
      ...column.dressed,
      point: coarsened(column.dressed.point),
      comma: coarsened(column.dressed.comma),
    },
    dates: column.dates && {
      ...column.dates,
      dayFirst: coarsened(column.dates.dayFirst),
      monthFirst: coarsened(column.dates.monthFirst),
    },
    lists: column.lists && coarsenedLists(column.lists),
    vectors: column.vectors && coarsenedVectors(column.vectors),
    items: folded(column.items, keep),
  };
}

/** The length of a list is no value of it. */
function coarsenedLists(lists: ListSummaryState): ListSummaryState {
  const { length, ...values } = lists;
  const coarse = Object.entries(values).map(
    ([measure, state]) => [measure, coarsened(state)] as const,
  );
  return { length, ...Object.fromEntries(coarse) } as ListSummaryState;
}

/** A vector of one dimension is its own norm. */
function coarsenedVectors(vectors: VectorSummaryState): VectorSummaryState {
  const all = (state: NumberSummaryState): NumberSummaryState =>
    coarsened(state) as NumberSummaryState;
  return { ...vectors, norm: all(vectors.norm), projections: vectors.projections.map(all) };
}

function coarsened(state: NumberSummaryState | undefined): NumberSummaryState | undefined {
  if (state === undefined) return undefined;
  // How often the very least and greatest came is told of the values as they were.
  const { atMin: _atMin, atMax: _atMax, ...rest } = state.quantiles;
  const { min, max, values } = rest;
  const quantiles: QuantileSketchState = {
    ...rest,
    min: coarse(min),
    max: coarse(max),
    values: Float64Array.from(values, coarse),
  };
  return { ...state, quantiles };
}

function folded(
  state: FrequentItemsState,
  keep: (category: string, count: number) => boolean,
): FrequentItemsState {
  const items = FrequentItems.fromState(state);
  items.fold((name, count) => !keep(name, count));
  // Counts of buckets would tell of names that are to be untold.
  const { buckets: _, ...folded } = items.toState();
  return folded;
}
