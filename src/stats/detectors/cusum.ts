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
  checkReal,
  type DetectorSnapshot,
  restore,
  type StreamDetector,
  snapshotOf,
} from './detector.js';
import { field, loadState, saveState, startState } from './state.js';

/** Options of {@link Cusum}. */
export interface CusumOptions {
  /** Growth of the mean that is tolerated, in the data's units; 0 or more. @default 0.005, as frouros and MOA */
  readonly delta?: number;
  /** The cumulative sum that means drift, in the data's units; 0 or more. @default 50, as frouros and MOA */
  readonly lambda?: number;
  /** Values seen before anything is tested; at least 1. @default 30, as frouros */
  readonly minNumInstances?: number;
}

const RULES = {
  delta: option(0.005, notNegative),
  lambda: option(50, notNegative),
  minNumInstances: option(30, whole(1)),
};

const STATE = {
  count: field(0, whole(0)),
  mean: field(0, finite),
  sum: field(0, notNegative),
  drift: field(false, flag),
};

/**
 * The one-sided CUSUM chart about the running mean: finds that the mean of a stream has grown.
 *
 * Use it as {@link PageHinkley}, where the sum must not sink while nothing happens: it is cut off at 0 and answers a late
 * change at once. It sees growth only; feed −x to see a fall.
 *
 * With m the mean of all values up to x, the sum becomes max(0, sum + x − m − delta). Drift is sum > lambda; it goes on
 * being in drift until the sum falls again or `reset()` is called. There is no warning level.
 *
 * Takes finite numbers of magnitude up to 1e140. A constant stream never drifts. Cost: O(1) time and memory per value.
 *
 * Source: Page, "Continuous inspection schemes" (Biometrika 1954), where the mean in control is known; with the running
 * mean as MOA and frouros have it, whose vectors it matches.
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION for an unknown or invalid option.
 * @example
 * const chart = new Cusum({ lambda: 10 });
 * for (let i = 0; i < 500; i += 1) chart.update(i % 2);
 * let after = 0;
 * while (!chart.update(2)) after += 1;
 * console.log(after < 20); // true
 */
export class Cusum implements StreamDetector {
  readonly #options: Resolved<typeof RULES>;
  #state = startState(STATE);

  constructor(options: CusumOptions = {}) {
    this.#options = resolveOptions('Cusum', RULES, options);
  }

  get drift(): boolean {
    return this.#state.drift;
  }

  get warning(): boolean {
    return false;
  }

  get count(): number {
    return this.#state.count;
  }

  update(x: number): boolean {
    const state = this.#state;
    checkReal(x, state.count);
    const options = this.#options;
    state.count += 1;
    state.mean += (x - state.mean) / state.count;
    state.sum = Math.max(0, state.sum + x - state.mean - options.delta);
    state.drift = state.count >= options.minNumInstances && state.sum > options.lambda;
    return state.drift;
  }

  reset(): void {
    this.#state = startState(STATE);
  }

  toJSON(): DetectorSnapshot {
    return snapshotOf('Cusum', this.#options, saveState(STATE, this.#state));
  }

  /**
   * A chart that goes on where the one that wrote `json` was.
   *
   * @throws {LeewayError} ERR_LEEWAY_FORMAT if `json` is not a Cusum's snapshot.
   */
  static fromJSON(json: unknown): Cusum {
    return restore(
      'Cusum',
      json,
      (options) => new Cusum(options),
      (detector, stored) => {
        detector.#state = loadState('Cusum', STATE, stored);
      },
    );
  }
}
