import type { DecimalMark } from '../cells/number-text.js';
import type { StringReading } from '../cells/read-text.js';
import { LeewayError } from '../leaves/errors.js';
import { NumberSummary, type NumberSummaryState } from './number-summary.js';
import { checkedCount } from './plain.js';

/** Why the numbers of a column are not certain. */
export type NumberDoubt = 'decimal-mark' | 'units';

/** Dressed numbers as plain data. */
export interface DressedNumbersState {
  readonly strings: number;
  readonly unclear: number;
  readonly whole: readonly [point: number, comma: number];
  readonly units: readonly (readonly [unit: string, count: number])[];
  readonly point: NumberSummaryState | undefined;
  readonly comma: NumberSummaryState | undefined;
}

/** From so many strings on, each with three digits after its only comma, the comma separates thousands. */
const SURELY_THOUSANDS = 10;
const MOST_UNITS = 8;
const SHARES: ReadonlySet<string> = new Set(['%', '‰']);

/**
 * The numbers of a column in which some are written as `1,234.50`, `12,5` or `€ 3`: all of its numbers, once as if a
 * point separated the decimals and once as if a comma did. A string that is no number by one of them ends that story.
 * Mergeable; 32 KB at most, of columns that have such strings.
 */
export class DressedNumbers {
  /** How many strings were dressed. */
  strings = 0;
  /** Of these, how many are other numbers with a decimal comma than with a point. */
  unclear = 0;
  point: NumberSummary | undefined;
  comma: NumberSummary | undefined;
  readonly #units = new Map<string, number>();
  /** How many of the strings are whole numbers, by each mark. */
  readonly #whole = { point: 0, comma: 0 };

  /** @param plain the plain numbers so far. @param decimals whether some of them have a decimal point. */
  constructor(plain: NumberSummary, decimals: boolean) {
    this.point = plain.clone();
    this.comma = decimals ? undefined : plain.clone();
  }

  /** Counts a dressed string; its values go into the sketches with the others of its slice. */
  note({ value, other = value, unit = '' }: StringReading, weight: number): void {
    this.strings += weight;
    if (value !== other && !Number.isNaN(value) && !Number.isNaN(other)) this.unclear += weight;
    if (Number.isNaN(value)) this.point = undefined;
    if (Number.isNaN(other)) this.comma = undefined;
    if (Number.isInteger(value)) this.#whole.point += weight;
    if (Number.isInteger(other)) this.#whole.comma += weight;
    const name = this.#units.has(unit) || this.#units.size < MOST_UNITS ? unit : '…';
    this.#units.set(name, (this.#units.get(name) ?? 0) + weight);
  }

  /** Whether nothing in its strings says what separates decimals. */
  get open(): boolean {
    return this.point !== undefined && this.comma !== undefined;
  }

  /** What separates the decimals; `undefined` where that is not certain. */
  get mark(): DecimalMark | undefined {
    if (this.point === undefined) return this.comma === undefined ? undefined : 'comma';
    if (this.comma === undefined || this.unclear === 0 || this.unclear >= SURELY_THOUSANDS)
      return 'point';
    return undefined;
  }

  /**
   * Why the strings can't be read with certainty, if so: both marks occur, or units that are not one.
   *
   * @param plain how many numbers of the column have no dress.
   */
  doubt(plain: number): NumberDoubt | undefined {
    const units = [...this.#units.keys()].filter((unit) => unit !== '' && unit !== 'hex');
    const undressed = plain + (this.#units.get('') ?? 0) + (this.#units.get('hex') ?? 0);
    const mixed = units.length > 1 || (units.some((unit) => SHARES.has(unit)) && undressed > 0);
    if (mixed) return 'units';
    return this.mark === undefined && this.unclear === 0 ? 'decimal-mark' : undefined;
  }

  /** How many of the strings are whole numbers by one of the marks. */
  whole(mark: DecimalMark): number {
    return this.#whole[mark];
  }

  /** All numbers of the column by one of the marks. */
  by(mark: DecimalMark): NumberSummary | undefined {
    return mark === 'point' ? this.point : this.comma;
  }

  /** Takes in those of other rows; `other` is left as it is. */
  merge(other: DressedNumbers): void {
    this.strings += other.strings;
    this.unclear += other.unclear;
    this.#whole.point += other.#whole.point;
    this.#whole.comma += other.#whole.comma;
    for (const [unit, count] of other.#units) {
      const name = this.#units.has(unit) || this.#units.size < MOST_UNITS ? unit : '…';
      this.#units.set(name, (this.#units.get(name) ?? 0) + count);
    }
    this.point = bothMerged(this.point, other.point);
    this.comma = bothMerged(this.comma, other.comma);
  }

  toState(): DressedNumbersState {
    const { strings, unclear, point, comma } = this;
    const units = [...this.#units];
    const whole = [this.#whole.point, this.#whole.comma] as const;
    return { strings, unclear, whole, units, point: point?.toState(), comma: comma?.toState() };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where the parts are impossible. */
  static fromState(state: DressedNumbersState): DressedNumbers {
    const dressed = new DressedNumbers(new NumberSummary(), true);
    dressed.strings = checkedCount(state.strings, 'the number of its dressed numbers');
    dressed.unclear = checkedCount(state.unclear, 'the number of its unclear numbers');
    dressed.#whole.point = checkedCount(state.whole[0], 'the number of its whole numbers');
    dressed.#whole.comma = checkedCount(state.whole[1], 'the number of its whole numbers');
    if (!Array.isArray(state.units) || state.units.length > MOST_UNITS + 1) {
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not dressed numbers: their units are impossible');
    }
    for (const [unit, count] of state.units)
      dressed.#units.set(String(unit), checkedCount(count, 'a count of units'));
    dressed.point = state.point === undefined ? undefined : NumberSummary.fromState(state.point);
    dressed.comma = state.comma === undefined ? undefined : NumberSummary.fromState(state.comma);
    return dressed;
  }
}

function bothMerged(
  ours: NumberSummary | undefined,
  theirs: NumberSummary | undefined,
): NumberSummary | undefined {
  if (ours === undefined || theirs === undefined) return undefined;
  ours.merge(theirs);
  return ours;
}
