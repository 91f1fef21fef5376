import { type MissingWords, missingWords } from '../cells/missing.js';
import type { DecimalMark } from '../cells/number-text.js';
import type { TimeUnit } from '../cells/time-text.js';
import { FrequentItems } from '../sketch/frequent-items.js';
import type { ColumnParts } from './column-state.js';
import type { DateOrder, DateOrders } from './date-orders.js';
import type { DressedNumbers } from './dressed-numbers.js';
import type { ListSummary } from './list-summary.js';
import { NumberSummary } from './number-summary.js';
import { RisingNumbers } from './rising-numbers.js';
import { type ColumnType, familyOf, inferType } from './schema.js';
import type { ReadSketches } from './sketch-parts.js';
import type { TextSummary } from './text-summary.js';
import { msOfNumbers, unitOfNumbers } from './times-as-numbers.js';
import {
  NO_READINGS,
  NO_VALUES,
  type ReadingCounts,
  type Tally,
  type ValueCounts,
} from './value-counts.js';
import type { VectorSummary } from './vector-summary.js';

/** How the values of a column are written, where single values do not say it. */
export interface Conventions {
  readonly mark?: DecimalMark | undefined;
  readonly order?: DateOrder | undefined;
  /** Of a column of lists of one length: that length. */
  readonly dimension?: number | undefined;
}

/** What the sketches of a column say together: its type, and the conventions of its values. */
export class SketchReadings implements ReadSketches {
  fixed: ColumnType | undefined;
  readonly emptyIsMissing: boolean;
  /** The strings that stand for a missing value. */
  readonly missing: MissingWords;
  readonly counts: Tally<ValueCounts>;
  readonly readings: Tally<ReadingCounts>;
  numbers: NumberSummary;
  times: NumberSummary | undefined;
  items: FrequentItems;
  texts: TextSummary | undefined;
  vectors: VectorSummary | undefined;
  lists: ListSummary | undefined;
  dressed: DressedNumbers | undefined;
  dates: DateOrders | undefined;
  rising: RisingNumbers | undefined;
  measures: number;
  wholeDecimals: number;
  /** The conventions of the column that this one is compared with; its own go before. */
  readonly #like: Conventions;
  /** What separates decimals in the other columns of the table, where all of them agree. */
  #ofTable: DecimalMark | undefined;
  /** Told again and again; known until the next values come. */
  #inferred: ColumnType | undefined;

  constructor(parts: ColumnParts, like: Conventions = {}) {
    this.fixed = parts.fixed;
    this.emptyIsMissing = parts.emptyIsMissing ?? false;
    this.missing = parts.missing ?? missingWords(this.emptyIsMissing ? [''] : []);
    this.counts = { ...(parts.counts ?? NO_VALUES) };
    this.readings = { ...(parts.readings ?? NO_READINGS) };
    this.numbers = parts.numbers ?? new NumberSummary();
    this.times = parts.times;
    this.items = parts.items ?? new FrequentItems();
    this.texts = parts.texts;
    this.vectors = parts.vectors;
    this.lists = parts.lists;
    this.dressed = parts.dressed;
    this.dates = parts.dates;
    this.rising = this.numbers.count === 0 ? new RisingNumbers() : parts.rising;
    this.measures = parts.measures ?? 0;
    this.wholeDecimals = parts.wholeDecimals ?? 0;
    this.#like = like;
  }

  /** How many values there are, of whatever sort. */
  get present(): number {
    const { number, infinite, string, boolean, date, vector, other } = this.counts;
    return number + infinite + string + boolean + date + vector + other;
  }

  /** Whether its type is fixed as one whose numbers are names. */
  get namesNumbers(): boolean {
    return this.fixed !== undefined && familyOf(this.fixed) === 'categorical';
  }

  /** The fixed type, else what the values so far are. */
  get type(): ColumnType {
    if (this.fixed !== undefined) return this.fixed;
    this.#inferred ??= this.#infer();
    return this.#inferred;
  }

