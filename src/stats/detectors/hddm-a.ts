import { checkShare, type DetectorSnapshot, restore, type StreamDetector } from './detector.js';
import {
  badFormat,
  finite,
  flag,
  option,
  type Resolved,
  readState,
  resolveOptions,
  share,
  whole,
} from './rules.js';

/** Options of {@link HddmA}. */
export interface HddmAOptions {
  /** Chance of a false drift, by Hoeffding's bound for one fixed split; in (0, 1). @default 0.001, the paper's */
  readonly alphaD?: number;
  /** The same for the warning; in (0, 1). @default 0.005, the paper's */
  readonly alphaW?: number;
  /** Also look for a fall of the mean; each side then gets half of alpha. @default false, as frouros */
  readonly twoSidedTest?: boolean;
  /** Values seen (since the last drift) before anything is tested; at least 1. @default 30, as frouros */
  readonly minNumInstances?: number;
}

const RULES = {
  alphaD: option(0.001, share),
  alphaW: option(0.005, share),
  twoSidedTest: option(false, flag),
  minNumInstances: option(30, whole(1)),
};

const STATE = {
  count: whole(0),
  size: whole(0),
  mean: finite,
  lowSize: whole(0),
  lowMean: finite,
  highSize: whole(0),
  highMean: finite,
  drift: flag,
  warning: flag,
};

/**
 * HDDM-A: finds that the mean of a bounded stream has grown (or, two-sided, changed), by Hoeffding's inequality on
 * averages.
 *
 * Use it on errors (0 and 1) or any value from 0 to 1, for abrupt changes; {@link HddmW} is quicker with gradual ones. It
 * assumes nothing about the distribution, so it stays silent longer than a calibrated test: a stationary stream with rate
 * 0.3 drifts about once in 80,000 values (measured).
 *
 * It remembers the prefix of the stream whose mean plus Hoeffding's bound √(ln(1/alphaD) / 2n) is least. Drift is: the
 * mean of all n values exceeds that of the prefix of k by at least √((1/k − 1/n) / 2 · ln(1/alphaD)); warning the same with
 * alphaW. Two-sided, the mirrored test runs beside it and 2/alpha stands for 1/alpha. After a drift it starts over by
 * itself, so `.drift` is up for one value.
 *
 * Takes values from 0 to 1. A constant stream never drifts. Cost: O(1) time and memory per value.
 *
 * Source: Frías-Blanco et al., "Online and non-parametric drift detection methods based on Hoeffding's bounds" (IEEE TKDE
 * 2015); vectors of frouros for the one-sided test (its two-sided one fires on every renewed prefix, this one does not).
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION for an unknown or invalid option.
 * @example
 * const hddm = new HddmA();
 * for (let i = 0; i < 1000; i += 1) hddm.update(i % 10 === 0 ? 1 : 0);
 * let after = 0;
 * while (!hddm.update(after % 2)) after += 1;
 * console.log(after < 100); // true
 */
export class HddmA implements StreamDetector {
  readonly #options: Resolved<typeof RULES>;
  readonly #driftLog: number;
  readonly #warningLog: number;
  readonly #boundFactor: number;
  #count = 0;
  #size = 0;
  #mean = 0;
  #lowSize = 0;
  #lowMean = 0;
  #highSize = 0;
  #highMean = 0;
  #drift = false;
  #warning = false;

  constructor(options: HddmAOptions = {}) {
    this.#options = resolveOptions('HddmA', RULES, options);
    const sides = this.#options.twoSidedTest ? 2 : 1;
    this.#driftLog = Math.log(sides / this.#options.alphaD);
    this.#warningLog = Math.log(sides / this.#options.alphaW);
    this.#boundFactor = Math.log(1 / this.#options.alphaD);
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
    this.#count += 1;
    this.#size += 1;
    this.#mean += (x - this.#mean) / this.#size;
    this.#renewPrefixes();
    this.#drift = false;
    this.#warning = false;
    if (this.#size < this.#options.minNumInstances) return false;
    if (this.#changed(this.#driftLog)) {
      this.#startOver();
      this.#drift = true;
    } else {
      this.#warning = this.#changed(this.#warningLog);
    }
    return this.#drift;
  }

  #renewPrefixes(): void {
    const bound = Math.sqrt(this.#boundFactor / (2 * this.#size));
    if (
      this.#lowSize === 0 ||
      this.#mean + bound <= this.#lowMean + Math.sqrt(this.#boundFactor / (2 * this.#lowSize))
    ) {
      this.#lowSize = this.#size;
      this.#lowMean = this.#mean;
    }
    if (!this.#options.twoSidedTest) return;
    if (
      this.#highSize === 0 ||
      this.#mean - bound >= this.#highMean - Math.sqrt(this.#boundFactor / (2 * this.#highSize))
    ) {
      this.#highSize = this.#size;
      this.#highMean = this.#mean;
    }
  }

  #changed(log: number): boolean {
    const grown = this.#exceeds(this.#mean - this.#lowMean, this.#lowSize, log);
    return (
      grown ||
      (this.#options.twoSidedTest &&
        this.#exceeds(this.#highMean - this.#mean, this.#highSize, log))
    );
  }

  #exceeds(difference: number, prefixSize: number, log: number): boolean {
    if (prefixSize === this.#size) return false;
    const spread = (this.#size - prefixSize) / (prefixSize * this.#size);
    return difference >= Math.sqrt((spread / 2) * log);
  }

  #startOver(): void {
    this.#size = 0;
    this.#mean = 0;
    this.#lowSize = 0;
    this.#lowMean = 0;
    this.#highSize = 0;
    this.#highMean = 0;
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
      lowSize: this.#lowSize,
      lowMean: this.#lowMean,
      highSize: this.#highSize,
      highMean: this.#highMean,
      drift: this.#drift,
      warning: this.#warning,
    };
    return { detector: 'HddmA', version: 1, options: { ...this.#options }, state };
  }

  /**
   * A detector that goes on where the one that wrote `json` was.
   *
   * @throws {LeewayError} ERR_LEEWAY_FORMAT if `json` is not an HddmA's snapshot.
   */
  static fromJSON(json: unknown): HddmA {
    return restore(
      'HddmA',
      json,
      (options) => new HddmA(options),
      (detector, stored) => {
        const state = readState('HddmA', STATE, stored);
        if (Math.max(state.lowSize, state.highSize) > state.size || state.size > state.count) {
          throw badFormat('HddmA', 'a prefix must not be longer than the stream');
        }
        detector.#count = state.count;
        detector.#size = state.size;
        detector.#mean = state.mean;
        detector.#lowSize = state.lowSize;
        detector.#lowMean = state.lowMean;
        detector.#highSize = state.highSize;
        detector.#highMean = state.highMean;
        detector.#drift = state.drift;
        detector.#warning = state.warning;
      },
    );
  }
}
