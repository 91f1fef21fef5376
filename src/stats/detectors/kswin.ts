import {
  flag,
  listOf,
  number,
  oneOf,
  option,
  type Resolved,
  resolveOptions,
  share,
  whole,
} from '../../leaves/option-rules.js';
import {
  checkReal,
  type DetectorSnapshot,
  LARGEST_VALUE,
  restore,
  type StreamDetector,
  snapshotOf,
} from './detector.js';
import { seedAt } from './seeds.js';
import { SortedWindow } from './sorted-window.js';
import { badFormat, field, loadState, readState, saveState, startState } from './state.js';

/** Options of {@link Kswin}. */
export interface KswinOptions {
  /** Chance of a false drift at one value, by the exact test; in (0, 1). @default 0.0001, as frouros */
  readonly alpha?: number;
  /** Seed of the draws from the older values; a whole number of 32 bits. @default 0 */
  readonly seed?: number;
  /** Values in the window; at least 2 · `numTestInstances`, at most 100,000. @default 100, as frouros */
  readonly minNumInstances?: number;
  /** Newest values that are compared with as many older ones; at least 1. @default 30, as frouros */
  readonly numTestInstances?: number;
  /**
   * What a drift leaves in the window. `'peer'`: everything, so it goes on drifting until the change has passed through.
   * `'paper'`: only the newest `numTestInstances` values. @default 'peer', the definition of the reference vectors
   */
  readonly definition?: 'peer' | 'paper';
}

const MOST_INSTANCES = 100_000;

const RULES = {
  alpha: option(0.0001, share),
  seed: option(0, whole(0, 0xffffffff)),
  minNumInstances: option(100, whole(2, MOST_INSTANCES)),
  numTestInstances: option(30, whole(1, MOST_INSTANCES / 2)),
  definition: option<'peer' | 'paper'>('peer', oneOf(['peer', 'paper'])),
};

const STATE = { count: field(0, whole(0)), drift: field(false, flag) };

/**
 * KSWIN: finds that the newest values of a stream are distributed unlike the older ones, by a Kolmogorov–Smirnov test in
 * a sliding window.
 *
 * Use it where more than the mean may change (spread, shape), on real values; with ties it is conservative.
 *
 * The window holds the newest `minNumInstances` values. From the values older than the newest `numTestInstances`, as many
 * are drawn at random without replacement; drift is an exact two-sample KS p-value of both groups of at most alpha. If there
 * are exactly as many older values, all are taken and nothing is random. `.warning` is always false.
 *
 * One test a value: alpha is the chance of a false drift per value, and neighbouring tests share most of their data. At the
 * default a stationary stream drifts about once in 12,500 values (measured).
 *
 * Takes finite numbers of magnitude up to 1e140. A constant stream never drifts. Cost: O(`minNumInstances`) time and memory
 * per value, under a microsecond at the default.
 *
 * Source: Raab, Heusinger, Schleif, "Reactive soft prototype computing for concept drift streams" (Neurocomputing 2020);
 * vectors of frouros where the draw is the whole older half. The exact law of equal samples is Gnedenko and Korolyuk's (1951).
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION for an unknown or invalid option, or a window too small for two groups.
 * @example
 * const kswin = new Kswin({ alpha: 0.001 });
 * for (let i = 0; i < 200; i += 1) kswin.update((i * 7) % 10);
 * let after = 0;
 * while (!kswin.update(5 + ((after * 7) % 10) / 10)) after += 1;
 * console.log(after < 60); // true
 */
export class Kswin implements StreamDetector {
  readonly #options: Resolved<typeof RULES>;
  readonly #criticalGap: number;
  readonly #ring: Float64Array;
  readonly #newest: SortedWindow;
  readonly #older: SortedWindow;
  readonly #marks: Uint8Array;
  readonly #drawn: Float64Array;
  #state = startState(STATE);
  #held = 0;

