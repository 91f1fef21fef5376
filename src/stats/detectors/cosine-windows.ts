/** Components of the Cramér–von Mises statistic that are kept; they carry 93 % of its mean. */
const COMPONENTS = 8;

/**
 * The Cramér–von Mises distance from uniform of the newest values of many streams, over several windows, in O(1) a value.
 *
 * With z_j = √(2/n) Σ cos(jπu) over the n values of a window, the statistic ω² is Σ z_j² / (jπ)² over j = 1, 2, … (Durbin and
 * Knott, "Components of Cramér–von Mises statistics I", 1972), here up to j = 8. Given out is its π²/2-fold, ½ Σ (z_j / j)²,
 * whose tail falls as exp(−s); of several windows the largest. A window that is not yet full counts what it has.
 *
 * Invariant: sums[stream, window] are the component sums of exactly the values in the window; they are summed afresh when the
 * ring wraps, so rounding does not add up.
 */
export class CosineWindows {
  readonly #sizes: readonly number[];
  readonly #longest: number;
  readonly #ring: Float64Array;
  readonly #sums: Float64Array;

  constructor(windowSizes: readonly number[], streams = 1) {
    this.#sizes = windowSizes;
    this.#longest = windowSizes.reduce((longest, size) => Math.max(longest, size), 0);
    this.#ring = new Float64Array(streams * this.#longest);
    this.#sums = new Float64Array(streams * windowSizes.length * COMPONENTS);
  }

  /** Takes the value at `time` (0 for a stream's first), which must be in [0, 1], and returns the statistic. */
  take(u: number, time: number, stream = 0): number {
    const ring = stream * this.#longest;
    const place = time % this.#longest;
    if (place === 0 && time > 0) this.#sumAfresh(stream);
    const cosine = Math.cos(Math.PI * u);
    let largest = 0;
    for (let window = 0; window < this.#sizes.length; window += 1) {
      const size = this.#sizes[window] as number;
      const sums = (stream * this.#sizes.length + window) * COMPONENTS;
      if (time >= size) {
        const leaving = this.#ring[ring + ((time - size) % this.#longest)] as number;
        largest = Math.max(largest, this.#swap(sums, cosine, leaving) / size);
      } else {
        largest = Math.max(largest, this.#add(sums, cosine) / (time + 1));
      }
    }
    this.#ring[ring + place] = cosine;
    return largest;
  }

  /** Adds one value's components, cos(jπu) by Chebyshev's recursion, and returns Σ (sum_j / j)². */
  #add(at: number, cosine: number): number {
    const sums = this.#sums;
    let before = 1;
    let now = cosine;
    let total = 0;
    for (let order = 1; order <= COMPONENTS; order += 1) {
      const sum = (sums[at + order - 1] as number) + now;
      sums[at + order - 1] = sum;
      total += (sum / order) ** 2;
      const next = 2 * cosine * now - before;
      before = now;
      now = next;
    }
    return total;
  }

  #swap(at: number, cosine: number, leaving: number): number {
    const sums = this.#sums;
    let before = 1;
    let now = cosine;
    let oldBefore = 1;
    let old = leaving;
    let total = 0;
    for (let order = 1; order <= COMPONENTS; order += 1) {
      const sum = (sums[at + order - 1] as number) + (now - old);
      sums[at + order - 1] = sum;
      total += (sum / order) ** 2;
      const next = 2 * cosine * now - before;
      before = now;
      now = next;
      const oldNext = 2 * leaving * old - oldBefore;
      oldBefore = old;
      old = oldNext;
    }
    return total;
  }

  #sumAfresh(stream: number): void {
    for (let window = 0; window < this.#sizes.length; window += 1) {
      const at = (stream * this.#sizes.length + window) * COMPONENTS;
      this.#sums.fill(0, at, at + COMPONENTS);
      // The ring is full and its first cell is the oldest.
      for (let age = this.#sizes[window] as number; age > 0; age -= 1) {
        this.#add(at, this.#ring[(stream + 1) * this.#longest - age] as number);
      }
    }
  }

  copy(from: number, to: number): void {
    this.#ring.copyWithin(to * this.#longest, from * this.#longest, (from + 1) * this.#longest);
    const width = this.#sizes.length * COMPONENTS;
    this.#sums.copyWithin(to * width, from * width, (from + 1) * width);
  }

  clear(): void {
    this.#ring.fill(0);
    this.#sums.fill(0);
  }

  /** Ring and sums as plain arrays, for a single stream. */
  snapshot(): { ring: number[]; sums: number[] } {
    return { ring: [...this.#ring], sums: [...this.#sums] };
  }

  /** Takes over what `snapshot()` gave; the lengths must fit. */
  load(ring: readonly number[], sums: readonly number[]): void {
    this.#ring.set(ring);
    this.#sums.set(sums);
  }

  get ringLength(): number {
    return this.#ring.length;
  }

  get sumsLength(): number {
    return this.#sums.length;
  }
}
