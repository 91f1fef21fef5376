import { checkShare, type DetectorSnapshot, restore, type StreamDetector } from './detector.js';
import {
  finite,
  finiteOrNull,
  flag,
  notNegative,
  option,
  type Resolved,
  readState,
  resolveOptions,
  whole,
} from './rules.js';

/** Options of {@link Ddm}. */
export interface DdmOptions {
  /** Standard deviations above the minimum that raise the warning; 0 or more. @default 2, the paper's */
  readonly warningLevel?: number;
  /** Standard deviations above the minimum that mean drift; 0 or more. @default 3, the paper's */
  readonly driftLevel?: number;
  /** Values seen before anything is tested; at least 1. @default 30, the paper's */
  readonly minNumInstances?: number;
  /**
   * Errors seen before the minimum is taken. With 0 a stream that starts with `minNumInstances` right predictions has a
   * minimum of 0 ± 0 and drifts at its first error; 1 or more waits for the rate to be measurable. @default 0, as frouros
   */
  readonly minNumErrors?: number;
}

const RULES = {
  warningLevel: option(2, notNegative),
  driftLevel: option(3, notNegative),
  minNumInstances: option(30, whole(1)),
  minNumErrors: option(0, whole(0)),
};

const STATE = {
  count: whole(0),
  errorSum: notNegative,
  mean: finite,
  minMean: finiteOrNull,
  minDeviation: finiteOrNull,
  drift: flag,
  warning: flag,
};

/**
 * DDM, the drift detection method: watches the error rate of a classifier and finds that it has grown.
 *
 * Use it on a stream of 0 (right) and 1 (wrong), where the change is abrupt; for slow changes see {@link Eddm}, for a
 * bound that holds at any rate {@link HddmA}.
 *
 * With p the mean of all n values and s = √(p(1−p)/n), it remembers p and s where p + s was least. Drift is
 * p + s > pmin + driftLevel · smin; warning the same with warningLevel. It goes on being in drift until the rate falls
 * again or `reset()` is called.
 *
 * Takes values from 0 to 1. A stream without errors, or of errors only, never drifts (0 ± 0, 1 ± 0).
 * Cost: O(1) time and memory per value.
 *
 * Source: Gama, Medas, Castillo, Rodrigues, "Learning with drift detection" (SBIA 2004); vectors of frouros.
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION for an unknown or invalid option.
 * @example
 * const ddm = new Ddm();
 * for (let i = 0; i < 1000; i += 1) ddm.update(i % 10 === 0 ? 1 : 0);
 * let after = 0;
 * while (!ddm.update(after % 2)) after += 1;
 * console.log(after < 100); // true
 */
export class Ddm implements StreamDetector {
  readonly #options: Resolved<typeof RULES>;
  #count = 0;
  #errorSum = 0;
  #mean = 0;
  #minMean = Infinity;
  #minDeviation = Infinity;
  #drift = false;
  #warning = false;

  constructor(options: DdmOptions = {}) {
    this.#options = resolveOptions('Ddm', RULES, options);
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
    this.#errorSum += x;
    this.#mean += (x - this.#mean) / this.#count;
    this.#drift = false;
    this.#warning = false;
    if (
      this.#count >= this.#options.minNumInstances &&
      this.#errorSum >= this.#options.minNumErrors
    )
      this.#test();
    return this.#drift;
  }

  #test(): void {
    const mean = this.#mean;
    // Rounding may carry a mean of ones a hair above 1, and a variance must not be negative.
    const deviation = Math.sqrt(Math.max(0, mean * (1 - mean)) / this.#count);
    const upper = mean + deviation;
    if (upper < this.#minMean + this.#minDeviation) {
      this.#minMean = mean;
      this.#minDeviation = deviation;
    }
    this.#drift = upper > this.#minMean + this.#options.driftLevel * this.#minDeviation;
    this.#warning =
      !this.#drift && upper > this.#minMean + this.#options.warningLevel * this.#minDeviation;
  }

  reset(): void {
    this.#count = 0;
    this.#errorSum = 0;
    this.#mean = 0;
    this.#minMean = Infinity;
    this.#minDeviation = Infinity;
    this.#drift = false;
    this.#warning = false;
  }

  toJSON(): DetectorSnapshot {
    const none = this.#minMean === Infinity;
    return {
      detector: 'Ddm',
      version: 1,
      options: { ...this.#options },
      state: {
        count: this.#count,
        errorSum: this.#errorSum,
        mean: this.#mean,
        minMean: none ? null : this.#minMean,
        minDeviation: none ? null : this.#minDeviation,
        drift: this.#drift,
        warning: this.#warning,
      },
    };
  }

  /**
   * A detector that goes on where the one that wrote `json` was.
   *
   * @throws {LeewayError} ERR_LEEWAY_FORMAT if `json` is not a Ddm's snapshot.
   */
  static fromJSON(json: unknown): Ddm {
    return restore(
      'Ddm',
      json,
      (options) => new Ddm(options),
      (detector, stored) => {
        const state = readState('Ddm', STATE, stored);
        detector.#count = state.count;
        detector.#errorSum = state.errorSum;
        detector.#mean = state.mean;
        detector.#minMean = state.minMean ?? Infinity;
        detector.#minDeviation = state.minDeviation ?? Infinity;
        detector.#drift = state.drift;
        detector.#warning = state.warning;
      },
    );
  }
}
