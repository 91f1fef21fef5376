import { checkShare, type DetectorSnapshot, restore, type StreamDetector } from './detector.js';
import {
  finite,
  finiteOrNull,
  flag,
  notNegative,
  oneOf,
  option,
  type Resolved,
  readState,
  resolveOptions,
  share,
  whole,
} from './rules.js';

/** Options of {@link HddmW}. */
export interface HddmWOptions {
  /** Chance of a false drift, by McDiarmid's bound for one fixed split; in (0, 1). @default 0.001, the paper's */
  readonly alphaD?: number;
  /** The same for the warning; in (0, 1). @default 0.005, the paper's */
  readonly alphaW?: number;
  /** Weight of the newest value in a moving average; in (0, 1). @default 0.05, the paper's */
  readonly lambda?: number;
  /** Also look for a fall of the mean; each side then gets half of alpha. @default false, as frouros */
  readonly twoSidedTest?: boolean;
  /** Values seen (since the last drift) before anything is tested; at least 1. @default 30, as frouros */
  readonly minNumInstances?: number;
  /**
   * `'peer'`: the cut point is chosen with confidence `lambda`, and averages start at 0. `'paper'`: with confidence
   * `alphaD`, and averages start at their first value. @default 'peer', the definition of the reference vectors
   */
  readonly definition?: 'peer' | 'paper';
}

const RULES = {
  alphaD: option(0.001, share),
  alphaW: option(0.005, share),
  lambda: option(0.05, share),
  twoSidedTest: option(false, flag),
  minNumInstances: option(30, whole(1)),
  definition: option<'peer' | 'paper'>('peer', oneOf(['peer', 'paper'])),
};

const SIDE_STATE = {
  cut: finiteOrNull,
  beforeMean: finite,
  beforeWeight: notNegative,
  afterSize: whole(0),
  afterMean: finite,
  afterWeight: notNegative,
};

const STATE = {
  count: whole(0),
  size: whole(0),
  mean: finite,
  weight: notNegative,
  drift: flag,
  warning: flag,
};

/** A moving average split at the point where it was lowest; for falls it is fed with the mirrored stream. */
class Split {
  cut = Infinity;
  beforeMean = 0;
  beforeWeight = 1;
  afterSize = 0;
  afterMean = 0;
  afterWeight = 1;

  clear(): void {
    this.cut = Infinity;
    this.beforeMean = 0;
    this.beforeWeight = 1;
    this.afterSize = 0;
    this.afterMean = 0;
    this.afterWeight = 1;
  }

  grewBy(log: number): boolean {
    if (this.afterSize === 0) return false;
    return (
      this.afterMean - this.beforeMean >
      Math.sqrt(((this.beforeWeight + this.afterWeight) * log) / 2)
    );
  }

  snapshot(): Record<string, number | null> {
    const { beforeMean, beforeWeight, afterSize, afterMean, afterWeight } = this;
    const cut = this.cut === Infinity ? null : this.cut;
    return { cut, beforeMean, beforeWeight, afterSize, afterMean, afterWeight };
  }
}

/**
 * HDDM-W: finds that the mean of a bounded stream has grown (or, two-sided, changed), by McDiarmid's inequality on
 * exponentially weighted averages.
 *
 * Use it on errors (0 and 1) or any value from 0 to 1, where the change is gradual or recent values should count more.
 * Its bound holds for one cut, but it is tried at every value: a stationary stream with rate 0.3 drifts about once in 3,000
 * values, with rate 0.1 hardly ever (measured).
 *
 * An average moves by m ← lambda · x + (1 − lambda) · m, and its sum of squared weights by w ← lambda² + (1 − lambda)² · w,
 * from w = 1. Where m + √(w · ln(1/confidence) / 2) is least, the stream is cut; a second average runs from there.
 * Drift is: the second exceeds the first by more than √((w1 + w2) · ln(1/alphaD) / 2); warning the same with alphaW.
 * Two-sided, the same runs on 1 − x, and 2/alpha stands for 1/alpha. After a drift it starts over by itself, so
 * `.drift` is up for one value.
 *
 * Takes values from 0 to 1. A constant stream never drifts. Cost: O(1) time and memory per value.
 *
 * Source: Frías-Blanco et al., "Online and non-parametric drift detection methods based on Hoeffding's bounds" (IEEE TKDE
 * 2015); vectors of frouros for the one-sided test (its two-sided one fires at every value, this one does not).
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION for an unknown or invalid option.
 * @example
 * const hddm = new HddmW();
 * for (let i = 0; i < 1000; i += 1) hddm.update(i % 10 === 0 ? 1 : 0);
 * let after = 0;
 * while (!hddm.update(after % 2)) after += 1;
 * console.log(after < 100); // true
 */
