import {
  finite,
  flag,
  notNegative,
  number,
  oneOf,
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

/** Options of {@link PageHinkley}. */
export interface PageHinkleyOptions {
  /** Growth of the mean that is tolerated, in the data's units; 0 or more. @default 0.005, as frouros and MOA */
  readonly delta?: number;
  /** The cumulative sum that means drift, in the data's units; 0 or more. @default 50, as frouros and MOA */
  readonly lambda?: number;
  /** What is kept of the sum from value to value; above 0, at most 1. @default 0.9999, as frouros and MOA */
  readonly alpha?: number;
  /** Values seen before anything is tested; at least 1. @default 30, as frouros */
  readonly minNumInstances?: number;
  /**
   * `'peer'` tests the sum itself, `'paper'` the sum above its minimum so far. The peer's sum falls by `delta` a value
   * while nothing happens (to −delta / (1 − alpha), −50 by default), and a later change must first climb back; the
   * paper's does not wait. @default 'peer', the definition of the reference vectors
   */
  readonly definition?: 'peer' | 'paper';
}

const RULES = {
  delta: option(0.005, notNegative),
  lambda: option(50, notNegative),
  alpha: option(
    0.9999,
    number('a number above 0 and at most 1', (value) => value > 0 && value <= 1),
  ),
  minNumInstances: option(30, whole(1)),
  definition: option<'peer' | 'paper'>('peer', oneOf(['peer', 'paper'])),
};

const STATE = {
  count: field(0, whole(0)),
  mean: field(0, finite),
  sum: field(0, finite),
  least: field(0, finite),
  drift: field(false, flag),
};

/**
 * The Page–Hinkley test: finds that the mean of a stream has grown.
 *
 * Use it on errors, losses or a feature whose scale you know, for the change you name by `delta` and `lambda`. It sees
 * growth only; feed −x to see a fall. For a bound that needs no scale see {@link HddmA}, {@link Adwin}, OnlineCvm.
 *
 * With m the mean of all values up to x, the sum becomes alpha · sum + (x − m − delta). Drift is sum > lambda
 * (`definition: 'peer'`), or sum − (least sum so far, at most 0) > lambda (`'paper'`). It goes on being in drift until the
 * sum falls again or `reset()` is called. There is no warning level.
 *
 * Takes finite numbers of magnitude up to 1e140. A constant stream never drifts. Cost: O(1) time and memory per value.
 *
 * Source: Page, "Continuous inspection schemes" (Biometrika 1954); Mouss et al., "Test of Page-Hinkley, an approach for
 * fault detection" (2004); vectors of frouros.
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION for an unknown or invalid option.
 * @example
 * const test = new PageHinkley({ lambda: 10 });
 * for (let i = 0; i < 500; i += 1) test.update(i % 2);
 * let after = 0;
 * while (!test.update(2)) after += 1;
 * console.log(after < 20); // true
 */
export class PageHinkley implements StreamDetector {
  readonly #options: Resolved<typeof RULES>;
  readonly #aboveLeast: boolean;
  #state = startState(STATE);

  constructor(options: PageHinkleyOptions = {}) {
    this.#options = resolveOptions('PageHinkley', RULES, options);
    this.#aboveLeast = this.#options.definition === 'paper';
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
    state.sum = options.alpha * state.sum + (x - state.mean - options.delta);
    let excess = state.sum;
    if (this.#aboveLeast) {
      if (state.sum < state.least) state.least = state.sum;
      excess -= state.least;
    }
    state.drift = state.count >= options.minNumInstances && excess > options.lambda;
    return state.drift;
  }

  reset(): void {
    this.#state = startState(STATE);
  }

  toJSON(): DetectorSnapshot {
    return snapshotOf('PageHinkley', this.#options, saveState(STATE, this.#state));
  }

  /**
   * A test that goes on where the one that wrote `json` was.
   *
   * @throws {LeewayError} ERR_LEEWAY_FORMAT if `json` is not a PageHinkley's snapshot.
   */
  static fromJSON(json: unknown): PageHinkley {
    return restore(
      'PageHinkley',
      json,
      (options) => new PageHinkley(options),
      (detector, stored) => {
        detector.#state = loadState('PageHinkley', STATE, stored);
      },
    );
  }
}
