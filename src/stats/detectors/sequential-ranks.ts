import { finite, listOf, share, whole } from '../../leaves/option-rules.js';
import { type Sample, sortSample } from '../sample.js';
import { seedAt, uniformAt } from './seeds.js';
import { badFormat, readState } from './state.js';

/** At most this many order statistics of the reference are kept. */
const MOST_KNOTS = 1023;

const STATE = {
  size: whole(2),
  knots: listOf(finite, MOST_KNOTS, 1),
  jitters: listOf(share, MOST_KNOTS, 1),
  seen: listOf(whole(0), MOST_KNOTS + 1, 2),
  root: whole(0, 0xffffffff),
  chain: whole(0, 0xffffffff),
};

/**
 * Turns a stream into numbers that are independent and uniform on (0, 1), exactly, as long as stream and reference come
 * from one distribution, whatever it is.
 *
 * The reference's order statistics cut the line into gaps. A new value's gap is g with chance (m_g + c_g) / (N + 1 + t), where
 * m_g of the N + 1 elementary gaps lie in g and c_g of the t values so far fell there (Pólya's urn, exact for exchangeable
 * values). So the chance of all gaps below plus a random part of its own is uniform, given all before. Ties are broken
 * by a random second coordinate, also among the reference, so discrete data is as exact as continuous. The random numbers
 * come from a hash of the seed, the reference and the stream so far: the same stream gives the same ranks, two streams don't
 * share their luck, and there is no generator to store.
 *
 * Invariants: knots ascend by (value, jitter); the tree holds m_g + c_g. Memory: at most 1,023 knots, however large the
 * reference (thinned evenly; exact all the same). Cost: O(log knots) a value.
 */
export class SequentialRanks {
  readonly #root: number;
  readonly #size: number;
  readonly #knots: Float64Array;
  readonly #jitters: Float64Array;
  readonly #seen: Float64Array;
  readonly #tree: Float64Array;
  #chain: number;

  private constructor(
    root: number,
    size: number,
    knots: Float64Array,
    jitters: Float64Array,
    seen: Float64Array,
  ) {
    this.#root = root;
    this.#chain = this.#root;
    this.#size = size;
    this.#knots = knots;
    this.#jitters = jitters;
    this.#seen = seen;
    this.#tree = new Float64Array(knots.length + 2);
    this.#plant();
  }

  /** Learns the gaps from a reference sample. Throws ERR_LEEWAY_SAMPLE as `sortSample` does. */
  static of(reference: Sample, seed: number): SequentialRanks {
    const sorted = sortSample(reference, 'reference', 2);
    const size = sorted.length;
    // Hashed in the caller's order, so that references which sort alike don't share their luck.
    let root = seedAt(seed, size);
    for (let index = 0; index < size; index += 1)
      root = chained(root, reference[index] as number, index);
    const jitters = tieJitters(sorted, root);
    const count = Math.min(size, MOST_KNOTS);
    const picked = Array.from({ length: count }, (_, knot) => rankOfKnot(knot, count, size) - 1);
    return new SequentialRanks(
      root,
      size,
      Float64Array.from(picked, (index) => sorted[index] as number),
      Float64Array.from(picked, (index) => jitters[index] as number),
      new Float64Array(count + 1),
    );
  }