export class HddmW implements StreamDetector {
  readonly #options: Resolved<typeof RULES>;
  readonly #driftLog: number;
  readonly #warningLog: number;
  readonly #cutLog: number;
  readonly #startsAtFirst: boolean;
  readonly #grown = new Split();
  readonly #fallen = new Split();
  #count = 0;
  #size = 0;
  #mean = 0;
  #weight = 1;
  #drift = false;
  #warning = false;

  constructor(options: HddmWOptions = {}) {
    this.#options = resolveOptions('HddmW', RULES, options);
    const { alphaD, alphaW, lambda, twoSidedTest, definition } = this.#options;
    const sides = twoSidedTest ? 2 : 1;
    this.#driftLog = Math.log(sides / alphaD);
    this.#warningLog = Math.log(sides / alphaW);
    this.#cutLog = Math.log(1 / (definition === 'paper' ? alphaD : lambda));
    this.#startsAtFirst = definition === 'paper';
  }

  get drift(): boolean {
    return this.#drift;
  }

  get warning(): boolean {
    return this.#warning;
  }

  get count(): number {
    return this.#count;
  }

  update(x: number): boolean {
    checkShare(x, this.#count);
    const two = this.#options.twoSidedTest;
    this.#count += 1;
    this.#mean = this.#moved(this.#mean, x, this.#size);
    this.#weight = this.#reweighed(this.#weight, this.#size);
    this.#size += 1;
    this.#split(this.#grown, x, this.#mean);
    if (two) this.#split(this.#fallen, 1 - x, 1 - this.#mean);
    this.#drift = false;
    this.#warning = false;
    if (this.#size < this.#options.minNumInstances) return false;
    if (this.#grown.grewBy(this.#driftLog) || (two && this.#fallen.grewBy(this.#driftLog))) {
      this.#startOver();
      this.#drift = true;
    } else {
      this.#warning =
        this.#grown.grewBy(this.#warningLog) || (two && this.#fallen.grewBy(this.#warningLog));
    }
    return this.#drift;
  }

  #moved(mean: number, x: number, before: number): number {
    if (this.#startsAtFirst && before === 0) return x;
    return this.#options.lambda * x + (1 - this.#options.lambda) * mean;
  }

  #reweighed(weight: number, before: number): number {
    if (this.#startsAtFirst && before === 0) return 1;
    const kept = 1 - this.#options.lambda;
    return this.#options.lambda * this.#options.lambda + kept * kept * weight;
  }

  #split(split: Split, x: number, mean: number): void {
    const upper = mean + Math.sqrt((this.#weight * this.#cutLog) / 2);
    if (upper < split.cut) {
      split.clear();
      split.cut = upper;
      split.beforeMean = mean;
      split.beforeWeight = this.#weight;
    } else {
      split.afterMean = this.#moved(split.afterMean, x, split.afterSize);
      split.afterWeight = this.#reweighed(split.afterWeight, split.afterSize);
      split.afterSize += 1;
    }
  }

  #startOver(): void {
    this.#size = 0;
    this.#mean = 0;
    this.#weight = 1;
    this.#grown.clear();
    this.#fallen.clear();
  }

  reset(): void {
    this.#startOver();
    this.#count = 0;
    this.#drift = false;
    this.#warning = false;
  }

  toJSON(): DetectorSnapshot {
    const state = {
      count: this.#count,
      size: this.#size,
      mean: this.#mean,
      weight: this.#weight,
      drift: this.#drift,
      warning: this.#warning,
      grown: this.#grown.snapshot(),
      fallen: this.#fallen.snapshot(),
    };
    return { detector: 'HddmW', version: 1, options: { ...this.#options }, state };
  }

  /**
   * A detector that goes on where the one that wrote `json` was.
   *
   * @throws {LeewayError} ERR_LEEWAY_FORMAT if `json` is not an HddmW's snapshot.
   */
  static fromJSON(json: unknown): HddmW {
    return restore(
      'HddmW',
      json,
      (options) => new HddmW(options),
      (detector, stored) => {
        const state = readState('HddmW', STATE, stored);
        const sides = stored as { grown?: unknown; fallen?: unknown };
        for (const [split, side] of [
          [detector.#grown, sides.grown] as const,
          [detector.#fallen, sides.fallen] as const,
        ]) {
          const read = readState('HddmW', SIDE_STATE, side);
          Object.assign(split, read, { cut: read.cut ?? Infinity });
        }
        detector.#count = state.count;
        detector.#size = state.size;
        detector.#mean = state.mean;
        detector.#weight = state.weight;
        detector.#drift = state.drift;
        detector.#warning = state.warning;
      },
    );
  }
}
