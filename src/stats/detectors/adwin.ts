import {
  finite,
  flag,
  listOf,
  notNegative,
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
  restore,
  type StreamDetector,
  snapshotOf,
} from './detector.js';
import {
  badFormat,
  field,
  loadState,
  plainObject,
  readState,
  saveState,
  startState,
} from './state.js';

/** Options of {@link Adwin}. */
export interface AdwinOptions {
  /** Bound on the chance of a false cut at one check; in (0, 1). @default 0.002, as frouros and MOA */
  readonly delta?: number;
  /** The window is checked at every `clock`-th value; at least 1. @default 32, as frouros and MOA */
  readonly clock?: number;
  /** Buckets of one size before two are merged; 1 to 1,000. More is finer and slower. @default 5, as frouros and MOA */
  readonly m?: number;
  /** Values that each part of a cut must hold (the peer asks for two more); at least 1. @default 5, as frouros and MOA */
  readonly minWindowSize?: number;
  /** Window width that must be exceeded before it is checked; 0 or more. @default 10, as frouros and MOA */
  readonly minNumInstances?: number;
  /**
   * Keep the drift flag up after the first cut until `reset()`, as frouros does; without it the flag tells whether the
   * value just taken led to a cut. @default false, what the paper's algorithm outputs
   */
  readonly keepDrift?: boolean;
  /**
   * `'peer'`: cut points are the bucket boundaries but the last of each size, and the harmonic mean is of the part sizes
   * less (`minWindowSize` + 1). `'paper'`: every bucket boundary, and the part sizes as they are, so a change is found
   * earlier. @default 'peer', the definition of the reference vectors
   */
  readonly definition?: 'peer' | 'paper';
}

const RULES = {
  delta: option(0.002, share),
  clock: option(32, whole(1)),
  m: option(5, whole(1, 1000)),
  minWindowSize: option(5, whole(1)),
  minNumInstances: option(10, whole(0)),
  keepDrift: option(false, flag),
  definition: option<'peer' | 'paper'>('peer', oneOf(['peer', 'paper'])),
};

/** 2⁵³ values fill no more rows than this. */
const MOST_ROWS = 54;

const STATE = {
  count: field(0, whole(0)),
  total: field(0, finite),
  variance: field(0, notNegative),
  drift: field(false, flag),
};

/** Buckets of one size, oldest first: row r holds sums and squared deviations of 2^r values each. */
class Row {
  readonly sums: Float64Array;
  readonly deviations: Float64Array;
  used = 0;

  constructor(capacity: number) {
    this.sums = new Float64Array(capacity);
    this.deviations = new Float64Array(capacity);
  }

  push(sum: number, deviation: number): void {
    this.sums[this.used] = sum;
    this.deviations[this.used] = deviation;
    this.used += 1;
  }

  dropOldest(howMany: number): void {
    for (let index = howMany; index < this.used; index += 1) {
      this.sums[index - howMany] = this.sums[index] as number;
      this.deviations[index - howMany] = this.deviations[index] as number;
    }
    this.used -= howMany;
  }
}

/**
 * ADWIN, adaptive windowing: keeps a window of the stream as long as its mean has not changed, cuts off the old part when
 * it has, and reports the cut as drift.
 *
 * Use it where neither the scale nor the time of changes is known and you also want the current mean. It sees growth and
 * fall of the mean, not other changes of the distribution.
 *
 * At each check the window of n values with variance v is cut at bucket boundaries into n0 older and n1 newer ones. With
 * 1/h = 1/n0 + 1/n1 and L = ln(2 ln(n) / delta), a cut is due where the means differ by more than √(2 v L / h) + 2 L / 3h;
 * then the oldest bucket goes, and the check is repeated. `.warning` is always false.
 *
 * Invariants: a row r holds at most `m` buckets of 2^r values; `.width`, `.total` and `.variance` describe exactly the values
 * in the window, up to rounding.
 *
 * Takes finite numbers of magnitude up to 1e140. A constant stream never drifts. Cost: O(1) per value plus O(m log n) per
 * check and removed bucket; memory O(m log n), 15 numbers per doubling of the width.
 *
 * Source: Bifet, Gavaldà, "Learning from time-changing data with adaptive windowing" (SDM 2007), with the variance bound of
 * its section 4; vectors of frouros, which cuts as MOA does but for the two points named at `definition`.
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION for an unknown or invalid option.
 * @example
 * const adwin = new Adwin();
 * for (let i = 0; i < 1000; i += 1) adwin.update(i % 2);
 * let after = 0;
 * while (!adwin.update(3 + (after % 2))) after += 1;
 * console.log(after < 64, adwin.width < 1000); // true true
 */
export class Adwin implements StreamDetector {
  readonly #options: Resolved<typeof RULES>;
  readonly #skipped: number;
  readonly #offset: number;
  readonly #leastPart: number;
  #rows: Row[];
  #state = startState(STATE);
  #width = 0;

