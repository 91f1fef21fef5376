/** Which change of a rate counts as drift. */
export type RateChange = 'greater' | 'less' | 'both';

/**
 * How far the recent rate of many 0/1 streams lies from the rate before, over several windows, in O(1) a value.
 *
 * The recent rate of a window of size w is the exponentially weighted mean with weight 2 / (w + 1) for the newest value
 * (normalised, so it is the plain mean at first); it is worth n = (Σ weights)² / Σ weights² values, w in the end. With p the
 * rate of the reference and all values before, N of them, the difference of both rates has 1/n + (2v − 1)/N times the variance of
 * one value (v, the newest value's weight, is all that the two don't share). KL(recent ‖ p) divided by that is the statistic,
 * about z²/2; 0 on the side that does not count. Of several windows the largest.
 */
export class RateWindows {
  readonly #change: RateChange;
  readonly #weights: readonly number[];
  readonly #scales: readonly Float64Array[];
  readonly #inverseSizes: readonly Float64Array[];
  readonly #recent: Float64Array;

  constructor(windowSizes: readonly number[], change: RateChange, streams = 1) {
    this.#change = change;
    this.#weights = windowSizes.map((size) => 2 / (size + 1));
    const tables = windowSizes.map((size) => weightTables(size));
    this.#scales = tables.map((table) => table.scales);
    this.#inverseSizes = tables.map((table) => table.inverseSizes);
    this.#recent = new Float64Array(streams * windowSizes.length);
  }

  /**
   * Takes a bit at `time` (0 for a stream's first) and returns the statistic.
   *
   * @param ones ones among the `size` values before: reference and stream
   */
  take(bit: number, time: number, ones: number, size: number, stream = 0): number {
    // Half a one and half a zero more: the rate before is never 0 or 1.
    const rate = (ones + 0.5) / (size + 1);
    const first = stream * this.#weights.length;
    let largest = 0;
    for (let window = 0; window < this.#weights.length; window += 1) {
      const weight = this.#weights[window] as number;
      const scales = this.#scales[window] as Float64Array;
      const inverseSizes = this.#inverseSizes[window] as Float64Array;
      const sum = (1 - weight) * (this.#recent[first + window] as number) + weight * bit;
      this.#recent[first + window] = sum;
      const entry = Math.min(time, scales.length - 1);
      const scale = scales[entry] as number;
      const mean = Math.min(1, sum * scale);
      if (!this.#counts(mean, rate)) continue;
      const variance = (inverseSizes[entry] as number) + (2 * weight * scale - 1) / size;
      largest = Math.max(largest, divergence(mean, rate) / variance);
    }
    return largest;
  }

  #counts(mean: number, rate: number): boolean {
    if (this.#change === 'both') return true;
    return this.#change === 'greater' ? mean > rate : mean < rate;
  }

  copy(from: number, to: number): void {
    const width = this.#weights.length;
    this.#recent.copyWithin(to * width, from * width, (from + 1) * width);
  }

  clear(): void {
    this.#recent.fill(0);
  }

  snapshot(): number[] {
    return [...this.#recent];
  }

  /** Takes over what `snapshot()` gave; the length must fit. */
  load(recent: readonly number[]): void {
    this.#recent.set(recent);
  }
}

/** 1 / Σ weights and 1 / (effective size) after each value, until both no longer change in double precision. */
function weightTables(size: number): { scales: Float64Array; inverseSizes: Float64Array } {
  const weight = 2 / (size + 1);
  const length = Math.ceil(Math.log(1e-17) / Math.log(1 - weight)) + 1;
  const scales = new Float64Array(length);
  const inverseSizes = new Float64Array(length);
  for (let time = 0; time < length; time += 1) {
    const left = (1 - weight) ** (time + 1);
    scales[time] = 1 / (1 - left);
    // Σ weights² / (Σ weights)², both geometric sums.
    inverseSizes[time] = (weight / (2 - weight)) * ((1 + left) / (1 - left));
  }
  return { scales, inverseSizes };
}

/** Kullback–Leibler divergence of two rates; `rate` is inside (0, 1). */
function divergence(mean: number, rate: number): number {
  const hit = mean > 0 ? mean * Math.log(mean / rate) : 0;
  const miss = mean < 1 ? (1 - mean) * Math.log((1 - mean) / (1 - rate)) : 0;
  return Math.max(0, hit + miss);
}
