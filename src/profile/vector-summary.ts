import { LeewayError } from '../leaves/errors.js';
import { seededRandom } from '../leaves/random.js';
import { NumberSummary, type NumberSummaryState } from './number-summary.js';
import { checkedCount } from './plain.js';

/** Vectors as plain data. */
export interface VectorSummaryState {
  readonly dimension: number;
  readonly count: number;
  /** Σ v/|v| over vectors that aren't zero. */
  readonly directions: Float64Array;
  readonly norm: NumberSummaryState;
  readonly projections: readonly NumberSummaryState[];
}

/** Longer arrays are no value of a column. */
export const MAX_DIMENSION = 4096;

const PROJECTIONS = 4;
/** Directions are the same in every profile, or their projections could not be compared. */
const SEED = 0x1eea;

/**
 * What the vectors of a column look like, in numbers: their `norm`, the mean of their directions, and `projection 0` … `3`
 * on four random directions, which are the same for all profiles. A shift or turn of the cloud moves a random projection
 * almost surely.
 *
 * Memory: 20 KB and 8 bytes a dimension, at most 4,096 of those. Time: O(5 × dimension) a vector.
 */
export class VectorSummary {
  readonly dimension: number;
  readonly measures: ReadonlyMap<string, NumberSummary>;
  #count = 0;
  readonly #directions: Float64Array;

  constructor(dimension: number, measures: readonly NumberSummary[] = []) {
    this.dimension = dimension;
    this.#directions = new Float64Array(dimension);
    const names = [
      'norm',
      ...Array.from({ length: PROJECTIONS }, (_, index) => `projection ${index}`),
    ];
    this.measures = new Map(
      names.map((name, index) => [name, measures[index] ?? NumberSummary.derived()]),
    );
  }

  /** How many vectors went in. */
  get count(): number {
    return this.#count;
  }

  /** The mean of v/|v|: its length tells how much the vectors agree. NaN where nothing went in. */
  meanDirection(): Float64Array {
    return this.#directions.map((sum) => sum / this.#count);
  }

  /**
   * Adds a vector of this dimension.
   *
   * @param weight how many rows it stands for.
   * @returns `false`, and adds nothing, where an entry isn't a finite number or the norm is beyond what a float64 holds.
   */
  add(vector: ArrayLike<unknown>, weight = 1): boolean {
    let squares = 0;
    for (let index = 0; index < this.dimension; index += 1) {
      const entry = vector[index];
      if (typeof entry !== 'number') return false;
      squares += entry * entry;
    }
    if (!Number.isFinite(squares)) return false;
    const entries = vector as ArrayLike<number>;
    const norm = Math.sqrt(squares);
    const signs = signsOf(this.dimension);
    const summaries = [...this.measures.values()];
    summaries[0]?.add(norm, weight, true);
    for (let projection = 0; projection < PROJECTIONS; projection += 1) {
      let sum = 0;
      const offset = projection * this.dimension;
      for (let index = 0; index < this.dimension; index += 1) {
        sum += (signs[offset + index] as number) * (entries[index] as number);
      }
      summaries[projection + 1]?.add(sum / Math.sqrt(this.dimension), weight, true);
    }
    if (norm > 0) {
      for (let index = 0; index < this.dimension; index += 1) {
        this.#directions[index] =
          (this.#directions[index] as number) + (weight * (entries[index] as number)) / norm;
      }
    }
    this.#count += weight;
    return true;
  }

  /** Takes in a summary of the same dimension; `other` is left as it is. */
  merge(other: VectorSummary): void {
    for (const [measure, summary] of this.measures)
      summary.merge(other.measures.get(measure) as NumberSummary);
    other.#directions.forEach((sum, index) => {
      this.#directions[index] = (this.#directions[index] as number) + sum;
    });
    this.#count += other.#count;
  }

  toState(): VectorSummaryState {
    const [norm, ...projections] = [...this.measures.values()].map((summary) => summary.toState());
    return {
      dimension: this.dimension,
      count: this.#count,
      directions: this.#directions.slice(),
      norm: norm as NumberSummaryState,
      projections,
    };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the parts are impossible or disagree. */
  static fromState(state: VectorSummaryState): VectorSummary {
    const { dimension, directions } = state;
    const measures = [state.norm, ...state.projections].map((measure) =>
      NumberSummary.fromState(measure, NumberSummary.derived()),
    );
    const count = checkedCount(state.count, 'the number of its vectors');
    const sound =
      Number.isInteger(dimension) &&
      dimension >= 1 &&
      dimension <= MAX_DIMENSION &&
      directions.length === dimension &&
      measures.length === PROJECTIONS + 1 &&
      measures.every((measure) => measure.count === count);
    if (!sound)
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a summary of vectors: its parts disagree');
    const summary = new VectorSummary(dimension, measures);
    summary.#directions.set(directions);
    summary.#count = count;
    return summary;
  }
}

let lastSigns: { readonly dimension: number; readonly signs: Int8Array } | undefined;

/** The random directions: ±1 in every dimension. Those asked for last are kept; they are 16 KB at most. */
function signsOf(dimension: number): Int8Array {
  if (lastSigns?.dimension !== dimension) {
    const random = seededRandom(SEED + dimension);
    const signs = Int8Array.from({ length: PROJECTIONS * dimension }, () =>
      random() < 0.5 ? -1 : 1,
    );
    lastSigns = { dimension, signs };
  }
  return lastSigns.signs;
}