  constructor(options: KswinOptions = {}) {
    this.#options = resolveOptions('Kswin', RULES, options);
    const { alpha, minNumInstances, numTestInstances } = this.#options;
    if (minNumInstances < 2 * numTestInstances) {
      resolveOptions(
        'Kswin',
        { minNumInstances: option(0, whole(2 * numTestInstances, MOST_INSTANCES)) },
        { minNumInstances },
      );
    }
    this.#criticalGap = criticalGap(numTestInstances, alpha);
    this.#ring = new Float64Array(minNumInstances);
    this.#newest = new SortedWindow(numTestInstances);
    this.#older = new SortedWindow(minNumInstances - numTestInstances);
    this.#marks = new Uint8Array(minNumInstances - numTestInstances);
    // One cell more than is drawn: the values after the last mark are written there.
    this.#drawn = new Float64Array(numTestInstances + 1);
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
    checkReal(x, this.#state.count);
    this.#take(x);
    this.#state.drift =
      this.#held === this.#options.minNumInstances && this.#largestGap() >= this.#criticalGap;
    if (this.#state.drift && this.#options.definition === 'paper')
      this.#keep(this.#values().slice(-this.#options.numTestInstances));
    return this.#state.drift;
  }

  /** The ring's cell for value number `index`. */
  #at(index: number): number {
    return this.#ring[index % this.#ring.length] as number;
  }

  #take(x: number): void {
    const state = this.#state;
    const { minNumInstances, numTestInstances } = this.#options;
    if (this.#held < numTestInstances) {
      this.#newest.add(x);
    } else {
      const ageing = this.#at(state.count - numTestInstances);
      this.#newest.replace(ageing, x);
      if (this.#held < minNumInstances) this.#older.add(ageing);
      else this.#older.replace(this.#at(state.count), ageing);
    }
    this.#ring[state.count % minNumInstances] = x;
    state.count += 1;
    if (this.#held < minNumInstances) this.#held += 1;
  }

  /** The largest difference of both groups' cumulative counts. */
  #largestGap(): number {
    const size = this.#newest.size;
    const newest = this.#newest.values;
    const older = this.#older.size === size ? this.#older.values : this.#draw();
    let gap = 0;
    let newer = 0;
    let drawn = 0;
    while (newer < size && drawn < size) {
      const value = Math.min(newest[newer] as number, older[drawn] as number);
      while (newer < size && newest[newer] === value) newer += 1;
      while (drawn < size && older[drawn] === value) drawn += 1;
      gap = Math.max(gap, Math.abs(newer - drawn));
    }
    return gap;
  }

  /** A random choice of the older values in order (Floyd's sampling); the same seed and place give the same choice. */
  #draw(): Float64Array {
    // Marsaglia's xorshift32, seeded by place; inline, as this loop is most of the cost of an update. 0 would stay 0.
    let word = seedAt(this.#options.seed, this.#state.count) | 1;
    const marks = this.#marks.fill(0);
    const total = this.#older.size;
    for (let last = total - this.#newest.size; last < total; last += 1) {
      word ^= word << 13;
      word ^= word >>> 17;
      word ^= word << 5;
      const candidate = Math.floor(((word >>> 0) / 4_294_967_296) * (last + 1));
      marks[marks[candidate] === 1 ? last : candidate] = 1;
    }
    // Every value is written and only a marked one moves the place on: no branch to mispredict.
    let place = 0;
    for (let index = 0; index < total; index += 1) {
      this.#drawn[place] = this.#older.values[index] as number;
      place += marks[index] as number;
    }
    return this.#drawn;
  }

  /** The window's values, oldest first. */
  #values(): number[] {
    return Array.from({ length: this.#held }, (_, index) =>
      this.#at(this.#state.count - this.#held + index),
    );
  }

  /** Makes the given values, the newest last, the whole window; the count stays. */
  #keep(values: readonly number[]): void {
    const count = this.#state.count;
    this.#newest.clear();
    this.#older.clear();
    this.#held = 0;
    this.#state.count = count - values.length;
    for (const value of values) this.#take(value);
  }

  reset(): void {
    this.#keep([]);
    this.#state = startState(STATE);
  }

  toJSON(): DetectorSnapshot {
    const { count, drift } = saveState(STATE, this.#state);
    return snapshotOf('Kswin', this.#options, { count, window: this.#values(), drift });
  }

  /**
   * A detector that goes on where the one that wrote `json` was.
   *
   * @throws {LeewayError} ERR_LEEWAY_FORMAT if `json` is not a Kswin's snapshot.
   */
  static fromJSON(json: unknown): Kswin {
    return restore(
      'Kswin',
      json,
      (options) => new Kswin(options),
      (detector, stored) => {
        const value = number('a finite number', (entry) => Math.abs(entry) <= LARGEST_VALUE);
        const longest = detector.#options.minNumInstances;
        const { window } = readState('Kswin', { window: listOf(value, longest) }, stored);
        const state = loadState('Kswin', STATE, stored);
        if (window.length > state.count)
          throw badFormat('Kswin', 'the window holds more values than were counted');
        detector.#state = state;
        detector.#keep(window);
      },
    );
  }
}

/**
 * The least gap of cumulative counts whose exact two-sided p-value, for two samples of `size` each, is at most alpha;
 * size + 1 if there is none.
 */
function criticalGap(size: number, alpha: number): number {
  let below = 0;
  let enough = size + 1;
  while (enough - below > 1) {
    const middle = Math.floor((below + enough) / 2);
    if (equalSizesPValue(size, middle) <= alpha) enough = middle;
    else below = middle;
  }
  return enough;
}

/** P(gap ≥ the given) = 2 · Σ (−1)^(j−1) · C(2n, n − j·gap) / C(2n, n), Gnedenko and Korolyuk. */
function equalSizesPValue(size: number, gap: number): number {
  let sum = 0;
  for (let term = 1; term * gap <= size; term += 1) {
    const away = term * gap;
    let ratio = 1;
    for (let factor = 1; factor <= away; factor += 1)
      ratio *= (size - away + factor) / (size + factor);
    sum += term % 2 === 1 ? ratio : -ratio;
    // The terms fall faster than a geometric series: the rest is below rounding.
    if (ratio < 1e-18 * sum) break;
  }
  return Math.min(1, 2 * sum);
}
