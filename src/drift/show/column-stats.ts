import { LeewayError } from '../../leaves/errors.js';
import { ColumnProfile } from '../../profile/column-profile.js';
import type { Profile } from '../../profile/profile.js';
import type { ColumnFamily, ColumnType } from '../../profile/schema.js';
import { meanOf, standardDeviationOf } from '../statistics/spread.js';
import { type ColumnPlotOptions, plotColumn } from './plot.js';

/** A column in figures. Shares are from 0 to 1. Figures that do not apply to the column are absent. */
export interface ColumnDescription {
  readonly type: ColumnType;
  readonly rows: number;
  readonly missing: number;
  readonly mean?: number;
  readonly standardDeviation?: number;
  readonly min?: number;
  readonly median?: number;
  readonly max?: number;
  /** The most frequent categories with their shares, at most ten. */
  readonly top?: readonly (readonly [name: string, share: number])[];
  readonly distinct?: number;
}

/** A column on one side of a comparison. */
export class ColumnStats {
  readonly name: string;
  readonly #column: ColumnProfile;
  readonly #rows: number;
  readonly #side: 'baseline' | 'current';

  /** @throws LeewayError `ERR_LEEWAY_OPTION` if the name is not a string. */
  constructor(profile: Profile, name: string, side: 'baseline' | 'current' = 'current') {
    if (typeof name !== 'string')
      throw new LeewayError('ERR_LEEWAY_OPTION', 'the name of a column must be a string');
    this.name = name;
    this.#column = profile.column(name) ?? new ColumnProfile(name);
    this.#rows = profile.rows;
    this.#side = side;
  }

  get type(): ColumnType {
    return this.#column.type;
  }

  /** The family that determines how the column is compared. */
  get family(): ColumnFamily {
    return this.#column.family;
  }

  /** The column's profile, for computations of your own. It is empty if no row had the column. */
  get profile(): ColumnProfile {
    return this.#column;
  }

  /** The number of rows on this side. */
  get rows(): number {
    return this.#rows;
  }

  describe(): ColumnDescription {
    const { quantiles, items, present } = this.#column;
    const missing = this.#rows === 0 ? 0 : 1 - present / this.#rows;
    const common = { type: this.type, rows: this.#rows, missing };
    if (this.family === 'numeric') {
      return {
        ...common,
        mean: meanOf(this.#column),
        standardDeviation: standardDeviationOf(this.#column),
        min: quantiles.min,
        median: quantiles.quantile(0.5),
        max: quantiles.max,
      };
    }
    const top = items.entries().slice(0, 10);
    return {
      ...common,
      distinct: items.distinct,
      top: top.map(([name, count]) => [name, count / items.total] as const),
    };
  }

  /** `count` values drawn at random, with the same seed always the same; numbers, or names of categories. */
  sample(count: number, seed = 1): (number | string)[] {
    return this.#column.sample(count, seed);
  }

  /** This side alone as an SVG picture. */
  plot(options: ColumnPlotOptions = {}): string {
    return plotColumn(this.name, { [this.#side]: this }, options);
  }

  /**
   * Shares of the column's numbers in the bins between `edges`; what lies outside goes to the outer bins.
   *
   * @param edges ascending; k edges make k + 1 bins.
   */
  histogram(edges: readonly number[]): number[] {
    const { quantiles } = this.#column;
    return Array.from(quantiles.histogram(edges), (count) =>
      quantiles.count === 0 ? 0 : count / quantiles.count,
    );
  }
}
