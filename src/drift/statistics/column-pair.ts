import type { ColumnProfile } from '../../profile/column-profile.js';
import type { ColumnFamily } from '../../profile/schema.js';
import type { QuantileSketch } from '../../sketch/quantile-sketch.js';
import type { Inflation } from '../calibration/inflation.js';
import { type Bins, decileCounts } from './bins.js';
import { type CategoryGrain, grainOf, testedCategories } from './categories.js';
import type { EffectGates } from './effect-gates.js';
import type { PartnerChange } from './joint.js';
import type { PairNumbers } from './pair-numbers.js';
import { type RankSet, rankSet, rankSetOfBins } from './rank-set.js';
import type { LikeHoursPair } from './same-hours-pair.js';
import { standardDeviationOf } from './spread.js';

/** The number of rows on each side of a column. */
export interface PairRows {
  readonly baseline: number;
  readonly current: number;
}

/** What is derived from texts or vectors, on both sides. */
export interface DerivedPair {
  readonly measure: string;
  readonly numbers: PairNumbers;
  readonly ranks: RankSet;
}

/** What a comparison of one column is made in. */
export interface PairContext {
  readonly rows: PairRows;
  /** By how much the column's statistics vary more than those of independent rows. */
  readonly inflation: Inflation;
  /** What the column usually is in such hours, where that tells more than the baseline as a whole. */
  readonly likeHours?: LikeHoursPair | undefined;
  /** Smaller changes don't matter. */
  readonly gates: EffectGates;
  /** How the column goes with others: the largest change, where both profiles know. */
  readonly partner: PartnerChange | undefined;
}

/** How many values stand for a column that a sketch no longer holds as a whole. */
const REPRESENTATIVES = 256;

/** One column in two profiles. Values that several statistics need are computed once. */
export class ColumnPair {
  readonly name: string;
  /** The family of the column in the baseline, by which it is compared. */
  readonly family: ColumnFamily;
  readonly baseline: ColumnProfile;
  readonly current: ColumnProfile;
  /** The numbers of both sides, read once, because reading them determines the column's type. */
  readonly numbers: PairNumbers;
  readonly rows: PairRows;
  /** @internal */
  readonly inflation: Inflation;
  /** @internal */
  readonly likeHours: LikeHoursPair | undefined;
  readonly gates: EffectGates;
  /** @internal */
  readonly partner: PartnerChange | undefined;
  #samples: readonly [Float64Array, Float64Array] | undefined;
  #ranks: RankSet | undefined;
  #derived: readonly DerivedPair[] | undefined;
  #bins: Bins | undefined;

  /** @internal */
  constructor(baseline: ColumnProfile, current: ColumnProfile, context: PairContext) {
    this.name = baseline.name;
    this.family = baseline.family;
    this.baseline = baseline;
    this.current = current;
    this.numbers = { baseline: baseline.quantiles, current: current.quantiles };
    this.rows = context.rows;
    this.inflation = context.inflation;
    this.likeHours = context.likeHours;
    this.gates = context.gates;
    this.partner = context.partner;
  }

  /** Whether both sides have numbers. */
  get numeric(): boolean {
    return this.numbers.baseline.count > 0 && this.numbers.current.count > 0;
  }

  /** Whether both sides have categories. */
  get categorical(): boolean {
    return this.baseline.items.total > 0 && this.current.items.total > 0;
  }

  /** The baseline's standard deviation, or 0 if it has none. */
  get spread(): number {
    const spread = standardDeviationOf(this.baseline);
    return Number.isFinite(spread) ? spread : 0;
  }

  get medians(): { readonly baseline: number; readonly current: number } {
    return {
      baseline: this.numbers.baseline.quantile(0.5),
      current: this.numbers.current.quantile(0.5),
    };
  }

  /** The numbers of both sides as sorted samples; see `sampleOf`. */
  get samples(): readonly [baseline: Float64Array, current: Float64Array] {
    this.#samples ??= [sampleOf(this.numbers.baseline), sampleOf(this.numbers.current)];
    return this.#samples;
  }

  /**
   * The tests on ranks, if both sides have numbers.
   * @internal
   */
  get ranks(): RankSet {
    const { likeHours } = this;
    this.#ranks ??=
      likeHours === undefined
        ? rankSet(this.numbers, this.inflation)
        : rankSetOfBins(this.numbers, likeHours.bins, likeHours.inflation);
    return this.#ranks;
  }

  /**
   * Numbers between the baseline's deciles (tied deciles make fewer bins), or categories as finely as they are known exactly.
   * @internal
   */
  get bins(): Bins {
    this.#bins ??=
      this.family === 'numeric'
        ? decileCounts(this.numbers)
        : testedCategories(this.baseline.items, this.current.items);
    return this.#bins;
  }

  /**
   * What the bins of categories are.
   * @internal
   */
  get grain(): CategoryGrain {
    return grainOf(this.baseline.items, this.current.items);
  }

  /**
   * The tests on ranks of what is derived from the values of a text or an embedding, where both sides have it.
   * @internal
   */
  get derived(): readonly DerivedPair[] {
    if (this.#derived !== undefined) return this.#derived;
    const now = this.family === 'text' ? this.current.derivedAsTexts() : this.current.derived;
    this.#derived = [...this.baseline.derived].flatMap(([measure, before]) => {
      const current = now.get(measure)?.quantiles;
      const numbers = { baseline: before.quantiles, current: current ?? before.quantiles };
      if (current === undefined || current.count === 0 || before.count === 0) return [];
      return [{ measure, numbers, ranks: rankSet(numbers, this.inflation) }];
    });
    return this.#derived;
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
