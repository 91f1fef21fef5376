/** A value of a row after nested values were flattened. A list of numbers is one value; NaN in it is a missing number. */
export type Cell = string | number | boolean | null | readonly number[];

/** Longer strings are cut: a category needs no novel. */
const MAX_TEXT_LENGTH = 1_024;

/** One value as a cell: `null` for what a cell can't hold. */
export function cellOf(value: unknown): Cell {
  switch (typeof value) {
    case 'number':
    case 'boolean':
      return value;
    case 'string':
      return value.length > MAX_TEXT_LENGTH ? cut(value) : value;
    case 'bigint':
      return Number(value);
    default:
      if (value instanceof Date)
        return Number.isFinite(value.getTime()) ? value.toISOString() : null;
      return isNumbers(value) ? value : numbersOfView(value);
  }
}

/** Whether a value is a list of numbers as `flatten` makes them. */
export const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'number');

/** A typed array as a list of numbers. */
function numbersOfView(value: unknown): number[] | null {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return null;
  return Array.from(value as unknown as ArrayLike<number | bigint>, Number);
}

/** A cut string that does not hold on to the whole one. */
const cut = (text: string): string => ` ${text.slice(0, MAX_TEXT_LENGTH)}`.slice(1);
