import { checkedCount } from './plain.js';

/** How many values of each sort a column held. Missing values are what is left of the rows. */
export interface ValueCounts {
  /** Finite numbers. */
  readonly number: number;
  /** Numbers that are not finite; they enter no sketch. */
  readonly infinite: number;
  readonly string: number;
  readonly boolean: number;
  /** Date objects. */
  readonly date: number;
  /** Arrays of finite numbers, all of the column's dimension. */
  readonly vector: number;
  /** Whatever a column can't hold: other objects, functions, symbols, vectors of another length, invalid dates. */
  readonly other: number;
}

/** What the numbers and strings were, beyond their sort. */
export interface ReadingCounts {
  /** Numbers that are whole. */
  readonly whole: number;
  /** Strings by what they say; see `StringSort`. What is left of the strings are names. */
  readonly integer: number;
  readonly decimal: number;
  readonly code: number;
  readonly truth: number;
  readonly time: number;
  /** Of all strings together. */
  readonly characters: number;
}

export const NO_VALUES: ValueCounts = {
  number: 0,
  infinite: 0,
  string: 0,
  boolean: 0,
  date: 0,
  vector: 0,
  other: 0,
};

export const NO_READINGS: ReadingCounts = {
  whole: 0,
  integer: 0,
  decimal: 0,
  code: 0,
  truth: 0,
  time: 0,
  characters: 0,
};

/** Counts that can be written to. */
export type Tally<T> = { -readonly [K in keyof T]: T[K] };

/** Adds every count of `other`. */
export function addCounts<T extends object>(counts: Tally<T>, other: T): void {
  for (const key of Object.keys(counts) as (keyof T)[]) {
    counts[key] = ((counts[key] as number) + (other[key] as number)) as T[keyof T];
  }
}

/** @throws LeewayError `ERR_LEEWAY_FORMAT` where one is missing or isn't a count. */
export function checkedCounts<T extends object>(zero: T, state: unknown, what: string): Tally<T> {
  const read = Object.keys(zero).map((key) => [
    key,
    checkedCount((state as Record<string, unknown> | null)?.[key], `${what} ${key}`),
  ]);
  return Object.fromEntries(read) as Tally<T>;
}
