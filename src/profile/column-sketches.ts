import { type DecimalMark, numberSort } from '../cells/number-text.js';
import { categoryCodeOf, categoryOf, type StringReading } from '../cells/read-text.js';
import { shortestSingle } from '../cells/single-precision.js';
import { DateOrders } from './date-orders.js';
import { DressedNumbers } from './dressed-numbers.js';
import { ListSummary } from './list-summary.js';
import { mergeSketches } from './merge-sketches.js';
import { NumberSummary } from './number-summary.js';
import { familyOf, looksLikeText, TEXT_MIN_VALUES } from './schema.js';
import { settleSketches } from './settle-sketches.js';
import { type Conventions, SketchReadings } from './sketch-readings.js';
import { NumberSlice, SLICE, SliceNumbers } from './slice-numbers.js';
import { SliceStrings } from './slice-strings.js';
import { TextSummary } from './text-summary.js';
import { MAX_DIMENSION, VectorSummary } from './vector-summary.js';

/** After so many numeric strings, more than the named ones among them, further ones are no longer counted as names. */
const NUMERIC_STRINGS_NAMED = 2048;
/** Texts are compared by so many characters on every way in: the log of requests holds no more. */
const MAX_TEXT_LENGTH = 1_024;

/** The numbers and times of one slice, on their way into sketches. */
const slice = new SliceNumbers();
const sliceTimes = new NumberSlice();

/**
 * What a column takes in: counts of the sorts of values, and a sketch for each sort. While its type is not fixed every
 * value goes to all sketches that it could belong to, so that the type can be decided at any time.
 */
export class ColumnSketches extends SketchReadings {
  /** The same values, read by the conventions of another column where their own are not certain. */
  like(conventions: Conventions): ColumnSketches {
    return new ColumnSketches(this, conventions);
  }

  /**
   * Adds the values of `[from, to)`. Float64Arrays go fastest.
   *
   * @param weights how many rows each row stands for, a whole number; rows of weight 0 are passed over. @default 1 each
   */
  addMany(values: ArrayLike<unknown>, from: number, to: number, weights?: ArrayLike<number>): void {
    this.noteChange();
    const float64 = values instanceof Float64Array && !this.namesNumbers && weights === undefined;
    for (let start = from; start < to; start += SLICE) {
      const end = Math.min(to, start + SLICE);
      if (float64 && this.dressed === undefined) this.#addFloat64(values, start, end);
      else this.#addSlice(values, start, end, weights);
    }
  }

  /** Takes in the sketches of other rows; `other` is left as it is. */
  merge(other: ColumnSketches): void {
    this.noteChange();
    this.fixed ??= other.fixed;
    mergeSketches(this, other);
  }

  /**
   * Takes it that all rows are there: strings that all turned out to be numbers, times or truths become what they are,
   * and so the same as if they had never been strings.
   *
   * @param ofTable what separates decimals in the other columns, for strings that leave it open.
   */
  settle(ofTable?: DecimalMark): void {
    this.readDecimalsLike(ofTable);
    settleSketches(this);
  }

