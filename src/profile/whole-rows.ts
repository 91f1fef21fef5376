import { LeewayError } from '../leaves/errors.js';
import { CoMoments, type CorrelationMatrix } from './correlations.js';
import { JointSample } from './joint-sample.js';
import type { ProfileColumns } from './profile-columns.js';
import type { ResolvedProfileOptions } from './profile-options.js';
import type { ProfileParts } from './profile-state.js';
import type { ColumnSet } from './profiled-columns.js';
import { RowSample, type SampledCell } from './row-sample.js';
import { spearman } from './spearman.js';

/** Rows that are offered to the samples in one step. */
const ROWS_PER_STEP = 128;

/** What a profile keeps of whole rows, where it is asked to: correlations, a sample of rows, and a sample of their numbers. */
export class WholeRows {
  readonly #options: ResolvedProfileOptions;
  coMoments: CoMoments | undefined;
  sample: RowSample | undefined;
  joint: JointSample | undefined;

  constructor(options: ResolvedProfileOptions) {
    const { reservoir, joint, seed } = options;
    this.#options = options;
    if (reservoir > 0) this.sample = new RowSample(reservoir, seed);
    if (joint > 0) this.joint = new JointSample(joint, seed);
  }

  /** Adopts what was stored. */
  adopt({ coMoments, sample, joint }: Pick<ProfileParts, 'coMoments' | 'sample' | 'joint'>): void {
    this.coMoments = coMoments;
    this.sample = sample ?? this.sample;
    this.joint = joint ?? this.joint;
  }

  /** @throws LeewayError `ERR_LEEWAY_STATE` where what it takes is not kept. */
  correlations(method: 'pearson' | 'spearman', columns: ProfileColumns): CorrelationMatrix {
    const { sample, coMoments } = this;
    if (method === 'spearman') {
      if (sample === undefined)
        throw new LeewayError('ERR_LEEWAY_STATE', 'the profile was made without a reservoir');
      const names = coMoments?.columns ?? columns.correlated;
      return spearman(
        names,
        names.map((name) => sample.numbers(name)),
      );
    }
    if (coMoments === undefined)
      throw new LeewayError('ERR_LEEWAY_STATE', 'the profile was made without correlate');
    return coMoments.pearson();
  }

  /** Adds the rows `[start, end)` in steps. */
  *adding(
    columns: ProfileColumns,
    given: ColumnSet,
    [start, end]: readonly [start: number, end: number],
    weights?: ArrayLike<number>,
  ): Generator<void, void> {
    if (this.#options.correlate) {
      this.coMoments ??= new CoMoments(columns.correlated);
      this.coMoments.addSlice(columns.inNumbers(given, start, end), start, end, weights);
      yield;
    }
    const numeric = this.joint === undefined ? [] : columns.correlated;
    const numbers = this.joint === undefined ? given : columns.inNumbers(given, start, end);
    for (let from = start; from < end; from += ROWS_PER_STEP) {
      const to = Math.min(end, from + ROWS_PER_STEP);
      this.sample?.addColumns(given, from, to, (name) => columns.byName.has(name), weights);
      this.joint?.addColumns(numbers, numeric, from, to, weights);
      yield;
    }
  }

  /** Empties sampled rows; gives how many. */
  forget(
    matches: (row: Readonly<Record<string, SampledCell>>) => boolean,
    rows: Iterable<Readonly<Record<string, unknown>>>,
  ): number {
    return (this.sample?.forget(matches) ?? 0) + (this.joint?.forget(rows) ?? 0);
  }

  /** Why two of them can't be merged, or `undefined`. */
  whyNot(other: WholeRows): string | undefined {
    if (areUnlike(this.sample, other.sample)) return 'their samples are of different sizes';
    if (areUnlike(this.joint, other.joint)) return 'their joint samples are of different sizes';
    return undefined;
  }

  merge(other: WholeRows): void {
    const { seed } = this.#options;
    if (other.coMoments !== undefined) {
      this.coMoments ??= new CoMoments(other.coMoments.columns);
      this.coMoments = this.coMoments.merge(other.coMoments);
    }
    if (other.sample !== undefined) {
      this.sample ??= new RowSample(other.sample.capacity, seed);
      this.sample.merge(other.sample);
    }
    if (other.joint !== undefined) {
      this.joint ??= new JointSample(other.joint.capacity, seed);
      this.joint.merge(other.joint);
    }
  }
}

interface Bounded {
  readonly capacity: number;
}

const areUnlike = (one: Bounded | undefined, other: Bounded | undefined): boolean =>
  one !== undefined && other !== undefined && one.capacity !== other.capacity;