  constructor(options: AdwinOptions = {}) {
    this.#options = resolveOptions('Adwin', RULES, options);
    const peer = this.#options.definition === 'peer';
    this.#skipped = peer ? 1 : 0;
    this.#offset = peer ? this.#options.minWindowSize + 1 : 0;
    this.#leastPart = this.#options.minWindowSize + (peer ? 2 : 0);
    this.#rows = [new Row(this.#options.m + 1)];
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

  /** Values in the window. */
  get width(): number {
    return this.#width;
  }

  /** Sum of the values in the window. */
  get total(): number {
    return this.#state.total;
  }

  /** Sum of the squared deviations of the window's values from their mean. */
  get variance(): number {
    return this.#state.variance;
  }

  /** Mean of the window; 0 while it is empty. */
  get mean(): number {
    return this.#width === 0 ? 0 : this.#state.total / this.#width;
  }

  update(x: number): boolean {
    const state = this.#state;
    checkReal(x, state.count);
    state.count += 1;
    if (!this.#options.keepDrift) state.drift = false;
    this.#take(x);
    if (state.count % this.#options.clock === 0 && this.#width > this.#options.minNumInstances) {
      while (this.#cutIsDue()) {
        this.#dropOldestBucket();
        state.drift = true;
      }
    }
    return state.drift;
  }

  #take(x: number): void {
    const state = this.#state;
    if (this.#width > 0) {
      const difference = x - state.total / this.#width;
      state.variance += (this.#width * difference ** 2) / (this.#width + 1);
    }
    this.#width += 1;
    state.total += x;
    (this.#rows[0] as Row).push(x, 0);
    for (let level = 0; (this.#rows[level] as Row).used > this.#options.m; level += 1)
      this.#mergeOldestPair(level);
  }

  #mergeOldestPair(level: number): void {
    const row = this.#rows[level] as Row;
    if (level + 1 === this.#rows.length) this.#rows.push(new Row(this.#options.m + 1));
    const size = 2 ** level;
    const older = row.sums[0] as number;
    const newer = row.sums[1] as number;
    const between = (size / 2) * (older / size - newer / size) ** 2;
    const within = (row.deviations[0] as number) + (row.deviations[1] as number);
    (this.#rows[level + 1] as Row).push(older + newer, within + between);
    row.dropOldest(2);
  }

  #cutIsDue(): boolean {
    const log = Math.log((2 * Math.log(this.#width)) / this.#options.delta);
    const spread = (2 * this.#state.variance * log) / this.#width;
    let olderSize = 0;
    let olderSum = 0;
    for (let level = this.#rows.length - 1; level >= 0; level -= 1) {
      const row = this.#rows[level] as Row;
      const size = 2 ** level;
      for (let index = 0; index < row.used - this.#skipped; index += 1) {
        olderSize += size;
        olderSum += row.sums[index] as number;
        const newerSize = this.#width - olderSize;
        if (newerSize < this.#leastPart) return false;
        if (olderSize < this.#leastPart) continue;
        const inverse = 1 / (olderSize - this.#offset) + 1 / (newerSize - this.#offset);
        const difference = olderSum / olderSize - (this.#state.total - olderSum) / newerSize;
        if (Math.abs(difference) > Math.sqrt(inverse * spread) + (2 / 3) * log * inverse)
          return true;
      }
    }
    return false;
  }

  #dropOldestBucket(): void {
    const row = this.#rows.at(-1) as Row;
    const size = 2 ** (this.#rows.length - 1);
    const sum = row.sums[0] as number;
    this.#width -= size;
    this.#state.total -= sum;
    const difference = sum / size - this.#state.total / this.#width;
    const left =
      (row.deviations[0] as number) + (size * this.#width * difference ** 2) / (size + this.#width);
    this.#state.variance = Math.max(0, this.#state.variance - left);
    row.dropOldest(1);
    while (this.#rows.length > 1 && (this.#rows.at(-1) as Row).used === 0) this.#rows.pop();
  }

  reset(): void {
    this.#state = startState(STATE);
    this.#rows = [new Row(this.#options.m + 1)];
    this.#width = 0;
  }

  toJSON(): DetectorSnapshot {
    const rows = this.#rows.map((row) => ({
      sums: [...row.sums.subarray(0, row.used)],
      deviations: [...row.deviations.subarray(0, row.used)],
    }));
    return snapshotOf('Adwin', this.#options, { ...saveState(STATE, this.#state), rows });
  }

  /**
   * A detector that goes on where the one that wrote `json` was.
   *
   * @throws {LeewayError} ERR_LEEWAY_FORMAT if `json` is not an Adwin's snapshot.
   */
  static fromJSON(json: unknown): Adwin {
    return restore(
      'Adwin',
      json,
      (options) => new Adwin(options),
      (detector, stored) => {
        detector.#state = loadState('Adwin', STATE, stored);
        detector.#rows = readRows((stored as { rows?: unknown }).rows, detector.#options.m);
        detector.#width = detector.#rows.reduce(
          (width, row, level) => width + row.used * 2 ** level,
          0,
        );
        if (detector.#width > detector.#state.count)
          throw badFormat('Adwin', 'the window holds more values than were counted');
      },
    );
  }
}

function readRows(stored: unknown, m: number): Row[] {
  if (!Array.isArray(stored) || stored.length === 0 || stored.length > MOST_ROWS) {
    throw badFormat('Adwin', `state.rows must be an array of 1 to ${MOST_ROWS} rows`);
  }
  // Not map: it would pass over holes.
  const rows = Array.from(stored, (entry: unknown) => {
    const lists = { sums: listOf(finite, m), deviations: listOf(notNegative, m) };
    const { sums, deviations } = readState('Adwin', lists, plainObject('Adwin', 'a row', entry));
    if (sums.length !== deviations.length)
      throw badFormat('Adwin', 'a row must have as many deviations as sums');
    const row = new Row(m + 1);
    for (let index = 0; index < sums.length; index += 1)
      row.push(sums[index] as number, deviations[index] as number);
    return row;
  });
  if (rows.length > 1 && rows.at(-1)?.used === 0)
    throw badFormat('Adwin', 'the oldest row must not be empty');
  return rows;
}
