import { checkBit, type DetectorSnapshot, restore, type StreamDetector } from './detector.js';
import {
  badFormat,
  finite,
  flag,
  notNegative,
  number,
  option,
  type Resolved,
  readState,
  resolveOptions,
  whole,
} from './rules.js';

/** Options of {@link Eddm}. */
export interface EddmOptions {
  /** Warning if the ratio falls below this (and not below `beta`); above 0, at most 1. @default 0.95, the paper's */
  readonly alpha?: number;
  /** Drift if the ratio falls below this; above 0, at most 1. @default 0.9, the paper's */
  readonly beta?: number;
  /** Standard deviations added to the mean distance; 0 or more. @default 2, the paper's */
  readonly level?: number;
  /** Errors seen before anything is tested; at least 1. @default 30, the paper's */
  readonly minNumMisclassifiedInstances?: number;
}

const ratio = number('a number above 0 and at most 1', (value) => value > 0 && value <= 1);

const RULES = {
  alpha: option(0.95, ratio),
  beta: option(0.9, ratio),
  level: option(2, notNegative),
  minNumMisclassifiedInstances: option(30, whole(1)),
};

const STATE = {
  count: whole(0),
  errors: whole(0),
  lastError: whole(0),
  meanDistance: finite,
  squaredDeviations: notNegative,
  largest: notNegative,
  drift: flag,
  warning: flag,
};

/**
 * EDDM, the early drift detection method: finds that the errors of a classifier come closer together.
 *
 * Use it on a stream of 0 (right) and 1 (wrong) where the change is gradual. It is quick and generous with alarms: on a
 * stationary stream it drifts often, so confirm with another detector before acting.
 *
 * The distance of an error is the number of values since the one before. With mean m and standard deviation s of all
 * distances, it remembers the largest m + level · s. At each later error the ratio (m + level · s) / largest below
 * `beta` is drift, below `alpha` warning. Both flags fall with the next right prediction. The largest is taken from
 * value number `minNumMisclassifiedInstances` on, the tests begin after as many errors.
 *
 * Takes 0 and 1 only. A stream without errors, or of errors only, never drifts.
 * Cost: O(1) time and memory per value.
 *
 * Source: Baena-García et al., "Early drift detection method" (ECML PKDD workshop 2006); vectors of frouros.
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION for an unknown or invalid option.
 * @example
 * const eddm = new Eddm();
 * for (let i = 0; i < 1000; i += 1) eddm.update(i % 20 === 0 ? 1 : 0);
 * let after = 0;
 * while (!eddm.update(after % 2)) after += 1;
 * console.log(after < 100); // true
 */
export class Eddm implements StreamDetector {
  readonly #options: Resolved<typeof RULES>;
  #count = 0;
  #errors = 0;
  #lastError = 0;
  #meanDistance = 0;
  #squaredDeviations = 0;
  #largest = 0;
  #drift = false;
  #warning = false;

  constructor(options: EddmOptions = {}) {
    this.#options = resolveOptions('Eddm', RULES, options);
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
    checkBit(x, this.#count);
    this.#count += 1;
    this.#drift = false;
    this.#warning = false;
    if (x === 1) this.#takeError();
    return this.#drift;
  }

  #takeError(): void {
    const distance = this.#count - this.#lastError;
    const meanBefore = this.#meanDistance;
    this.#lastError = this.#count;
    this.#errors += 1;
    this.#meanDistance += (distance - meanBefore) / this.#errors;
    this.#squaredDeviations += (distance - this.#meanDistance) * (distance - meanBefore);
    const least = this.#options.minNumMisclassifiedInstances;
    if (this.#count < least) return;
    const reach =
      this.#meanDistance + this.#options.level * Math.sqrt(this.#squaredDeviations / this.#errors);
    if (reach > this.#largest) {
      this.#largest = reach;
    } else if (this.#errors >= least) {
      const share = reach / this.#largest;
      this.#drift = share < this.#options.beta;
      this.#warning = !this.#drift && share < this.#options.alpha;
    }
  }

  reset(): void {
    this.#count = 0;
    this.#errors = 0;
    this.#lastError = 0;
    this.#meanDistance = 0;
    this.#squaredDeviations = 0;
    this.#largest = 0;
    this.#drift = false;
    this.#warning = false;
  }

  toJSON(): DetectorSnapshot {
    return {
      detector: 'Eddm',
      version: 1,
      options: { ...this.#options },
      state: {
        count: this.#count,
        errors: this.#errors,
        lastError: this.#lastError,
        meanDistance: this.#meanDistance,
        squaredDeviations: this.#squaredDeviations,
        largest: this.#largest,
        drift: this.#drift,
        warning: this.#warning,
      },
    };
  }

  /**
   * A detector that goes on where the one that wrote `json` was.
   *
   * @throws {LeewayError} ERR_LEEWAY_FORMAT if `json` is not an Eddm's snapshot.
   */
  static fromJSON(json: unknown): Eddm {
    return restore(
      'Eddm',
      json,
      (options) => new Eddm(options),
      (detector, stored) => {
        const state = readState('Eddm', STATE, stored);
        if (state.errors > state.count || state.lastError > state.count) {
          throw badFormat('Eddm', 'errors and lastError must not exceed count');
        }
        detector.#count = state.count;
        detector.#errors = state.errors;
        detector.#lastError = state.lastError;
        detector.#meanDistance = state.meanDistance;
        detector.#squaredDeviations = state.squaredDeviations;
        detector.#largest = state.largest;
        detector.#drift = state.drift;
        detector.#warning = state.warning;
      },
    );
  }
}