  /** Takes value number `time` of the stream and returns its rank in (0, 1). */
  next(x: number, time: number): number {
    const gap = this.#gapOf(x, uniformAt(this.#chain, 0));
    let below = 0;
    for (let node = gap; node > 0; node -= node & -node) below += this.#tree[node] as number;
    const own = this.#elementary(gap) + (this.#seen[gap] as number);
    const rank = (below + uniformAt(this.#chain, 1) * own) / (this.#size + 1 + time);
    this.#seen[gap] = (this.#seen[gap] as number) + 1;
    for (let node = gap + 1; node < this.#tree.length; node += node & -node) {
      this.#tree[node] = (this.#tree[node] as number) + 1;
    }
    this.#chain = chained(this.#chain, x, time);
    return rank;
  }

  /** How many knots lie below (x, jitter). */
  #gapOf(x: number, jitter: number): number {
    let low = 0;
    let high = this.#knots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const knot = this.#knots[middle] as number;
      if (knot < x || (knot === x && (this.#jitters[middle] as number) < jitter)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The elementary gaps of the full reference that lie in a gap between knots. */
  #elementary(gap: number): number {
    const count = this.#knots.length;
    const end = gap === count ? this.#size + 1 : rankOfKnot(gap, count, this.#size);
    return end - (gap === 0 ? 0 : rankOfKnot(gap - 1, count, this.#size));
  }

  /** Builds the tree of partial sums (Fenwick's; node i stands for gap i − 1). */
  #plant(): void {
    this.#tree.fill(0);
    for (let node = 1; node < this.#tree.length; node += 1) {
      const sum =
        (this.#tree[node] as number) +
        this.#elementary(node - 1) +
        (this.#seen[node - 1] as number);
      this.#tree[node] = sum;
      const parent = node + (node & -node);
      if (parent < this.#tree.length) this.#tree[parent] = (this.#tree[parent] as number) + sum;
    }
  }

  /** Forgets the stream and keeps the reference. */
  reset(): void {
    this.#seen.fill(0);
    this.#chain = this.#root;
    this.#plant();
  }

  snapshot(): Record<string, unknown> {
    return {
      size: this.#size,
      knots: [...this.#knots],
      jitters: [...this.#jitters],
      seen: [...this.#seen],
      chain: this.#chain,
      root: this.#root,
    };
  }

  /** Reads back what `snapshot()` gave, after `time` values. Throws ERR_LEEWAY_FORMAT. */
  static load(owner: string, time: number, stored: unknown): SequentialRanks {
    const { size, knots, jitters, seen, root, chain } = readState(owner, STATE, stored);
    if (knots.length !== Math.min(size, MOST_KNOTS) || jitters.length !== knots.length) {
      throw badFormat(
        owner,
        `a reference of ${size} has ${Math.min(size, MOST_KNOTS)} knots and as many jitters`,
      );
    }
    if (seen.length !== knots.length + 1 || seen.reduce((sum, count) => sum + count, 0) !== time) {
      throw badFormat(owner, 'the counts of the gaps must add up to the count of values');
    }
    for (let index = 1; index < knots.length; index += 1) {
      if (!((knots[index] as number) >= (knots[index - 1] as number))) {
        throw badFormat(owner, `knot ${index} must not be below the one before`);
      }
    }
    const ranks = new SequentialRanks(
      root,
      size,
      new Float64Array(knots),
      new Float64Array(jitters),
      new Float64Array(seen),
    );
    ranks.#chain = chain;
    return ranks;
  }
}

/** The rank (1 … size) of knot number `knot`: all of them in a small reference, evenly spread ones in a large. */
function rankOfKnot(knot: number, count: number, size: number): number {
  return Math.floor(((knot + 1) * (size + 1)) / (count + 1));
}

/** A random second coordinate for every reference value, ascending within ties; drawn apart from the stream's. */
function tieJitters(sorted: Float64Array, root: number): Float64Array {
  const jitters = new Float64Array(sorted.length);
  for (let index = 0; index < sorted.length; index += 1)
    jitters[index] = uniformAt(~root >>> 0, index);
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && sorted[end] === sorted[start]) end += 1;
    if (end - start > 1) jitters.subarray(start, end).sort();
    start = end;
  }
  return jitters;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** The hash of a stream that goes on by one value. */
function chained(chain: number, x: number, time: number): number {
  // −0 and 0 are one value.
  double[0] = x + 0;
  return seedAt(seedAt(chain ^ (words[0] as number), words[1] as number), time);
}