  #addFloat64(values: Float64Array, from: number, to: number): void {
    let missing = 0;
    let infinite = 0;
    let whole = 0;
    let singles = 0;
    for (let row = from; row < to; row += 1) {
      const value = values[row] as number;
      if (value - value === 0) {
        if (Math.floor(value) === value) whole += 1;
        else if (Math.fround(value) === value) singles += 1;
      } else if (Number.isNaN(value)) missing += 1;
      else infinite += 1;
    }
    this.counts.number += to - from - missing - infinite;
    this.counts.infinite += infinite;
    this.readings.whole += whole;
    if (missing + infinite + singles === 0) {
      this.#noteRising(values, from, to);
      this.numbers.addMany(values, from, to);
      return;
    }
    slice.begin(undefined, false);
    for (let row = from; row < to; row += 1) {
      const value = values[row] as number;
      if (value - value === 0) slice.add(shortestSingle(value), 1);
    }
    this.#noteRising(slice.plain.values, 0, slice.plain.length);
    slice.flush(this.numbers);
  }

  #noteRising(values: ArrayLike<number>, from: number, to: number): void {
    if (this.rising?.add(values, from, to) === false) this.rising = undefined;
  }

  /** Numbers and times gather in row order, strings in a table of distinct ones, so that each is read and counted once. */
  #addSlice(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    weights: ArrayLike<number> | undefined,
  ): void {
    const namesNumbers = this.namesNumbers;
    const settled = this.#settledNumeric;
    let strings: SliceStrings | undefined;
    let finite = 0;
    let infinite = 0;
    let whole = 0;
    let truths = 0;
    let falsehoods = 0;
    slice.begin(this.dressed, weights !== undefined);
    sliceTimes.length = 0;
    for (let row = from; row < to; row += 1) {
      const weight = weights === undefined ? 1 : (weights[row] as number);
      if (weight === 0) continue;
      const given = values[row];
      const value = typeof given === 'bigint' ? Number(given) : given;
      if (typeof value === 'number') {
        if (value - value === 0) {
          const isWhole = Math.floor(value) === value;
          slice.add(
            isWhole || Math.fround(value) !== value ? value : shortestSingle(value),
            weight,
          );
          finite += weight;
          if (isWhole) whole += weight;
        } else if (!Number.isNaN(value)) infinite += weight;
      } else if (typeof value === 'string') {
        if (settled && this.#takesNumeric(value, weight)) continue;
        if (strings === undefined) {
          strings = new SliceStrings(this.missing, from);
          strings.addRows(values, row, to, weights, settled ? isPlainNumber : undefined);
          if (!namesNumbers) this.#openDressed(strings);
        }
        const reading = strings.at(row);
        if (reading === undefined || reading.sort === 'name') continue;
        if (!namesNumbers) this.#addReading(reading, weight);
        if (reading.sort === 'infinite') infinite += weight;
      } else if (typeof value === 'boolean') {
        if (value) truths += weight;
        else falsehoods += weight;
      } else if (value !== null && value !== undefined) this.#addObject(value, weight);
    }
    this.counts.number += finite;
    this.counts.infinite += infinite;
    this.counts.boolean += truths + falsehoods;
    this.readings.whole += whole;
    if (truths > 0) this.items.update('true', truths);
    if (falsehoods > 0) this.items.update('false', falsehoods);
    const sampled = weights !== undefined;
    if (namesNumbers) {
      const { plain } = slice;
      for (let index = 0; index < plain.length; index += 1) {
        this.items.update(
          String(plain.values[index]),
          sampled ? (plain.weights[index] as number) : 1,
        );
      }
    } else {
      this.#noteRising(slice.plain.values, 0, slice.plain.length);
      slice.flush(this.numbers);
    }
    if (sliceTimes.length > 0) {
      this.times ??= new NumberSummary();
      sliceTimes.addTo(this.times, sampled);
    }
    if (this.dressed?.strings === 0 && this.dressed.comma === undefined) this.dressed = undefined;
    if (strings !== undefined) this.#addStrings(strings, sampled);
  }

  /** The number, or the time, that a string is. */
  #addReading(reading: StringReading, weight: number): void {
    const { sort } = reading;
    if (sort === 'integer' || sort === 'decimal') slice.addPlain(reading, weight);
    else if (sort === 'dressed') slice.addDressed(reading, weight);
    else if (sort === 'time' && (this.fixed === undefined || this.fixed === 'timestamp')) {
      sliceTimes.add(reading.value, weight);
    }
  }

  /** Makes room for dressed numbers where a slice has some, or might have with a decimal comma. */
  #openDressed(strings: SliceStrings): void {
    if (this.dressed !== undefined) return;
    const decimals = this.readings.decimal > 0;
    const isOpen = ({ sort, other }: StringReading): boolean =>
      sort === 'decimal' && !Number.isNaN(other);
    const isSure = ({ sort, other }: StringReading): boolean =>
      sort === 'decimal' && Number.isNaN(other);
    const dressed = strings.some(({ sort }) => sort === 'dressed');
    if (!dressed && (decimals || !strings.some(isOpen) || strings.some(isSure))) return;
    this.dressed = new DressedNumbers(this.numbers, decimals);
    slice.open(this.dressed);
  }

  /** Whether a string that is a number is no longer counted as a name too. */
  get #settledNumeric(): boolean {
    if (this.dressed !== undefined) return false;
    if (this.fixed !== undefined) return familyOf(this.fixed) === 'numeric';
    return (
      this.readings.integer + this.readings.decimal >= NUMERIC_STRINGS_NAMED && this.items.other > 0
    );
  }

  /** Counts a string that is a number as one. @returns `false` where it is none. */
  #takesNumeric(text: string, weight: number): boolean {
    const sort = numberSort(text);
    if (sort !== 'integer' && sort !== 'decimal') return false;
    this.counts.string += weight;
    this.readings.characters += text.length * weight;
    this.readings[sort] += weight;
    const value = Number(text);
    if (sort === 'decimal' && Number.isInteger(value)) this.wholeDecimals += weight;
    slice.add(value, weight);
    return true;
  }

  #addStrings(strings: SliceStrings, sampled: boolean): void {
    const settled = this.#settledNumeric;
    const inferring = this.fixed === undefined;
    for (const [text, weight, reading] of strings.entries()) {
      const { sort } = reading;
      if (sort === 'infinite') continue;
      this.counts.string += weight;
      this.readings.characters += Math.min(text.length, MAX_TEXT_LENGTH) * weight;
      const isNumber = sort === 'integer' || sort === 'decimal';
      if (sort === 'decimal' && Number.isInteger(reading.value)) this.wholeDecimals += weight;
      if (isNumber || sort === 'code' || sort === 'truth' || sort === 'time')
        this.readings[sort] += weight;
      if (sort === 'measure') this.measures += weight;
      if (sort === 'date' && (inferring || this.fixed === 'timestamp')) {
        this.dates ??= new DateOrders();
        this.dates.add(reading.value, reading.other ?? reading.value, weight, sampled);
      }
      if (isNumber && settled) continue;
      this.items.update(this.namesNumbers ? categoryCodeOf(text) : categoryOf(text), weight);
    }
    // While a column is short it may turn out to be text; of one that isn't, nothing more is derived.
    if (inferring ? this.#mayBeText() : this.fixed === 'text') {
      this.texts ??= new TextSummary();
      for (const [text, weight, { sort }] of strings.entries()) {
        if (sort !== 'infinite') this.texts.add(text.slice(0, MAX_TEXT_LENGTH), weight, sampled);
      }
    }
  }

  #mayBeText(): boolean {
    return this.items.total < TEXT_MIN_VALUES || looksLikeText(this.naming());
  }

  #addObject(value: unknown, weight: number): void {
    if (value instanceof Date && !Number.isNaN(value.getTime())) {
      this.counts.date += weight;
      sliceTimes.add(value.getTime(), weight);
    } else if (this.#addVector(value, weight)) this.counts.vector += weight;
    else this.counts.other += weight;
  }

  #addVector(value: unknown, weight: number): boolean {
    if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView)))
      return false;
    const vector = value as ArrayLike<unknown>;
    if (vector.length === 0 || vector.length > MAX_DIMENSION) return false;
    this.lists ??= new ListSummary();
    if (!this.lists.add(vector, weight)) return false;
    const vectors = this.vectors ?? new VectorSummary(vector.length);
    if (vector.length !== vectors.dimension || !vectors.add(vector, weight)) return false;
    this.vectors = vectors;
    return true;
  }
}

function isPlainNumber(text: string): boolean {
  const sort = numberSort(text);
  return sort === 'integer' || sort === 'decimal';
}
