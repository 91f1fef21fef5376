import { LeewayError } from '../leaves/errors.js';
import type { JsonValue } from './json-value.js';

/** A value as an entry stores it: JSON, and bytes if the value is binary. */
export interface StoredValue {
  readonly value: JsonValue;
  readonly bytes?: Uint8Array;
}

/** Named values that are logged with an event in addition to its value. */
export type Extra = Readonly<Record<string, JsonValue>>;

const MARK = '$leeway';
const MAX_DEPTH = 100;
/** The arrays of numbers that are stored as their bytes. */
const ARRAYS = {
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
} as const;

/**
 * Converts a logged value into a value that a store can hold, without loss. JSON is unchanged; NaN, infinities, −0 and BigInt
 * are marked; a typed array, a Buffer or an ArrayBuffer is stored as its bytes.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` if the value can't be stored: a function, a cycle, or nested too deeply.
 */
export function toStored(value: unknown, extra?: Extra): StoredValue {
  const more =
    extra === undefined || Object.keys(extra).length === 0 ? {} : { extra: marked(extra, 0) };
  const binary = asBinary(value);
  if (binary !== undefined)
    return { value: { [MARK]: { array: binary.name, ...more } }, bytes: binary.bytes };
  const json = marked(value, 0);
  if (!('extra' in more) && json === value) return { value: json };
  return { value: { [MARK]: { value: json, ...more } } };
}

/** What `toStored` was given, and the extra values with it. */
export function fromStored(
  value: JsonValue,
  bytes: Uint8Array | undefined,
): { value: unknown; extra: Extra } {
  const inner = isObject(value) && Object.keys(value).length === 1 ? value[MARK] : undefined;
  if (!isObject(inner)) return { value, extra: {} };
  const extra = (isObject(inner.extra) ? unmarked(inner.extra) : {}) as Extra;
  if (typeof inner.array === 'string')
    return { value: fromBinary(inner.array, bytes ?? new Uint8Array(0)), extra };
  return 'value' in inner
    ? { value: unmarked(inner.value as JsonValue), extra }
    : { value, extra: {} };
}

const isObject = (value: unknown): value is { [name: string]: JsonValue } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function asBinary(value: unknown): { name: string; bytes: Uint8Array } | undefined {
  if (value instanceof ArrayBuffer) return { name: 'Uint8Array', bytes: new Uint8Array(value) };
  if (!ArrayBuffer.isView(value)) return undefined;
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const name = Object.keys(ARRAYS).find(
    (kind) => value instanceof ARRAYS[kind as keyof typeof ARRAYS],
  );
  return { name: name ?? 'Uint8Array', bytes };
}

function fromBinary(name: string, bytes: Uint8Array): unknown {
  const kind = Object.hasOwn(ARRAYS, name) ? ARRAYS[name as keyof typeof ARRAYS] : Uint8Array;
  if (bytes.length % kind.BYTES_PER_ELEMENT !== 0) {
    throw new LeewayError(
      'ERR_LEEWAY_FORMAT',
      `a logged ${name} has ${bytes.length} bytes, which is not a whole number of values`,
    );
  }
  // A copy, since a typed array needs its bytes aligned.
  return new kind(new Uint8Array(bytes).buffer);
}

/** The value with marks in place of what JSON can't hold; itself where there is nothing to mark. */
function marked(value: unknown, depth: number): JsonValue {
  if (depth > MAX_DEPTH)
    throw new LeewayError('ERR_LEEWAY_OPTION', `a logged value is nested over ${MAX_DEPTH} deep`);
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { [MARK]: Object.is(value, -0) ? '-0' : `${value}` };
    case 'bigint':
      return { [MARK]: `${value}n` };
    case 'string':
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : markedObject(value, depth);
    case 'undefined':
      return null;
    default:
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `a logged value must be data, got a ${typeof value}`,
      );
  }
}

function markedObject(value: object, depth: number): JsonValue {
  if ('toJSON' in value && typeof value.toJSON === 'function' && !ArrayBuffer.isView(value)) {
    return marked(value.toJSON(), depth + 1);
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return marked(Array.from(value as unknown as ArrayLike<number>), depth);
  }
  if (Array.isArray(value)) {
    const list = value.map((item) => marked(item, depth + 1));
    return list.every((item, index) => item === value[index]) ? value : list;
  }
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const own = entries.map(([name, inner]) => [name, marked(inner, depth + 1)] as const);
  const plain =
    Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null;
  const same =
    plain &&
    own.length === Object.keys(value).length &&
    own.every(([, v], i) => v === entries[i]?.[1]);
  // An object that has the mark for a name of its own is wrapped, so that it comes back as it was.
  if (Object.hasOwn(value, MARK)) return { [MARK]: { value: fromEntries(own) } };
  return same ? (value as JsonValue) : fromEntries(own);
}

function unmarked(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(unmarked);
  if (!isObject(value)) return value;
  const inner = value[MARK];
  if (inner !== undefined && Object.keys(value).length === 1) {
    if (typeof inner === 'string')
      return inner.endsWith('n') ? BigInt(inner.slice(0, -1)) : Number(inner);
    if (isObject(inner) && isObject(inner.value)) return fromEntries(mapped(inner.value));
  }
  return fromEntries(mapped(value));
}

const mapped = (value: { [name: string]: JsonValue }): [string, unknown][] =>
  Object.entries(value).map(([name, item]) => [name, unmarked(item)]);

/** Like `Object.fromEntries`, which takes `__proto__` for a name as any other. */
const fromEntries = (
  entries: readonly (readonly [string, unknown])[],
): { [name: string]: JsonValue } => Object.fromEntries(entries) as { [name: string]: JsonValue };
