import {
  finite,
  flag,
  notNegative,
  option,
  type Resolved,
  resolveOptions,
  whole,
} from '../../leaves/option-rules.js';
import {
  checkShare,
  type DetectorSnapshot,
  restore,
  type StreamDetector,
  snapshotOf,
} from './detector.js';
import { field, least, loadState, saveState, startState } from './state.js';

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
  count: field(0, whole(0)),
  errorSum: field(0, notNegative),
  mean: field(0, finite),
  minMean: least,
  minDeviation: least,
  drift: field(false, flag),
  warning: field(false, flag),
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
  #state = startState(STATE);

  constructor(options: DdmOptions = {}) {
    this.#options = resolveOptions('Ddm', RULES, options);
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
    checkShare(x, state.count);
    state.count += 1;
    state.errorSum += x;
    state.mean += (x - state.mean) / state.count;
    state.drift = false;
    state.warning = false;
    if (
      state.count >= this.#options.minNumInstances &&
      state.errorSum >= this.#options.minNumErrors
    )
      this.#test();
    return state.drift;
  }

  #test(): void {
    const state = this.#state;
    const mean = state.mean;
    // Rounding may carry a mean of ones a hair above 1, and a variance must not be negative.
    const deviation = Math.sqrt(Math.max(0, mean * (1 - mean)) / state.count);
    const upper = mean + deviation;
    if (upper < state.minMean + state.minDeviation) {
      state.minMean = mean;
      state.minDeviation = deviation;
    }
    state.drift = upper > state.minMean + this.#options.driftLevel * state.minDeviation;
    state.warning =
      !state.drift && upper > state.minMean + this.#options.warningLevel * state.minDeviation;
  }

  reset(): void {
    this.#state = startState(STATE);
  }

  toJSON(): DetectorSnapshot {
    return snapshotOf('Ddm', this.#options, saveState(STATE, this.#state));
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
        detector.#state = loadState('Ddm', STATE, stored);
      },
    );
  }
}
