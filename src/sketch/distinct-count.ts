import { LeewayError } from '../leaves/errors.js';
import type { NameHash } from './name-hash.js';

const INDEX_BITS = 11;
const REGISTERS = 1 << INDEX_BITS;
/** A rank is 1 more than the leading zeros of 32 bits. */
const MAX_RANK = 33;

/**
 * Counts distinct names from their hashes: a HyperLogLog sketch of 2,048 registers.
 *
 * Error: 2.3 % standard error (1.04 / √2048), from a handful of names to 10⁹ of them; no bias. Memory: 2 KB.
 *
 * Invariants: (1) counting a name again changes nothing; (2) a merge is the register-wise maximum, so it is exactly the
 * sketch of the union, commutative and associative to the bit.
 *
 * Source: Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog" (2007); the estimator without ranges of its own is that of
 * O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6.
 */
export class DistinctCount {
  readonly #registers = new Uint8Array(REGISTERS);

  add(hash: NameHash): void {
    const index = hash.first >>> (32 - INDEX_BITS);
    const rank = Math.clz32(hash.second) + 1;
    if (rank > (this.#registers[index] as number)) this.#registers[index] = rank;
  }

  merge(other: DistinctCount): void {
    for (let index = 0; index < REGISTERS; index += 1) {
      const rank = other.#registers[index] as number;
      if (rank > (this.#registers[index] as number)) this.#registers[index] = rank;
    }
  }

  /** How many distinct names were counted, about. */
  estimate(): number {
    const counts = new Array<number>(MAX_RANK + 1).fill(0);
    for (const rank of this.#registers) counts[rank] = (counts[rank] as number) + 1;
    let sum = REGISTERS * tau(1 - (counts[MAX_RANK] as number) / REGISTERS);
    for (let rank = MAX_RANK - 1; rank >= 1; rank -= 1) sum = (sum + (counts[rank] as number)) / 2;
    sum += REGISTERS * sigma((counts[0] as number) / REGISTERS);
    return (REGISTERS * REGISTERS) / (2 * Math.LN2 * sum);
  }

  /** The registers as digits to base 36, one character each. */
  toString(): string {
    return Array.from(this.#registers, (rank) => rank.toString(36)).join('');
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the digits are not registers. */
  static fromString(digits: unknown): DistinctCount {
    const sketch = new DistinctCount();
    if (typeof digits !== 'string' || digits.length !== REGISTERS || !/^[0-9a-x]*$/.test(digits)) {
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a distinct count: its registers are damaged');
    }
    for (let index = 0; index < REGISTERS; index += 1) {
      sketch.#registers[index] = Number.parseInt(digits[index] as string, 36);
    }
    return sketch;
  }
}

/** σ(x) = x + Σ x^(2^k) 2^(k−1): what empty registers say. */
function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  let power = x;
  let weight = 1;
  let sum = x;
  for (let before = -1; sum !== before; weight *= 2) {
    before = sum;
    power *= power;
    sum += power * weight;
  }
  return sum;
}

/** τ(x) = (1 − x − Σ (1 − x^(2^−k))² 2^−k) / 3: what full registers say. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let root = x;
  let weight = 1;
  let sum = 1 - x;
  for (let before = -1; sum !== before; ) {
    before = sum;
    root = Math.sqrt(root);
    weight /= 2;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
