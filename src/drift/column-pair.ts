import type { ColumnProfile } from '../profile/column-profile.js';
import type { ColumnFamily } from '../profile/schema.js';
import type { QuantileSketch } from '../sketch/quantile-sketch.js';
import { type EcdfDistances, ecdfDistances } from '../stats/weighted.js';
import { categoryCounts } from './categories.js';

/** Counts of both sides over the same bins. */
export interface Bins {
  readonly baseline: readonly number[];
  readonly target: readonly number[];
  /** What each bin is called: its lower edge, or a category. */
  readonly names: readonly (number | string | null)[];
}

/** The column's correlation with another, before and now. */
export interface PartnerCorrelation {
  readonly partner: string;
  readonly baseline: number;
  readonly target: number;
}

/** How many rows a column was taken from, on either side. */
export interface PairRows {
  readonly baseline: number;
  readonly target: number;
}

/** Numbers are binned into so many equal shares of the baseline, where its values allow. */
const NUMERIC_BINS = 10;
/** How many values stand for a column that a sketch no longer holds as a whole. */
const REPRESENTATIVES = 256;

/** One column in two profiles, with what several statistics need of it computed once. */
export class ColumnPair {
  readonly name: string;
  /** What it is compared as: what it is in the baseline. */
  readonly family: ColumnFamily;
  readonly baseline: ColumnProfile;
  readonly target: ColumnProfile;
  /** The numbers of both sides. Telling them takes a column's type, hence once. */
  readonly numbers: { readonly baseline: QuantileSketch; readonly target: QuantileSketch };
  readonly rows: PairRows;
  /** Where both profiles keep correlations, those of this column that both know. */
  readonly partners: readonly PartnerCorrelation[];
  #samples: readonly [Float64Array, Float64Array] | undefined;
  #distances: EcdfDistances | undefined;
  #bins: Bins | undefined;

  constructor(
    baseline: ColumnProfile,
    target: ColumnProfile,
    around: { readonly rows: PairRows; readonly partners: readonly PartnerCorrelation[] },
  ) {
    this.name = baseline.name;
    this.family = baseline.family;
    this.baseline = baseline;
    this.target = target;
    this.numbers = { baseline: baseline.quantiles, target: target.quantiles };
    this.rows = around.rows;
    this.partners = around.partners;
  }

  /** Whether both sides have numbers. */
  get numeric(): boolean {
    return this.numbers.baseline.count > 0 && this.numbers.target.count > 0;
  }

  /** Whether both sides have categories. */
  get categorical(): boolean {
    return this.baseline.items.total > 0 && this.target.items.total > 0;
  }

  /** The baseline's standard deviation, or 0 where it has none. */
  get spread(): number {
    const spread = this.baseline.moments.standardDeviation;
    return Number.isFinite(spread) ? spread : 0;
  }

  get medians(): { readonly baseline: number; readonly target: number } {
    return { baseline: this.numbers.baseline.quantile(0.5), target: this.numbers.target.quantile(0.5) };
  }

  /** The numbers of both sides as sorted samples; see `sampleOf`. */
  get samples(): readonly [baseline: Float64Array, target: Float64Array] {
    this.#samples ??= [sampleOf(this.numbers.baseline), sampleOf(this.numbers.target)];
    return this.#samples;
  }

  /** How far apart the distributions of the numbers are. */
  get distances(): EcdfDistances {
    this.#distances ??= ecdfDistances(this.numbers.baseline.weightedValues(), this.numbers.target.weightedValues());
    return this.#distances;
  }

  /** Numbers between the baseline's deciles (tied deciles make fewer bins), or the union of categories. */
  get bins(): Bins {
    this.#bins ??= this.family === 'numeric' ? this.#deciles() : categoryCounts(this.baseline.items, this.target.items);
    return this.#bins;
  }

  #deciles(): Bins {
    const edges: number[] = [];
    for (let step = 1; step < NUMERIC_BINS; step += 1) {
      const edge = this.numbers.baseline.quantile(step / NUMERIC_BINS);
      if (edge !== edges.at(-1)) edges.push(edge);
    }
    return {
      baseline: [...this.numbers.baseline.histogram(edges)],
      target: [...this.numbers.target.histogram(edges)],
      names: [edges[0] ?? null, ...edges],
    };
  }
}

/**
 * The numbers of a column as a sorted sample: all of them while the sketch is exact; beyond, 256 values at evenly spaced
 * ranks. These vary less from window to window than 256 random values would, the sketch's own error of 0.3 % included,
 * so p-values of tests on them err upwards.
 */
function sampleOf(sketch: QuantileSketch): Float64Array {
  const { values, weights, total } = sketch.weightedValues();
  if (sketch.exact) return values;
  const sample = new Float64Array(REPRESENTATIVES);
  let index = 0;
  let passed = weights[0] as number;
  for (let place = 0; place < REPRESENTATIVES; place += 1) {
    const rank = ((place + 0.5) / REPRESENTATIVES) * total;
    while (passed < rank) {
      index += 1;
      passed += weights[index] as number;
    }
    sample[place] = values[index] as number;
  }
  return sample;
}
