import {
  finite,
  flag,
  notNegative,
  oneOf,
  option,
  type Resolved,
  resolveOptions,
  share,
  whole,
} from '../../leaves/option-rules.js';
import {
  checkShare,
  type DetectorSnapshot,
  restore,
  type StreamDetector,
  snapshotOf,
} from './detector.js';
import { field, least, loadState, part, type State, saveState, startState } from './state.js';

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

/** A moving average split at the point where it was lowest; for falls it is fed with the mirrored stream. */
const SPLIT = {
  cut: least,
  beforeMean: field(0, finite),
  beforeWeight: field(1, notNegative),
  afterSize: field(0, whole(0)),
  afterMean: field(0, finite),
  afterWeight: field(1, notNegative),
};

/** The moving average since the last drift. */
const AVERAGE = { size: field(0, whole(0)), mean: field(0, finite), weight: field(1, notNegative) };
const SPLITS = { grown: part(SPLIT), fallen: part(SPLIT) };

const STATE = {
  count: field(0, whole(0)),
  ...AVERAGE,
  drift: field(false, flag),
  warning: field(false, flag),
  ...SPLITS,
};

type Split = State<typeof SPLIT>;

/** Whether the average after a split is above the one before it. */
function hasGrown(split: Split, log: number): boolean {
  if (split.afterSize === 0) return false;
  const spread = ((split.beforeWeight + split.afterWeight) * log) / 2;
  return split.afterMean - split.beforeMean > Math.sqrt(spread);
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
  #state = startState(STATE);

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
    const two = this.#options.twoSidedTest;
    state.count += 1;
    state.mean = this.#moved(state.mean, x, state.size);
    state.weight = this.#reweighed(state.weight, state.size);
    state.size += 1;
    this.#split(state.grown, x, state.mean);
    if (two) this.#split(state.fallen, 1 - x, 1 - state.mean);
    state.drift = false;
    state.warning = false;
    if (state.size < this.#options.minNumInstances) return false;
    if (hasGrown(state.grown, this.#driftLog) || (two && hasGrown(state.fallen, this.#driftLog))) {
      Object.assign(this.#state, startState({ ...AVERAGE, ...SPLITS }));
      state.drift = true;
    } else {
      state.warning =
        hasGrown(state.grown, this.#warningLog) ||
        (two && hasGrown(state.fallen, this.#warningLog));
    }
    return state.drift;
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
    const upper = mean + Math.sqrt((this.#state.weight * this.#cutLog) / 2);
    if (upper < split.cut) {
      Object.assign(split, startState(SPLIT));
      split.cut = upper;
      split.beforeMean = mean;
      split.beforeWeight = this.#state.weight;
    } else {
      split.afterMean = this.#moved(split.afterMean, x, split.afterSize);
      split.afterWeight = this.#reweighed(split.afterWeight, split.afterSize);
      split.afterSize += 1;
    }
  }

  reset(): void {
    this.#state = startState(STATE);
  }

  toJSON(): DetectorSnapshot {
    return snapshotOf('HddmW', this.#options, saveState(STATE, this.#state));
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
        detector.#state = loadState('HddmW', STATE, stored);
      },
    );
  }
}
