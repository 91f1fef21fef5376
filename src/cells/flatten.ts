import { MAX_CELL_DEPTH, MAX_NAME_LENGTH } from '../leaves/limits.js';
import { storedName } from '../leaves/stored-name.js';

/** Of a longer list of numbers only so many are kept … */
const MAX_NUMBERS = 4_096;
/** … and of one of texts so many distinct ones, in so many characters. */
const MAX_TEXTS = 64;
const MAX_TEXT_LENGTH = 1_024;

/** Gets the values that a nested value consists of, each under its name. */
export type PutCell = (name: string, value: unknown) => void;

/** Whether a value is one cell as it is. */
export const isScalar = (value: unknown): boolean =>
  value === null || typeof value !== 'object' || value instanceof Date;

/**
 * Takes a nested value apart, the same way for every way in: an object becomes `name.inner`; a list of numbers stays one
 * value; a list of texts becomes one text of its distinct entries in order, `a, b`; a list of objects becomes a list per
 * property, `name.inner`; an empty list or object is missing. So is what lies deeper than four levels: it is put under the
 * name of what holds it, so that it can be reported as not compared.
 */
export function flatten(name: string, value: unknown, put: PutCell, depth = 1): void {
  if (isScalar(value)) put(name, value);
  else if (depth > MAX_CELL_DEPTH) put(name, null);
  else if (ArrayBuffer.isView(value)) put(name, value instanceof DataView ? null : value);
  else if (Array.isArray(value)) flattenList(name, value, put, depth);
  else flattenObject(name, plainOf(value as object), put, depth);
}

function flattenObject(name: string, value: unknown, put: PutCell, depth: number): void {
  if (isScalar(value)) {
    put(name, value);
    return;
  }
  for (const inner of Object.keys(value as object)) {
    flatten(
      joinedName(name, inner),
      (value as Readonly<Record<string, unknown>>)[inner],
      put,
      depth + 1,
    );
  }
}

/** What an instance of a class says it is in JSON, such as a decimal or a date of a library; else the value itself. */
function plainOf(value: object): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return value;
  const { toJSON } = value as { readonly toJSON?: unknown };
  return typeof toJSON === 'function' ? toJSON.call(value) : value;
}

function flattenList(name: string, list: readonly unknown[], put: PutCell, depth: number): void {
  const entries = list.some(Array.isArray) ? inner(list, depth) : list;
  const objects = entries.filter(isPlainObject) as Readonly<Record<string, unknown>>[];
  for (const [property, values] of byProperty(objects))
    flatten(joinedName(name, property), values, put, depth + 1);
  const others =
    objects.length === 0
      ? entries
      : entries.filter((entry) => isValue(entry) && !isPlainObject(entry));
  if (objects.length === 0 || others.length > 0) put(name, numbersOf(others) ?? textsOf(others));
}

const isValue = (value: unknown): boolean => value !== null && value !== undefined;

const isPlainObject = (value: unknown): boolean =>
  !isScalar(value) && !Array.isArray(value) && !ArrayBuffer.isView(value);

/** The entries of lists in lists, in order. */
function inner(list: readonly unknown[], depth: number): unknown[] {
  const entries: unknown[] = [];
  const visit = (value: unknown, level: number): void => {
    if (entries.length >= MAX_NUMBERS) return;
    if (!Array.isArray(value)) entries.push(value);
    else if (level < MAX_CELL_DEPTH) for (const each of value) visit(each, level + 1);
  };
  for (const each of list) visit(each, depth);
  return entries;
}

function byProperty(objects: readonly Readonly<Record<string, unknown>>[]): Map<string, unknown[]> {
  const lists = new Map<string, unknown[]>();
  for (const object of objects.slice(0, MAX_NUMBERS)) {
    for (const name of Object.keys(object)) {
      const list = lists.get(name);
      if (list === undefined) lists.set(name, [object[name]]);
      else list.push(object[name]);
    }
  }
  return lists;
}

/** A list of numbers, of which some may be missing; `undefined` where it is none. */
function numbersOf(entries: readonly unknown[]): number[] | undefined {
  const numbers: number[] = [];
  let some = false;
  for (const entry of entries.slice(0, MAX_NUMBERS)) {
    if (typeof entry === 'number' || typeof entry === 'bigint') some = true;
    else if (entry !== null && entry !== undefined) return undefined;
    numbers.push(entry === null || entry === undefined ? Number.NaN : Number(entry));
  }
  return some ? numbers : undefined;
}

/** The distinct entries of a list of texts in alphabetical order, as one text; `null` where there are none. */
function textsOf(entries: readonly unknown[]): string | null {
  const texts = new Set<string>();
  for (const entry of entries) {
    if (entry === null || entry === undefined || !isScalar(entry)) continue;
    texts.add(entry instanceof Date ? isoOf(entry) : String(entry));
    if (texts.size === MAX_TEXTS) break;
  }
  return texts.size === 0 ? null : [...texts].sort().join(', ').slice(0, MAX_TEXT_LENGTH);
}

const isoOf = (date: Date): string => (Number.isFinite(date.getTime()) ? date.toISOString() : '');

/** The name of a value in an object or a list. */
export const joinedName = (outer: string, inner: string): string => shortName(`${outer}.${inner}`);

/** A well-formed name of bounded length. */
export const shortName = (name: string): string => storedName(name, MAX_NAME_LENGTH);

/** Columns of equal length, by name. */
type Columns = ReadonlyMap<string, ArrayLike<unknown>>;

/**
 * The columns of the rows `[from, to)` with nested values taken apart. A column that has none is the same array as before,
 * and where no column has any, so is the map.
 *
 * @param most how many columns nested values may become.
 */
export function flattenColumns(columns: Columns, from: number, to: number, most: number): Columns {
  let flat: Map<string, ArrayLike<unknown>> | undefined;
  for (const [name, values] of columns) {
    if (!isNested(values, from, to) && flat?.has(name) !== true) {
      flat?.set(name, values);
      continue;
    }
    flat ??= before(columns, name);
    for (let row = from; row < Math.min(to, values.length); row += 1) {
      const into = flat;
      flatten(name, values[row], (inner, value) => put(into, inner, row, value, most));
    }
  }
  return flat ?? columns;
}

function put(
  columns: Map<string, ArrayLike<unknown>>,
  name: string,
  row: number,
  value: unknown,
  most: number,
): void {
  let column = columns.get(name) as unknown[] | undefined;
  if (column === undefined) {
    if (columns.size >= most) return;
    column = [];
    columns.set(name, column);
  }
  // A nested value may be called like a column that there is: what that one says is kept.
  if (Array.isArray(column)) column[row] ??= value;
}

/** The columns that come before one. */
function before(columns: Columns, name: string): Map<string, ArrayLike<unknown>> {
  const first = new Map<string, ArrayLike<unknown>>();
  for (const [other, values] of columns) {
    if (other === name) break;
    first.set(other, values);
  }
  return first;
}

function isNested(values: ArrayLike<unknown>, from: number, to: number): boolean {
  if (ArrayBuffer.isView(values)) return false;
  const end = Math.min(to, values.length);
  for (let row = from; row < end; row += 1) {
    const value = values[row];
    if (typeof value === 'object' && value !== null && !(value instanceof Date) && !isFlat(value))
      return true;
  }
  return false;
}

/** Whether a list is one of numbers already. */
function isFlat(value: object): boolean {
  if (ArrayBuffer.isView(value)) return !(value instanceof DataView);
  return (
    Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'number')
  );
}
