import {
  finite,
  flag,
  listOf,
  notNegative,
  number,
  resolveOptions,
  whole,
} from '../../leaves/option-rules.js';
import { seededRandom } from '../../leaves/random.js';
import type { Sample } from '../sample.js';
import { CosineWindows } from './cosine-windows.js';
import {
  checkReal,
  type DetectorSnapshot,
  restore,
  type StreamDetector,
  snapshotOf,
} from './detector.js';
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
import { SequentialRanks } from './sequential-ranks.js';
import { badFormat, field, loadState, readState, saveState, startState } from './state.js';

/** Options of {@link OnlineCvm}. */
export type OnlineCvmOptions = RunLengthOptions;

const STATE = {
  count: field(0, whole(0)),
  statistic: field(0, notNegative),
  drift: field(false, flag),
};

/**
 * Online Cramér–von Mises test: finds that a stream of numbers is no longer distributed as a reference sample, with a
 * stated mean time between false alarms.
 *
 * Use it where you know how many false alarms you can bear rather than the size of the change. It sees shifts best, then
 * changes of spread and shape. For 0/1 data use {@link OnlineRate}.
 *
 * Each value is ranked among the reference and all values before it; as long as nothing changes these ranks are independent
 * and uniform, whatever the distribution and however small the reference (ties are broken at random). The statistic is the
 * largest, over the windows, of π²/2 times the Cramér–von Mises distance ω² of the window's ranks from uniform, by its first 8
 * components; windows not yet full count what they have, so a strong change at the start is seen at once. Drift is: the
 * statistic exceeds the level of its time. The levels make every value, the first as the millionth, alarm with chance
 * 1 / `expectedRunLength` if none before did: run lengths are geometric. `.drift` tells about the value just taken;
 * call `reset()` after an alarm. `.warning` is always false.
 *
 * As the stream joins what it is ranked among, a change that creeps in over many times the reference's size is partly taken for
 * normal: `reset()` now and then compares with the reference alone, larger windows see smaller changes. A constant stream against a constant reference alarms at the stated
 * rate too: all its ranks are ties.
 *
 * Takes finite numbers of magnitude up to 1e140; constant and tied data are fine. Cost of an update: O(log reference +
 * windows), some 0.3 µs; memory: at most 1,023 reference points and the longest window. Cost of the constructor: sorting
 * the reference, and one calibration (about 2 s and 40 MB by default) per set of options and process. It does not depend on the
 * data, so it is cached and shared; `thresholds` carries it across processes. Beyond an expected run length of
 * calibrationSteps / 2000 the levels are extrapolated.
 *
 * Source: Cobb, Van Looveren, Klaise, "Sequential multivariate change detection with calibrated and memoryless false
 * detection rates" (AISTATS 2022) for levels by time; Durbin, Knott, "Components of Cramér–von Mises statistics I" (JRSS B
 * 1972); the ranks are Vovk's conformal p-values (2003), here from bounded memory.
 *
 * @param reference the sample to compare with; at least 2 values, better 10 times the longest window.
 * @throws {LeewayError} ERR_LEEWAY_OPTION for an unknown or invalid option; ERR_LEEWAY_SAMPLE for a bad reference.
 * @example
 * const reference = Array.from({ length: 500 }, (_, i) => (i * 37) % 100);
 * const test = new OnlineCvm(reference, { expectedRunLength: 1000, calibrationSteps: 200_000 });
 * let after = 0;
 * while (!test.update(((after * 37) % 100) + 60)) after += 1;
 * console.log(after < 40); // true
 */
export class OnlineCvm implements StreamDetector {
  readonly #options: Omit<Required<OnlineCvmOptions>, 'thresholds'>;
  readonly #thresholds: Thresholds;
  readonly #levels: Float64Array;
  readonly #ranks: SequentialRanks;
  readonly #windows: CosineWindows;
  #state = startState(STATE);