  /** The conventions of its values that are certain. */
  get conventions(): Conventions {
    const { dressed, dates, vectors } = this;
    return {
      mark: dressed?.doubt(this.#plain) === undefined ? dressed?.mark : undefined,
      order: dates?.order,
      dimension: this.uneven ? undefined : vectors?.dimension,
    };
  }

  /** What separates the decimals of its numbers, where some have a dress and all can be read. */
  get mark(): DecimalMark | undefined {
    const { dressed } = this;
    if (dressed === undefined || dressed.doubt(this.#plain) !== undefined) return undefined;
    if (dressed.open && this.#ofTable !== undefined) return this.#ofTable;
    if (dressed.strings === 0) return undefined;
    const mark = dressed.mark ?? this.#like.mark;
    return mark !== undefined && dressed.by(mark) !== undefined ? mark : undefined;
  }

  /** What surely separates the decimals of its strings, if any has decimals. */
  get sureMark(): DecimalMark | undefined {
    const { dressed } = this;
    if (dressed === undefined) return this.readings.decimal > 0 ? 'point' : undefined;
    return dressed.open ? undefined : this.mark;
  }

  /** Which of day and month comes first, where it is certain. */
  get order(): DateOrder | undefined {
    const order = this.dates?.order ?? this.#like.order;
    return order !== undefined && this.dates?.by(order) !== undefined ? order : undefined;
  }

  /** In what its numbers count times, if they do. */
  get timeUnit(): TimeUnit | undefined {
    return unitOfNumbers(this.numbers, this.fixed === 'timestamp' ? 1 : undefined);
  }

  /** How many lists are of the length that its lists, or those of the column that it is compared with, have. */
  get evenLists(): number {
    const { dimension } = this.#like;
    return dimension === undefined || dimension === this.vectors?.dimension
      ? this.counts.vector
      : 0;
  }

  /** Whether its lists vary in length. */
  get uneven(): boolean {
    return this.#like.dimension === undefined && this.lists !== undefined && !this.lists.even;
  }

  /** All its numbers. */
  allNumbers(): NumberSummary {
    const { mark } = this;
    return (mark === undefined ? undefined : this.dressed?.by(mark)) ?? this.numbers;
  }

  /** All its times, in epoch ms. */
  allTimes(): NumberSummary {
    const { order, timeUnit } = this;
    const parts = [
      this.times,
      order === undefined ? undefined : this.dates?.by(order),
      timeUnit === undefined ? undefined : msOfNumbers(this.numbers, timeUnit),
    ].filter((part) => part !== undefined && part.count > 0) as NumberSummary[];
    const [first, ...rest] = parts;
    if (first === undefined) return new NumberSummary();
    if (rest.length === 0) return first;
    const all = first.clone();
    for (const part of rest) all.merge(part);
    return all;
  }

  /** How many strings are numbers in a dress that can be read. */
  get dressedStrings(): number {
    return this.mark === undefined ? 0 : (this.dressed?.strings ?? 0);
  }

  /** How many strings are dates whose order is certain. */
  get orderedDates(): number {
    return this.order === undefined ? 0 : (this.dates?.strings ?? 0);
  }

  get #plain(): number {
    return this.counts.number + this.readings.integer + this.readings.decimal;
  }

  #infer(): ColumnType {
    const { integer, decimal, code, truth, time, whole } = this.readings;
    const { number, infinite, boolean, date, vector } = this.counts;
    const wholeStrings = this.wholeStrings;
    const all = integer + decimal + this.dressedStrings;
    const strings = {
      integer: wholeStrings,
      decimal: all - wholeStrings,
      code,
      truth,
      time: time + this.orderedDates,
    };
    const inferred = inferType({
      present: this.present,
      number,
      whole,
      infinite,
      boolean,
      date,
      strings,
      vector: Math.max(vector, this.lists?.count ?? 0),
      ...this.naming(),
    });
    return familyOf(inferred) === 'numeric' && this.timeUnit !== undefined ? 'timestamp' : inferred;
  }

  /** How many strings are whole numbers. */
  get wholeStrings(): number {
    const { integer, decimal } = this.readings;
    const { mark } = this;
    // With decimal commas a point separates thousands, so that all plain numbers are whole.
    if (mark === 'comma') return integer + decimal + (this.dressed?.whole('comma') ?? 0);
    return (
      integer + this.wholeDecimals + (mark === 'point' ? (this.dressed?.whole('point') ?? 0) : 0)
    );
  }

  /** Forgets the type that was told: other values came, or another decimal mark. */
  protected noteChange(): void {
    this.#inferred = undefined;
  }

  /** @param ofTable what separates decimals in the other columns of the table */
  protected readDecimalsLike(ofTable: DecimalMark | undefined): void {
    this.#ofTable = ofTable;
    this.noteChange();
  }

  /** What tells names from texts. */
  protected naming(): { named: number; distinct: number; meanLength: number } {
    const { total: named, distinctEstimate: distinct } = this.items;
    const { string } = this.counts;
    return { named, distinct, meanLength: string === 0 ? 0 : this.readings.characters / string };
  }
}
