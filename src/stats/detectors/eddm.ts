import {
  finite,
  flag,
  notNegative,
  number,
  option,
  type Resolved,
  resolveOptions,
  whole,
} from '../../leaves/option-rules.js';
import {
  checkBit,
  type DetectorSnapshot,
  restore,
  type StreamDetector,
  snapshotOf,
} from './detector.js';
import { badFormat, field, loadState, saveState, startState } from './state.js';

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
  count: field(0, whole(0)),
  errors: field(0, whole(0)),
  lastError: field(0, whole(0)),
  meanDistance: field(0, finite),
  squaredDeviations: field(0, notNegative),
  largest: field(0, notNegative),
  drift: field(false, flag),
  warning: field(false, flag),
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
  #state = startState(STATE);

  constructor(options: EddmOptions = {}) {
    this.#options = resolveOptions('Eddm', RULES, options);
  }

  get drift(): boolean {
    return this.#state.drift;
  }

  get warning(): boolean {
    return this.#state.warning;
  }

  get count(): number {
    return this.#state.count;
  }

  update(x: number): boolean {
    const state = this.#state;
    checkBit(x, state.count);
    state.count += 1;
    state.drift = false;
    state.warning = false;
    if (x === 1) this.#takeError();
    return state.drift;
  }

  #takeError(): void {
    const state = this.#state;
    const distance = state.count - state.lastError;
    const meanBefore = state.meanDistance;
    state.lastError = state.count;
    state.errors += 1;
    state.meanDistance += (distance - meanBefore) / state.errors;
    state.squaredDeviations += (distance - state.meanDistance) * (distance - meanBefore);
    const least = this.#options.minNumMisclassifiedInstances;
    if (state.count < least) return;
    const reach =
      state.meanDistance + this.#options.level * Math.sqrt(state.squaredDeviations / state.errors);
    if (reach > state.largest) {
      state.largest = reach;
    } else if (state.errors >= least) {
      const share = reach / state.largest;
      state.drift = share < this.#options.beta;
      state.warning = !state.drift && share < this.#options.alpha;
    }
  }

  reset(): void {
    this.#state = startState(STATE);
  }

  toJSON(): DetectorSnapshot {
    return snapshotOf('Eddm', this.#options, saveState(STATE, this.#state));
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
        detector.#state = loadState('Eddm', STATE, stored);
        const { count, errors, lastError } = detector.#state;
        if (errors > count || lastError > count) {
          throw badFormat('Eddm', 'errors and lastError must not exceed count');
        }
      },
    );
  }
}
