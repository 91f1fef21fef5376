import type { Dialect } from './dialect.js';
import type { SqlValue } from './rows.js';

/** Conditions that are put together, each with what it binds. What asks for `undefined` is left out. */
export class Conditions {
  readonly values: SqlValue[] = [];
  readonly #among: Dialect['among'];
  #text = '';

  constructor({ among }: Dialect) {
    this.#among = among;
  }

  add(condition: string, ...values: readonly (SqlValue | undefined)[]): void {
    if (values.some((value) => value === undefined)) return;
    this.#text += ` AND ${condition}`;
    this.values.push(...(values as SqlValue[]));
  }

  /** That a column has one of the values. */
  addList(column: string, list: readonly SqlValue[] | undefined): void {
    if (list === undefined) return;
    const { text, values } = this.#among(
      [column],
      [...new Set(list)].map((value) => [value]),
    );
    this.add(text, ...values);
  }

  /** All of them, each behind an `AND`. */
  get text(): string {
    return this.#text;
  }
}

/** A whole number that a database takes, at or below a number, or at or above it: positions and runs are whole. */
export const wholeBelow = (value: number): number => bounded(Math.floor(value));
export const wholeAbove = (value: number): number => bounded(Math.ceil(value));

const bounded = (value: number): number =>
  Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