  constructor(reference: Sample, options: OnlineCvmOptions = {}) {
    const { thresholds, ...rest } = resolveOptions('OnlineCvm', RUN_LENGTH_RULES, options);
    this.#options = { ...rest, windowSizes: [...rest.windowSizes] };
    this.#ranks =
      reference instanceof SequentialRanks ? reference : SequentialRanks.of(reference, rest.seed);
    this.#windows = new CosineWindows(this.#options.windowSizes);
    this.#thresholds =
      thresholds === null ? calibrateFor(this.#options) : copyThresholds(thresholds);
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

  /** The calibrated levels, to hand to another test with the same options. */
  get thresholds(): Thresholds {
    return copyThresholds(this.#thresholds);
  }

  update(x: number): boolean {
    const state = this.#state;
    checkReal(x, state.count);
    state.statistic = this.#windows.take(this.#ranks.next(x, state.count), state.count);
    state.drift = state.statistic > this.threshold;
    state.count += 1;
    return state.drift;
  }

  reset(): void {
    this.#ranks.reset();
    this.#windows.clear();
    this.#state = startState(STATE);
  }

  toJSON(): DetectorSnapshot {
    const state = {
      ...saveState(STATE, this.#state),
      thresholds: this.thresholds,
      reference: this.#ranks.snapshot(),
      ...this.#windows.snapshot(),
    };
    const options = { ...this.#options, windowSizes: [...this.#options.windowSizes] };
    return snapshotOf('OnlineCvm', options, state);
  }

  /**
   * A test that goes on where the one that wrote `json` was; nothing is calibrated anew.
   *
   * @throws {LeewayError} ERR_LEEWAY_FORMAT if `json` is not an OnlineCvm's snapshot.
   */
  static fromJSON(json: unknown): OnlineCvm {
    return restore('OnlineCvm', json, build, (test, stored) => {
      const cosine = number('a number from −1 to 1', (value) => Math.abs(value) <= 1);
      const { ringLength, sumsLength } = test.#windows;
      const state = loadState('OnlineCvm', STATE, stored);
      const lists = {
        ring: listOf(cosine, ringLength, ringLength),
        sums: listOf(finite, sumsLength, sumsLength),
      };
      const { ring, sums } = readState('OnlineCvm', lists, stored);
      test.#windows.load(ring, sums);
      test.#state = state;
    });
  }
}

function build(options: Record<string, unknown>, stored: unknown): OnlineCvm {
  const { count, thresholds } = readState(
    'OnlineCvm',
    { count: whole(0), thresholds: RUN_LENGTH_RULES.thresholds },
    stored,
  );
  // Without levels, strangers' JSON would start a calibration.
  if (thresholds === null) throw badFormat('OnlineCvm', 'state.thresholds is missing');
  const ranks = SequentialRanks.load(
    'OnlineCvm',
    count,
    (stored as { reference?: unknown }).reference,
  );
  return new OnlineCvm(ranks as never, { ...options, thresholds });
}

function calibrateFor(options: Omit<Required<OnlineCvmOptions>, 'thresholds'>): Thresholds {
  return cachedThresholds(`OnlineCvm ${JSON.stringify(options)}`, () => {
    const { expectedRunLength, windowSizes, seed, calibrationSteps } = options;
    const longest = windowSizes.reduce((largest, size) => Math.max(largest, size), 0);
    // Two window lengths until the levels settle, two more to measure the settled one.
    const stretch = 2 * longest;
    const random = seededRandom(seedAt(seed, 0));
    const simulate = (streams: number): StreamSimulation => {
      const windows = new CosineWindows(windowSizes, streams);
      const advance = (stream: number, from: number, to: number): number => {
        let largest = 0;
        for (let time = from; time < to; time += 1)
          largest = Math.max(largest, windows.take(random(), time, stream));
        return largest;
      };
      return { streams, advance, copy: (from, to) => windows.copy(from, to) };
    };
    const plan = {
      expectedRunLength,
      steps: calibrationSteps,
      settled: stretch,
      measured: stretch,
      random,
    };
    return calibrate(simulate, plan);
  });
}
