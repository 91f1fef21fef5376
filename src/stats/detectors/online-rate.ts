import { LeewayError, shown } from '../../leaves/errors.js';
import {
  flag,
  listOf,
  notNegative,
  number,
  oneOf,
  option,
  resolveOptions,
  whole,
} from '../../leaves/option-rules.js';
import { type Random, randomNormal, seededRandom } from '../../leaves/random.js';
import { checkSample, type Sample } from '../sample.js';
import {
  checkBit,
  type DetectorSnapshot,
  restore,
  type StreamDetector,
  snapshotOf,
} from './detector.js';
import { type RateChange, RateWindows } from './rate-windows.js';
import {
  cachedThresholds,
  calibrate,
  copyThresholds,
  RUN_LENGTH_RULES,
  type RunLengthOptions,
  type StreamSimulation,
  type Thresholds,
  tabulate,
} from './run-length.js';
import { seedAt } from './seeds.js';
import { badFormat, field, loadState, readState, saveState, startState } from './state.js';

/** Options of {@link OnlineRate}. */
export interface OnlineRateOptions extends RunLengthOptions {
  /** Which change of the rate is drift. @default 'greater', as errors are what one fears */
  readonly change?: RateChange;
}

const RULES = {
  ...RUN_LENGTH_RULES,
  change: option<RateChange>('greater', oneOf(['greater', 'less', 'both'])),
};

const STATE = {
  count: field(0, whole(0)),
  ones: field(0, whole(0)),
  statistic: field(0, notNegative),
  drift: field(false, flag),
};

type Settings = Omit<Required<OnlineRateOptions>, 'thresholds'>;

/**
 * Online test of a rate: finds that ones have become more (or less) frequent in a stream of 0 and 1 than in a reference
 * sample, with a stated mean time between false alarms.
 *
 * Use it on errors, refusals, missing values, one category of a feature. For numbers use {@link OnlineCvm}.
 *
 * The recent rate, by an exponentially weighted mean per window, is compared with the rate of the reference and all values
 * so far by their Kullback–Leibler divergence over the variance of their difference, about z²/2; the largest window counts.
 * Drift is: it exceeds the level of its time. The levels make every value alarm with chance 1 / `expectedRunLength` if none
 * before did; while so few values are in that no outcome is that rare, less often. `.drift` tells about the value just taken;
 * call `reset()` after an alarm. `.warning` is always false.
 *
 * Takes 0 and 1. References of only zeros or ones are fine (the rate is taken as (ones + ½) / (size + 1)). As with
 * OnlineCvm, a change that creeps in over many times the reference's size is partly taken for normal.
 *
 * Cost of an update: O(windows) time, some 0.05 µs; memory: a few numbers per window, and tables of 20 · window. Cost of the
 * constructor: one calibration (about 1 s by default) per reference rate, size and set of options in a process, by
 * simulated references and streams at the reference's rate; `thresholds` carries it across processes.
 *
 * Source: Cobb, Van Looveren, Klaise (AISTATS 2022) for levels by time, as in {@link OnlineCvm}; the statistic is the
 * likelihood ratio of Wilks (1938) on a moving average as in Roberts' chart (1959).
 *
 * @param reference 0s and 1s to compare with; at least 10, better 10 times the longest window.
 * @throws {LeewayError} ERR_LEEWAY_OPTION for an unknown or invalid option; ERR_LEEWAY_SAMPLE for a bad reference.
 * @example
 * const reference = Array.from({ length: 500 }, (_, i) => (i % 10 === 0 ? 1 : 0));
 * const test = new OnlineRate(reference, { expectedRunLength: 1000, calibrationSteps: 200_000 });
 * let after = 0;
 * while (!test.update(after % 2)) after += 1;
 * console.log(after < 60); // true
 */
export class OnlineRate implements StreamDetector {
  readonly #settings: Settings;
  readonly #size: number;
  readonly #referenceOnes: number;
  readonly #thresholds: Thresholds;
  readonly #levels: Float64Array;
  readonly #windows: RateWindows;
  #state = startState(STATE);

  constructor(reference: Sample, options: OnlineRateOptions = {}) {
    const { thresholds, ...rest } = resolveOptions('OnlineRate', RULES, options);
    this.#settings = { ...rest, windowSizes: [...rest.windowSizes] };
    const known = reference instanceof KnownRate ? reference : countOnes(reference);
    this.#size = known.size;
    this.#referenceOnes = known.ones;
    this.#windows = new RateWindows(this.#settings.windowSizes, this.#settings.change);
    this.#thresholds =
      thresholds === null ? calibrateFor(this.#settings, known) : copyThresholds(thresholds);
    this.#levels = tabulate(this.#thresholds);
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

  /** The test statistic after the last value; 0 before the first. */
  get statistic(): number {
    return this.#state.statistic;
  }

  /** The level that the next value's statistic must exceed. */
  get threshold(): number {
    return this.#levels[Math.min(this.#state.count, this.#levels.length - 1)] as number;
  }

  /** The calibrated levels, to hand to another test with the same options and a reference of the same size and rate. */
  get thresholds(): Thresholds {
    return copyThresholds(this.#thresholds);
  }

  update(x: number): boolean {
    const state = this.#state;
    checkBit(x, state.count);
    const ones = this.#referenceOnes + state.ones;
    state.statistic = this.#windows.take(x, state.count, ones, this.#size + state.count);
    state.drift = state.statistic > this.threshold;
    state.ones += x;
    state.count += 1;
    return state.drift;
  }

  reset(): void {
    this.#windows.clear();
    this.#state = startState(STATE);
  }

  toJSON(): DetectorSnapshot {
    const state = {
      ...saveState(STATE, this.#state),
      thresholds: this.thresholds,
      size: this.#size,
      referenceOnes: this.#referenceOnes,
      recent: this.#windows.snapshot(),
    };
    const options = { ...this.#settings, windowSizes: [...this.#settings.windowSizes] };
    return snapshotOf('OnlineRate', options, state);
  }

  /**
   * A test that goes on where the one that wrote `json` was; nothing is calibrated anew.
   *
   * @throws {LeewayError} ERR_LEEWAY_FORMAT if `json` is not an OnlineRate's snapshot.
   */
  static fromJSON(json: unknown): OnlineRate {
    return restore('OnlineRate', json, build, (test, stored) => {
      const windows = test.#settings.windowSizes.length;
      const mean = number('a number from 0 to 1', (value) => value >= 0 && value <= 1);
      const state = loadState('OnlineRate', STATE, stored);
      const lists = { recent: listOf(mean, windows, windows) };
      const { recent } = readState('OnlineRate', lists, stored);
      if (state.ones > state.count)
        throw badFormat('OnlineRate', 'state.ones must not exceed state.count');
      test.#windows.load(recent);
      test.#state = state;
    });
  }
}

/** What is left of a reference: how many values, how many ones. */
class KnownRate {
  readonly size: number;
  readonly ones: number;

  constructor(size: number, ones: number) {
    this.size = size;
    this.ones = ones;
  }
}

function countOnes(reference: Sample): KnownRate {
  checkSample(reference, 'reference', 10);
  let ones = 0;
  for (let index = 0; index < reference.length; index += 1) {
    const bit = reference[index] as number;
    if (bit !== 0 && bit !== 1) {
      throw new LeewayError(
        'ERR_LEEWAY_SAMPLE',
        `reference[${index}] must be 0 or 1, got ${shown(bit)}`,
      );
    }
    ones += bit;
  }
  return new KnownRate(reference.length, ones);
}

function build(options: Record<string, unknown>, stored: unknown): OnlineRate {
  const rules = { size: whole(10), referenceOnes: whole(0), thresholds: RULES.thresholds };
  const { size, referenceOnes, thresholds } = readState('OnlineRate', rules, stored);
  // Without levels, strangers' JSON would start a calibration.
  if (thresholds === null) throw badFormat('OnlineRate', 'state.thresholds is missing');
  if (referenceOnes > size)
    throw badFormat('OnlineRate', 'state.referenceOnes must not exceed state.size');
  return new OnlineRate(new KnownRate(size, referenceOnes) as never, { ...options, thresholds });
}

function calibrateFor(settings: Settings, { size, ones }: KnownRate): Thresholds {
  return cachedThresholds(`OnlineRate ${size} ${ones} ${JSON.stringify(settings)}`, () => {
    const { expectedRunLength, windowSizes, seed, calibrationSteps, change } = settings;
    const longest = windowSizes.reduce((largest, window) => Math.max(largest, window), 0);
    // The known rate gets sharper until the stream outgrows the reference; 20 windows of that are followed at most.
    const settled = Math.max(4 * longest, Math.min(10 * size, 20 * longest));
    const measured = Math.max(2 * longest, Math.ceil(settled / 2));
    const random = seededRandom(seedAt(seed, 0));
    const rate = (ones + 0.5) / (size + 1);
    const simulate = (streams: number): StreamSimulation => {
      const windows = new RateWindows(windowSizes, change, streams);
      const known = Float64Array.from({ length: streams }, () =>
        randomBinomial(size, rate, random),
      );
      const advance = (stream: number, from: number, to: number): number => {
        let largest = 0;
        let seen = known[stream] as number;
        for (let time = from; time < to; time += 1) {
          const bit = random() < rate ? 1 : 0;
          largest = Math.max(largest, windows.take(bit, time, seen, size + time, stream));
          seen += bit;
        }
        known[stream] = seen;
        return largest;
      };
      const copy = (from: number, to: number): void => {
        windows.copy(from, to);
        known[to] = known[from] as number;
      };
      return { streams, advance, copy };
    };
    return calibrate(simulate, {
      expectedRunLength,
      steps: calibrationSteps,
      settled,
      measured,
      random,
    });
  });
}

/** Above this variance a binomial is drawn as a rounded normal, whose error no calibration can notice. */
const NORMAL_VARIANCE = 500;

function randomBinomial(size: number, rate: number, random: Random): number {
  const variance = size * rate * (1 - rate);
  if (variance > NORMAL_VARIANCE) {
    return Math.min(
      size,
      Math.max(0, Math.round(size * rate + Math.sqrt(variance) * randomNormal(random))),
    );
  }
  const rarer = Math.min(rate, 1 - rate);
  // Jumps from one rare outcome to the next: O(their number), not O(size).
  let rare = 0;
  for (let place = 0; ; rare += 1) {
    place += 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - rarer));
    if (place > size) break;
  }
  return rate <= 0.5 ? rare : size - rare;
}
